"""Cases, and records beside them (petitions and legal aid among them), in the order in which they last changed: what another
system reads page by page, going on where it stopped.

    page = cases(db, Asked(after=("019a...", "01K..."), limit=100))         the next ones, the longest unchanged first
A page begins behind a place (hybrid time of the last change, id), so nothing is passed over while others are written; what
changes meanwhile comes again further on. It must not write, and must not know who asks.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Place = tuple[str, str]
TABLES = (
    # with what is asked of it, so that no row is read that is not answered
    "CREATE INDEX cases_changed ON cases (updated_hlc, case_id, holder, origin, state, category, settled, registered_on, number)",
    "CREATE INDEX records_changed ON records (updated_hlc, record_id)",
    "CREATE INDEX petitions_changed ON petitions (updated_hlc, petition_id)",
    "CREATE INDEX legal_aid_changed ON legal_aid (updated_hlc, aid_id)",
)
_CASE = ("case_id", "number", "file_no", "state", "category", "source", "summary", "place", "origin", "holder", "pending_to",
         "pending_kind", "registered_at", "registered_on", "risk", "due_date", "due_kind", "provisional", "incomplete",
         "settled", "updated_hlc", "party_names", "json")
_RECORD = ("record_id", "aggregate", "number", "state", "title", "origin", "place", "handler", "opened_on", "ended_on", "level",
           "due_date", "due_kind", "cases", "updated_hlc", "incomplete", "protected")
_DUE = ("(SELECT {what} FROM matter_deadlines d WHERE d.aggregate = '{aggregate}' AND d.subject = {id} AND d.stopped IS NULL"
        " AND d.owner <> '' ORDER BY d.due_date, d.kind LIMIT 1)")


def _matter(table: str, aggregate: str, id: str, handler: str, protected: str) -> str:
    """A table of matters with the columns of a record."""
    due, kind = (_DUE.format(what=what, aggregate=aggregate, id=id) for what in ("d.due_date", "d.kind"))
    return (f"(SELECT {id} AS record_id, '{aggregate}' AS aggregate, number, state, summary AS title, origin, place, {handler} AS"
            f" handler, registered_on AS opened_on, ended_on, 0 AS level, {due} AS due_date, {kind} AS due_kind,"
            " CASE case_id WHEN '' THEN '[]' ELSE json_array(case_id) END AS cases, updated_hlc, incomplete,"
            f" {protected} AS protected FROM {table})")


_RECORDS = (
    "(SELECT record_id, aggregate, '' AS number, state, title, origin, place, '' AS handler, opened_on, ended_on, level,"
    " due_date, due_kind, cases, updated_hlc, incomplete, 0 AS protected FROM records)",
    _matter("petitions", "petition", "petition_id", "handler", "protected"),
    _matter("legal_aid", "legal_aid", "aid_id", "origin", "0"),
)


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
    return [_case(row) for row in _found(db, "cases", _CASE, asked, wanted, "settled = 0", ("holder", "origin"))]


def case(db: sqlite3.Connection, id: str) -> dict[str, Any] | None:
    row = db.execute(f"SELECT {', '.join(_CASE)} FROM cases WHERE case_id = ?", (id,)).fetchone()
    return _case(row) if row is not None else None


def strict_ones(db: sqlite3.Connection, cases: Sequence[str]) -> frozenset[str]:
    """Which of these cases are strictly confidential."""
    found = db.execute("SELECT case_id FROM cases WHERE case_id IN (SELECT value FROM json_each(?))"
                       " AND json_extract(json, '$.confidentiality') = 'strict'", (json.dumps(list(cases)),))
    return frozenset(id for (id,) in found)


def records(db: sqlite3.Connection, asked: Asked) -> list[dict[str, Any]]:
    """Rows with the names of the columns. `number`, `handler`: of petitions and legal aid, else ""; `protected`: who petitions is
    told to nobody (信访工作条例 Art 30)."""
    wanted = (("aggregate = ?", asked.aggregate), ("state = ?", asked.state), ("? IN (place, handler)", asked.holder))
    of_all = [_found(db, table, _RECORD, asked, wanted, "ended_on IS NULL", ("place", "handler", "origin")) for table in _RECORDS]
    place = _RECORD.index("updated_hlc")
    return [_record(row) for row in heapq.merge(*of_all, key=lambda row: (row[place], row[0]))][:asked.limit]


def record(db: sqlite3.Connection, id: str) -> dict[str, Any] | None:
    found = (db.execute(f"SELECT {', '.join(_RECORD)} FROM {table} WHERE record_id = ?", (id,)).fetchone() for table in _RECORDS)
    return next((_record(row) for row in found if row is not None), None)


def _found(db: sqlite3.Connection, table: str, columns: Sequence[str], asked: Asked, wanted: Sequence[tuple[str, str]],
           goes_on: str, seats: Sequence[str]) -> list[Any]:
    """In the order of their last change. The first column names a row; `seats`: columns of the offices whose matter it is."""
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
        parts.append(f"({' OR '.join(f'{seat} IN (SELECT value FROM json_each(?))' for seat in seats)})")
        values += [json.dumps(list(asked.offices))] * len(seats)
    which = f"WHERE {' AND '.join(parts)} ORDER BY updated_hlc, {id} LIMIT ?"
    sql = f"SELECT {', '.join(columns)} FROM {table} {which}"
    if table == "cases":        # a wide table, walked in its index
        sql = (f"SELECT {', '.join(columns)} FROM cases NOT INDEXED WHERE rowid IN"
               f" (SELECT rowid FROM cases INDEXED BY cases_changed {which}) ORDER BY updated_hlc, case_id")
    return list(db.execute(sql, [*values, asked.limit]))


def _case(row: Sequence[Any]) -> dict[str, Any]:
    made = dict(zip(_CASE, row, strict=True))
    made["more"] = json.loads(made.pop("json"))
    return made


def _record(row: Sequence[Any]) -> dict[str, Any]:
    made = dict(zip(_RECORD, row, strict=True))
    made["cases"] = json.loads(made["cases"])
    return made
