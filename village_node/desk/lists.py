"""The lists of the app and their true totals: which cases each name stands for, a page of them, and how many there are in all.

One question per list, the same for the number on a tile and for the list behind it. Must not know: widgets, words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.disputes.tables.cases import Filter
from village_node.desk import store
from village_node.desk.views import CaseRow

if TYPE_CHECKING:
    from village_node.desk.cases import Cases
    from village_node.point.node import Node

NAMES = ("mine", "warn", "overdue", "new", "waiting", "refused", "all")


@dataclass(frozen=True, slots=True)
class ListPage:
    rows: tuple[CaseRow, ...]
    total: int
    offset: int


class Lists:
    """`mine` open cases this office holds · `warn` of them near due · `overdue` · `new` what asks this office for something:
    handed over, handed back, supervised · `waiting` with own records that the county has not signed for · `refused` · `all`."""

    def __init__(self, node: Node, cases: Cases) -> None:
        self._node, self._cases = node, cases

    def page(self, name: str, text: str = "", *, limit: int = 50, offset: int = 0) -> ListPage:
        text = text.strip()
        rows = self._cases.page(self._filter(name, text), limit=limit, offset=offset)
        return ListPage(tuple(rows), self._total(name, text), offset)

    def numbers(self) -> dict[str, int]:
        """{name: how many cases} of every list."""
        due = self.due()
        return {name: due[name] if name in due else self._total(name, "") for name in NAMES}

    def due(self) -> dict[str, int]:
        """`numbers` of mine, warn and overdue: these move with the clock too, all others with the records alone."""
        found = store.due_totals(self._node, self._cases.moment())
        return {"mine": found["open"], "warn": found["warn"], "overdue": found["overdue"]}

    def _total(self, name: str, text: str) -> int:
        def counted() -> int:
            return store.total(self._node, self._filter(name, text), self._cases.moment())

        by_proofs = name in ("waiting", "refused") and not text
        return self._cases.by_book(name, lambda _book: counted()) if by_proofs else counted()

    def _filter(self, name: str, text: str) -> Filter:
        office = self._node.config.office
        if name in ("warn", "overdue"):
            return Filter(holders=(office,), open_only=True, alarm=name, text=text)
        if name == "mine":
            return Filter(holders=(office,), open_only=True, text=text)
        if name == "new":
            return Filter(asks=office, text=text)
        if name in ("waiting", "refused"):
            return Filter(ids=self._cases.with_delivery(name), text=text)
        return Filter(text=text)
