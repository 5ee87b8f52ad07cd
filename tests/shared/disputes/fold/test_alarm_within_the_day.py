"""Alarms within the day by the wall clock, minute by minute: a red report two hours after it was due to be made, on any day."""

from __future__ import annotations

import sqlite3

import pytest

from shared.disputes.acts import supervision
from shared.disputes.rules.clocks import default_rules
from shared.disputes.tables import cases, due
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.days import local_date, local_time, said_day
from tests.support.shared.domain_events import VILLAGE, World, ms_of

MINUTE = 60_000
HOURS = 120 * MINUTE


def tables(world: World) -> sqlite3.Connection:
    db, model = sqlite3.connect(":memory:"), ReadModel()
    model.create(db)
    model.apply(db, [event.doc() for events in world.events.values() for event in events])
    return db


def ringing(db: sqlite3.Connection, now: int) -> set[str]:
    return {row["kind"] for row in due.all_due(db, local_date(now), now=now) if row["rings"]}


@pytest.mark.parametrize(("day", "hour"), [("2026-02-16", 14), ("2026-03-04", 9), ("2026-10-02", 0), ("2026-10-02", 23)])
def test_a_red_case_rings_from_the_second_hour_on_and_not_a_minute_before_whatever_day_it_is(day: str, hour: int) -> None:
    world = World()
    case = world.register(date=day, risk=2).subject
    world.event(case, "case.risk_raised", {"level": 4, "reason": "DEMO", "items": []}, date=day, hour=hour)
    db, start = tables(world), ms_of(day, hour)
    for minute in range(100, 140):
        now = start + minute * MINUTE
        state = world.state(case, local_date(now))
        wanted = {"risk_report", "risk_action"} if minute >= 120 else set()
        assert ringing(db, now) == wanted, minute
        assert {clock.kind for clock in state.clocks if clock.rings(now)} == wanted
        said = supervision.watch(state, local_date(now), default_rules(), str, now)
        at = said_day(local_time(start + HOURS), local_date(now))
        assert sum(at in sentence for sentence in said) == len(wanted), minute


def test_the_alarm_stops_with_the_report() -> None:
    world = World()
    case = world.register(risk=4, date="2026-02-16").subject
    start = ms_of("2026-02-16")
    world.event(case, "case.risk_reported", {"to": "DEMO 派出所", "text": "DEMO"}, date="2026-02-16", hour=10)
    db = tables(world)
    assert ringing(db, start + 3 * HOURS) == set()


def test_what_rings_stands_first_and_counts_as_overdue_in_every_list() -> None:
    world = World()
    calm = world.register(date="2026-02-16").subject
    red = world.register(date="2026-02-16", risk=4).subject
    db, now = tables(world), ms_of("2026-02-16", 11)
    assert next(row["case_id"] for row in cases.alarms(db, cases.Moment("2026-02-16", now))) == red
    late, moment = cases.Filter(alarm="overdue"), cases.Moment("2026-02-16", now)
    assert [row.case_id for row in cases.find(db, late, moment, limit=9)] == [red]
    assert cases.totals(db, moment).ringing == 1
    assert cases.total(db, late, cases.Moment("2026-02-16", now - MINUTE)) == 0
    assert calm != red


def test_asked_about_a_day_alone_every_alarm_of_that_day_rings() -> None:
    world = World()
    world.register(date="2026-02-16", risk=4)
    assert any(row["rings"] for row in cases.alarms(tables(world), cases.Moment("2026-02-16")))


def test_a_red_hazard_rings_too_and_until_it_was_looked_at() -> None:
    world = World()
    hazard = world.event(None, "hazard.reported", {
        "place": {"office": VILLAGE}, "title": "DEMO 持械", "level": 4}, date="2026-10-02").subject
    start = ms_of("2026-10-02")
    assert ringing(tables(world), start + HOURS - MINUTE) == set()
    assert ringing(tables(world), start + HOURS) == {"hazard_4"}
    world.event(hazard, "hazard.checked", {"text": "DEMO 已到场"}, date="2026-10-02", hour=12)
    assert ringing(tables(world), start + HOURS) == set()
