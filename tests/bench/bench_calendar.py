"""A new year's calendar over a county of 10,000 cases: what is touched folded again, beside making all tables anew.

    python -m tests.bench.bench_calendar [CASES]
Ten events a case, spread over two years up to the new year, as in `bench_fold`; the calendar of the coming year arrives.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import sys
from typing import Any

from shared.disputes.rules.county import RulesBook
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.published.directory import EMPTY
from shared.ledger.published.directory_heads import change
from tests.bench.bench_fold import BATCH, timed
from tests.support.shared.domain_events import VILLAGE, World

QUESTION = "what does the new year's calendar cost?"
CALENDAR = {
    "year": 2027,
    "holidays": ["2027-01-01", *(f"2027-02-{n:02d}" for n in range(5, 13)), "2027-04-05", "2027-05-01", "2027-06-09",
                 "2027-09-15", *(f"2027-10-{n:02d}" for n in range(1, 8))],
    "workdays": ["2027-02-14", "2027-09-26", "2027-10-09"],
}


def docs(count: int) -> list[dict[str, Any]]:
    world, made, first = World(), [], dt.date(2025, 1, 2)
    for number in range(count):
        day = (first + dt.timedelta(days=number * 728 // count)).isoformat()
        case = world.mediating(office=VILLAGE, date=day).subject
        for _ in range(5):
            world.event(case, "case.evidence_added", {"title": "DEMO"}, date=day)
        if day < "2026-11-15":
            agreement = world.agree(case, date=day, form="oral", fields={"performed_on_spot": True, "signatures": []})
            world.event(case, "case.visited", {"method": "phone", "result": "performed"}, actor="v", date=day)
            world.event(case, "case.closed", {"outcome": "agreement_oral"}, date=day)
            del agreement
        made += [event.doc() for event in world.events.pop(case)]
    return made


def run(count: int = 10_000) -> None:
    found, now = docs(count), [EMPTY.with_changes("e1", 1, "h", [])]
    model = ReadModel(county=RulesBook(lambda: now[0]))

    def tables() -> sqlite3.Connection:
        db = sqlite3.connect(":memory:", isolation_level=None)
        db.execute("BEGIN")
        model.create(db)
        for start in range(0, len(found), BATCH):
            model.apply(db, found[start:start + BATCH])
        return db

    db = tables()
    look = min(timed(lambda: model.refresh(db)) for _ in range(5))
    now[0] = EMPTY.with_changes("e1", 2, "h", [change("calendar", "2027", CALENDAR)])
    again: list[int] = []
    refresh = timed(lambda: again.append(model.refresh(db)))
    rebuild = timed(tables)
    print(f"| {count} cases, {len(found)} events | folded again | CPU seconds |\n|---|---|---|")
    print(f"| look without a change | 0 | {look:.5f} |")
    print(f"| calendar of 2027 arrives, touched cases only | {again[0]} | {refresh:.2f} |")
    print(f"| all tables made anew | {count} | {rebuild:.2f} |")


if __name__ == "__main__":
    run(*(int(word) for word in sys.argv[1:]))
