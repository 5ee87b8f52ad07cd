"""Counters of months, kept up to date by triggers on `case_facts` and `case_parties`: pages of analysis add up a few hundred rows
instead of every case.

    counted   what: registered (by the day of registration, merged cases too, as the case list has them)
                  | closed (by the day of closing, merged cases left out)
              dim:  '' | place | category | source, of closed ones also outcome | days (registration to closing, a number)
    met       how many cases a person is a party of, known by name and telephone; without a telephone nobody is: names repeat
What a rate is known to `figures`. It must not know what day it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

_DAYS = "max(0, CAST(julianday({row}.closed_on) - julianday({row}.registered_on) AS INTEGER))"
_DIMS = {
    "registered": ("place", "category", "source"),
    "closed": ("place", "category", "source", "outcome", "days"),
}
_DAY = {"registered": "registered_on", "closed": "closed_on"}
_COUNTS = {
    "registered": "{row}.registered_on <> ''",
    "closed": "{row}.registered_on <> '' AND {row}.closed_on IS NOT NULL AND {row}.state <> 'merged'",
}


def _trigger(what: str, happened: str, row: str, n: int) -> str:
    keys = " UNION ALL ".join(
        f"SELECT '{dim}', {_DAYS.format(row=row) if dim == 'days' else f'{row}.{dim}'}" for dim in _DIMS[what])
    return (f"CREATE TRIGGER counted_{what}_{happened.lower()} AFTER {happened} ON case_facts"
            f" WHEN {_COUNTS[what].format(row=row)} BEGIN INSERT INTO counted"
            f" SELECT '{what}', k.dim, substr({row}.{_DAY[what]}, 1, 7), k.key, {n}"
            f" FROM (SELECT '' AS dim, '' AS key UNION ALL {keys}) AS k WHERE true"
            f" ON CONFLICT DO UPDATE SET n = n + {n}; END")


def _met(happened: str, row: str, n: int) -> str:
    return (f"CREATE TRIGGER met_{happened.lower()} AFTER {happened} ON case_parties WHEN {row}.phone_hash <> ''"
            f" BEGIN INSERT INTO met VALUES ({row}.phone_hash, {row}.folded, {n})"
            f" ON CONFLICT DO UPDATE SET n = n + {n}; END")


TABLES = (
    "CREATE TABLE counted (what TEXT NOT NULL, dim TEXT NOT NULL, month TEXT NOT NULL, key NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (what, dim, month, key)) WITHOUT ROWID",
    "CREATE TABLE met (phone_hash TEXT NOT NULL, folded TEXT NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (phone_hash, folded)) WITHOUT ROWID",
    "CREATE INDEX met_often ON met (n) WHERE n >= 3",
    *(_trigger(what, happened, row, n) for what in _DIMS for happened, row, n in (("INSERT", "new", 1), ("DELETE", "old", -1))),
    *(_met(happened, row, n) for happened, row, n in (("INSERT", "new", 1), ("DELETE", "old", -1))),
)
OFTEN = 3           # cases of one person that are looked at together


def by_month(db: sqlite3.Connection, what: str, first: str, last: str, dim: str = "", keys: Sequence[str] = ("",)
             ) -> dict[str, int]:
    """Month (2026-11) -> how many, of the months from `first` to `last`; only of these `keys` where a dimension is named."""
    marks = ", ".join("?" * len(keys))
    rows = db.execute("SELECT month, sum(n) FROM counted WHERE what = ? AND dim = ? AND month BETWEEN ? AND ?"
                      f" AND key IN ({marks}) GROUP BY month", (what, dim, first, last, *keys))
    return {month: int(n) for month, n in rows}


def by_key(db: sqlite3.Connection, what: str, dim: str, first: str, last: str) -> dict[str, int]:
    """Key -> how many of the months from `first` to `last`, without those of which there is none."""
    rows = db.execute("SELECT key, sum(n) FROM counted WHERE what = ? AND dim = ? AND month BETWEEN ? AND ? GROUP BY key"
                      " HAVING sum(n) > 0", (what, dim, first, last))
    return {str(key): int(n) for key, n in rows}


@dataclass(frozen=True, slots=True)
class Durations:
    """Days from registration to closing of `n` cases; quantiles are days that some case took, None where there is no case."""

    n: int
    median: int | None
    lower: int | None           # a quarter took no longer
    upper: int | None           # three quarters
    nearly_all: int | None      # nine tenths
    longest: int | None


def durations(db: sqlite3.Connection, first: str, last: str) -> Durations:
    """Of what was closed in the months from `first` to `last`."""
    found = sorted((int(days), n) for days, n in by_key(db, "closed", "days", first, last).items())
    n = sum(count for _, count in found)

    def at(share: float) -> int | None:
        passed = 0
        for days, count in found:
            passed += count
            if passed >= share * n:
                return days
        return None

    return Durations(n, at(0.5), at(0.25), at(0.75), at(0.9), found[-1][0] if found else None)


@dataclass(frozen=True, slots=True)
class Often:
    """A person who is a party of several cases. `cases` by the day of registration, the newest first."""

    name: str
    cases: tuple[tuple[str, str], ...]      # (case id, registered on)


def often(db: sqlite3.Connection, since: str, most: int) -> list[Often]:
    """Who is a party of at least `OFTEN` cases registered since this day, most cases first. The index gives those who ever were;
    at most `most` times four of them are looked at, those with most cases first."""
    made = []
    people = db.execute("SELECT phone_hash, folded FROM met WHERE n >= 3 ORDER BY n DESC LIMIT ?", (4 * most,)).fetchall()
    for phone, folded in people:
        rows = db.execute(
            "SELECT DISTINCT p.case_id, f.registered_on, p.name FROM case_parties p JOIN case_facts f USING (case_id)"
            " WHERE p.phone_hash <> '' AND p.phone_hash = ? AND p.folded = ? AND f.registered_on >= ? AND f.state <> 'merged'"
            " ORDER BY f.registered_on DESC, p.case_id", (phone, folded, since)).fetchall()
        cases = tuple({case: day for case, day, _ in rows}.items())
        if len(cases) >= OFTEN:
            made.append(Often(str(rows[0][2]), cases))
    return sorted(made, key=lambda one: (-len(one.cases), one.name))[:most]
