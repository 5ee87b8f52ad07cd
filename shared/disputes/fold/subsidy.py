"""Track J: one dispute, one subsidy (DOMAIN.md 8.2, 7.4 #15).

    applied -> checked (township) -> graded (county) -> publicised -> approved | rejected -> paid -> clawed_back
            `-> returned (not passed; may be applied for again)

Several mediators may claim; there is still one subsidy, split by the recorded sessions until the county decides. Amounts are
configuration (`subsidy`), not this module's matter.
"""

from __future__ import annotations

from collections import Counter

from shared.disputes.case.tracks import SubsidyClaim, SubsidyState
from shared.disputes.fold.draft import Draft, handles
from shared.disputes.kinds import case_tracks as bodies
from shared.ledger.formats.envelope import Event

TOWNSHIP, COUNTY = 1, 2
ELIGIBLE = frozenset({"agreed", "effective", "performing", "visit_due", "closed", "archived"})
SETTLED = frozenset({"on_spot_settled", "agreement_written", "agreement_oral", "reconciled"})


@handles("case.subsidy_applied")
def applied(d: Draft, e: Event, b: bodies.SubsidyApplied) -> None:
    if d.state not in ELIGIBLE or d.outcome not in SETTLED:
        return d.without_effect(e, "not_eligible")
    if d.merged_into:
        return d.without_effect(e, "subsidy_elsewhere")
    returned = d.subsidy.get("state", "returned") == "returned"
    if any(claim.mediator == b.mediator for claim in d.subsidy_claims):
        if not returned:
            return d.without_effect(e, "already_done")
    else:
        d.subsidy_claims.append(SubsidyClaim(e.id, b.mediator, b.grade, e.legal_date))
    if returned:
        d.subsidy.update(state="applied", grade=b.grade)
    return None


def _allowed(d: Draft, e: Event, rank: int, *states: str) -> bool:
    if d.lineage.rank_of(e.office) < rank or not d.lineage.covers(e.office, d.holder):
        d.without_effect(e, "not_above")
        return False
    if d.subsidy.get("state") not in states:
        d.without_effect(e, "wrong_state")
        return False
    return True


@handles("case.subsidy_checked")
def checked(d: Draft, e: Event, b: bodies.SubsidyChecked) -> None:
    if _allowed(d, e, TOWNSHIP, "applied"):
        d.subsidy.update(state="checked" if b.passed else "returned", reason=b.text)


@handles("case.subsidy_graded")
def graded(d: Draft, e: Event, b: bodies.SubsidyGraded) -> None:
    if not _allowed(d, e, COUNTY, "checked", "graded"):
        return None
    if b.shares and sum(share.percent for share in b.shares) != 100:
        return d.without_effect(e, "shares_not_whole")
    d.subsidy.update(state="graded", grade=b.grade, reason=b.text)
    d.shares = tuple((share.mediator, share.percent) for share in b.shares)
    d.graded_by = e.id
    return None


@handles("case.subsidy_publicised")
def publicised(d: Draft, e: Event, b: bodies.SubsidyPublicised) -> None:
    if _allowed(d, e, COUNTY, "graded"):
        d.subsidy.update(state="publicised", publicised_until=b.end)


@handles("case.subsidy_decided")
def decided(d: Draft, e: Event, b: bodies.SubsidyDecided) -> None:
    if not _allowed(d, e, COUNTY, "publicised" if b.approved else d.subsidy.get("state", "")):
        return None
    if b.approved and e.legal_date <= str(d.subsidy.get("publicised_until") or ""):
        return d.without_effect(e, "still_publicised")
    d.subsidy.update(state="approved" if b.approved else "rejected", amount_fen=b.amount_fen if b.approved else 0,
                     decided_on=e.legal_date, reason=b.text)
    return None


@handles("case.subsidy_paid")
def paid(d: Draft, e: Event, b: bodies.SubsidyPaid) -> None:
    if _allowed(d, e, COUNTY, "approved"):
        if b.amount_fen != d.subsidy.get("amount_fen"):
            return d.without_effect(e, "other_amount")
        d.subsidy.update(state="paid", paid_on=b.paid_on)
    return None


@handles("case.subsidy_clawed_back")
def clawed_back(d: Draft, e: Event, b: bodies.SubsidyClawedBack) -> None:
    if _allowed(d, e, COUNTY, "approved", "paid"):
        d.subsidy.update(state="clawed_back", reason=b.reason)


def state(d: Draft) -> SubsidyState | None:
    """The track as it stands; None when nobody claimed."""
    if not d.subsidy_claims:
        return None
    names = [claim.mediator for claim in d.subsidy_claims]
    unseen = [claim.event for claim in d.subsidy_claims if not d.order.saw(d.graded_by, claim.event)]
    if len(names) > 1 and (not d.shares or unseen):
        d.finding("subsidy_twice", *(claim.event for claim in d.subsidy_claims), review=True)
    return SubsidyState(claims=tuple(d.subsidy_claims), shares=d.shares or split(names, d), **d.subsidy)


def split(mediators: list[str], d: Draft) -> tuple[tuple[str, int], ...]:
    """Per cent by recorded sessions; without any, equal parts. The rest of a division goes to the first."""
    sessions = Counter(m for session in d.sessions for m in session.mediators if m in mediators)
    weights = {m: sessions[m] for m in mediators} if sum(sessions.values()) else dict.fromkeys(mediators, 1)
    whole = sum(weights.values())
    parts = {m: weights[m] * 100 // whole for m in mediators}
    parts[mediators[0]] += 100 - sum(parts.values())
    return tuple(parts.items())
