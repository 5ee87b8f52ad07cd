"""What the papers quote from the events themselves: records, consents, proofs, details that the fold does not keep.

`Material.all(Model)` gives every accepted act of one kind, oldest first, with its typed body. A sealed body is
opened by the caller's `sealed_body` or stays closed. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.disputes.case.state import CaseState, FileRef
from shared.disputes.kinds import registry as bodies
from shared.disputes.kinds.case_intake import (
    IdentitiesNoted,
    PartiesAdded,
    PartyAdded,
    PartyCorrected,
    RecordAdded,
    Registered,
)
from shared.disputes.kinds.case_mediation import SessionHeld
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.fields import Body, Mandate, Party, Sealed
from shared.ledger.formats.order import order

B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Act(Generic[B]):
    """One event and its body."""

    event: Event
    body: B


@dataclass(frozen=True, slots=True)
class SealedAct:
    """A closed record that may not be opened here: only its hash is known."""

    event: Event
    sha256: str


class Material:
    """The acts of one case in fold order."""

    def __init__(self, acts: tuple[Act[Body], ...], sealed: tuple[SealedAct, ...]) -> None:
        self._acts, self.sealed = acts, sealed

    @staticmethod
    def gather(events: Iterable[Event], sealed_body: Callable[[str], Mapping[str, Any] | None]) -> Material:
        acts: list[Act[Body]] = []
        closed: list[SealedAct] = []
        for event in order(events, {}).events:
            try:
                body = bodies.parse(event.kind, event.schema, event.body)
                if isinstance(body, Sealed):
                    opened = sealed_body(body.sealed)
                    if opened is None:
                        closed.append(SealedAct(event, body.sealed))
                        continue
                    body = bodies.parse(event.kind, event.schema, opened, opened=True)
            except bodies.InvalidBody:
                continue                         # shown without effect in the history; a paper does not quote it
            if isinstance(body, Body):
                acts.append(Act(event, body))
        return Material(tuple(acts), tuple(closed))

    def all(self, model: type[B]) -> list[Act[B]]:
        return [Act(act.event, act.body) for act in self._acts if isinstance(act.body, model)]

    def last(self, model: type[B]) -> Act[B] | None:
        found = self.all(model)
        return found[-1] if found else None

    def at(self, event: str, model: type[B]) -> Act[B] | None:
        return next((act for act in self.all(model) if act.event.id == event), None)

    def event(self, id: str) -> Event | None:
        return next((act.event for act in self._acts if act.event.id == id), None)

    # ---- people

    def detail(self, no: int) -> Party | None:
        """What was written when the party came in: people group and guardian, which the folded case does not carry."""
        registered = self.last(Registered)
        if registered is not None and no < len(registered.body.parties):
            return registered.body.parties[no]
        added = next((act.body.party for act in reversed(self.all(PartyAdded)) if act.body.no == no), None)
        lists = (act.body for act in reversed(self.all(PartiesAdded)))
        return added or next((b.parties[no - b.no] for b in lists if 0 <= no - b.no < len(b.parties)), None)

    def identity_numbers(self) -> dict[int, str]:
        """Whole numbers of identity papers, as far as they were opened: of each party the last one."""
        return {one.party: one.paper_number for act in self.all(IdentitiesNoted) for one in act.body.identities}

    def ethnicity(self, no: int) -> str:
        corrected, found = self._corrected(no, "ethnicity"), self.detail(no)
        return corrected.value if corrected else found.ethnicity if found else ""

    def guardian(self, no: int) -> str:
        corrected, found = self._corrected(no, "guardian"), self.detail(no)
        return corrected.value if corrected else found.guardian if found else ""

    def post(self, no: int) -> str:
        """Of a unit's representative. Before there was a field for it, it was written as the occupation."""
        corrected, found = self._corrected(no, "post"), self.detail(no)
        return corrected.value if corrected else (found.post or found.occupation) if found else ""

    def mandate(self, no: int) -> Mandate | None:
        """What an agent may do."""
        corrected, found = self._corrected(no, "mandate"), self.detail(no)
        return corrected.mandate if corrected else found.mandate if found else None

    def _corrected(self, no: int, field: str) -> PartyCorrected | None:
        """The correction of the latest legal date, as the fold takes it (DOMAIN.md 7.4 #13)."""
        found = [a for a in self.all(PartyCorrected) if a.body.party == no and a.body.field == field]
        return max(enumerate(found), key=lambda x: (x[1].event.legal_date, x[0]))[1].body if found else None

    def session(self, event: str) -> SessionHeld | None:
        found = self.at(event, SessionHeld)
        return found.body if found else None

    def records(self, document: str) -> list[Act[RecordAdded]]:
        """Written records of one form (D07, D09)."""
        return [act for act in self.all(RecordAdded) if act.body.document == document]


def signature_of(case: CaseState, event: str, party: int | None) -> FileRef | None:
    """The signature image that this event brought for a party (None: for the mediator)."""
    return next((f for f in case.files if f.event == event and f.purpose == "signature" and f.party == party), None)


def papers_of(case: CaseState, document: str) -> list[FileRef]:
    """Scanned or photographed papers of one form."""
    return [f for f in case.files if f.document == document and f.purpose != "signature"]
