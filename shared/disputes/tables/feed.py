"""Cases and records in the order in which they last changed: what another system reads page by page, going on where it stopped.

    page = cases(db, Asked(after=("019a...", "01K..."), limit=100))         the next ones, the longest unchanged first
A page begins behind a place (hybrid time of the last change, id), so nothing is passed over while others are written; what
changes meanwhile comes again further on. It must not write, and must not know who asks.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Place = tuple[str, str]
TABLES = (
    "CREATE INDEX cases_changed ON cases (updated_hlc, case_id)",
    "CREATE INDEX records_changed ON records (updated_hlc, record_id)",
)
_CASE = ("case_id", "number", "file_no", "state", "category", "source", "summary", "place", "origin", "holder", "pending_to",
         "pending_kind", "registered_at", "registered_on", "risk", "due_date", "due_kind", "provisional", "incomplete",
         "settled", "updated_hlc", "party_names", "json")
_RECORD = ("record_id", "aggregate", "state", "title", "origin", "place", "opened_on", "ended_on", "level", "due_date",
           "due_kind", "cases", "updated_hlc", "incomplete")


@dataclass(frozen=True, slots=True)
class Asked:
    """None or empty: no filter. `offices`: whose matters may be seen at all, None for everybody's; `since`: hybrid time."""

    after: Place | None = None
    limit: int = 100
    since: str = ""
    offices: Sequence[str] | None = None
    holder: str = ""
    state: str = ""
    category: str = ""
    number: str = ""
    open_only: bool = False
    registered_from: str = ""
    registered_to: str = ""
    aggregate: str = ""


def cases(db: sqlite3.Connection, asked: Asked) -> list[dict[str, Any]]:
    """Rows with the names of the columns, and `more`: what else the case says of itself."""
    wanted = (("holder = ?", asked.holder), ("state = ?", asked.state), ("category = ?", asked.category),
              ("number = ?", asked.number), ("registered_on >= ?", asked.registered_from),
              ("registered_on <= ?", asked.registered_to))
    return [_case(row) for row in _found(db, "cases", _CASE, asked, wanted, "settled = 0", "holder")]


def case(db: sqlite3.Connection, id: str) -> dict[str, Any] | None:
    row = db.execute(f"SELECT {', '.join(_CASE)} FROM cases WHERE case_id = ?", (id,)).fetchone()
    return _case(row) if row is not None else None


def records(db: sqlite3.Connection, asked: Asked) -> list[dict[str, Any]]:
    wanted = (("aggregate = ?", asked.aggregate), ("state = ?", asked.state), ("place = ?", asked.holder))
    return [_record(row) for row in _found(db, "records", _RECORD, asked, wanted, "ended_on IS NULL", "place")]


def record(db: sqlite3.Connection, id: str) -> dict[str, Any] | None:
    row = db.execute(f"SELECT {', '.join(_RECORD)} FROM records WHERE record_id = ?", (id,)).fetchone()
    return _record(row) if row is not None else None


def _found(db: sqlite3.Connection, table: str, columns: Sequence[str], asked: Asked, wanted: Sequence[tuple[str, str]],
           goes_on: str, seat: str) -> list[Any]:
    """In the order of their last change. The first column names a row; `seat` is the column of the office that has it."""
    id = columns[0]
    parts, values = (["updated_hlc >= ?"], [asked.since]) if asked.after is None else (
        [f"(updated_hlc, {id}) > (?, ?)"], list[Any](asked.after))
    for sql, value in wanted:
        if value:
            parts.append(sql)
            values.append(value)
    if asked.open_only:
        parts.append(goes_on)
    if asked.offices is not None:
        parts.append(f"({seat} IN (SELECT value FROM json_each(?)) OR origin IN (SELECT value FROM json_each(?)))")
        values += [json.dumps(list(asked.offices))] * 2
    sql = f"SELECT {', '.join(columns)} FROM {table} WHERE {' AND '.join(parts)} ORDER BY updated_hlc, {id} LIMIT ?"
    return list(db.execute(sql, [*values, asked.limit]))


def _case(row: Sequence[Any]) -> dict[str, Any]:
    made = dict(zip(_CASE, row, strict=True))
    made["more"] = json.loads(made.pop("json"))
    return made


def _record(row: Sequence[Any]) -> dict[str, Any]:
    made = dict(zip(_RECORD, row, strict=True))
    made["cases"] = json.loads(made["cases"])
    return made
