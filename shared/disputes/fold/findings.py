"""What a folded case asks of people: each finding with the decision on it, who decides, and by when (DOMAIN.md 7.4 P4, P5).

The adjudicator is the lowest office that covers all concerned, never below the township. An incomplete case raises no verdict.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.disputes.case.state import Finding
from shared.disputes.fold.draft import Draft
from shared.disputes.rules.clocks import deadline
from shared.ledger.published.lineage import Lineage


def findings(d: Draft) -> tuple[Finding, ...]:
    if not d.findings:
        return ()
    incomplete = bool(d.order.missing) or d.registered is None
    found = []
    for finding in d.findings:
        resolved = any(
            code == finding.code and not events.isdisjoint(finding.events) for code, events, _ in d.decisions
        )
        involved = [d.order.events[d.order.index[id]] for id in finding.events if id in d.order.index]
        offices = frozenset(event.office for event in involved) | ({d.holder} if d.holder else frozenset())
        day = max((event.legal_date for event in involved), default=None)
        due = deadline("review", day, rules=d.rules, calendar=d.calendar).due_date if day and finding.review else None
        made = {"resolved": resolved, "review": finding.review and not incomplete, "adjudicator": adjudicator(offices, d.lineage),
                "due": due, **_noted(d, finding)}
        found.append(replace(finding, **made))
    return tuple(sorted(found, key=lambda f: (f.code, f.events)))


def check_notes(d: Draft) -> None:
    """A note about nothing, or about what only a decision settles, is kept and ticks nothing off."""
    for event, code, events, _ in d.noted:
        meant = [f for f in d.findings if f.code == code and events.issuperset(f.events)]
        if not meant:
            d.without_effect(event, "no_such_finding")
        elif all(f.review for f in meant):
            d.without_effect(event, "decision_needed")


def _noted(d: Draft, finding: Finding) -> dict[str, Any]:
    """Who ticked the finding off, and how; the last note stands. All its events must be named: one that came later is new."""
    if finding.review:
        return {}
    notes = [(e, how) for e, code, events, how in d.noted if code == finding.code and events.issuperset(finding.events)]
    if not notes:
        return {}
    event, how = notes[-1]
    return {"resolved": True, "noted": how, "noted_by": event.actor, "noted_on": event.legal_date}


def adjudicator(offices: frozenset[str], lineage: Lineage) -> str:
    """The lowest office over all of these today, at least a township; "" for none."""
    if not offices:
        return ""
    first = min(offices)
    for above in (first, *lineage.ancestors_of(first)):
        if lineage.rank_of(above) >= 1 and all(lineage.is_over(above, office) for office in offices):
            return above
    return lineage.parent_of(first) or first
