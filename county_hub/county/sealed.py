"""Sealed records as the county's officers see them: the hub's own device (slot 000) opens like any other device, and only what
it was given a key for. An operator of the hub, or an officer in a case whose team the county is not part of, sees that a
record is there, by whom and when. Rules are `shared.disputes.acts.sealing_rules`; it must not know argument parsing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.disputes.acts import identities, sealed_acts
from shared.disputes.acts.sealed_acts import SealedState
from shared.disputes.case.state import CaseState
from shared.ledger import codes
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import t

if TYPE_CHECKING:
    from county_hub.county.place import CountyPlace


class SealedOffice:
    """One per open hub; keeps nothing."""

    def __init__(self, place: CountyPlace) -> None:
        self._place = place

    def states(self, state: CaseState, person: Staff | None) -> list[SealedState]:
        return sealed_acts.states_of(state.sealed, state.id, self._place.keys(person), self._place.sealed_docs(state.sealed).get)

    def shown(self, state: CaseState, person: Staff | None) -> list[dict[str, Any]]:
        """Each sealed record as this person may see it: a stub, or with its body once it was opened on record."""
        return [self._one(sealed, person) for sealed in self.states(state, person)]

    def _one(self, sealed: SealedState, person: Staff | None) -> dict[str, Any]:
        ref, seen = sealed.ref, person is not None and sealed_acts.seen_by(sealed, person.id)
        why = t("sealing.to_open") if sealed.status == "open" else sealed_acts.why_not(sealed, str)
        made: dict[str, Any] = {
            "event": ref.event, "class": ref.sealed_class, "name": codes.name("sealed_class", ref.sealed_class), "kind": ref.kind,
            "office": ref.office, "actor": ref.actor, "on": ref.on, "status": sealed.status,
        }
        return {**made, "body": dict(identities.for_screen(ref.kind, sealed.body))} if seen else {**made, "why": why}
