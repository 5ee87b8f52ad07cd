"""Petitions and legal aid at the desk: the steps of `shared.disputes.records.verbs`, filled in from the matter itself,
linked to a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.disputes.records import aggregates
from shared.disputes.records import verbs as matter_verbs
from shared.disputes.records.matter import PetitionState
from shared.ledger.texts import t
from village_node.desk import store
from village_node.point.errors import NodeError, NotHere, after_saving
from village_node.point.files import FileDraft

if TYPE_CHECKING:
    from village_node.desk.acts import Acts
    from village_node.desk.cases import Cases
    from village_node.desk.records import Records
    from village_node.point.node import Node


class Matters:
    """One per desk."""

    def __init__(self, node: Node, cases: Cases, acts: Acts, records: Records) -> None:
        self._node, self._cases, self._acts, self._records = node, cases, acts, records

    def show(self, aggregate: str, record: str) -> aggregates.State:
        found, events = self._records.events(record)
        if found != aggregate:
            raise NotHere(t("recordcli.unknown", id=record))
        return self._records.fold(aggregate, events, self._cases.today())

    def write(self, aggregate: str, kind: str, staff: str, record: str | None, draft: Mapping[str, Any], case: str,
              files: Sequence[FileDraft], legal_date: str | None) -> tuple[aggregates.State, str]:
        """(the matter, what became of the link to the case)."""
        state = self._found(aggregate, kind, record) if record else None
        linked = self._cases.resolve(case) if case else ""
        if draft.get("repeat_of"):
            draft = {**draft, "repeat_of": store.petition_id(self._node, str(draft["repeat_of"]).strip())}
        filled = matter_verbs.filled(kind, {**draft, **({"case": linked} if linked else {})}, state, self._node.config.office)
        made = self._records.write(kind, staff, record, filled, files=files, legal_date=legal_date, today=self._cases.today())
        with after_saving(made.id):
            return made, self._link(linked, staff, made, legal_date) if linked and isinstance(made, PetitionState) else ""

    def _found(self, aggregate: str, kind: str, record: str) -> aggregates.State:
        """The matter. An objection that is taken where the matter is not known comes to it as a referral (法律援助法 Art 49)."""
        try:
            return self.show(aggregate, record)
        except NotHere:
            county = self._node.directory.county()
            if kind != "legal_aid.objected" or county is None:
                raise
            raise NotHere(t("matters.object_elsewhere", id=record, county=county.id)) from None

    def _link(self, case: str, staff: str, petition: PetitionState, legal_date: str | None) -> str:
        """The case learns of the petition too (DOMAIN.md 7.7); that it may not be written there does not undo the petition."""
        try:
            self._acts.act("link_petition", staff, case, {"petition": petition.id, "number": petition.number}, (), legal_date)
        except NodeError as refused:
            return refused.sentence
        return t("matters.linked", case=case)
