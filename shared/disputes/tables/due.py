"""Questions about everything beside cases at once: rows of the small aggregates, petitions and legal aid, and what is due."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from shared.disputes.records.aggregates import MATTERS
from shared.disputes.tables import cases
from shared.disputes.tables import records as read_model_records
from shared.disputes.tables.matters import ENDED

_DATES = ("kind", "start_date", "due_date", "warn_date", "late_from", "alarm_at", "overdue", "rings")
_ALL_ROWS = 1_000_000
_TABLES = {
    "petition": ("petitions", "petition_id", "summary", "handler"),
    "legal_aid": ("legal_aid", "aid_id", "summary", "origin"),
}


def rows(db: sqlite3.Connection, aggregate: str = "", *, open_only: bool = False, limit: int = 100,
         offset: int = 0, case: str = "") -> list[dict[str, Any]]:
    """Rows of one aggregate, or of all: the small ones first, then petitions and legal aid (with `number` and `handler`).
    `case`: only those that name this case (its ULID). An unknown aggregate has no rows."""
    if case:
        everything = rows(db, aggregate, open_only=open_only, limit=_ALL_ROWS)
        return [row for row in everything if case in (row.get("case"), *row.get("cases", ()))][offset:offset + limit]
    if aggregate:
        read = _reader(db, aggregate, open_only)
        return read(limit, offset)
    found, skip = list[dict[str, Any]](), offset
    for name in ("", *MATTERS):
        found += _reader(db, name, open_only)(limit - len(found), skip)
        skip = max(0, skip - _count(db, name, open_only)) if skip and not found else 0      # one list after the other
    return found


def _reader(db: sqlite3.Connection, aggregate: str, open_only: bool) -> Callable[[int, int], list[dict[str, Any]]]:
    """(limit, offset) -> rows of petitions or legal aid, or of small aggregates (`aggregate` "": all of these)."""
    if aggregate in MATTERS:
        return lambda limit, offset: _matters(db, aggregate, open_only, limit, offset)
    return lambda limit, offset: read_model_records.list_records(
        db, aggregate, open_only=open_only, limit=limit, offset=offset)


def count(db: sqlite3.Connection, aggregate: str, *, open_only: bool = False) -> int:
    """How many rows of one aggregate there are. An unknown aggregate has none."""
    return _count(db, aggregate, open_only) if aggregate else 0


def _count(db: sqlite3.Connection, aggregate: str, open_only: bool) -> int:
    """The same; of "" all small ones."""
    if aggregate in MATTERS:
        ended = ENDED[aggregate] if open_only else ()
        some = f" WHERE state NOT IN ({', '.join('?' * len(ended))})" if ended else ""
        return int(db.execute(f"SELECT count(*) FROM {_TABLES[aggregate][0]}{some}", ended).fetchone()[0])
    some = " AND ended_on IS NULL" if open_only else ""
    of = "aggregate = ?" if aggregate else "1"
    return int(db.execute(f"SELECT count(*) FROM records WHERE {of}{some}", (aggregate,) if aggregate else ()).fetchone()[0])


def looked_for(db: sqlite3.Connection, aggregate: str, words: Sequence[str], chosen: Sequence[str], most: int,
               without: str = "") -> tuple[list[dict[str, Any]], int]:
    """(record_id, number, title, opened_on) of those named in `chosen`, then of the newest that have all words in number, title
    or day, `most` together; and how many have the words. `without`: one that is left out."""
    table, key, title, number, day = (*_TABLES[aggregate][:3], "number", "registered_on") if aggregate in MATTERS else (
        "records", "record_id", "title", "''", "opened_on")
    of, values = (f"{key} <> ?", [without]) if aggregate in MATTERS else (f"{key} <> ? AND aggregate = ?", [without, aggregate])
    fits = "".join(f" AND instr({number} || ' ' || {title} || ' ' || {day}, ?) > 0" for _ in words)
    total = int(db.execute(f"SELECT count(*) FROM {table} WHERE {of}{fits}", [*values, *words]).fetchone()[0])
    first = f"{key} IN (SELECT value FROM json_each(?))"
    sql = (f"SELECT {key}, {number}, {title}, {day} FROM {table} WHERE {of} AND ({first} OR (1{fits}))"
           f" ORDER BY {first} DESC, {day} DESC, {key} LIMIT ?")
    named = json.dumps(list(chosen))
    rows = db.execute(sql, [*values, named, *words, named, most])
    return [dict(zip(("record_id", "number", "title", "opened_on"), row, strict=True)) for row in rows], total


def _matters(db: sqlite3.Connection, name: str, open_only: bool, limit: int, offset: int) -> list[dict[str, Any]]:
    table, key, title, handler = _TABLES[name]
    ended = ENDED[name]
    where = f"WHERE m.state NOT IN ({', '.join('?' * len(ended))})" if open_only else ""
    names = ("record_id", "number", "state", "title", "origin", "handler", "place", "opened_on", "case", "due_date", "due_kind",
             "warn_date", "incomplete")
    made = db.execute(
        f"SELECT m.{key}, m.number, m.state, m.{title}, m.origin, m.{handler}, m.place, m.registered_on, m.case_id, d.due_date,"
        " d.kind, d.warn_date, m.incomplete"
        f" FROM {table} m LEFT JOIN matter_deadlines d ON d.rowid = (SELECT rowid FROM matter_deadlines x WHERE x.aggregate = ?"
        f" AND x.subject = m.{key} AND x.stopped IS NULL AND x.owner <> '' ORDER BY x.due_date, x.kind LIMIT 1)"
        f" {where} ORDER BY d.due_date IS NULL, d.due_date, m.registered_on DESC, m.{key} LIMIT ? OFFSET ?",
        [name, *(ended if open_only else ()), limit, offset])
    return [{"aggregate": name, **dict(zip(names, row, strict=True))} for row in made]


def alarms(db: sqlite3.Connection, today: str) -> list[dict[str, Any]]:
    """Running statutory clocks of petitions and legal aid at or past their warning date, the most overdue first: {aggregate,
    record_id, number, title, kind, owner, start_date, due_date, warn_date, overdue}. The petitioner's own 30 days to ask for a
    review (no owner) are no alarm."""
    names = ("aggregate", "record_id", "kind", "owner", "start_date", "due_date", "warn_date", "number", "title", "late_from")
    found = db.execute(
        "SELECT d.aggregate, d.subject, d.kind, d.owner, d.start_date, d.due_date, d.warn_date, coalesce(p.number, a.number, ''),"
        " coalesce(p.summary, a.summary, ''), d.late_from"
        " FROM matter_deadlines d LEFT JOIN petitions p ON p.petition_id = d.subject"
        " LEFT JOIN legal_aid a ON a.aid_id = d.subject WHERE d.stopped IS NULL AND d.owner <> '' AND d.warn_date <= ?"
        " ORDER BY d.due_date, d.subject, d.kind", (today,))
    return [{**dict(zip(names, row, strict=True)), "overdue": row[9] <= today, "alarm_at": 0, "rings": False}
            for row in found]


def all_due(db: sqlite3.Connection, today: str, offices: Sequence[str] | None = None, *,
            now: int | None = None, most_cases: int = -1) -> list[dict[str, Any]]:
    """Everything at or past its warning date, what rings first, then the most overdue, of cases, petitions, legal aid and the
    small aggregates: {aggregate, id, number, title, kind, owner, start_date, due_date, warn_date, late_from, alarm_at, overdue,
    rings}. `offices`: only what these hold; `now`: the instant (ms), None the end of `today`; `most_cases`: clocks of cases
    beyond so many are left out (`cases.alarms_total` counts them), -1: none."""
    found = _all(db, today, now, cases.alarms(db, cases.Moment(today, now), offices, most_cases))
    wanted = None if offices is None else set(offices)
    return [row for row in found if wanted is None or row["owner"] in wanted]


def matters_due(db: sqlite3.Connection, today: str, now: int, most: int) -> tuple[list[list[dict[str, Any]]], int]:
    """The same by matter, each with all of its clocks, at most so many matters, and how many there are in all. Of cases that are
    not among these no row is made."""
    moment = cases.Moment(today, now)
    first, total = cases.alarmed(db, moment, most)
    found = dict[str, list[dict[str, Any]]]()
    for row in _all(db, today, now, cases.alarms(db, moment, among=first) if first else []):
        found.setdefault(row["id"], []).append(row)
    return list(found.values())[:most], total + sum(rows[0]["aggregate"] != "case" for rows in found.values())


def _all(db: sqlite3.Connection, today: str, now: int | None, of_cases: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """These clocks of cases and those of all else, in the order of `all_due`."""
    found = [_due("case", row["case_id"], row["number"], row["summary"], row["holder"], row) for row in of_cases]
    for row in alarms(db, today):
        found.append(_due(row["aggregate"], row["record_id"], row["number"], row["title"], row["owner"], row))
    for row in read_model_records.warnings(db, today, now):
        dates = {**row, "kind": row["due_kind"], "start_date": row["opened_on"]}
        found.append(_due(row["aggregate"], row["record_id"], "", row["title"], row["origin"], dates))
    return sorted(found, key=lambda row: (not row["rings"], row["due_date"], row["aggregate"], row["id"], row["kind"]))


def _due(aggregate: str, id: str, number: str, title: str, owner: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"aggregate": aggregate, "id": id, "number": number, "title": title, "owner": owner,
            **{name: row[name] for name in _DATES}}


def warnings(db: sqlite3.Connection, today: str, now: int | None = None) -> list[dict[str, Any]]:
    """Records at or past their warning date, the worst colour first (分级预警), then petitions and legal aid."""
    return [*read_model_records.warnings(db, today, now), *alarms(db, today)]
