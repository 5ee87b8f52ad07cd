"""Records, petitions and legal aid as the app shows them: one with its history, what may be done now, what is filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shared.disputes.acts.refusal import act_title
from shared.disputes.forms.facts import state_name
from shared.disputes.records import aggregates
from shared.disputes.records import verbs as matter_verbs
from shared.disputes.records.offers import aggregate_of
from village_node.desk.views import ActionView, RecordLine, RecordView
from village_node.point.files import FileDraft

if TYPE_CHECKING:
    from village_node.desk.acts import Acts
    from village_node.desk.cases import Cases
    from village_node.desk.matters import Matters
    from village_node.desk.records import Records
    from village_node.point.node import Node


class RecordForms:
    """One per desk."""

    def __init__(self, node: Node, cases: Cases, acts: Acts, records: Records, matters: Matters) -> None:
        self._node, self._cases, self._acts, self._records, self._matters = node, cases, acts, records, matters

    def view(self, record: str, staff_id: str) -> RecordView:
        """Raises NotHere."""
        state = self._records.show(record, self._cases.today())
        aggregate = aggregate_of(state)
        again = self._records.came_again(aggregate, record).get("findings", ())
        left_out = self._records.left_out(record, self._cases.today())
        lines = tuple(RecordLine(step.event, step.office, step.legal_date, act_title(step.kind), self._name(step.actor),
                                 aggregates.why_not(state, step.event)) for step in state.steps)
        return RecordView(record, aggregate, state_name(aggregate, state.state), asdict(state), lines,
                          tuple(self._actions(state, staff_id)),
                          (*([left_out] if left_out else ()), *getattr(state, "findings", ()), *again))

    def openings(self, staff_id: str) -> list[ActionView]:
        """What this person may begin here: one act for each aggregate."""
        with self._acts.words():
            kinds = [aggregates.opening(name) for name in self._acts.counter.openings(self._acts.person(staff_id), self._today())]
        return [ActionView(kind, kind, act_title(kind)) for kind in kinds]

    def known(self, kind: str, record: str) -> dict[str, Any]:
        """What is filled into a step by itself."""
        state = self._records.show(record, self._today()) if record else None
        return matter_verbs.filled(kind, {}, state, self._node.config.office)

    def act(self, kind: str, staff_id: str, record: str, draft: Mapping[str, Any], files: Sequence[FileDraft] = ()) -> str:
        """The id of the record; `record` "" opens one. A case that a petition names learns of it."""
        aggregate = aggregates.aggregate_of_kind(kind)
        case = str(draft.get("case") or "") if kind == "petition.registered" else ""
        if case:
            made, _ = self._matters.write(aggregate, kind, staff_id, None, draft, case, files, None)
            return made.id
        return self._records.write(kind, staff_id, record or None, draft, files=files, today=self._today()).id

    def _actions(self, state: aggregates.State, staff_id: str) -> list[ActionView]:
        with self._acts.words():
            offers = self._acts.counter.record_offers(self._acts.person(staff_id), state, self._today())
        return [ActionView(offer.verb, offer.kind, act_title(offer.kind)) for offer in offers]

    def _name(self, staff: str) -> str:
        found = self._node.directory.staff(staff)
        return found.name if found is not None else staff

    def _today(self) -> str:
        return self._cases.today()
