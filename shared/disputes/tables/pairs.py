"""Pairs of cases that look alike: a party in common by name or by the hash of a telephone, the same place and category, so many
days apart. Candidates only, from the tables alone; whether they are one dispute a person says (`duplicates`, `same_dispute`).

`case_parties.phone_hash` is enough to compare with and shows no number in a list; `folded` is the name in search's form. Kept
up to date by `ReadModel`.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from shared.disputes.case.state import CaseState
from shared.ledger.entry import folded, phone_key
from shared.ledger.tables import Row

TABLES = (
    "CREATE TABLE case_parties (case_id TEXT NOT NULL, no INTEGER NOT NULL, name TEXT NOT NULL, folded TEXT NOT NULL,"
    " phone_hash TEXT NOT NULL)",
    "CREATE INDEX case_parties_case ON case_parties (case_id)",
    "CREATE INDEX case_parties_folded ON case_parties (folded) WHERE folded <> ''",
    "CREATE INDEX case_parties_phone ON case_parties (phone_hash) WHERE phone_hash <> ''",
)
MAX_PAIRS = 5000        # more are no list for a person; the closest in time come first
_JOINED = """
    SELECT a.case_id AS one, b.case_id AS other, a.name AS name
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


def pairs(db: sqlite3.Connection, days: int, case: str = "") -> list[Pair]:
    """Candidates, each once (`one` < `other`), the closest in time first; with `case`, those of that case as `one`.
    Merged cases and pairs that a person has dismissed are left out."""
    order = "a.case_id = ?" if case else "a.case_id < b.case_id"
    same = ("a.folded <> '' AND a.folded = b.folded", "a.phone_hash <> '' AND a.phone_hash = b.phone_hash")
    parts = [_JOINED.format(same=rule, order=order) for rule in same]
    values = [*([case] if case else []), days] * 2
    found: dict[tuple[str, str], set[str]] = {}
    for one, other, name in db.execute(" UNION ".join(parts), values):
        found.setdefault((one, other), set()).add(name)
    shut = _merged_or_dismissed(db)
    dates = dict(db.execute("SELECT case_id, julianday(registered_on) FROM case_facts"))
    made = [Pair(a, b, tuple(sorted(names)), int(abs(dates[a] - dates[b]))) for (a, b), names in found.items()
            if a not in shut and b not in shut and (a, b) not in shut and (b, a) not in shut]
    return sorted(made, key=lambda p: (p.days, p.one, p.other))[:MAX_PAIRS]


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


def _merged_or_dismissed(db: sqlite3.Connection) -> set[object]:
    rows = db.execute("SELECT case_id, NULL FROM cases WHERE state = 'merged'"
                      " UNION ALL SELECT c.case_id, n.value FROM cases c, json_each(c.json, '$.not_duplicates') n")
    return {case if other is None else (case, other) for case, other in rows}
