"""The rows of the small aggregates (`records`), which `beside` writes, and the questions to them."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from shared.disputes.records.machine import RecordState
from shared.disputes.tables import alarm
from shared.disputes.tables.rows import first_alarm, late_from
from shared.ledger.published.refusals import Subject

COLUMNS = ("record_id", "aggregate", "state", "title", "origin", "place", "opened_on", "ended_on", "level", "due_date",
           "due_kind", "warn_date", "provisional", "incomplete", "updated_hlc", "cases", "json", "late_from", "alarm_at")
TABLES = (
    """CREATE TABLE records (
        record_id TEXT PRIMARY KEY, aggregate TEXT NOT NULL, state TEXT NOT NULL, title TEXT NOT NULL, origin TEXT NOT NULL,
        place TEXT NOT NULL, opened_on TEXT NOT NULL, ended_on TEXT, level INTEGER NOT NULL, due_date TEXT, due_kind TEXT,
        warn_date TEXT, provisional INTEGER NOT NULL, incomplete INTEGER NOT NULL, updated_hlc TEXT NOT NULL,
        cases TEXT NOT NULL, json TEXT NOT NULL, late_from TEXT, alarm_at INTEGER NOT NULL)""",
    "CREATE INDEX records_aggregate ON records (aggregate, ended_on, due_date)",
)
_PUT = f"INSERT OR REPLACE INTO records VALUES ({', '.join('?' * len(COLUMNS))})"


def put(db: sqlite3.Connection, subject: Subject, state: RecordState) -> None:
    db.execute(_PUT, _row(state))


def drop(db: sqlite3.Connection, subject: Subject) -> None:
    db.execute("DELETE FROM records WHERE record_id = ?", (subject[1],))


def _row(s: RecordState) -> tuple[Any, ...]:
    running = [clock for clock in s.clocks if clock.stopped is None]
    due = min(running, key=lambda c: (c.due_date, c.kind), default=None)
    return (s.id, s.aggregate, s.state, s.title, s.origin, s.place, s.opened_on, s.ended_on, s.level,
            due.due_date if due else None, due.kind if due else None, due.warn_date if due else None,
            int(due.provisional) if due else 0, s.incomplete, s.updated_hlc, json.dumps(s.cases),
            json.dumps({"data": s.data, "findings": s.findings}, ensure_ascii=False),
            late_from(due) if due else None, first_alarm(running))


# --- questions


def list_records(db: sqlite3.Connection, aggregate: str = "", *, open_only: bool = False, limit: int = 100,
                 offset: int = 0) -> list[dict[str, Any]]:
    """Rows as dicts with `data` and `findings`: open first, the highest colour, the earliest due."""
    where = ["aggregate = ?"] if aggregate else []
    where += ["ended_on IS NULL"] if open_only else []
    sql = f"SELECT {', '.join(COLUMNS)} FROM records"
    sql += f" WHERE {' AND '.join(where)}" if where else ""
    sql += " ORDER BY ended_on IS NOT NULL, level DESC, due_date IS NULL, due_date, opened_on DESC, record_id LIMIT ? OFFSET ?"
    rows = db.execute(sql, [*([aggregate] if aggregate else []), limit, offset])
    return [_dict(row) for row in rows]


_OF = " FROM records WHERE aggregate = ? AND ended_on IS {not_}NULL AND json_extract(json, '$.data.' || ?) = ?"


def count_of(db: sqlite3.Connection, aggregate: str, name: str, value: str, *, ended: bool) -> int:
    """How many have this value in their data."""
    sql = "SELECT count(*)" + _OF.format(not_="NOT " if ended else "")
    return int(db.execute(sql, (aggregate, name, value)).fetchone()[0])


def some_of(db: sqlite3.Connection, aggregate: str, name: str, value: str, *, ended: bool, limit: int, offset: int = 0
            ) -> list[dict[str, Any]]:
    """Those, the newest first."""
    sql = f"SELECT {', '.join(COLUMNS)}" + _OF.format(not_="NOT " if ended else "")
    rows = db.execute(f"{sql} ORDER BY opened_on DESC, record_id LIMIT ? OFFSET ?", (aggregate, name, value, limit, offset))
    return [_dict(row) for row in rows]


def overdue(db: sqlite3.Connection, aggregate: str, today: str, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Open ones that were due before today, the longest overdue first."""
    rows = db.execute(f"SELECT {', '.join(COLUMNS)}{_OVERDUE} ORDER BY due_date, record_id LIMIT ? OFFSET ?",
                      (aggregate, today, limit, offset))
    return [_dict(row) for row in rows]


def overdue_total(db: sqlite3.Connection, aggregate: str, today: str) -> int:
    return int(db.execute(f"SELECT count(*){_OVERDUE}", (aggregate, today)).fetchone()[0])


_OVERDUE = " FROM records WHERE aggregate = ? AND ended_on IS NULL AND due_date < ?"


def _dict(row: tuple[Any, ...]) -> dict[str, Any]:
    made = dict(zip(COLUMNS, row, strict=True))
    made["cases"] = json.loads(made["cases"])
    return {**made, **json.loads(made.pop("json"))}


def warnings(db: sqlite3.Connection, today: str, now: int | None = None) -> list[dict[str, Any]]:
    """Records at or past their warning date, the worst colour first: 分级预警 and what else is due. `rings`: as in
    `alarm.rings`."""
    sql = (f"SELECT {', '.join(COLUMNS)} FROM records WHERE ended_on IS NULL AND warn_date <= ?"
           " ORDER BY level DESC, due_date, record_id")
    found = (_dict(row) for row in db.execute(sql, (today,)))
    return [{**row, "overdue": row["late_from"] <= today, "rings": alarm.rings(row["alarm_at"], today, now)} for row in found]
