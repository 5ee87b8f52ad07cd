"""Pairs of cases that look alike: a party in common by name or by the hash of a telephone, the same place and category, so many
days apart. Candidates only, from the tables alone; whether they are one dispute a person says (`duplicates`, `same_dispute`).

`case_parties.phone_hash` is enough to compare with and shows no number in a list; `folded` is the name in search's form. Those
at most `KEPT_DAYS` apart stand in `alike`, each once (`one` < `other`): to look for them among all cases takes seconds in a large
county. `ReadModel` keeps both up to date.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from shared.disputes.case.state import CaseState
from shared.ledger.entry import folded, phone_key
from shared.ledger.tables import Row

TABLES = (
    "CREATE TABLE case_parties (case_id TEXT NOT NULL, no INTEGER NOT NULL, name TEXT NOT NULL, folded TEXT NOT NULL,"
    " phone_hash TEXT NOT NULL)",
    "CREATE INDEX case_parties_case ON case_parties (case_id)",
    "CREATE INDEX case_parties_folded ON case_parties (folded) WHERE folded <> ''",
    "CREATE INDEX case_parties_phone ON case_parties (phone_hash) WHERE phone_hash <> ''",
    "CREATE INDEX case_facts_near ON case_facts (place, category, registered_on, case_id)",
    "CREATE TABLE alike (one TEXT NOT NULL, other TEXT NOT NULL, days INTEGER NOT NULL, PRIMARY KEY (one, other)) WITHOUT ROWID",
    "CREATE INDEX alike_other ON alike (other)",
    "CREATE INDEX alike_days ON alike (days, one, other)",
)
KEPT_DAYS = 92          # three times what a county asks for by default (limits.toml, duplicate_days)
FEW_NEAR = 100          # cases near by of which each is looked at; beyond, people are looked up by index, a dozen steps each
MOST_ALIKE = 100        # of the people of one case; where more are like it, the name says nothing
MAX_PAIRS = 5000        # more are no list for a person; the closest in time come first
_JOINED = """
    SELECT a.case_id AS one, b.case_id AS other,
    CAST(abs(julianday(x.registered_on) - julianday(y.registered_on)) AS INTEGER) AS days
    FROM case_parties a JOIN case_parties b ON {same} AND a.case_id <> b.case_id
    JOIN case_facts x ON x.case_id = a.case_id JOIN case_facts y ON y.case_id = b.case_id
    WHERE x.place = y.place AND x.category = y.category AND {order}
    AND abs(julianday(x.registered_on) - julianday(y.registered_on)) <= ?"""


@dataclass(frozen=True, slots=True)
class Pair:
    one: str
    other: str
    names: tuple[str, ...]          # parties in common, as `one` writes them
    days: int


def phone_hash(phone: str) -> str:
    key = phone_key(phone)
    return hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""


def party_rows(s: CaseState) -> list[Row]:
    """The rows of a folded case; a party whose data is restricted (PIPL Art 47) is not compared."""
    return [(s.id, p.no, p.name, folded(p.name), phone_hash(p.phone)) for p in s.parties if not p.restricted]


_SAME = ("a.folded <> '' AND a.folded = b.folded", "a.phone_hash <> '' AND a.phone_hash = b.phone_hash")


def keep(db: sqlite3.Connection, cases: Iterable[str]) -> None:
    """Look again for what is like these cases, whose people, place, category or day are new: among those of the same place and
    category around that day alone, or, where these are many (on a village's own tablet), among those of its people. Of these
    `MOST_ALIKE`, the closest in time: a bank with a thousand loans would else have half a million pairs, and nobody reads on."""
    for case in cases:
        db.execute("DELETE FROM alike WHERE one = ?", (case,))
        db.execute("DELETE FROM alike WHERE other = ?", (case,))
        asked = {"case": case, "before": f"-{KEPT_DAYS} days", "after": f"+{KEPT_DAYS} days", "few": FEW_NEAR, "most": MOST_ALIKE}
        near, = db.execute(f"SELECT count(*) FROM (SELECT 1 {_NEAR} LIMIT :few + 1)", asked).fetchone()
        for found in (_BY_PLACE,) if near <= FEW_NEAR else _BY_PEOPLE:
            db.execute(_KEPT + found, asked)


_MET = " OR ".join(f"({rule})" for rule in _SAME)
_KEPT = ("INSERT OR IGNORE INTO alike SELECT min(x.case_id, y.case_id), max(x.case_id, y.case_id),"
         " CAST(abs(julianday(x.registered_on) - julianday(y.registered_on)) AS INTEGER)")
_NEAR = ("FROM case_facts x CROSS JOIN case_facts y INDEXED BY case_facts_near ON y.place = x.place AND y.category = x.category"
         " AND y.registered_on BETWEEN date(x.registered_on, :before) AND date(x.registered_on, :after)"
         " WHERE x.case_id = :case AND y.case_id <> x.case_id")
_BY_PLACE = (f" {_NEAR} AND EXISTS (SELECT 1 FROM case_parties a CROSS JOIN case_parties b ON b.case_id = y.case_id"
             f" WHERE a.case_id = x.case_id AND ({_MET}))")
_BY_PEOPLE = tuple(
    f" FROM case_facts x CROSS JOIN case_parties a ON a.case_id = x.case_id CROSS JOIN case_parties b INDEXED BY {index}"
    f" ON a.{name} <> '' AND b.{name} <> '' AND b.{name} = a.{name} CROSS JOIN case_facts y ON y.case_id = b.case_id"
    " WHERE x.case_id = :case AND y.case_id <> x.case_id AND y.place = x.place AND y.category = x.category"
    " AND y.registered_on BETWEEN date(x.registered_on, :before) AND date(x.registered_on, :after)"
    " ORDER BY 3, 1, 2 LIMIT :most"
    for index, name in (("case_parties_folded", "folded"), ("case_parties_phone", "phone_hash")))


def pairs(db: sqlite3.Connection, days: int, case: str = "") -> list[Pair]:
    """Candidates, each once (`one` < `other`), the closest in time first; with `case`, those of that case as `one`.
    Merged cases and pairs that a person has dismissed are left out."""
    return list(islice(each_pair(db, days, case), MAX_PAIRS))


def each_pair(db: sqlite3.Connection, days: int, case: str = "") -> Iterator[Pair]:
    """The same, one after the other and without an end: whoever shows twenty reads hardly more."""
    shut: dict[str, frozenset[str] | None] = {}
    for one, other, apart in _apart(db, days, case):
        for id in (one, other):
            if id not in shut:
                shut[id] = _shut(db, id)
        of_one, of_other = shut[one], shut[other]
        if of_one is None or of_other is None or other in of_one or one in of_other:
            continue
        yield Pair(one, other, _in_common(db, one, other), apart)


def count(db: sqlite3.Connection, days: int, most: int = -1) -> int:
    """How many pairs `each_pair` has for all cases, without a look at any of them; counted up to `most`."""
    if days > KEPT_DAYS:
        return sum(1 for _ in islice(each_pair(db, days), most if most >= 0 else None))
    said = "EXISTS (SELECT 1 FROM json_each({}.json, '$.not_duplicates') WHERE value = k.{})"
    found, = db.execute("SELECT count(*) FROM (SELECT 1 FROM alike k CROSS JOIN cases x ON x.case_id = k.one"
                        " CROSS JOIN cases y ON y.case_id = k.other"
                        " WHERE k.days <= ? AND x.state <> 'merged' AND y.state <> 'merged'"
                        f" AND NOT {said.format('x', 'other')} AND NOT {said.format('y', 'one')}"
                        " LIMIT ?)", (days, most)).fetchone()
    return int(found)


def _apart(db: sqlite3.Connection, days: int, case: str) -> Iterable[tuple[str, str, int]]:
    """(one, other, days between them), the closest first."""
    if not case and days <= KEPT_DAYS:
        return db.execute("SELECT one, other, days FROM alike WHERE days <= ? ORDER BY days, one, other", (days,))
    order = "a.case_id = ?" if case else "a.case_id < b.case_id"
    found = " UNION ".join(_JOINED.format(same=rule, order=order) for rule in _SAME)
    return db.execute(found + " ORDER BY days, one, other", [*([case] if case else []), days] * 2)


def _in_common(db: sqlite3.Connection, one: str, other: str) -> tuple[str, ...]:
    """The names of the parties in common, as `one` writes them."""
    met = " OR ".join(f"({rule})" for rule in _SAME)
    rows = db.execute("SELECT DISTINCT a.name FROM case_parties a CROSS JOIN case_parties b ON b.case_id = ?"
                      f" WHERE a.case_id = ? AND ({met})", (other, one))
    return tuple(sorted(name for name, in rows))


@dataclass(frozen=True, slots=True)
class Alike:
    """A case of people who are about to be registered again; `names` as that case writes them, `by_phone`: not by name alone."""

    case: str
    names: tuple[str, ...]
    by_phone: bool
    category: str
    registered_on: str
    open: bool


MAX_ALIKE = 20
MAX_PEOPLE = 50         # of a form: so many are looked for


def alike(db: sqlite3.Connection, people: Sequence[tuple[str, str]]) -> list[Alike]:
    """Cases here with one of these people (name, telephone) as a party; most people in common first, then open ones, then the
    newest. Merged cases are left out. A look into two indexes for each person, so it may be asked while somebody types."""
    found: dict[str, tuple[set[str], bool]] = {}
    for name, phone in people[:MAX_PEOPLE]:
        key, hashed = folded(name), phone_hash(phone)
        rows = db.execute(
            "SELECT case_id, name, phone_hash <> '' AND phone_hash = ? FROM case_parties WHERE folded <> '' AND folded = ?"
            " UNION SELECT case_id, name, 1 FROM case_parties WHERE phone_hash <> '' AND phone_hash = ?",
            (hashed, key, hashed))
        for case, called, by_phone in rows:
            names, before = found.get(case, (set(), False))
            found[case] = (names | {called}, before or bool(by_phone))
    made = []
    for case, (names, by_phone) in found.items():
        row = db.execute("SELECT category, registered_on, settled, state FROM cases WHERE case_id = ?", (case,)).fetchone()
        if row is not None and row[3] != "merged":
            made.append(Alike(case, tuple(sorted(names)), by_phone, row[0], row[1] or "", not row[2]))
    made.sort(key=lambda a: a.registered_on, reverse=True)
    return sorted(made, key=lambda a: (-len(a.names), not a.open))[:MAX_ALIKE]


def _shut(db: sqlite3.Connection, case: str) -> frozenset[str] | None:
    """With which others a person has said that it is no double; None of a merged one."""
    state, text = db.execute("SELECT state, json_extract(json, '$.not_duplicates') FROM cases WHERE case_id = ?",
                             (case,)).fetchone() or ("merged", None)
    return None if state == "merged" else frozenset(json.loads(text or "[]"))
