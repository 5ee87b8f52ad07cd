"""Sealed records at this service point, shown to who may read them: a stub, or the body once it was opened on record.

What is sealed is encrypted before anything is stored (`shared.disputes.acts.counter`), so no file of this or any other device
ever holds it in the clear; opened bodies live in memory and on the screen alone. The private keys are those of this HOME's
device ids, the present one and those before a renewal. Must not know: SQL, network.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.disputes.acts import identities, sealed_acts, sealing_rules
from shared.disputes.acts.sealed_acts import SealedState
from shared.disputes.case.state import CaseState
from shared.disputes.fold.timeline import describe
from shared.ledger import codes
from shared.ledger.formats.envelope import Event
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import t
from village_node.desk.views import CaseView, TimelineEntry

if TYPE_CHECKING:
    from village_node.desk.place import DeskPlace


class SealedDesk:
    """One per desk; keeps nothing."""

    def __init__(self, place: DeskPlace) -> None:
        self._place = place

    def states(self, state: CaseState, person: Staff | None) -> list[SealedState]:
        """Of every sealed record of the case, before this person on this device."""
        return sealed_acts.states_of(state.sealed, state.id, self._place.keys(person), self._place.sealed_docs(state.sealed).get)

    def open_events(self, subject: str, events: Sequence[Event], person: Staff) -> dict[str, Mapping[str, Any]]:
        """Bodies of sealed steps of a record that this person may read here, by event."""
        return sealed_acts.open_events(events, subject, self._place.keys(person), self._place.sealed_docs)

    def shown(self, view: CaseView, state: CaseState, events: Mapping[str, Event], person: Staff | None) -> CaseView:
        """The view with what this person may read in its place, a stub where not, and who lacks a key on top."""
        if not state.sealed:
            return view
        states = {s.ref.event: s for s in self.states(state, person)}
        names = [(p.no, p.name) for p in state.parties]
        lines = tuple(self._line(line, states[line.id], events[line.id], person, names) if line.id in states else line
                      for line in view.timeline)
        return dataclasses.replace(view, timeline=lines, banners=(*self._lacking(state, [*states.values()]), *view.banners))

    def _line(self, line: TimelineEntry, sealed: SealedState, event: Event, person: Staff | None,
              names: Sequence[tuple[int, str]]) -> TimelineEntry:
        if person is not None and sealed_acts.seen_by(sealed, person.id):
            if event.kind == identities.KIND:
                told = describe(event, self._place.directory.lineage)
                text = t("sealing.opened", text=f"{told}：{identities.in_words(sealed.body, names)}")
                return dataclasses.replace(line, text=text, body=identities.for_screen(event.kind, sealed.body), sealed="open")
            said = describe(dataclasses.replace(event, body=dict(sealed.body)), self._place.directory.lineage)
            words = str(sealed.body.get("text", ""))
            text = said if words in said else f"{said}：{words}"
            return dataclasses.replace(line, text=t("sealing.opened", text=text), body=sealed.body, sealed="open")
        why = t("sealing.to_open") if sealed.status == "open" else self.why_not(sealed)
        name = codes.name("sealed_class", sealed.ref.sealed_class)
        return dataclasses.replace(line, text=t("sealing.stub", name=name, why=why), sealed=sealed.status)

    def left_out(self, record: object, subject: str, events: Sequence[Event]) -> str:
        """One sentence about devices that get no key of a record beside cases until somebody here answers; "" for none."""
        place, refs = self._place, sealed_acts.refs_of(events)
        states = sealed_acts.states_of(refs, subject, place.keys(None), place.sealed_docs(refs).get)
        here = sealing_rules.around_record(record)
        return place.left_out(sealed_acts.unconfirmed(states, here, place.directory, place.confirmed))

    def why_not(self, sealed: SealedState) -> str:
        return sealed_acts.why_not(sealed, lambda device: device)

    def _lacking(self, state: CaseState, states: Sequence[SealedState]) -> tuple[str, ...]:
        """Whom a person here has to answer for first, and who lacks a key."""
        here = sealing_rules.around_case(state)
        directory, confirmed = self._place.directory, self._place.confirmed
        waiting = [sealed_acts.lacking(s, here, directory, confirmed) for s in states if s.status == "open"]
        devices = sorted({device for found in waiting for device in found})
        count = sum(bool(found) for found in waiting)
        said = [t("sealing.lacking", count=count, devices="、".join(devices[:6]))] if devices else []
        left_out = self._place.left_out(sealed_acts.unconfirmed(states, here, directory, confirmed))
        return (*([left_out] if left_out else ()), *said)
