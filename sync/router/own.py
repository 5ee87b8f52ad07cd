"""Rows that a step has written itself need not be read back: the checkpoint of their database passes them.

    read up to 40 | 41 .. 90 are the copies of this step ──> settled together with the checkpoint 90

Only where nothing stands between: the database says that all it took is this step's and was new to it (`peer.WriteResults.seqs`),
and this worker had read everything below. Else the rows come round in the feed, where the ledger knows them. What was copied and
not settled stands in `waiting`. Nothing is read or decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sync.peer import Seq, WriteResult
from sync.router.values import Mark


@dataclass(frozen=True, slots=True)
class _Part:
    peer_id: str
    epoch: str
    before: Seq
    after: Seq


class OwnRows:
    """Of one step. `mark(database)`: how far this worker has read."""

    def __init__(self, mark: Callable[[str], Mark | None]) -> None:
        self._mark = mark
        self._parts = dict[str, list[_Part]]()

    def wrote(self, target: str, peer: Any, results: Sequence[WriteResult]) -> None:
        """For `work.copy`. A database that does not know itself (on a server) is read as before."""
        seqs, replica_id = getattr(results, "seqs", None), getattr(peer, "replica_id", None)
        if seqs is not None and replica_id is not None and seqs[0] != seqs[1]:
            self._parts.setdefault(target, []).append(_Part(replica_id, peer.epoch, *seqs))

    def marks(self, read: Sequence[Mark]) -> list[Mark]:
        """The checkpoints of this step: `read`, moved over what it wrote."""
        moved = {mark.source: mark for mark in read}
        for name, parts in self._parts.items():
            mark = moved[name] if name in moved else self._mark(name)
            for part in parts:
                if _follows(part, mark):
                    mark = moved[name] = Mark(name, part.peer_id, part.epoch, part.after)
        return list(moved.values())


def _follows(part: _Part, mark: Mark | None) -> bool:
    if mark is None:
        return part.before == 0
    return (mark.peer_id, mark.epoch, mark.seq) == (part.peer_id, part.epoch, part.before)
