"""Cases that look like one dispute, at the desk: the list, a dismissal with its reason, a merge by a person (never by itself)."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from shared.disputes.advice import duplicate_list
from shared.disputes.tables.pairs import count, each_pair
from shared.ledger.texts import t
from village_node.desk import store
from village_node.desk.present import office_name
from village_node.point.errors import UsageError

if TYPE_CHECKING:
    from shared.disputes.case.state import CaseState
    from village_node.desk.acts import Acts
    from village_node.desk.cases import Cases
    from village_node.point.node import Node


class Duplicates:
    """One per desk."""

    def __init__(self, node: Node, cases: Cases, acts: Acts) -> None:
        self._node, self._cases, self._acts = node, cases, acts

    def listed(self, case: str = "", office: str = "") -> list[dict[str, Any]]:
        """Suggestions among the cases that are here; `office`: of places within it."""
        directory = self._node.directory
        if office and directory.office(office) is None:
            raise UsageError(t("roster.no_office", office=office))
        known = self._cases.resolve(case) if case else ""
        days = store.rules(self._node).rules.limits.duplicate_days
        with self._node.tables.reader() as db:
            found = duplicate_list.listing(db, self._state, days, known, lines=directory.lineage)
        return [self._row(line) for line in found if not office or directory.is_within(line.place, office)]

    def first(self, most: int) -> tuple[list[dict[str, Any]], int]:
        """So many of all suggestions, the closest in time first, and how many there are: each that is shown costs the folding of
        two cases, the others are counted by the tables alone, once while records stand."""
        directory, days = self._node.directory, store.rules(self._node).rules.limits.duplicate_days
        with self._node.tables.reader() as db:
            lines = list(islice(duplicate_list.listed(db, self._state, each_pair(db, days), directory.lineage), most))
            total = self._cases.by_book("alike", lambda _book: count(db, days)) if len(lines) == most else len(lines)
        return [self._row(line) for line in lines], total

    def _row(self, line: duplicate_list.Line) -> dict[str, Any]:
        return {**asdict(line), "adjudicator_name": office_name(self._node.directory, line.adjudicator)}

    def dismiss(self, staff: str, case: str, other: str, reason: str) -> None:
        """They are two disputes: said in the first, so that the suggestion stays away wherever that case is."""
        self._acts.dismiss(staff, case, other, reason)

    def merge(self, staff: str, primary: str, other: str, reason: str) -> None:
        """Both events or none. Raises Refused when either may not be written by this person now."""
        self._acts.merge(staff, primary, other, reason)

    def _state(self, case: str) -> CaseState:
        return self._cases.fold(self._cases.events(case))
