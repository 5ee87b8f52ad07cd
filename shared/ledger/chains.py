"""What a judge knows of a device's chain beside the event that it judges (docs/decisions/0024).

Numbers are the device's own: who wrote number 9 had held whatever its number 8 cites, and what it stated before. So an event is
judged by the newest place of its own citation, those of smaller numbers, and those stated at smaller numbers: rights that have
ended do not come back by citing an older place. Every event that the device signed counts for this, whatever became of it.

    [1: e1:4] [2: e1:4] [3: e1:7] [4: e1:5]   number 4 is judged by e1:7
    statement {seq 2, e1:9}                   numbers 3 and 4 by e1:9; 1 and 2 keep their own
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from shared.ledger.formats.citation import Cited
from shared.ledger.published.directory import Directory
from shared.ledger.published.directory_heads import DirectoryHistory


class Chains(Protocol):
    """Of every device: the events that it signed, as far as they are here, and its statements."""

    def places(self, device: str, seq: int) -> Iterable[Cited]:
        """Places of the directory that the device held before it wrote this number."""
        ...

    def lacks(self, device: str, seq: int) -> bool:
        """Is a smaller number of the device not here?"""
        ...

    def leads(self, device: str, end: tuple[int, str], seq: int, h: str) -> bool | None:
        """Does `prev` lead from the event `end` (number, hash) down to the event (seq, h)? None: not known yet."""
        ...


class _Nothing:
    def places(self, device: str, seq: int) -> Iterable[Cited]:
        return ()

    def lacks(self, device: str, seq: int) -> bool:
        return False

    def leads(self, device: str, end: tuple[int, str], seq: int, h: str) -> bool | None:
        return None


NOTHING_KNOWN: Chains = _Nothing()


def raised(history: DirectoryHistory, own: Cited, places: Iterable[Cited]) -> Directory | None:
    """The newest of `places` that is newer than the place an event cites, or None. What is not here counts for nothing."""
    least = history.rank(own)
    if least is None:
        return None
    newest: Cited | None = None
    for place in places:
        rank = history.rank(place)
        if rank is not None and rank > least:
            least, newest = rank, place
    return history.at(newest[0], newest[1]) if newest is not None else None
