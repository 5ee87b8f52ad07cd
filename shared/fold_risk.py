"""Track H: risk. The highest level wins until someone entitled, who had seen it, lowers it (DOMAIN.md
3.4, 7.4 #11)."""

from __future__ import annotations

from shared import bodies_case as bodies
from shared.case import RiskState
from shared.envelope import Event
from shared.fold_draft import Draft, Handler
from shared.organisation import rank_of

# Level of the office that may lower a case from this risk (DOMAIN.md 7.3): 0 village, 1 township, 2 county.
MAY_LOWER = {1: 0, 2: 0, 3: 1, 4: 2}
RED, ORANGE = 4, 3


def add(d: Draft, e: Event, level: int, reason: str) -> None:
    d.risks.append((e, RiskState(level, e.legal_date, e.id, reason)))


def current(d: Draft) -> RiskState:
    """The level that counts: the highest; of equals the first."""
    best = RiskState()
    for _, risk in d.risks:
        if risk.level > best.level or not best.event:
            best = risk
    return best


def raised(d: Draft, e: Event, b: bodies.RiskRaised) -> None:
    add(d, e, b.level, b.reason)


def lowered(d: Draft, e: Event, b: bodies.RiskLowered) -> None:
    seen = [(raise_, risk) for raise_, risk in d.risks if d.saw(e, raise_.id)]
    highest = max((risk.level for _, risk in seen), default=1)
    raised_by = max((rank_of(raise_.office) for raise_, risk in seen if risk.level == highest), default=0)
    if rank_of(e.office) < max(MAY_LOWER[highest], raised_by):
        return d.without_effect(e, "may_not_lower")
    if b.level >= highest:
        return d.without_effect(e, "not_lower")
    unseen = [(raise_, risk) for raise_, risk in d.risks if not d.saw(e, raise_.id)]
    d.risks = unseen
    add(d, e, b.level, b.reason)
    return None


def reported(d: Draft, e: Event, b: bodies.RiskReported) -> None:
    d.risk_reported_on = e.legal_date


HANDLERS: dict[str, Handler] = {
    "case.risk_raised": raised,
    "case.risk_lowered": lowered,
    "case.risk_reported": reported,
}
