"""Petitions and legal aid across the new year: their clocks move with the county's own table and with 2027's calendar, and the
tables recomputed on the way are those of a rebuild."""

from __future__ import annotations

import sqlite3

import pytest

from shared.disputes.rules.county import RulesBook
from shared.disputes.tables.due import alarms, rows
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.published.directory import EMPTY, Directory
from shared.ledger.published.directory_heads import change
from tests.support.shared.domain_events import COUNTY, TOWN, VILLAGE, World

HERE = {"office": COUNTY, "role": "dispatcher"}
# What the council might say: the first three days off, Monday the fourth too, Sunday the tenth worked.
CALENDAR_2027 = {"year": 2027, "holidays": ["2027-01-01", "2027-01-04"], "workdays": ["2027-01-10"]}
SIX_WORKDAYS = {"amount": 6, "unit": "workday", "source": "DEMO county"}


def directory(version: int, *changes: dict) -> Directory:
    return EMPTY.with_changes("e1", version, "h", list(changes))


def petition(world: World, *, forwarded: bool) -> str:
    subject = world.event(None, "petition.registered", {
        "number": f"150822000000-2026-000-{world.cases + 1:04d}-0", "channel": "online", "form": "online", "category": "other",
        "place": {"office": VILLAGE}, "summary": "DEMO"}, **HERE, date="2026-12-18").subject
    if forwarded:
        world.event(subject, "petition.forwarded", {"to": TOWN}, **HERE, date="2026-12-30")
    return subject


def aid(world: World) -> str:
    return world.event(None, "legal_aid.registered", {
        "number": f"150822000000-2026-000-{world.cases + 1:04d}-0", "matter": "wages", "place": {"office": VILLAGE},
        "summary": "DEMO"}, **HERE, date="2026-12-28").subject


@pytest.fixture
def world() -> World:
    return World()


def tables(model: ReadModel, world: World) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    model.create(db)
    model.apply(db, [event.doc() for events in world.events.values() for event in events])
    return db


def due(db: sqlite3.Connection, subject: str) -> dict[str, tuple[str, str]]:
    rows = db.execute("SELECT kind, due_date, warn_date FROM matter_deadlines WHERE subject = ?", (subject,))
    return {kind: (end, warn) for kind, end, warn in rows}


def all_rows(db: sqlite3.Connection) -> list[tuple]:
    return sorted(db.execute("SELECT * FROM matter_deadlines"))


def test_working_days_of_a_petition_move_with_next_years_calendar_and_plain_days_of_legal_aid_stand(world: World) -> None:
    late, passed, asked = petition(world, forwarded=False), petition(world, forwarded=True), aid(world)
    now = [directory(1)]
    model = ReadModel(county=RulesBook(lambda: now[0]))
    db = tables(model, world)
    before = {subject: due(db, subject) for subject in (late, passed, asked)}
    assert before[asked]["legal_aid_decide"][0] == "2027-01-04"             # seven plain days
    assert before[passed]["petition_objection"][0] == "2027-01-07"          # five working days; 1 January is off by law
    now[0] = directory(2, change("calendar", "2027", CALENDAR_2027))
    assert model.refresh(db) >= 2
    after = {subject: due(db, subject) for subject in (late, passed, asked)}
    assert after[asked]["legal_aid_decide"] == ("2027-01-04", "2026-12-31")     # the day stays, warned of before it is off
    assert after[passed]["petition_objection"][0] == "2027-01-08"
    assert all_rows(db) == all_rows(tables(model, world))
    [alarm] = [row for row in alarms(db, "2027-01-09") if row["kind"] == "petition_objection"]
    assert (alarm["record_id"], alarm["due_date"], alarm["overdue"]) == (passed, "2027-01-08", True)
    assert model.refresh(db) == 0


def test_the_clocks_of_a_petition_and_of_legal_aid_follow_the_countys_own_table_in_old_and_new_year(world: World) -> None:
    late, asked = petition(world, forwarded=False), aid(world)
    now = [directory(1)]
    model = ReadModel(county=RulesBook(lambda: now[0]))
    statutory, version = due(tables(model, world), asked), model.version
    own = change("table", "clocks", {"legal_aid_decide": SIX_WORKDAYS, "petition_accept": SIX_WORKDAYS})
    now[0] = directory(2, own)
    assert model.version != version                                       # all tables are made again
    db = tables(model, world)
    assert due(db, asked)["legal_aid_decide"] != statutory["legal_aid_decide"]
    assert due(db, asked)["legal_aid_decide"][0] == "2027-01-06"            # 29, 30, 31; 4th thought worked; 5th, 6th
    assert due(db, late)["petition_accept"][0] == "2026-12-28"              # wholly in the old year
    now[0] = directory(3, own, change("calendar", "2027", CALENDAR_2027))
    assert model.refresh(db) >= 1
    assert due(db, asked)["legal_aid_decide"][0] == "2027-01-07"            # 29, 30, 31; Tuesday 5th to Thursday 7th
    assert due(db, late)["petition_accept"][0] == "2026-12-28"
    assert all_rows(db) == all_rows(tables(model, world))


def test_a_list_of_all_kinds_is_paged_one_list_after_the_other(world: World) -> None:
    """Petitions and legal aid came again on every page, without end."""
    wanted = [*(petition(world, forwarded=False) for _ in range(3)), *(aid(world) for _ in range(2))]
    for _ in range(4):
        wanted.append(world.event(None, "hazard.reported", {
            "title": "DEMO", "level": 2, "place": {"office": VILLAGE}}, **HERE, date="2026-12-20").subject)
    db = tables(ReadModel(), world)
    for size in (1, 2, 4, 9):
        pages = [rows(db, limit=size, offset=start) for start in range(0, 12, size)]
        assert sorted(row["record_id"] for page in pages for row in page) == sorted(wanted)
        assert [len(page) for page in pages if page][:-1] == [size] * (len([page for page in pages if page]) - 1)
