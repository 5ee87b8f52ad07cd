"""Which offices this hub answers for where a county has several: an edge for those that the directory gives it, the publisher
for the rest.

Answering for an office is to let its devices in, to route what lies in its databases, and to give its devices receipts. Nothing
rests on it: two hubs that answer for one office write the same records, under receipts of their own (decision 0103).
"""

from __future__ import annotations

from collections.abc import Callable

from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.edges import serving


class Answering:
    """`edge`: the device id of this edge, "" for the publisher. `alone()`: is this HOME a hub by itself, with no store behind?
    Then it answers for everybody, whatever edges the directory knows."""

    def __init__(self, directory: Callable[[], Directory], edge: str, alone: Callable[[], bool]) -> None:
        self._directory, self.edge, self._alone = directory, edge, alone

    def serves(self, office: str) -> bool:
        """Does this hub route what this office writes, and tell its devices?"""
        if self.edge:
            return any(found.id == self.edge for found in serving(self._directory(), office))
        return self._alone() or not serving(self._directory(), office)

    def admits(self, office: str) -> bool:
        """May devices of this office come here? To the publisher anyone: what they bring waits there for its edge."""
        return not self.edge or self.serves(office)
