"""The one case list: which cases a question means, a page of them, how many there are in all, and what is due.

    wanted = Filter(holders=(office,), open_only=True, alarm="overdue")
    find(db, wanted, moment, limit=50, offset=0) -> rows          total(db, wanted, moment) -> how many in all
The desk of a service point and the console of the county add labels; neither has SQL of its own for it. A question is answered as
of a `Moment`; `names` are the offices with every name they had: a word may then also mean a place, a category, a printed number.
It must not write.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from shared.disputes.case.lifecycle import ENDS
from shared.disputes.case.state import ENDED
from shared.disputes.tables import alarm
from shared.disputes.tables.rows import spaced
from shared.ledger import codes
from shared.ledger.days import instant
from shared.ledger.entry import folded
from shared.ledger.formats.ids import printed_numbers

Names = Iterable[tuple[str, Iterable[str]]]
MOST_WORDS = 8          # of a search: more narrow nothing and each costs a look
_ENDED = ", ".join(f"'{state}'" for state in sorted(ENDED))
# The order of every list: open ones first, what is due first, then the newest (the index `cases_urgent`).
_ORDER = "settled, due_date IS NULL, due_date, registered_at DESC, case_id"


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the instant within it (ms since 1970); None: its end."""

    today: str
    now: int | None = None

    @property
    def at(self) -> int:
        return instant(self.today, self.now)


@dataclass(frozen=True, slots=True)
class Filter:
    """None or empty: no filter. `numbers`: beginnings of platform numbers, one of which must fit."""

    state: str = ""
    holders: Sequence[str] | None = None
    not_held_by: str = ""
    category: str = ""
    pending_to: str = ""
    risk: int | None = None
    since: str = ""                  # registered on this day or later
    until: str = ""                  # registered on this day or earlier
    places: Sequence[str] | None = None     # where it is (`AT`), whoever holds it
    source: str = ""
    closed_since: str = ""           # closed on this day or later, merged ones left out
    closed_until: str = ""
    outcome: str = ""                # how it was closed
    review: bool = False             # a person must decide something
    open_only: bool = False
    alarm: str = ""                  # ok | warn | overdue (with what rings)
    asks: str = ""                   # office of which the case asks something (`attention`)
    guide: str = ""                  # the guiding judge, staff id or name (`meetings`)
    ids: Sequence[str] | None = None
    text: str = ""
    numbers: Sequence[str] | None = None


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


# where a case is: its place, of one without a place the office that wrote it down
AT = "CASE WHEN place = '' THEN origin ELSE place END"
_IN_JSON = ("place_text", "waits_for")
_COLUMNS = ", ".join(f"coalesce(json_extract(json, '$.{f.name}'), '')" if f.name in _IN_JSON else f.name for f in fields(Row))


def find(db: sqlite3.Connection, wanted: Filter, moment: Moment, *, limit: int, offset: int = 0, names: Names | None = None
         ) -> list[Row]:
    """The most urgent first: open before ended, then by due date, then the newest."""
    where, values = _where(wanted, moment, names)
    rows = db.execute(f"SELECT {_COLUMNS} FROM cases {where} ORDER BY {_ORDER} LIMIT ? OFFSET ?", [*values, limit, offset])
    return [Row(*row) for row in rows]


def total(db: sqlite3.Connection, wanted: Filter, moment: Moment, *, names: Names | None = None) -> int:
    where, values = _where(wanted, moment, names)
    return int(db.execute(f"SELECT count(*) FROM cases {where}", values).fetchone()[0])


def urgent(db: sqlite3.Connection, moment: Moment, limit: int) -> list[Row]:
    """Ringing, overdue or red, what rings first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM cases WHERE settled = 0 AND ({alarm.OVERDUE} OR {alarm.RINGS} OR risk >= 4)"
        f" ORDER BY NOT {alarm.RINGS}, risk DESC, due_date IS NULL, due_date, case_id LIMIT ?",
        [moment.today, moment.at, moment.at, limit])
    return [Row(*row) for row in rows]


def known_as(db: sqlite3.Connection, text: str, names: Names, *, ends: bool = False) -> list[str]:
    """Ids of the cases that an id or a number means, at most three: names repeat within a county, so the caller is told when
    several fit. `ends`: the end of a number (`001-0012-7`) or a file number will do."""
    printed = printed_numbers(text, names)
    if printed is not None:
        marks = _marks(printed)
        return [row[0] for row in db.execute(f"SELECT case_id FROM cases WHERE number IN ({marks}) LIMIT 3", printed)]
    exact = db.execute("SELECT case_id FROM cases WHERE case_id = ? OR number = ? LIMIT 3", (text, text)).fetchall()
    if exact or not ends or len(text) < 4:
        return [row[0] for row in exact]
    like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [row[0] for row in db.execute(
        "SELECT case_id FROM cases WHERE number LIKE ? ESCAPE '\\' OR file_no = ? LIMIT 3", (like, text))]


# --- what a filter means

# What is one condition on one value.
_FACT = "case_id IN (SELECT case_id FROM case_facts WHERE"
_ONE = (
    ("state", "state = ?"), ("category", "category = ?"), ("pending_to", "pending_to = ?"), ("risk", "risk = ?"),
    ("source", "source = ?"), ("outcome", f"{_FACT} outcome = ?)"),
    ("closed_since", f"{_FACT} state <> 'merged' AND closed_on >= ?)"),
    ("closed_until", f"{_FACT} state <> 'merged' AND closed_on <= ?)"),
    ("since", "registered_on >= ?"), ("until", "registered_on <= ?"), ("not_held_by", "holder <> ?"),
    ("asks", "case_id IN (SELECT case_id FROM attention WHERE office = ?)"),
    ("guide", "case_id IN (SELECT case_id FROM guides WHERE judge = ?)"),
)
# alarm -> (SQL, which of "today" and "at" each of its marks is)
_ALARMS = {
    "overdue": (f"settled = 0 AND ({alarm.OVERDUE} OR {alarm.RINGS})", ("today", "at")),
    "warn": (f"settled = 0 AND NOT {alarm.OVERDUE} AND NOT {alarm.RINGS} AND warn_date <= ?", ("today", "at", "today")),
    "ok": ("coalesce(due_date, '') = '' OR warn_date > ?", ("today",)),
}
_PRINTED_PART = re.compile(r"([^〔\[(（]+)[〔\[(（](\d{0,4})[〕\])）]?([-\d]*)")


def _where(wanted: Filter, moment: Moment, names: Names | None) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []

    def add(sql: str, *more: Any) -> None:
        parts.append(f"({sql})")
        values.extend(more)

    for name, sql in _ONE:
        if getattr(wanted, name) not in ("", None):
            add(sql, getattr(wanted, name))
    if wanted.holders is not None:
        add(f"holder IN ({_marks(wanted.holders)})", *wanted.holders)
    if wanted.places is not None:
        add(f"{AT} IN ({_marks(wanted.places)})", *wanted.places)
    if wanted.review:
        add("needs_review = 1")
    if wanted.open_only:
        add("settled = 0")
    if wanted.alarm in _ALARMS:
        sql, days = _ALARMS[wanted.alarm]
        add(sql, *(getattr(moment, day) for day in days))
    if wanted.ids is not None:
        add("case_id IN (SELECT value FROM json_each(?))", json.dumps(list(wanted.ids)))
    if wanted.numbers is not None:
        add(" OR ".join("number GLOB ?" for _ in wanted.numbers) or "0", *(f"{number}*" for number in wanted.numbers))
    words = [word for word in wanted.text.split()[:MOST_WORDS] if folded(word)]     # a point or a quotation mark asks nothing
    known = None if names is None or not words else [(id, tuple(called)) for id, called in names]
    for word in words:
        sql, more = _word(word, known)
        add(sql, *more)
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def _word(word: str, names: Sequence[tuple[str, Sequence[str]]] | None) -> tuple[str, list[Any]]:
    """One typed word: a part of what is indexed (names, words, telephone, pinyin initials), found as a phrase over single
    characters; with `names` also of the name of a category or of the place's office, or the beginning of a printed number."""
    sql, values = "rowid IN (SELECT rowid FROM search WHERE search MATCH ?)", list[Any]([f'"{spaced(word)}"'])
    if names is None:
        return sql, values
    categories = [code for code, name in codes.names("category").items() if word in name]
    kinds = [code for code, name in codes.names("subcategory").items() if word in name]
    places = [id for id, called in names if any(word in name for name in called)]
    for column, found in (("category", categories), ("json_extract(json, '$.subcategory')", kinds), ("place", places)):
        if found:
            sql += f" OR {column} IN ({_marks(found)})"
            values += found
    if printed := _PRINTED_PART.fullmatch(word):        # 旧地村〔2026〕001-0005 as far as it is typed
        name, year, rest = printed.groups()
        for id in (id for id, called in names if name in called):
            sql += " OR number GLOB ?"
            values.append(f"{id}-{year}{'-' if rest else ''}{rest}*")
    return sql, values


def split_numbers(text: str, names: Names) -> tuple[str, tuple[str, ...] | None]:
    """What was typed, as (words to search, beginnings of machine numbers). A number as it is printed, 旧地村〔2026〕001-0012-3,
    is 150822100203-2026-001-0012-3 of every office called 旧地村."""
    numbers: list[str] | None = None
    rest, known = [], [(id, tuple(called)) for id, called in names]
    for word in text.split():
        found = printed_numbers(word, known)
        if found is None:
            rest.append(word)
        else:
            numbers = [*(numbers or ()), *found]
    return " ".join(rest), None if numbers is None else tuple(numbers)


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


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
    "count(*)", f"sum({alarm.RINGS})", f"sum({alarm.OVERDUE})",
    f"sum(NOT {alarm.OVERDUE} AND NOT {alarm.RINGS} AND warn_date <= ?)",
    "sum(risk >= 4)", "sum(risk = 3)", "sum(pending_to <> '')",
)


def totals(db: sqlite3.Connection, moment: Moment) -> Totals:
    """The numbers of an overview. Ended cases, nearly all of a county's, are counted in an index alone."""
    today, at, month = moment.today, moment.at, moment.today[:7] + "-01"
    row = db.execute(f"SELECT {', '.join(_OPEN_COUNTS)} FROM cases WHERE settled = 0", [at, today, today, at, today]).fetchone()
    opened, ringing, overdue, warning, red, orange, pending = (int(value or 0) for value in row)

    def count(condition: str, *values: object) -> int:
        return int(db.execute(f"SELECT count(*) FROM cases WHERE {condition}", values).fetchone()[0])

    return Totals(
        open=opened, ended=count("settled = 1"), ringing=ringing, overdue=overdue, warning=warning, red=red, orange=orange,
        pending=pending, review=count("needs_review = 1"), incomplete=count("incomplete > 0"),
        registered_month=count("registered_on >= ?", month), closed_month=closed_since(db, month),
    )


def closed_since(db: sqlite3.Connection, date: str) -> int:
    """Cases that have ended now and were closed, settled or otherwise ended by an act dated `date` or later."""
    ending = sorted(ENDS)
    row = db.execute(
        f"SELECT count(DISTINCT case_id) FROM events JOIN cases USING (case_id) WHERE kind IN ({_marks(ending)})"
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


def alarms(db: sqlite3.Connection, moment: Moment, offices: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Running clocks of open cases at or past their warning date, what rings first, then the most overdue:
    {case_id, number, summary, holder, kind, start_date, due_date, warn_date, provisional, late_from, alarm_at, overdue, rings}.
    A lapsed right to apply for confirmation is no alarm."""
    names = ("case_id", "number", "summary", "holder", "kind", "start_date", "due_date", "warn_date", "provisional",
             "late_from", "alarm_at")
    sql = (
        "SELECT d.case_id, c.number, c.summary, c.holder, d.kind, d.start_date, d.due_date, d.warn_date, d.provisional,"
        " d.late_from, d.alarm_at"
        " FROM deadlines d JOIN cases c USING (case_id) WHERE d.stopped IS NULL AND d.warn_date <= ?"
        f" AND NOT (d.kind = 'confirmation' AND d.due_date < ?)"
        f" AND (c.state NOT IN ({_ENDED}) OR c.state = 'transferred' OR d.kind IN ('visit', 'supervision_reply'))"
    )
    today = moment.today
    values: list[Any] = [today, today]
    if offices is not None:
        sql += f" AND c.holder IN ({', '.join('?' * len(offices))})"
        values += offices
    rows = db.execute(sql + f" ORDER BY NOT {alarm.RINGS.replace('alarm_at', 'd.alarm_at')}, d.due_date, d.case_id, d.kind",
                      [*values, moment.at])
    return [{**dict(zip(names, row, strict=True)), "overdue": row[9] <= today, "rings": alarm.rings(row[10], today, moment.now)}
            for row in rows]


def mediator_loads(db: sqlite3.Connection) -> dict[str, int]:
    """Open cases by mediator (by handler where no mediator is named)."""
    rows = db.execute(
        "SELECT m.value, count(*) FROM cases c, json_each(c.json, '$.mediators') m"
        f" WHERE c.state NOT IN ({_ENDED}) GROUP BY m.value")
    return dict(rows.fetchall())
