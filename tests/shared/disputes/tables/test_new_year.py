"""Across 2026-12-31: the State Council publishes 2027 late. Until then due dates are provisional; then they are recomputed."""

from __future__ import annotations

import json
import sqlite3

from shared.disputes.rules.county import RulesBook, county_rules
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.published.directory import EMPTY, Directory
from shared.ledger.published.directory_heads import change
from tests.support.shared.domain_events import World

# New Year's Day off, Sunday the third worked instead: not what the council will say, but what it might.
CALENDAR_2027 = {"year": 2027, "holidays": ["2027-01-01"], "workdays": ["2027-01-03"]}


def deadlines(db: sqlite3.Connection, case: str) -> dict[str, tuple[str, int]]:
    rows = db.execute("SELECT kind, due_date, provisional FROM deadlines WHERE case_id = ?", (case,))
    return {kind: (due, provisional) for kind, due, provisional in rows}


def with_calendar() -> Directory:
    return EMPTY.with_changes("e1", 2, "h", [change("calendar", "2027", CALENDAR_2027)])


def tables(model: ReadModel, docs: list[dict]) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    model.create(db)
    model.apply(db, docs)
    return db


def test_a_due_date_beyond_the_published_year_is_provisional_and_moves_when_the_calendar_arrives() -> None:
    world = World()
    case = world.register(date="2026-12-30").subject       # a Wednesday
    docs = [event.doc() for event in world.events[case]]
    now = [EMPTY.with_changes("e1", 1, "h", [])]
    model = ReadModel(county=RulesBook(lambda: now[0]))
    before = model.version
    db = tables(model, docs)
    found = deadlines(db, case)
    assert found["triage"] == ("2026-12-31", 0)
    assert found["acceptance"] == ("2027-01-05", 1)         # Friday the first is off by law; Monday the fourth thought worked
    now[0] = with_calendar()
    assert model.version == before                          # nothing is made anew: the next look folds what is touched
    assert model.refresh(db) == 1
    assert deadlines(db, case)["acceptance"] == ("2027-01-04", 0)      # 31st, Sunday 3rd, Monday 4th
    assert deadlines(db, case)["triage"] == ("2026-12-31", 0)
    assert model.refresh(db) == 0


def test_a_month_that_ends_on_a_day_off_of_the_new_year_moves_to_the_next_working_day() -> None:
    world = World()
    case = world.mediating(date="2026-12-01").subject
    plain = world.state(case)
    ours = county_rules(with_calendar())
    known = world.state(case, rules=ours.rules, calendar=ours.calendar)
    assert [(c.due_date, c.provisional) for c in plain.clocks if c.kind == "mediation"] == [("2027-01-04", True)]
    assert [(c.due_date, c.provisional) for c in known.clocks if c.kind == "mediation"] == [("2027-01-03", False)]


def test_a_countys_clock_table_overlays_single_rows_and_a_broken_row_is_left_out_with_the_reason() -> None:
    table = {"visit": {"amount": 14, "unit": "day", "source": "DEMO"}, "triage": {"amount": "two", "unit": "workday"}}
    ours = county_rules(EMPTY.with_changes("e1", 1, "h", [change("table", "clocks", table)]))
    assert ours.rules.rule("visit").amount == 14
    assert ours.rules.rule("triage").amount == 1
    assert ["clocks.triage" in problem for problem in ours.problems] == [True]
    assert json.loads(json.dumps(ours.digest)) != 0
