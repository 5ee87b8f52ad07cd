"""One dispute, one subsidy, however often it was registered or tried (DOMAIN.md 8.1 一案一补): which cases are one dispute.

    merged      one is merged into the other, or both into a third
    split       a party in common, the same place and category, registered within the days of a duplicate
    again       the same parties on both sides, place and category, within so many months: the dispute came back as a new case
A person who finds that two are not the same says so in one of them (`case.duplicate_dismissed`); then they are two. A case that
was reopened is one case and has one subsidy by itself. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from shared.disputes.case.state import CaseState
from shared.ledger.days import between
from shared.ledger.entry import folded

DAYS_OF_MONTH = 31


def why_same(one: CaseState, other: CaseState, months: int) -> str:
    """merged | split | again, "" when they are two disputes."""
    if one.id == other.id or other.id in one.not_duplicates or one.id in other.not_duplicates:
        return ""
    if one.merged_into == other.id or other.merged_into == one.id or (one.merged_into and one.merged_into == other.merged_into):
        return "merged"
    if one.place.office != other.place.office or one.category != other.category:
        return ""
    common = _names(one) & _names(other)
    apart = abs(between(one.registered_on, other.registered_on))
    if common and apart <= one.limits.duplicate_days:
        return "split"
    both = any(folded(p.name) in common for p in one.parties if p.role == "applicant") and len(common) > 1
    return "again" if both and apart <= months * DAYS_OF_MONTH else ""


def _names(case: CaseState) -> set[str]:
    return {folded(party.name) for party in case.parties if not party.restricted}


def entitled(dispute: Iterable[CaseState]) -> str:
    """The one case of a dispute that may have the subsidy: one that is approved or paid already, else the earliest claim;
    "" when nobody claimed."""
    claims = [case for case in dispute if case.subsidy is not None and case.subsidy.state not in ("rejected", "returned", "")
              and not case.merged_into]
    done = [case for case in claims if case.subsidy is not None and case.subsidy.state in ("approved", "paid", "clawed_back")]
    first = min(done or claims, key=lambda c: (c.subsidy.claims[0].claimed_on if c.subsidy else "", c.id), default=None)
    return first.id if first is not None else ""


def shares(dispute: Iterable[CaseState], claimants: Iterable[str]) -> dict[str, int]:
    """Per cent by mediator from the sessions recorded in all cases of the dispute (谁调解、补助谁); without any, equal parts.
    Those who claimed and those who mediated in a joined case take part; the rest of a division goes to who did most."""
    sessions: Counter[str] = Counter()
    for case in dispute:
        sessions.update(mediator for session in case.sessions for mediator in session.mediators)
    names = list(dict.fromkeys([*claimants, *sessions]))
    weights: Mapping[str, int] = sessions if sum(sessions.values()) else dict.fromkeys(names, 1)
    whole = sum(weights[name] for name in names) or 1
    made = {name: weights[name] * 100 // whole for name in names if weights[name]}
    if made:
        made[max(made, key=lambda name: (weights[name], -names.index(name)))] += 100 - sum(made.values())
    return made
