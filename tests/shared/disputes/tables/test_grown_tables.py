"""The tables of a program that has long been running are those of one that has just made them, row by row.

What it kept of the cases it folded last, and the rows that it left alone, must never show.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.disputes.rules.clocks import default_rules
from shared.disputes.rules.county import CountyRules
from shared.disputes.tables.read_model import KEPT_BATCH, ReadModel
from shared.ledger.published.notices import build_refused, build_released
from shared.ledger.workdays import calendar_from
from tests.shared.disputes.fold.test_fuzz import odd_case
from tests.support.shared.domain_events import COUNTY, World

TABLES = ("cases", "events", "deadlines", "attention", "case_facts", "case_parties", "search", "records", "faults", "refused_now",
          "came_again")
DAYS_OFF = {"year": 2026, "holidays": ["2026-03-09", "2026-03-10"], "workdays": []}
PLAIN, OTHER = (CountyRules(default_rules(), calendar_from(docs), documents=tuple(docs)) for docs in ([], [DAYS_OFF]))


def empty(model: ReadModel) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("BEGIN")
    model.create(db)
    db.execute("COMMIT")
    return db


def rows(db: sqlite3.Connection) -> dict[str, list[tuple]]:
    found = {table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}
    for sums in ("tallied_days", "tallied_months"):
        found[sums] = sorted(db.execute(f"SELECT * FROM {sums} WHERE n <> 0"))
    found["late"] = [tuple(row) for row in db.execute("SELECT id, refused FROM events ORDER BY id")]
    return found


def made_anew(docs: dict[str, dict], ours: CountyRules) -> dict[str, list[tuple]]:
    """As a rebuild makes them: everything that is there, in one go."""
    model = ReadModel(county=lambda: ours)
    db = empty(model)
    model.apply(db, list(docs.values()))
    try:
        return rows(db)
    finally:
        db.close()


def one_transaction(db: sqlite3.Connection, work: Callable[[], object], *, kept: bool = True) -> None:
    db.execute("BEGIN")
    work()
    db.execute("COMMIT" if kept else "ROLLBACK")


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_whatever_comes_in_whatever_order_the_rows_are_those_of_a_rebuild(seed: int) -> None:
    """Single events and batches, in the order of writing or any other, repeated, refused and let in, withdrawn, under another
    calendar, written by another process, taken back by a full disk."""
    chance = random.Random(seed)
    worlds = [odd_case(chance.randrange(2**32)) for _ in range(2)]
    hub = worlds[0].key("hub")
    feed = [event for world in worlds for events in world.events.values() for event in events]
    if chance.random() < 0.7:
        feed.sort(key=lambda event: event.hlc)
    else:
        chance.shuffle(feed)
    county = [PLAIN]
    ours, theirs = (ReadModel(county=lambda: county[0]) for _ in range(2))
    db, there = empty(ours), dict[str, dict]()
    while feed:
        size = chance.choice([1, 1, 1, 2, 5])
        batch, feed = [event.doc() for event in feed[:size]], feed[size:]
        roll = chance.random()
        if roll < 0.08:
            refused = chance.choice(batch)
            notice = build_refused(next(e for w in worlds for es in w.events.values() for e in es if e.id == refused["_id"]),
                                   "bad_body", hub)
            batch += [notice, *([build_released(refused["_id"], hub)] if chance.random() < 0.5 else [])]
        elif roll < 0.16 and there:
            gone = chance.choice(sorted(there))
            if not gone.startswith(("refused:", "released:")):
                del there[gone]
                one_transaction(db, lambda gone=gone: ours.apply(db, [{"_id": gone, "_deleted": True}]))
        elif roll < 0.24:
            county[0] = OTHER if county[0] is PLAIN else PLAIN
            one_transaction(db, lambda: ours.refresh(db))
        elif roll < 0.32:
            one_transaction(db, lambda batch=batch: ours.apply(db, batch), kept=False)
        writer = theirs if chance.random() < 0.15 else ours
        again = [there[id] for id in chance.sample(sorted(there), min(len(there), chance.randrange(3)))]
        one_transaction(db, lambda docs=[*batch, *again], writer=writer: writer.apply(db, docs))
        there.update((doc["_id"], doc) for doc in batch)
        if chance.random() < 0.3:
            assert rows(db) == made_anew(there, county[0])
    assert rows(db) == made_anew(there, county[0])


def reads_of(db: sqlite3.Connection, model: ReadModel, docs: list[dict]) -> list[str]:
    said: list[str] = []
    db.set_trace_callback(said.append)
    model.apply(db, docs)
    db.set_trace_callback(None)
    return said


def test_one_more_event_of_a_case_reads_no_other_and_leaves_rows_alone_that_stay() -> None:
    world, model = World(), ReadModel()
    case = world.mediating().subject
    db = empty(model)
    model.apply(db, [event.doc() for event in world.events[case]])
    said = reads_of(db, model, [world.event(case, "case.note_added", {"text": "DEMO"}).doc()])
    assert not [sql for sql in said if sql.startswith("SELECT json FROM events")]
    assert not [sql for sql in said if sql.startswith(("INSERT", "DELETE")) and " events" not in sql]
    assert rows(db) == made_anew({e.id: e.doc() for e in world.events[case]}, PLAIN)


def test_a_whole_feed_is_not_kept() -> None:
    world, model = World(), ReadModel()
    docs = [world.register().doc() for _ in range(KEPT_BATCH + 1)]
    db = empty(model)
    model.apply(db, docs)
    first = docs[0]["case"]
    said = reads_of(db, model, [world.event(first, "case.note_added", {"text": "DEMO"}, office=COUNTY).doc()])
    assert [sql for sql in said if sql.startswith("SELECT json FROM events")]
