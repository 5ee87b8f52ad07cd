"""What a question about cases means in SQL: the condition, and by which way SQLite walks.

Two ways, told to SQLite in so many words, for it knows nothing of how often a value occurs. Where a question names few cases
(ids, a number, a rare word) those are looked up. Else the index `cases_listed` is walked in the order of the list: it holds all
that is asked here, so that no row of the wide table is read for a case that is not shown.
It must not know labels, and must not write.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.tables import alarm
from shared.disputes.tables.rows import spaced
from shared.ledger import codes
from shared.ledger.days import instant
from shared.ledger.entry import folded
from shared.ledger.formats.ids import printed_numbers

Names = Iterable[tuple[str, Iterable[str]]]
MOST_WORDS = 8          # of a search: more narrow nothing and each costs a look
FEW = 2000              # hits of a word that are looked up; beyond it walking the index is as fast
WALKED = "cases INDEXED BY cases_listed"
_LOOKED_UP = "cases NOT INDEXED"        # by rowid alone


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


# where a case is: its place, of one without a place the office that wrote it down
AT = "CASE WHEN place = '' THEN origin ELSE place END"


@dataclass(frozen=True, slots=True)
class Where:
    """`source`: what stands behind FROM; `sql` with its WHERE, "" for every case."""

    source: str
    sql: str
    values: Sequence[Any]


# What is one condition on one value.
_ONE = (
    ("state", "state = ?"), ("category", "category = ?"), ("pending_to", "pending_to = ?"), ("risk", "risk = ?"),
    ("source", "source = ?"), ("outcome", "outcome = ?"),
    ("closed_since", "state <> 'merged' AND closed_on >= ?"), ("closed_until", "state <> 'merged' AND closed_on <= ?"),
    ("since", "registered_on >= ?"), ("until", "registered_on <= ?"), ("not_held_by", "holder <> ?"),
)
# Few cases each: their rows are looked up.
_OF = "rowid IN (SELECT c.rowid FROM {table} t JOIN cases c USING (case_id) WHERE t.{column} = ?)"
_FEW = (("asks", _OF.format(table="attention", column="office")), ("guide", _OF.format(table="guides", column="judge")))
# alarm -> (SQL, which of "today" and "at" each of its marks is)
_ALARMS = {
    "overdue": (f"settled = 0 AND ({alarm.OVERDUE} OR {alarm.RINGS})", ("today", "at")),
    "warn": (f"settled = 0 AND NOT {alarm.OVERDUE} AND NOT {alarm.RINGS} AND warn_date <= ?", ("today", "at", "today")),
    "ok": ("coalesce(due_date, '') = '' OR warn_date > ?", ("today",)),
}
_PRINTED_PART = re.compile(r"([^〔\[(（]+)[〔\[(（](\d{0,4})[〕\])）]?([-\d]*)")


def where(db: sqlite3.Connection, wanted: Filter, moment: Moment, names: Names | None) -> Where:
    parts: list[str] = []
    values: list[Any] = []
    few = False

    def add(sql: str, *more: Any) -> None:
        parts.append(f"({sql})")
        values.extend(more)

    for name, sql in (*_ONE, *_FEW):
        if getattr(wanted, name) not in ("", None):
            add(sql, getattr(wanted, name))
            few = few or (name, sql) in _FEW
    if wanted.holders is not None:
        add(f"holder IN ({marks(wanted.holders)})", *wanted.holders)
    if wanted.places is not None:
        add(f"{AT} IN ({marks(wanted.places)})", *wanted.places)
    if wanted.review:
        add("needs_review = 1")
    if wanted.open_only:
        add("settled = 0")
    if wanted.alarm in _ALARMS:
        sql, days = _ALARMS[wanted.alarm]
        add(sql, *(getattr(moment, day) for day in days))
    if wanted.ids is not None:
        few = True
        add("rowid IN (SELECT rowid FROM cases WHERE case_id IN (SELECT value FROM json_each(?)))", json.dumps(list(wanted.ids)))
    if wanted.numbers is not None:
        few = True
        add(" OR ".join(_NUMBERED for _ in wanted.numbers) or "0", *(mark for one in wanted.numbers for mark in _begins(one)))
    words = [word for word in wanted.text.split()[:MOST_WORDS] if folded(word)]     # a point or a quotation mark asks nothing
    known = None if names is None or not words else [(id, tuple(called)) for id, called in names]
    for word in words:
        sql, more = _word(word, known)
        rare = db.execute(f"SELECT count(*) FROM ({sql} LIMIT {FEW + 1})", more).fetchone()[0] <= FEW
        few = few or rare
        add(f"{'' if rare else '+'}rowid IN ({sql})", *more)
    return Where(_LOOKED_UP if few else WALKED, "WHERE " + " AND ".join(parts) if parts else "", values)


_NUMBERED = "rowid IN (SELECT rowid FROM cases WHERE number >= ? AND number < ?)"


def _begins(number: str) -> tuple[str, str]:
    """Between which two texts are the numbers that begin so: they are of digits, hyphens and capitals."""
    return number, number + "~"


def _word(word: str, names: Sequence[tuple[str, Sequence[str]]] | None) -> tuple[str, list[Any]]:
    """The rowids of one typed word: a part of what is indexed (names, words, telephone, pinyin initials), found as a phrase over
    single characters; with `names` also of the name of a category or of the place's office, or the beginning of a printed
    number."""
    sql, values = "SELECT rowid FROM search WHERE search MATCH ?", list[Any]([f'"{spaced(word)}"'])
    if names is None:
        return sql, values
    categories = [code for code, name in codes.names("category").items() if word in name]
    kinds = [code for code, name in codes.names("subcategory").items() if word in name]
    places = [id for id, called in names if any(word in name for name in called)]
    for column, found in (("category", categories), ("subcategory", kinds), ("place", places)):
        if found:
            sql += f" UNION ALL SELECT rowid FROM {WALKED} WHERE {column} IN ({marks(found)})"
            values += found
    if printed := _PRINTED_PART.fullmatch(word):        # 旧地村〔2026〕001-0005 as far as it is typed
        name, year, rest = printed.groups()
        for id in (id for id, called in names if name in called):
            sql += " UNION ALL SELECT rowid FROM cases WHERE number >= ? AND number < ?"
            values += _begins(f"{id}-{year}{'-' if rest else ''}{rest}")
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


def marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
