"""What one direction of a replication has to do, and with what: the two peers, what is copied, how. Decides nothing.

`first` and `retry_rejected` are wishes: they are taken back once they are fulfilled, so that a pass that begins again after a
failure does not repeat them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sync.peer import Peer
from sync.replicator import tuning
from sync.replicator.control import Interruptions
from sync.replicator.meter import Clock, Meter
from sync.replicator.results import ReplicationResult
from sync.replicator.scope import Scope


@dataclass(slots=True)
class Task:
    source: Peer
    target: Peer
    direction: Literal["pull", "push"]
    scope: Scope
    result: ReplicationResult
    meter: Meter
    stops: Interruptions
    clock: Clock
    known: set[tuple[str, str]]         # (id, rev) pairs that the remote side holds, shared by both directions of a `sync`
    first: tuple[str, ...] = ()
    ask_first: bool = False
    retry_rejected: bool = False
    batch_size: int = tuning.BATCH_ROWS
    most_put_off: int = tuning.MAX_PUT_OFF
    threaded: bool = True
    has_line: bool = field(init=False)  # between two files nothing has to wait for anything

    def __post_init__(self) -> None:
        self.has_line = hasattr(self.source, "traffic") or hasattr(self.target, "traffic")

    @property
    def local(self) -> Peer:
        """This device's side, where logs and lists are kept."""
        return self.target if self.direction == "pull" else self.source

    @property
    def remote(self) -> Peer:
        return self.source if self.direction == "pull" else self.target
