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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.tables import alarm
from shared.disputes.tables.pairs import phone_hash
from shared.disputes.tables.rows import spaced
from shared.ledger import codes, pinyin
from shared.ledger.days import instant
from shared.ledger.entry import folded
from shared.ledger.formats.ids import as_printed, printed_numbers

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
    states: Sequence[str] = ()       # any of these
    taking: bool | None = None       # somebody has yet to take it over
    holders: Sequence[str] | None = None
    beside: bool = False             # with `holders`: also who is asked to take it over
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
    incomplete: bool = False         # something of it has not arrived
    open_only: bool = False
    ended: bool = False
    alarm: str = ""                  # ok | warn | overdue (with what rings) | ring
    asks: str = ""                   # office of which the case asks something (`attention`)
    supervised: bool = False         # an answer to a supervision is owed
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
    alone: str = ""         # what is looked for in the index of words, where nothing else is asked
    one_by_one: tuple[str, Sequence[Any]] | None = None     # the same of a row `first`, of one word that many cases may have


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
    "ring": (f"settled = 0 AND {alarm.RINGS}", ("at",)),
    "ok": ("coalesce(due_date, '') = '' OR warn_date > ?", ("today",)),
}
_PRINTED_PART = re.compile(r"([^〔]+)〔([0-9]{0,4})〕?(临?)([-0-9]*)")
_OF_OFFICE = re.compile(r"(.*[^0-9〔〕-])〔?((?:[0-9]+[〕-]?)+)")


def where(db: sqlite3.Connection, wanted: Filter, moment: Moment, names: Names | None) -> Where:
    found = list(_conditions(wanted, moment))
    few = any(is_few for _, _, is_few in found)
    parts, values = [f"({sql})" for sql, _, _ in found], [value for _, theirs, _ in found for value in theirs]
    one_by_one: tuple[str, Sequence[Any]] | None = None
    for sql, more, match, beside, theirs in _looked_for(db, wanted.text, names):
        rare = not beside and _hits(db, sql, more) <= FEW
        few = few or rare
        alone = match if not parts else ""
        one_by_one = None
        if not (parts or rare) and sql == _WORDS and " AND " not in more[0]:         # several words are seldom in many cases
            one_by_one = f"{beside}{HAS_WORDS}" + (")" if beside else ""), [*theirs, *more]
        parts.append(f"{beside}{'' if rare else '+'}rowid IN ({sql})" + (")" if beside else ""))
        values += [*theirs, *more]
        if alone:
            return Where(_LOOKED_UP if few else WALKED, f"WHERE {parts[0]}", values, alone, one_by_one)
    return Where(_LOOKED_UP if few else WALKED, "WHERE " + " AND ".join(parts) if parts else "", values, one_by_one=one_by_one)


def _conditions(wanted: Filter, moment: Moment) -> Iterator[tuple[str, Sequence[Any], bool]]:
    """All but words: (SQL, values, whether it names few cases, to be looked up by rowid)."""
    for name, sql in (*_ONE, *_FEW):
        if getattr(wanted, name) not in ("", None):
            yield sql, [getattr(wanted, name)], (name, sql) in _FEW
    yield from _held(wanted)
    if wanted.places is not None:
        yield f"{AT} IN ({marks(wanted.places)})", wanted.places, False
    for asked, sql, is_few in ((wanted.review, "needs_review = 1", False), (wanted.open_only, "settled = 0", False),
                               (wanted.ended, "settled = 1", False), (wanted.incomplete, _INCOMPLETE, True),
                               (wanted.supervised, _SUPERVISED, True)):
        if asked:
            yield sql, (), is_few
    if wanted.alarm in _ALARMS:
        sql, days = _ALARMS[wanted.alarm]
        yield sql, [getattr(moment, day) for day in days], False
    if wanted.ids is not None:
        yield ("rowid IN (SELECT rowid FROM cases WHERE case_id IN (SELECT value FROM json_each(?)))",
               [json.dumps(list(wanted.ids))], True)
    if wanted.numbers is not None:
        yield (" OR ".join(_NUMBERED for _ in wanted.numbers) or "0", [mark for one in wanted.numbers for mark in _begins(one)],
               bool(wanted.numbers))


_SUPERVISED = ("rowid IN (SELECT c.rowid FROM deadlines d INDEXED BY deadlines_asked JOIN cases c USING (case_id)"
               " WHERE d.stopped IS NULL AND d.kind = 'supervision_reply')")
_INCOMPLETE = "rowid IN (SELECT rowid FROM cases WHERE incomplete > 0)"


def _held(wanted: Filter) -> Iterator[tuple[str, Sequence[Any], bool]]:
    """Who has it, who is asked to take it, and how far it is."""
    if wanted.holders is not None:
        columns = ("holder", "pending_to") if wanted.beside else ("holder",)
        sql = " OR ".join(f"{column} IN ({marks(wanted.holders)})" for column in columns)
        yield sql, [*wanted.holders] * len(columns), False
    if wanted.states:
        yield f"state IN ({marks(wanted.states)})", wanted.states, False
    if wanted.taking is not None:
        yield f"coalesce(pending_to, '') {'<>' if wanted.taking else '='} ''", (), False


def _looked_for(db: sqlite3.Connection, text: str, names: Names | None) -> Iterator[tuple[str, list[Any], str, str, list[Any]]]:
    """Questions for rowids, all of which must hold, each with its values; the last may be of words alone, then with these. Then
    the beginning of a condition (`(category IN (?) OR `) that will do instead, with its values."""
    words = [word for word in text.split()[:MOST_WORDS] if folded(word)]    # a point or a quotation mark asks nothing
    known = None if names is None or not words else [(id, tuple(called)) for id, called in names]
    plain = []
    for word in words:
        if numbered := _numbered(db, word):
            yield "SELECT value FROM json_each(?)", [json.dumps(numbered)], "", "", []
            continue
        beside, theirs = _named(word, known)
        sql, more = _printed(word, known)
        if sql or beside:
            yield f"{_WORDS}{sql}", [_phrase(word), *more], "", beside, theirs
        else:
            plain.append(_phrase(word))
    if plain:
        match = " AND ".join(plain)
        yield _WORDS, [match], match if len(plain) == len(words) else "", "", []


_WORDS = "SELECT rowid FROM search WHERE search MATCH ?"
HAS_WORDS = "EXISTS (SELECT 1 FROM search WHERE search MATCH ? AND search.rowid = first.rowid)"


_MIXED = re.compile(r"(?=.*[a-zA-Zａ-ｚＡ-Ｚ])(?=.*[\u3400-\u9fff])")


def _phrase(word: str) -> str:
    """A part of what is indexed (names, words, telephone, pinyin initials), as a phrase over single characters. What is typed
    half in characters and half in initials, 王xl, is looked for in initials alone as well."""
    phrase = f'"{spaced(word)}"'
    return f'({phrase} OR "{spaced(pinyin.initials(folded(word)))}")' if _MIXED.match(word) else phrase


def _hits(db: sqlite3.Connection, sql: str, values: Sequence[Any]) -> int:
    """How many rowids a word gives, as far as it matters whether they are few."""
    return int(db.execute(f"SELECT count(*) FROM ({sql} LIMIT {FEW + 1})", values).fetchone()[0])


def _numbered(db: sqlite3.Connection, word: str) -> list[int]:
    """The rowids of few cases that a platform number, its beginning, else a part of it means, hyphens or not, or a whole
    telephone number. As a phrase a word of digits is dear: each digit stands in every case."""
    typed = as_printed(word)
    if not _NUMBER_LIKE.fullmatch(typed):
        return []
    whole = (f"{_BEGINS} UNION SELECT c.rowid FROM case_parties p JOIN cases c USING (case_id)"
             " WHERE p.phone_hash <> '' AND p.phone_hash = ? LIMIT ?")
    part = "SELECT rowid FROM cases INDEXED BY cases_number WHERE instr(number, ?) LIMIT ?"
    run = "SELECT rowid FROM cases INDEXED BY cases_number WHERE instr(replace(number, '-', ''), ?) LIMIT ?"
    for sql, values in ((whole, (*_begins(typed), phone_hash(typed))), (part, (typed,)), (run, (typed.replace("-", ""),))):
        found = [row[0] for row in db.execute(sql, (*values, FEW + 1))]
        if found:
            return found if len(found) <= FEW else []
    return []


_NUMBER_LIKE = re.compile(r"P?[0-9][0-9-]{5,40}")
_BEGINS = "SELECT rowid FROM cases WHERE number >= ? AND number < ?"
_NUMBERED = f"rowid IN ({_BEGINS})"


def _begins(number: str) -> tuple[str, str]:
    """Between which two texts are the numbers that begin so: they are of digits, hyphens and capitals."""
    return number, number + "~"


def _named(word: str, names: Sequence[tuple[str, Sequence[str]]] | None) -> tuple[str, list[Any]]:
    """What a typed word may mean besides, the name of a category or of the place's office: the beginning of a condition on
    columns of `cases_listed`, "" where it means nothing else."""
    sql, values = "", list[Any]()
    if names is None:
        return sql, values
    categories = [code for code, name in codes.names("category").items() if word in name]
    kinds = [code for code, name in codes.names("subcategory").items() if word in name]
    places = [id for id, called in names if any(word in name for name in called)]
    for column, found in (("category", categories), ("subcategory", kinds), ("place", places)):
        if found:
            sql += f"{column} IN ({marks(found)}) OR "
            values += found
    return f"({sql}" if sql else "", values


def _printed(word: str, names: Sequence[tuple[str, Sequence[str]]] | None) -> tuple[str, list[Any]]:
    """Further questions for rowids, where a word may be a printed number: 旧地村〔2026〕001-0005 as far as it is typed, or its
    digits behind the office, 旧地村0010005, 旧地村0005."""
    sql, values, typed = "", list[Any](), as_printed(word)
    if names is None:
        return sql, values
    if printed := _PRINTED_PART.fullmatch(typed):
        name, year, mark, rest = printed.groups()
        for id in (id for id, called in names if name in called):
            sql += f" UNION ALL {_BEGINS}"
            values += _begins(f"{id}-{year}{'-' if rest or mark else ''}{'P' if mark else ''}{rest}")
    if part := _OF_OFFICE.fullmatch(typed):
        name, digits = part[1].removesuffix("〔"), re.sub("[〕-]", "", part[2])
        for id in (id for id, called in names if name in called):
            sql += f" UNION ALL {_BEGINS} AND instr(replace(substr(number, 13), '-', ''), ?)"
            values += [*_begins(f"{id}-"), digits]
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
