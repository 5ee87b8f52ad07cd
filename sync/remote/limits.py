"""How much of an answer, and how slow an answer, a `RemotePeer` puts up with; the reasons stand in `remote.tuning`."""

from __future__ import annotations

from dataclasses import dataclass

from sync.remote import tuning


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """Bytes, seconds, and bytes per second."""

    answer_bytes: int = tuning.MAX_ANSWER_BYTES
    row_bytes: int = tuning.MAX_ROW_BYTES
    page_bytes: int = tuning.MAX_PAGE_BYTES
    grace_s: float = tuning.ANSWER_GRACE_S
    rate: float = tuning.MIN_ANSWER_BYTES_PER_S
    feed_without_rows_s: float = tuning.FEED_WITHOUT_ROWS_S
