"""What an intake asks of the desk while it is written, and its saving: one transaction for the case and what the parties chose.

Reads come from the tables and the directory of this device; no network is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.disputes.rules.clocks import ClockRules
from shared.disputes.tables import pairs
from shared.ledger.days import between
from village_node.desk.present import short_number
from village_node.desk.views import CaseView
from village_node.desk.words import in_words
from village_node.point.errors import after_saving
from village_node.point.files import FileDraft

if TYPE_CHECKING:
    from village_node.desk.acts import Acts
    from village_node.desk.cases import Cases
    from village_node.point.node import Node

MATTER = 40             # characters of a case's matter in a hint


@dataclass(frozen=True, slots=True)
class AlikeCase:
    """A case that may be the one somebody is about to register; `number` as printed."""

    case: str
    number: str
    names: tuple[str, ...]
    registered_on: str
    summary: str
    open: bool


class Intake:
    """One per desk."""

    def __init__(self, node: Node, cases: Cases, acts: Acts) -> None:
        self._node, self._cases, self._acts = node, cases, acts

    @in_words
    def rules(self) -> ClockRules:
        """The county's numbers: clocks, limits, the table of risk."""
        return self._cases.clock_rules()[0]

    @in_words
    def alike(self, people: Sequence[tuple[str, str]], category: str = "") -> list[AlikeCase]:
        """Cases here of the same (name, telephone): two people in common, or a telephone, or one name and the same category; an
        ended one only within the days in which a second registration is one (limit `duplicate_days`)."""
        wanted = [(name.strip(), phone) for name, phone in people if name.strip() or phone]
        if not wanted:
            return []
        today, days = self._cases.today(), self.rules().limits.duplicate_days
        with self._node.tables.reader() as db:
            found = pairs.alike(db, wanted)
            rows = {a.case: db.execute("SELECT number, summary FROM cases WHERE case_id = ?", (a.case,)).fetchone()
                    for a in found}
        fit = [a for a in found if (len(a.names) > 1 or a.by_phone or (category and a.category == category))
               and (a.open or (a.registered_on and between(a.registered_on, today) <= days))]
        directory = self._node.directory
        return [AlikeCase(a.case, short_number(directory, rows[a.case][0], a.case), a.names, a.registered_on,
                          str(rows[a.case][1])[:MATTER], a.open) for a in fit]

    @in_words
    def register(self, staff_id: str, draft: Mapping[str, Any], *, choices: Sequence[Mapping[str, Any]] = (),
                 files: Sequence[FileDraft] = ()) -> CaseView:
        """The case with its number and what each signing party chose (`case.choice_made`): all of it or nothing."""
        id = self._acts.register(staff_id, draft, files, None, choices)
        with after_saving(id):
            return self._cases.view(id, self._acts.person(staff_id))
