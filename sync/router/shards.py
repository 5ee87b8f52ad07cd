"""Several workers on one store: which subjects are whose, and what a worker knows to be done when their number has changed.

    worker "1/3"   the second of three: the subjects whose hash leaves 1 when divided by 3
    "files 0/3"    the first of three, for chunks of files, which it alone copies

Each worker reads every feed and has a checkpoint of its own. What lies below the checkpoints of *all* workers of one number was
taken by one of them, so whoever works in another number begins there and not at zero.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from sync.router.values import Mark


def is_mine(subject: str, shard: tuple[int, int]) -> bool:
    index, count = shard
    return count == 1 or zlib.crc32(subject.encode()) % count == index


def furthest(worker: str, marks: Mapping[str, Mark]) -> Mark | None:
    """Of the checkpoints of one source by worker: how far this worker has nothing to look at."""
    own, what = marks.get(worker), worker.rpartition(" ")[0]
    sets = dict[int, list[Mark]]()
    for name, mark in marks.items():
        kind, _, pair = name.rpartition(" ")
        if kind == what:
            sets.setdefault(int(pair.partition("/")[2]), []).append(mark)
    best = own
    for count, found in sets.items():
        lowest = found[0] if len(found) == 1 else _lowest(found)
        whole = len(found) == (1 if what else count)        # chunks have one worker, whatever their number
        if whole and lowest is not None and (best is None or _beyond(lowest, best)):
            best = lowest
    return best


def _lowest(marks: list[Mark]) -> Mark | None:
    """None where they speak of several lives of the source, or in numbers that have no order."""
    first = marks[0]
    if not all((mark.peer_id, mark.epoch) == (first.peer_id, first.epoch) and isinstance(mark.seq, int) for mark in marks):
        return None
    return min(marks, key=lambda mark: int(mark.seq))


def _beyond(one: Mark, other: Mark) -> bool:
    same = (one.peer_id, one.epoch) == (other.peer_id, other.epoch)
    return same and isinstance(one.seq, int) and isinstance(other.seq, int) and one.seq > other.seq
