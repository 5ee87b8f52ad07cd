"""Sealed records at this service point: sealing what the rules want sealed, showing it to who may read it, passing the key on.

The body is encrypted here before anything is stored (`shared.disputes.acts.sealed_acts`), so no file of this or any other
device ever holds it
in the clear; opened bodies live in memory and on the screen alone. The private keys are those of this HOME's device ids, the
present one and those before a renewal. Must not know: SQL, network.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.disputes.acts import sealed_acts, sealing_rules
from shared.disputes.acts.sealed_acts import Keys, SealedState, Write
from shared.disputes.acts.sealing_rules import Surroundings
from shared.disputes.case.state import CaseState
from shared.disputes.case.tracks import SealedRef
from shared.disputes.fold.timeline import describe
from shared.ledger import codes
from shared.ledger.errors import Refused as BadSeal
from shared.ledger.formats.envelope import Event
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import has, t
from village_node.desk.views import CaseView, TimelineEntry
from village_node.point.errors import InvalidDraft, NodeError, Refused

if TYPE_CHECKING:
    from village_node.point.node import Node

CASE_KINDS = frozenset({sealed_acts.READ, sealed_acts.SHARED})


class SealedDesk:
    """One per desk; keeps nothing."""

    def __init__(self, node: Node) -> None:
        self._node = node

    # ---- writing

    def writes(self, kind: str, body: Mapping[str, Any], subject: str, role: str, here: Surroundings,
               wanted: str = "") -> list[Write]:
        """The acts to sign; nothing is stored yet. Raises InvalidDraft, NodeError in words."""
        node = self._node
        author = sealed_acts.Author(node.config.office, role, node.config.device, node.device_key.public)
        try:
            return sealed_acts.writes_of(kind, body, subject, author, here, node.directory, node.random, wanted)
        except BadSeal as wrong:
            key = f"sealing.{wrong.code}"
            if not has(key):
                raise
            raise InvalidDraft(t(key), {wrong.field: t(key)}) from wrong

    def store(self, writes: Sequence[Write]) -> None:
        """Commit the sealed documents; durable when this returns, before the event that cites them."""
        docs = [write.doc for write in writes if write.doc is not None]
        for result in self._node.closed.bulk_docs(docs, new_edits=False) if docs else ():
            if not result.ok:
                raise NodeError(t("node.error.storage"))

    def body(self, kind: str, state: CaseState, person: Staff, text: object = "") -> dict[str, Any]:
        """The body of opening or passing on: what this device and person can. Raises Refused when there is nothing."""
        states = self.states(state, person)
        said = {"text": text} if text else {}
        if kind == sealed_acts.READ:
            made = sealed_acts.read_body(states, person.id)
            if not made["of"]:
                why = "".join(dict.fromkeys(self.why_not(s) for s in states if s.status != "open")) or t("effect.already_done")
                raise Refused(t("sealing.nothing_to_read", why=why))
            return {**made, **said}
        made = sealed_acts.share_body(states, sealing_rules.around_case(state), self._node.directory, self._node.random)
        if not made["shares"]:
            raise Refused(t("sealing.nothing_to_share"))
        return {**made, **said}

    # ---- reading

    def states(self, state: CaseState, person: Staff | None) -> list[SealedState]:
        """Of every sealed record of the case, before this person on this device."""
        return sealed_acts.states_of(state.sealed, state.id, self._keys(person), self._found(state.sealed).get)

    def open_events(self, subject: str, events: Sequence[Event], person: Staff) -> dict[str, Mapping[str, Any]]:
        """Bodies of sealed steps of a record that this person may read here, by event."""
        refs = [SealedRef(e.id, str(e.sealed), str(e.body.get("class")), e.kind, e.office, e.actor, e.legal_date)
                for e in events if e.sealed]
        states = sealed_acts.states_of(refs, subject, self._keys(person), self._found(refs).get)
        return {s.ref.event: s.body for s in states if s.status == "open"}

    def shown(self, view: CaseView, state: CaseState, events: Mapping[str, Event], person: Staff | None) -> CaseView:
        """The view with what this person may read in its place, a stub where not, and who lacks a key on top."""
        if not state.sealed:
            return view
        states = {s.ref.event: s for s in self.states(state, person)}
        lines = tuple(self._line(line, states[line.id], events[line.id], person) if line.id in states else line
                      for line in view.timeline)
        return dataclasses.replace(view, timeline=lines, banners=(*self._lacking(state, [*states.values()]), *view.banners))

    def _line(self, line: TimelineEntry, sealed: SealedState, event: Event, person: Staff | None) -> TimelineEntry:
        if person is not None and sealed_acts.seen_by(sealed, person.id):
            said, words = describe(dataclasses.replace(event, body=dict(sealed.body))), str(sealed.body.get("text", ""))
            text = said if words in said else f"{said}：{words}"
            return dataclasses.replace(line, text=t("sealing.opened", text=text), body=sealed.body, sealed="open")
        why = t("sealing.to_open") if sealed.status == "open" else self.why_not(sealed)
        name = codes.name("sealed_class", sealed.ref.sealed_class)
        return dataclasses.replace(line, text=t("sealing.stub", name=name, why=why), sealed=sealed.status)

    def why_not(self, sealed: SealedState) -> str:
        return sealed_acts.why_not(sealed, lambda device: device)

    def _lacking(self, state: CaseState, states: Sequence[SealedState]) -> tuple[str, ...]:
        here = sealing_rules.around_case(state)
        waiting = [sealed_acts.lacking(s, here, self._node.directory) for s in states if s.status == "open"]
        devices = sorted({device for found in waiting for device in found})
        count = sum(bool(found) for found in waiting)
        return (t("sealing.lacking", count=count, devices="、".join(devices[:6])),) if devices else ()

    def _keys(self, person: Staff | None) -> Keys:
        return Keys(self._node.sealing_keys(), person.id if person else "", person.roles if person else ())

    def _found(self, refs: Sequence[SealedRef]) -> dict[str, Mapping[str, Any]]:
        keys = sorted({f"sealed:{ref.sha256}" for ref in refs})
        rows = self._node.closed.all_docs(keys=keys, include_docs=True) if keys else []
        return {row.id.partition(":")[2]: row.doc for row in rows if row.doc is not None}
