"""Looks into the long lists of this desk for a form: cases by the search of the case list, records by number, title and day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shared.disputes.forms.sought import NOTHING, OFFERED, Sought
from shared.disputes.tables import due
from shared.disputes.tables.cases import Filter
from village_node.desk import store
from village_node.desk.cases import Cases
from village_node.desk.views import CaseRow
from village_node.point.node import Node

FIRST = 100         # cases that a form brings along when it is opened: more are asked for by whoever opens the list


class Seeking:
    """`sought`: what is looked for now; a form that is being opened looks for nothing."""

    def __init__(self, node: Node, cases: Cases, sought: Sought = NOTHING) -> None:
        self._node, self._cases, self._sought = node, cases, sought

    def now(self, sought: Sought) -> Seeking:
        return Seeking(self._node, self._cases, sought)

    def of(self, question: str) -> Sought:
        return self._sought

    def cases(self, sought: Sought, without: str) -> tuple[Sequence[CaseRow], int]:
        """Open ones first. The chosen ones before all."""
        most = sought.most or FIRST
        wanted, moment = Filter(text=sought.words), self._cases.moment()
        fit = self._cases.page(wanted, limit=most + 1, offset=0)
        chosen = self._cases.page(Filter(ids=list(sought.chosen)), limit=most, offset=0) if sought.chosen else []
        rows = {row.id: row for row in (*chosen, *fit) if row.id != without}
        itself = store.total(self._node, replace(wanted, ids=[without]), moment) if without else 0
        return [*rows.values()][:max(most, len(chosen))], store.total(self._node, wanted, moment) - itself

    def records(self, aggregate: str, sought: Sought, without: str) -> tuple[list[dict[str, Any]], int]:
        with self._node.tables.reader() as db:
            return due.looked_for(db, aggregate, sought.words.split(), sought.chosen, sought.most or OFFERED, without)
