"""Sealed events of a case in the fold: that they are there, who wrote them, who was given the key, who has opened them.

What they say is never asked, so every office folds the same state, whether it can open them or not.
"""

from __future__ import annotations

from dataclasses import replace

from shared.disputes.case.tracks import SealedRef, SealedShare
from shared.disputes.fold.draft import Draft, handles
from shared.disputes.kinds import case_intake
from shared.disputes.kinds import case_sealed as bodies
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.fields import Sealed

_ADVISERS = ("judge", "expert")


def keep(d: Draft, e: Event, b: Sealed) -> None:
    """Role and kind stand on the open part of the event: a judge's or an expert's sealed note is guidance too (DOMAIN.md 1.1)."""
    d.sealed[e.id] = SealedRef(e.id, b.sealed, b.class_, e.kind, e.office, e.actor, e.legal_date)
    if e.kind == "case.note_added" and e.role in _ADVISERS:
        d.advisers.add(e.role)


@handles("case.identities_noted")
def identities(d: Draft, e: Event, b: case_intake.IdentitiesNoted) -> None:
    """Only ever sealed: `keep` has noted it."""


@handles("case.sealed_shared")
def shared(d: Draft, e: Event, b: bodies.SealedShared) -> None:
    found = False
    for share in b.shares:
        ref = d.sealed.get(share.of)
        if ref is not None and ref.sha256 == share.sealed:
            given = SealedShare(e.id, share.eph, tuple((key.device, key.key) for key in share.keys))
            d.sealed[share.of] = replace(ref, shares=(*ref.shares, given))
            found = True
    if not found:
        d.without_effect(e, "no_such_sealed")


@handles("case.sealed_read")
def read(d: Draft, e: Event, b: bodies.SealedRead) -> None:
    meant = [of for of in b.of if of in d.sealed]
    for of in meant:
        ref = d.sealed[of]
        if e.actor not in ref.readers:
            d.sealed[of] = replace(ref, readers=(*ref.readers, e.actor))
    if not meant:
        d.without_effect(e, "no_such_sealed")
