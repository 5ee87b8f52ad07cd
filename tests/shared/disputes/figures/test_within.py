"""Figures of some days are the same from the few facts that are loaded for these days as from all of them."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from county_hub.report.report import build, days_of
from shared.disputes.figures import facts
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.periods import parse
from shared.ledger.published.offices import load_divisions
from tests.support.shared.domain_events import TOWN, VILLAGE, World

SEED, CASES, TODAY = 20261130, 120, "2026-11-23"
SPANS = ("2025", "2026", "2025-H2", "2026-Q1", "2026-Q4", *(f"2025-{month:02d}" for month in range(1, 13)), "2026-01", "2026-11")


@pytest.fixture(scope="module")
def tables() -> Iterator[sqlite3.Connection]:
    """Cases of two years that last up to eight months, of few people who come again, ended in every way, some never."""
    choose, db, model = random.Random(SEED), sqlite3.connect(":memory:", isolation_level=None), ReadModel()
    model.create(db)
    for number in range(CASES):
        world, office = World(), choose.choice((VILLAGE, TOWN))
        steps = [date(2024, 11, 1) + timedelta(days=choose.randrange(740))]
        for _ in range(4):
            steps.append(steps[-1] + timedelta(days=choose.choice((0, 1, 9, 60))))
        at = [day.isoformat() for day in steps]
        people = choose.choice((("演示甲", "演示乙"), ("演示丙", "演示丁"), ("演示戊", f"演示己{number}")))
        case = world.mediating(office=office, date=at[0], summary=f"DEMO {number}", category=choose.choice(("DC02", "DC08")),
                               parties=[{"name": name, "role": role} for name, role in zip(people, ("applicant", "respondent"),
                                                                                          strict=True)]).subject
        end = choose.choice(("agreed", "closed", "closed", "rated", "withdrawn", "open"))
        if end in ("agreed", "closed", "rated"):
            agreement = world.agree(case, office=office, date=at[1])
            world.seal(case, agreement, office=office, date=at[1])
        if end in ("closed", "rated"):
            world.event(case, "case.item_performed", {"of": agreement.id, "item": 0, "complete": True, "confirmed_by": [0]},
                        office=office, date=at[2])
            world.event(case, "case.closed", {"outcome": "agreement_written"}, office=office, date=at[3])
        if end == "rated":
            world.event(case, "case.rated", {"party": 0, "score": 4, "channel": "clerk"}, office=office, date=at[4])
        if end == "withdrawn":
            world.event(case, "case.withdrawn", {"party": 0}, office=office, date=at[1])
        model.apply(db, [event.doc() for event in world.events[case]])
    yield db
    db.close()


@pytest.mark.parametrize("span", SPANS)
def test_a_report_of_some_days_needs_only_what_touches_them(tables: sqlite3.Connection, span: str) -> None:
    print("seed", SEED)
    wanted, organisation = parse(span), load_divisions()
    everything, some = facts.load(tables), facts.load(tables, within=days_of(wanted, TODAY))
    made = [build(one, organisation, wanted.year, TODAY, span=wanted, internal=True) for one in (everything, some)]
    assert made[0] == made[1]
    assert set(some.cases) <= set(everything.cases)


def test_a_month_loads_a_part_alone(tables: sqlite3.Connection) -> None:
    some, everything = facts.load(tables, within=days_of(parse("2025-06"), TODAY)), facts.load(tables)
    assert 0 < len(some.cases) < len(everything.cases) / 2
    assert facts.years(tables, TODAY) == sorted({int(case.registered_on[:4]) for case in everything.cases}, reverse=True)


def test_the_cases_of_the_test_are_of_every_sort(tables: sqlite3.Connection) -> None:
    report = build(facts.load(tables), load_divisions(), 2026, TODAY, internal=True)["indicators"]
    for key in ("repeat_rate", "ratings_unverified", "success_rate", "performance_rate", "on_time_completion_rate"):
        assert report[key]["numerator"] > 0, key
