"""Track H: risk. The highest level wins until someone entitled, who had seen it, lowers it (DOMAIN.md
3.4, 7.4 #11).

What is ticked is scored at once (定量): an event counts as the higher of the colour its author named and the colour that its
items give together with those that still stand; violence and self-harm are never below orange. Lowering is a person's
judgement (定性) and takes the items it had seen with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from shared.disputes.case.lifecycle import TRANSITIONS
from shared.disputes.case.state import RiskState
from shared.disputes.fold.draft import Draft, handles
from shared.disputes.kinds import case_risk
from shared.ledger.formats.envelope import Event

RED, ORANGE = 4, 3
# What counts as the first action on a matter of this colour (DOMAIN.md 3.4): a step of the case, a visit, a word, a report.
ACTIONS = frozenset(TRANSITIONS) - {"case.registered"} | {
    "case.risk_reported", "case.risk_assessed", "case.visited", "case.note_added", "case.record_added",
    "case.escalate_requested", "case.escalate_accepted", "case.recalled", "case.assigned", "case.assignment_acknowledged",
    "case.grid_passed", "case.supervision_replied",
}


def add(d: Draft, e: Event, level: int, reason: str, items: Iterable[str] = ()) -> None:
    ticked = tuple(sorted({*items, *standing(d)}))
    scored = d.rules.risk.score(ticked)
    d.risks.append((e, RiskState(max(level, scored.level), e.legal_date, e.id, reason, scored.points, ticked, e.legal_date)))


def standing(d: Draft) -> set[str]:
    """The items ticked so far that nobody has lowered."""
    return {item for _, risk in d.risks for item in risk.items} if d.risks else set()


def current(d: Draft) -> RiskState:
    """The level that counts: the highest; of equals the first. Items and points are those of all that stand."""
    best = RiskState()
    for _, risk in d.risks:
        if risk.level > best.level or not best.event:
            best = risk
    items = tuple(sorted(standing(d)))
    if not items and not d.risk_looked:
        return best
    looked = max((day for day in (best.since, *d.risk_looked) if day is not None), default=None)
    return replace(best, items=items, score=d.rules.risk.score(items).points, looked_on=looked)


@handles("case.risk_raised")
def raised(d: Draft, e: Event, b: case_risk.RiskRaised) -> None:
    add(d, e, b.level, b.reason, b.items)


@handles("case.risk_assessed")
def assessed(d: Draft, e: Event, b: case_risk.RiskAssessed) -> None:
    """Looked at again: the colour stays unless the newly ticked items give a higher one."""
    d.risk_looked.append(e.legal_date)
    if d.rules.risk.score({*b.items, *standing(d)}).level > current(d).level:
        add(d, e, 1, b.text, b.items)


@handles("case.risk_lowered")
def lowered(d: Draft, e: Event, b: case_risk.RiskLowered) -> None:
    seen = [(raise_, risk) for raise_, risk in d.risks if d.saw(e, raise_.id)]
    highest = max((risk.level for _, risk in seen), default=1)
    raised_by = max((d.lineage.rank_of(raise_.office) for raise_, risk in seen if risk.level == highest), default=0)
    if d.lineage.rank_of(e.office) < max(d.rules.limits.lower_rank(highest), raised_by):
        return d.without_effect(e, "may_not_lower")
    if b.level >= highest:
        return d.without_effect(e, "not_lower")
    unseen = [(raise_, risk) for raise_, risk in d.risks if not d.saw(e, raise_.id)]
    d.risks = [*unseen, (e, RiskState(b.level, e.legal_date, e.id, b.reason, looked_on=e.legal_date))]
    return None


@handles("case.risk_reported")
def reported(d: Draft, e: Event, b: case_risk.RiskReported) -> None:
    d.risk_reported_on = e.legal_date


def acted_on(d: Draft, risk: RiskState) -> str | None:
    """The day of the first action after the event that gave this colour."""
    place = d.order.index.get(risk.event, -1)
    days = [e.legal_date for e in d.order.events[place + 1:] if e.kind in ACTIONS and e.id not in d.notes]
    return min((day for day in days if risk.since is None or day >= risk.since), default=None)
