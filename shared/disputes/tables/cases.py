"""The one case list: which cases a question means, a page of them, how many there are in all, and what is due.

    wanted = Filter(holders=(office,), open_only=True, alarm="overdue")
    find(db, wanted, moment, limit=50, offset=0) -> rows          total(db, wanted, moment) -> how many in all
The desk of a service point and the console of the county add labels; neither has SQL of its own for it. A question is answered as
of a `Moment`; `names` are the offices with every name they had: a word may then also mean a place, a category, a printed number.
It must not write.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from shared.disputes.case.lifecycle import ENDS
from shared.disputes.case.state import ENDED
from shared.disputes.tables import alarm, held
from shared.disputes.tables.case_filter import AT, HAS_WORDS, WALKED, Filter, Moment, Names, marks, split_numbers, where
from shared.ledger.formats.ids import as_printed, printed_numbers

__all__ = ["AT", "Filter", "Moment", "Names", "split_numbers"]
_ENDED = ", ".join(f"'{state}'" for state in sorted(ENDED))
# The order of every list: open ones first, what is due first, then the newest (the index `cases_listed`).
ORDER = "settled, due_date IS NULL, due_date, registered_at DESC, case_id"
# A clock that still matters: that of an open case, or one that runs on after it.
_STILL = f"(c.state NOT IN ({_ENDED}) OR c.state = 'transferred' OR d.kind IN ('visit', 'supervision_reply'))"

_CLOCK_RINGS = alarm.RINGS.replace("alarm_at", "d.alarm_at")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list. Flags are 0 or 1; `place` is an office id or "", `place_text` what was typed."""

    case_id: str
    number: str
    file_no: str
    state: str
    category: str
    source: str
    summary: str
    place: str
    origin: str
    holder: str
    pending_to: str | None
    pending_kind: str | None
    registered_on: str
    risk: int
    due_date: str | None
    due_kind: str | None
    warn_date: str | None
    provisional: int
    incomplete: int
    needs_review: int
    party_names: str
    updated_hlc: str
    late_from: str | None
    alarm_at: int
    place_text: str
    waits_for: str

    @property
    def ended(self) -> bool:
        return self.state in ENDED


_IN_JSON = ("place_text", "waits_for")
_COLUMNS = ", ".join(f"coalesce(json_extract(json, '$.{f.name}'), '')" if f.name in _IN_JSON else f.name for f in fields(Row))


def find(db: sqlite3.Connection, wanted: Filter, moment: Moment, *, limit: int, offset: int = 0, names: Names | None = None
         ) -> list[Row]:
    """The most urgent first: open before ended, then by due date, then the newest."""
    which = where(db, wanted, moment, names)
    if which.one_by_one is not None and (ids := _among_the_first(db, *which.one_by_one, limit, offset)):
        return _rows(db, "SELECT value FROM json_each(?)", [json.dumps(ids)], ORDER)
    sql = f"SELECT rowid FROM {which.source} {which.sql} ORDER BY {ORDER} LIMIT ? OFFSET ?"
    return _rows(db, sql, [*which.values, limit, offset], ORDER)


def _among_the_first(db: sqlite3.Connection, condition: str, values: Sequence[Any], limit: int, offset: int) -> list[int]:
    """A page of what has a word, where the first `LOOKED_THROUGH` cases of the list have enough of it: each is asked for alone,
    and not the whole index for all that has it. Else nothing, which says nothing."""
    if offset + limit > LOOKED_THROUGH:
        return []
    sql = (f"SELECT rowid FROM (SELECT rowid, category, subcategory, place FROM {WALKED} ORDER BY {ORDER} LIMIT"
           f" {LOOKED_THROUGH}) AS first WHERE {condition} LIMIT ? OFFSET ?")
    found = [row[0] for row in db.execute(sql, (*values, limit, offset))]
    return found if len(found) == limit else []


def total(db: sqlite3.Connection, wanted: Filter, moment: Moment, *, names: Names | None = None) -> int:
    which = where(db, wanted, moment, names)
    if which.sql in ("", _OPEN):
        return held.number(db, ended=False if which.sql else None)
    if which.alone:
        return int(db.execute("SELECT count(*) FROM search WHERE search MATCH ?", [which.alone]).fetchone()[0])
    if which.one_by_one is not None and (n := _with_few_named(db, *which.one_by_one)) is not None:
        return n
    return int(db.execute(f"SELECT count(*) FROM {which.source} {which.sql}", which.values).fetchone()[0])


def _with_few_named(db: sqlite3.Connection, condition: str, values: Sequence[Any]) -> int | None:
    """How many have a word or are of the places and kinds that it names, where few are of these: those are asked one by one
    whether they have it as well. None where many are."""
    named, word = condition.removesuffix(f"{HAS_WORDS})").removesuffix(" OR ") + ")", values[-1]
    found = [row[0] for row in db.execute(f"SELECT rowid FROM {WALKED} WHERE {named} LIMIT {LOOKED_THROUGH + 1}", values[:-1])]
    if len(found) > LOOKED_THROUGH:
        return _of_all(db, word)
    besides = f"SELECT count(*) FROM (SELECT value AS rowid FROM json_each(?)) AS first WHERE NOT {HAS_WORDS}"
    return int(db.execute(f"SELECT (SELECT count(*) FROM search WHERE search MATCH ?) + ({besides})",
                          [word, json.dumps(found), word]).fetchone()[0])


def _of_all(db: sqlite3.Connection, word: str) -> int | None:
    """How many cases there are, where all have this word; None where some have it not. A look at a few tells most words that
    are not worth counting."""
    few = f"SELECT count(*) FROM (SELECT rowid FROM {WALKED} ORDER BY {ORDER} LIMIT {LOOKED_AT}) AS first WHERE NOT {HAS_WORDS}"
    if db.execute(few, [word]).fetchone()[0]:
        return None
    n = int(db.execute("SELECT count(*) FROM search WHERE search MATCH ?", [word]).fetchone()[0])
    return n if n == held.number(db) else None


_OPEN = "WHERE (settled = 0)"
LOOKED_AT = 20
LOOKED_THROUGH = 400


def _rows(db: sqlite3.Connection, ids: str, values: Sequence[Any], order: str, more: Sequence[Any] = ()) -> list[Row]:
    """The whole rows of those that a question for rowids gives, and of no others; `more` are the values of the order."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM cases NOT INDEXED WHERE rowid IN ({ids}) ORDER BY {order}", [*values, *more])
    return [Row(*row) for row in rows]


def urgent(db: sqlite3.Connection, moment: Moment, limit: int) -> list[Row]:
    """Ringing, overdue or red, what rings first."""
    order = f"NOT {alarm.RINGS}, risk DESC, due_date IS NULL, due_date, case_id"
    sql = (f"SELECT rowid FROM {WALKED} WHERE settled = 0 AND ({alarm.OVERDUE} OR {alarm.RINGS} OR risk >= 4)"
           f" ORDER BY {order} LIMIT ?")
    return _rows(db, sql, [moment.today, moment.at, moment.at, limit], order, [moment.at])


def known_as(db: sqlite3.Connection, text: str, names: Names, *, ends: bool = False) -> list[str]:
    """Ids of the cases that an id or a number means, at most three: names repeat within a county, so the caller is told when
    several fit. `ends`: the end of a number (`001-0012-7`) or a file number will do."""
    printed, text = printed_numbers(text, names), as_printed(text)
    if printed is not None:
        sql = f"SELECT case_id FROM cases WHERE number IN ({marks(printed)}) LIMIT 3"
        return [row[0] for row in db.execute(sql, printed)]
    exact = db.execute("SELECT case_id FROM cases WHERE case_id = ? OR number = ? LIMIT 3", (text, text)).fetchall()
    if exact or not ends or len(text) < 4:
        return [row[0] for row in exact]
    like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [row[0] for row in db.execute(
        "SELECT case_id FROM cases WHERE number LIKE ? ESCAPE '\\' OR file_no = ? LIMIT 3", (like, text))]


# --- how many


@dataclass(frozen=True, slots=True)
class Totals:
    """`open` and `ended` partition the cases; `warning` is neither overdue nor ringing."""

    open: int
    ended: int
    ringing: int
    overdue: int
    warning: int
    red: int
    orange: int
    pending: int
    review: int
    incomplete: int
    registered_month: int
    closed_month: int


# What is counted among the open cases, in one walk over them.
_OPEN_COUNTS = (
    "count(*)", f"sum({alarm.RINGS})", f"sum({alarm.OVERDUE} OR {alarm.RINGS})",
    f"sum(NOT {alarm.OVERDUE} AND NOT {alarm.RINGS} AND warn_date <= ?)",
    "sum(risk >= 4)", "sum(risk = 3)", "sum(pending_to <> '')",
)


def totals(db: sqlite3.Connection, moment: Moment) -> Totals:
    """The numbers of an overview, of the open cases in an index alone; how many have ended is kept."""
    today, at, month = moment.today, moment.at, moment.today[:7] + "-01"
    row = db.execute(f"SELECT {', '.join(_OPEN_COUNTS)} FROM {WALKED} WHERE settled = 0",
                     [at, today, at, today, at, today]).fetchone()
    opened, ringing, overdue, warning, red, orange, pending = (int(value or 0) for value in row)

    def count(condition: str, *values: object) -> int:
        return int(db.execute(f"SELECT count(*) FROM cases WHERE {condition}", values).fetchone()[0])

    return Totals(
        open=opened, ended=held.number(db, ended=True), ringing=ringing, overdue=overdue, warning=warning, red=red, orange=orange,
        pending=pending, review=count("needs_review = 1"), incomplete=count("incomplete > 0"),
        registered_month=count("registered_on >= ?", month), closed_month=closed_since(db, month),
    )


def due_totals(db: sqlite3.Connection, holder: str, moment: Moment) -> dict[str, int]:
    """{open, warn, overdue} of what an office holds, as `total` counts each of them, in one walk over the index."""
    sql = (f"SELECT count(*), sum(NOT {alarm.OVERDUE} AND NOT {alarm.RINGS} AND warn_date <= ?),"
           f" sum({alarm.OVERDUE} OR {alarm.RINGS}) FROM {WALKED} WHERE settled = 0 AND holder = ?")
    today, at = moment.today, moment.at
    row = db.execute(sql, [today, at, today, today, at, holder]).fetchone()
    return dict(zip(("open", "warn", "overdue"), (int(value or 0) for value in row), strict=True))


def closed_since(db: sqlite3.Connection, date: str) -> int:
    """Cases that have ended now and were closed, settled or otherwise ended by an act dated `date` or later."""
    ending = sorted(ENDS)
    row = db.execute(
        f"SELECT count(DISTINCT case_id) FROM events JOIN cases USING (case_id) WHERE kind IN ({marks(ending)})"
        " AND legal_date >= ? AND NOT coalesce(refused, 0) AND settled = 1", [*ending, date]).fetchone()
    return int(row[0])


def same_file_numbers(db: sqlite3.Connection, most: int) -> list[list[str]]:
    """Ids of the cases of each file number that more than one case bears; at most so many numbers. A merged case keeps
    its own as a name of the other."""
    rows = db.execute("SELECT json_group_array(case_id) FROM cases WHERE file_no <> '' AND state <> 'merged'"
                      " GROUP BY file_no HAVING count(*) > 1 ORDER BY file_no LIMIT ?", (most,))
    return [json.loads(row[0]) for row in rows]


# --- what is due, and for whom


def task_cases(db: sqlite3.Connection) -> list[str]:
    """Cases in which something may wait for an office: an open finding, a hand-over, a supervision
    (`shared.disputes.acts.tasks` says what)."""
    rows = db.execute(
        "SELECT case_id FROM cases WHERE needs_review = 1 OR pending_to IS NOT NULL OR json NOT LIKE '%\"findings\": []%'"
        " UNION SELECT case_id FROM deadlines WHERE kind = 'supervision_reply' ORDER BY 1")
    return [row[0] for row in rows]


def alarms(db: sqlite3.Connection, moment: Moment, offices: Sequence[str] | None = None, most: int = -1, *,
           among: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Running clocks of open cases (of these alone: `among`) at or past their warning date, what rings first, then the most
    overdue, at most so many (-1: all): {case_id, number, summary, holder, kind, start_date, due_date, warn_date, provisional,
    late_from, alarm_at, overdue, rings}. A lapsed right to apply for confirmation is no alarm."""
    names = ("case_id", "number", "summary", "holder", "kind", "start_date", "due_date", "warn_date", "provisional",
             "late_from", "alarm_at")
    which, values = _alarmed(moment, offices, among)
    order = f"NOT {_CLOCK_RINGS}, d.due_date, d.case_id, d.kind"
    rows = db.execute(
        "SELECT d.case_id, c.number, c.summary, c.holder, d.kind, d.start_date, d.due_date, d.warn_date, d.provisional,"
        " d.late_from, d.alarm_at FROM deadlines d NOT INDEXED CROSS JOIN cases c USING (case_id)"
        f" WHERE d.rowid IN (SELECT d.rowid {which} ORDER BY {order} LIMIT ?) ORDER BY {order}",
        [*values, moment.at, most, moment.at])
    return [{**dict(zip(names, row, strict=True)), "overdue": row[9] <= moment.today,
             "rings": alarm.rings(row[10], moment.today, moment.now)} for row in rows]


def ringing(db: sqlite3.Connection, moment: Moment) -> list[tuple[str, str]]:
    """(case, clock) of those of the `alarms` that ring and are not overdue, in their order; of no other is a row made or read."""
    which, values = _alarmed(moment, None)
    sql = f"SELECT d.case_id, d.kind {which} AND {_CLOCK_RINGS} AND d.late_from > ? ORDER BY d.due_date, d.case_id, d.kind"
    rows = db.execute(sql, [*values, moment.at, moment.today])
    return [(row[0], row[1]) for row in rows]


def alarmed(db: sqlite3.Connection, moment: Moment, most: int) -> tuple[list[str], int]:
    """The cases that the first of the `alarms` are of, in that order, at most so many, and how many there are in all."""
    which, values = _alarmed(moment, None)
    first = f"min((NOT {_CLOCK_RINGS}) || d.due_date)"
    ids = db.execute(f"SELECT d.case_id {which} GROUP BY d.case_id ORDER BY {first}, d.case_id LIMIT ?",
                     [*values, moment.at, most]).fetchall()
    return [row[0] for row in ids], int(db.execute(f"SELECT count(DISTINCT d.case_id) {which}", values).fetchone()[0])


def alarms_total(db: sqlite3.Connection, moment: Moment, offices: Sequence[str] | None = None) -> int:
    """How many `alarms` are there?"""
    which, values = _alarmed(moment, offices)
    return int(db.execute(f"SELECT count(*) {which}", values).fetchone()[0])


def _alarmed(moment: Moment, offices: Sequence[str] | None, among: Sequence[str] = ()) -> tuple[str, list[Any]]:
    """Both sides in an index alone, but for few cases."""
    index = "deadlines_case" if among else "deadlines_running"
    sql = (f"FROM deadlines d INDEXED BY {index} CROSS JOIN cases c INDEXED BY cases_of ON c.case_id = d.case_id"
           f" WHERE d.stopped IS NULL AND d.warn_date <= ? AND NOT (d.kind = 'confirmation' AND d.due_date < ?) AND {_STILL}")
    values: list[Any] = [moment.today, moment.today]
    if offices is not None:
        sql += f" AND c.holder IN ({marks(offices)})"
        values += offices
    if among:
        sql += " AND d.case_id IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(list(among)))
    return sql, values


def mediator_loads(db: sqlite3.Connection) -> dict[str, int]:
    """Open cases by mediator (by handler where no mediator is named)."""
    rows = db.execute(
        f"SELECT m.value, count(*) FROM {WALKED} CROSS JOIN json_each(cases.json, '$.mediators') m"
        " WHERE settled = 0 GROUP BY m.value")
    return dict(rows.fetchall())
