"""What an endpoint gives at most; the reasons stand in `endpoint.tuning`, what lines may cost in `connections.LineLimits`."""

from __future__ import annotations

from dataclasses import dataclass

from sync import tuning as common
from sync.endpoint import tuning


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """Bytes, rows, documents and seconds. `bodies_bytes`, `parsed_bytes` and `answers_bytes` are of all requests together,
    `feeds` of one asker, all others of one answer or one page of it."""

    bodies_bytes: int = tuning.MAX_BODIES_BYTES
    parsed_bytes: int = tuning.MAX_PARSED_BYTES
    answers_bytes: int = tuning.MAX_ANSWERS_BYTES
    multipart_answer_bytes: int = tuning.MAX_MULTIPART_ANSWER_BYTES
    bulk_get_stream_bytes: int = tuning.BULK_GET_STREAM_BYTES
    page_bytes: int = tuning.STREAM_PAGE_BYTES
    find_page_docs: int = tuning.FIND_PAGE_DOCS
    scan_rows: int = tuning.MAX_SCAN_ROWS
    scan_s: float = common.SCAN_S
    selector_work: int = common.SELECTOR_WORK
    feeds: int = tuning.MAX_FEEDS
    recheck_s: float = tuning.RECHECK_S
