"""What a replication reports: its result, and its progress while it runs. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sync.peer import Seq

DeliveryState = Literal["pending", "sent", "rejected"]


@dataclass(slots=True)
class ReplicationResult:
    """What one direction did. `rejected` is {document id: "error: reason"} of this run; bytes and requests are the line's."""

    docs_read: int = 0
    docs_written: int = 0
    doc_write_failures: int = 0
    requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    seconds: float = 0.0
    start_seq: Seq = 0
    last_seq: Seq = 0
    rejected: dict[str, str] = field(default_factory=dict)

    def followed_by(self, other: ReplicationResult) -> ReplicationResult:
        """Both together, as one direction in two runs."""
        return ReplicationResult(
            self.docs_read + other.docs_read, self.docs_written + other.docs_written,
            self.doc_write_failures + other.doc_write_failures, self.requests + other.requests,
            self.bytes_sent + other.bytes_sent, self.bytes_received + other.bytes_received, self.seconds + other.seconds,
            self.start_seq if self.requests else other.start_seq, other.last_seq, {**self.rejected, **other.rejected},
        )


@dataclass(frozen=True, slots=True)
class SyncResult:
    pull: ReplicationResult
    push: ReplicationResult


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a running replication. `total` and `seconds_left` are None while unknown. `paused`: it waits for `resume`."""

    stage: Literal["pull", "push"]
    done: int
    total: int | None
    docs_per_s: float
    seconds_left: float | None
    paused: bool = False
