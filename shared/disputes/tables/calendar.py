"""A new year's calendar arrives: which rows of the tables may change, so that only they are folded again.

The tables say under which calendars they were made (`calendars_used`). A row is touched when its due date was provisional, when
a day whose meaning has changed lies between its start and the first day on which it is missed, or when it is due or missed in a
year that became known (or unknown).
That is enough: a due date is found by walking from the start day by day, and moved on only from days that are off; what lies
beyond it was never asked. Folding the touched ones gives what a rebuild gives
(`tests/shared/disputes/tables/test_calendar_change.py`).
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.ledger.published.refusals import Subject
from shared.ledger.workdays import Calendar, calendar_from

Document = Mapping[str, Any]
TABLES = ("CREATE TABLE calendars_used (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL)",)
_BETWEEN = "EXISTS (SELECT 1 FROM temp.changed_days c WHERE c.day >= {row}.start_date AND c.day <= {row}.late_from)"


def remember(db: sqlite3.Connection, documents: Iterable[Document]) -> None:
    """The tables are now made under these calendars."""
    db.execute("INSERT OR REPLACE INTO calendars_used VALUES (1, ?)", (_text(documents),))


def is_current(db: sqlite3.Connection, documents: Iterable[Document]) -> bool:
    row = db.execute("SELECT json FROM calendars_used").fetchone()
    return row is not None and row[0] == _text(documents)


def touched(db: sqlite3.Connection, documents: Sequence[Document]) -> list[Subject]:
    """(aggregate, ulid) of everything that may read otherwise under these calendars than under those of the tables."""
    row = db.execute("SELECT json FROM calendars_used").fetchone()
    before: list[Document] = json.loads(row[0]) if row is not None else []
    days, years = changes(before, documents)
    db.execute("CREATE TEMP TABLE IF NOT EXISTS changed_days (day TEXT PRIMARY KEY) WITHOUT ROWID")
    db.execute("DELETE FROM temp.changed_days")
    db.executemany("INSERT INTO temp.changed_days VALUES (?)", [(day,) for day in days])
    known = ", ".join(f"'{year}'" for year in years) or "''"
    due_then = f"(substr({{row}}.due_date, 1, 4) IN ({known}) OR substr({{row}}.late_from, 1, 4) IN ({known}))"
    cases = db.execute("SELECT DISTINCT d.case_id FROM deadlines d WHERE d.provisional OR "
                       f"{due_then.format(row='d')} OR {_BETWEEN.format(row='d')}").fetchall()
    matters = db.execute("SELECT DISTINCT m.aggregate, m.subject FROM matter_deadlines m WHERE "
                         f"{due_then.format(row='m')} OR {_BETWEEN.format(row='m')}").fetchall()
    # A record's row holds only the clock that is due first, so every one that is still running is looked at: they are few.
    records = db.execute("SELECT aggregate, record_id FROM records WHERE due_date IS NOT NULL").fetchall()
    return [*(("case", case) for (case,) in cases), *matters, *records]


def changes(before: Sequence[Document], after: Sequence[Document]) -> tuple[list[str], list[int]]:
    """(ISO days that are worked in one and not in the other, years that are published in one alone)."""
    old, new = calendar_from(before), calendar_from(after)
    years = sorted({int(document["year"]) for document in (*before, *after)})
    days = [day.isoformat() for year in years for day in _days(year) if old.is_workday(day) != new.is_workday(day)]
    return days, [year for year in years if _known(old, year) != _known(new, year)]


def _known(calendar: Calendar, year: int) -> bool:
    return calendar.year(year) is not None


def _days(year: int) -> Iterable[dt.date]:
    first = dt.date(year, 1, 1)
    return (first + dt.timedelta(n) for n in range((dt.date(year, 12, 31) - first).days + 1))


def _text(documents: Iterable[Document]) -> str:
    return json.dumps(sorted(documents, key=lambda d: int(d["year"])), sort_keys=True)
