"""Sealed records and the county's officers: the hub's own device (slot 000) seals and opens like any other device, and only
what it was given a key for. An operator of the hub, or an officer in a case whose team the county is not part of, sees that a
record is there, by whom and when. Rules are `shared.disputes.acts.sealing_rules`; it must not know argument parsing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.acts import sealed_acts, sealing_rules
from shared.disputes.acts.sealed_acts import Keys, SealedState, Write
from shared.disputes.acts.sealing_rules import Surroundings
from shared.disputes.case.state import CaseState
from shared.disputes.case.tracks import SealedRef
from shared.ledger import codes
from shared.ledger.errors import Refused
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import has, t

if TYPE_CHECKING:
    from county_hub.hub.hub import Hub


class SealedOffice:
    """One per open hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self._database = hub, f"office-{hub.county}-closed"

    def writes(self, kind: str, body: Mapping[str, Any], subject: str, role: str, here: Surroundings,
               wanted: str = "") -> list[Write]:
        """The acts to sign. Raises `UsageProblem`."""
        own = self._hub.own_device
        author = sealed_acts.Author(self._hub.county, role, own.device, own.key.public)
        try:
            latest = self._hub.directory.latest()
            return sealed_acts.writes_of(kind, body, subject, author, here, latest, secrets.token_bytes, wanted)
        except Refused as wrong:
            key = f"sealing.{wrong.code}"
            raise UsageProblem(t(key) if has(key) else str(wrong)) from None

    def store(self, writes: Sequence[Write]) -> None:
        """Commit the sealed documents before the events that cite them."""
        docs = [write.doc for write in writes if write.doc is not None]
        if docs:
            with self._hub.databases.lease(self._database) as replica:
                replica.bulk_docs(docs, new_edits=False)

    def states(self, state: CaseState, person: Staff | None) -> list[SealedState]:
        own = self._hub.own_device
        keys = Keys({own.device: own.key}, person.id if person else "", person.roles if person else ())
        return sealed_acts.states_of(state.sealed, state.id, keys, self._found(state.sealed).get)

    def body(self, kind: str, state: CaseState, person: Staff) -> dict[str, Any]:
        """The body of opening or passing on. Raises `HubProblem` when there is nothing."""
        states = self.states(state, person)
        if kind == sealed_acts.READ:
            made = sealed_acts.read_body(states, person.id)
            if not made["of"]:
                why = "".join(dict.fromkeys(sealed_acts.why_not(s, str) for s in states if s.status != "open"))
                raise HubProblem(t("sealing.nothing_to_read", why=why or t("effect.already_done")))
            return made
        made = sealed_acts.share_body(states, sealing_rules.around_case(state), self._hub.directory.latest(), secrets.token_bytes)
        if not made["shares"]:
            raise HubProblem(t("sealing.nothing_to_share"))
        return made

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
        return {**made, "body": dict(sealed.body)} if seen else {**made, "why": why}

    def _found(self, refs: Sequence[SealedRef]) -> dict[str, Mapping[str, Any]]:
        ids = sorted({f"sealed:{ref.sha256}" for ref in refs})
        if not ids or not self._hub.databases.exists(self._database):
            return {}
        with self._hub.databases.lease(self._database) as replica:
            rows = replica.all_docs(keys=ids, include_docs=True)
        return {row.id.partition(":")[2]: row.doc for row in rows if row.doc is not None}
