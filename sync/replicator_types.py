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


@dataclass(frozen=True, slots=True)
class SyncResult:
    pull: ReplicationResult
    push: ReplicationResult


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a running replication. `total` and `seconds_left` are None while unknown."""

    stage: Literal["pull", "push"]
    done: int
    total: int | None
    docs_per_s: float
    seconds_left: float | None
