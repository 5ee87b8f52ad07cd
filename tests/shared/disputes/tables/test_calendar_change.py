"""A new calendar folds again only what it touches, and the tables are then those of a full rebuild."""

from __future__ import annotations

import random
import sqlite3
from typing import Any

import pytest

from shared.disputes.rules.county import RulesBook
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.published.directory import EMPTY, Directory
from shared.ledger.published.directory_heads import change
from sync.projector import Projector
from sync.replica import LocalReplica
from tests.support.shared.domain_events import COUNTY, TOWN, VILLAGE, World

TABLES = ("cases", "deadlines", "records", "petitions", "legal_aid", "matter_deadlines", "case_facts", "case_parties")


def calendar(year: int, holidays: list[str], workdays: list[str]) -> dict[str, Any]:
    return {"year": year, "holidays": holidays, "workdays": workdays}


def published(version: int, *documents: dict[str, Any]) -> Directory:
    return EMPTY.with_changes("e1", version, "h", [change("calendar", str(d["year"]), d) for d in documents])


def rows(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


def histories(seed: int, count: int = 40) -> list[dict[str, Any]]:
    """Cases, petitions, hazards and sweeps of the autumn and winter around a new year, at all stages."""
    chance, world, at_county = random.Random(seed), World(), {"office": COUNTY, "role": "dispatcher"}

    def day() -> str:
        month = chance.choice((9, 10, 11, 12, 12, 12))
        return f"2026-{month:02d}-{chance.randrange(1, 29):02d}"

    for _ in range(count):
        what, start = chance.randrange(6), day()
        if what == 0:
            world.event(None, "hazard.reported", {
                "title": "DEMO", "place": {"office": VILLAGE}, "level": chance.randrange(1, 5)}, date=start)
        elif what == 1:
            subject = world.event(None, "petition.registered", {
                "number": f"150822000000-2026-000-{world.cases + 1:04d}-0", "channel": "online", "form": "online",
                "category": "other", "place": {"office": VILLAGE}, "summary": "DEMO"}, **at_county, date=start).subject
            world.event(subject, "petition.forwarded", {"to": TOWN}, **at_county, date=start)
        elif what == 2:
            world.register(date=start)
        else:
            case = world.mediating(date=start).subject
            if what == 4:
                end = f"2027-0{chance.randrange(1, 5)}-{chance.randrange(1, 29):02d}"
                world.event(case, "case.extended", {
                    "until": end, "consents": [{"party": n, "signed_on": start} for n in (0, 1)]}, date=start)
            if what == 5:
                agreement = world.agree(case, date=start, fields={"items": [
                    {"who": 1, "what": "DEMO", "due_date": f"2027-02-{chance.randrange(1, 29):02d}"}]})
                world.seal(case, agreement, date=start)
    return [event.doc() for events in world.events.values() for event in events]


@pytest.mark.parametrize("seed", range(6))
def test_only_the_touched_cases_are_folded_again_and_the_tables_are_those_of_a_rebuild(seed: int) -> None:
    chance = random.Random(seed + 100)
    now = [published(1)]
    model = ReadModel(county=RulesBook(lambda: now[0]))
    db = sqlite3.connect(":memory:")
    model.create(db)
    docs = histories(seed)
    model.apply(db, docs)
    for version in range(2, 5):
        days = [f"2027-{chance.randrange(1, 5):02d}-{chance.randrange(1, 29):02d}" for _ in range(12)]
        autumn = [f"2026-{chance.randrange(10, 13)}-{chance.randrange(1, 29):02d}" for _ in range(3)]
        documents = [calendar(2027, days[:6], [d for d in days[6:] if d not in days[:6]])]
        if version == 3:
            documents.append(calendar(2026, autumn, []))        # a correction of the year that is under way
        now[0] = published(version, *documents)
        again = model.refresh(db)
        fresh = sqlite3.connect(":memory:")
        model.create(fresh)
        model.apply(fresh, docs)
        assert rows(db) == rows(fresh), f"seed {seed}, version {version}, {documents}"
        assert again <= len({doc["_id"].split(":")[1] for doc in docs}), seed


def test_cases_that_ended_before_the_changed_days_are_left_alone(tmp_path: Any) -> None:
    """Through the projector: the county's tables are not made anew, and a look without a change costs no folding."""
    world = World()
    old = [world.register(date="2026-03-02").subject for _ in range(20)]
    late = world.register(date="2026-12-30").subject
    now = [published(1)]
    folded: list[int] = []

    class Counting(ReadModel):
        def refresh(self, db: sqlite3.Connection) -> int:
            folded.append(super().refresh(db))
            return folded[-1]

    with LocalReplica.open(tmp_path / "office.replica") as replica:
        replica.bulk_docs([e.doc() for case in (*old, late) for e in world.events[case]], new_edits=False)
        projector = Projector(tmp_path / "read.sqlite", replica, Counting(county=RulesBook(lambda: now[0])))
        projector.catch_up()
        projector.catch_up()
        now[0] = published(2, calendar(2027, ["2027-01-01"], ["2027-01-03"]))
        projector.catch_up()
        projector.catch_up()
        assert folded == [0, 1]       # a look that finds nothing new refreshes nothing
        with projector.reader() as db:
            assert db.execute("SELECT due_date, provisional FROM deadlines WHERE case_id = ? AND kind = 'acceptance'",
                              (late,)).fetchone() == ("2027-01-04", 0)
        projector.close()
