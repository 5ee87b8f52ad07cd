"""Cases that look like one dispute, at the desk: the list, a dismissal with its reason, a merge by a person (never by itself)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shared.disputes.acts.verbs import KINDS
from shared.disputes.advice import duplicate_list
from shared.ledger.authoring import Act
from shared.ledger.texts import t
from village_node.desk import forms as desk_forms
from village_node.desk import rules as desk_rules
from village_node.desk import store
from village_node.desk.present import office_name
from village_node.point import chain_check
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

    def listed(self, case: str = "") -> list[dict[str, Any]]:
        """Suggestions among the cases that are here."""
        known = self._cases.resolve(case) if case else ""
        days = store.rules(self._node).rules.limits.duplicate_days
        with self._node.tables.reader() as db:
            found = duplicate_list.listing(db, self._state, days, known)
        return [{**asdict(line), "adjudicator_name": office_name(self._node.directory, line.adjudicator)} for line in found]

    def dismiss(self, staff: str, case: str, other: str, reason: str) -> None:
        """They are two disputes: said in the first, so that the suggestion stays away wherever that case is."""
        found = self._state(self._cases.resolve(other))
        self._acts.act(KINDS["case.duplicate_dismissed"], staff, self._cases.resolve(case),
                       {"other": found.id, "number": found.number, "reason": reason}, (), None)

    def merge(self, staff: str, primary: str, other: str, reason: str) -> None:
        """Both events or none. Raises Refused when either may not be written by this person now."""
        kept, gone = self._state(self._cases.resolve(primary)), self._state(self._cases.resolve(other))
        if kept.id == gone.id:
            raise UsageError(t("effect.own_case"))
        person, date = self._acts.person(staff), self._acts.date(None)
        chain_check.before_write(self._node)
        acts = []
        for kind, case, body in duplicate_list.merge_bodies(kept, gone, reason):
            events = self._cases.events(case)
            state = self._cases.fold(events)
            role = desk_rules.role_for(self._node, kind, person, state, date)
            checked = desk_forms.check(kind, body)
            desk_rules.require_effect(kind, checked, state, events, self._node, person, role, date, self._cases.fold)
            acts.append(Act(kind, case, checked, person.id, role, state.custody.epoch, date, state.heads or None))
        self._node.author.write_many(acts)
        chain_check.after_write(self._node)

    def _state(self, case: str) -> CaseState:
        return self._cases.fold(self._cases.events(case))
