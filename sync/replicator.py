"""`Replicator`: copies what a target lacks from a source, and remembers how far it came. (Signatures first; the bodies follow.)"""

from __future__ import annotations

import random as random_module
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sync.peer import CancelFlag, Peer, Seq

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


class Replicator:
    """One direction. `local` ("source" or "target") names the side that owns the logs: the replica of this device.

    `selector` and `doc_ids` restrict what is copied and belong to the replication id; `own_filter` is a selector that keeps out
    what the local side wrote itself (`{"device": {"$ne": id}}`), a saving only: it is ignored whenever a restore is suspected.
    `ask_first` makes a push always ask `_revs_diff` before it sends bodies (files). `retry_rejected` offers again what the target
    refused earlier. `run()` raises errors of `sync.errors`; what was done until then stands in `result`.
    """

    result: ReplicationResult

    def __init__(
        self,
        source: Peer,
        target: Peer,
        *,
        local: Literal["source", "target"],
        selector: Mapping[str, Any] | None = None,
        doc_ids: Sequence[str] | None = None,
        own_filter: Mapping[str, Any] | None = None,
        ask_first: bool = False,
        retry_rejected: bool = False,
        batch_size: int | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelFlag | None = None,
        clock: Callable[[], float] = time.monotonic,
        random: random_module.Random | None = None,
    ) -> None:
        raise NotImplementedError

    def run(self) -> ReplicationResult:
        """Copy everything the target lacks now, then return. Safe to repeat, to cut and to run twice at once."""
        raise NotImplementedError

    def run_continuous(self) -> None:
        """Copy, then wait for changes and copy again, until the cancel flag is set (returns) or the target refuses us (raises)."""
        raise NotImplementedError


def sync(
    local: Peer,
    remote: Peer,
    *,
    own_filter: Mapping[str, Any] | None = None,
    ask_first: bool = False,
    retry_rejected: bool = False,
    batch_size: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: CancelFlag | None = None,
    clock: Callable[[], float] = time.monotonic,
    random: random_module.Random | None = None,
) -> SyncResult:
    """Pull, then push, over one warm connection. With nothing new this is two small requests."""
    raise NotImplementedError


def pushed_through(local: Peer, remote_peer_id: str) -> Seq:
    """The local seq below which everything not rejected is known to be stored by that peer; 0 if it was never reached."""
    raise NotImplementedError


def delivery(local: Peer, remote_peer_id: str, ids: Sequence[str]) -> dict[str, DeliveryState]:
    """Delivery of local documents to one peer, provable from the push checkpoint and the list of rejections.

    "sent": stored there at the last contact; "pending": not yet, or changed since; "rejected": refused, see `rejections`.
    """
    raise NotImplementedError


def rejections(local: Peer, remote_peer_id: str) -> dict[str, dict[str, Any]]:
    """{document id: {"rev", "error", "reason"}} that the peer refused and has not accepted since."""
    raise NotImplementedError
