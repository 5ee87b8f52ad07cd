"""The figures of one office below the county (DOMAIN.md 7.3): a village its own view, a township its own town's to publish.

The same definitions as the county's report, over the cases that began in the office or below it and are on this device. What a
township may publish has no small cells; a village's numbers are nearly all small, so they are its own to look at. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.disputes.figures.facts import Facts
from shared.disputes.figures.figures import compute, indicators, publication
from shared.disputes.figures.marks import Period


def view(facts: Facts, office: str, year: int, today: str) -> dict[str, Any]:
    """{office, level, year, period, published, small_cell, indicators: {id: {name, unit, numerator, denominator, percent,
    suppressed}}}; numbers of a suppressed one are None."""
    published = facts.lineage.level_of(office) != "village"
    small = publication().small_cell if published else 0
    period = Period.year(year, today)
    figures = compute(within(facts, office).tally(period))
    return {
        "office": office, "level": facts.lineage.level_of(office), "year": year,
        "period": {"start": period.start, "end": period.end},
        "published": published, "small_cell": small,
        "indicators": {key: _entry(row.name, row.unit, figures[key], small) for key, row in indicators().items()},
    }


def _entry(name: str, unit: str, figure: Any, small: int) -> dict[str, Any]:
    hidden = figure.is_small(small)
    percent = figure.percent() if figure.is_rate and not hidden else None
    return {"name": name, "unit": unit, "numerator": None if hidden else figure.numerator,
            "denominator": None if hidden else figure.denominator, "percent": None if percent is None else str(percent),
            "suppressed": hidden}


def within(facts: Facts, office: str) -> Facts:
    """The facts that began in the office or below it, with their clocks."""
    cases = tuple(case for case in facts.cases if facts.lineage.is_over(office, case.origin))
    petitions = tuple(p for p in facts.petitions if facts.lineage.is_over(office, p.origin))
    aid = tuple(a for a in facts.legal_aid if facts.lineage.is_over(office, a.place))
    known = {fact.id for group in (cases, petitions, aid) for fact in group}
    return replace(facts, cases=cases, petitions=petitions, legal_aid=aid,
                   clocks=tuple(clock for clock in facts.clocks if clock.subject in known))
