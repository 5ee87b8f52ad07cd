"""Counts that the county's overview asks of the read model beside the case list (`shared.disputes.tables.cases`), and a page of
that list. It must not write, and must not know HTTP or HTML.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from shared.disputes.tables import alarm, cases, held
from shared.disputes.tables.case_filter import WALKED
from shared.disputes.tables.cases import Filter, Moment, Names, Row


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Row, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class HolderCount:
    holder: str
    open: int
    overdue: int
    ended: int


def find_cases(db: sqlite3.Connection, wanted: Filter, moment: Moment, page: int, size: int,
               names: Names | None = None) -> Page:
    """One page of cases; a page beyond the last is the last."""
    total = cases.total(db, wanted, moment, names=names)
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    rows = cases.find(db, wanted, moment, limit=size, offset=(page - 1) * size, names=names) if total else []
    return Page(tuple(rows), total, page, pages)


def by_holder(db: sqlite3.Connection, moment: Moment) -> list[HolderCount]:
    """Counts by holder office, overdue with what rings; the caller sums villages into townships."""
    rows = db.execute(f"SELECT holder, count(*), sum({alarm.OVERDUE} OR {alarm.RINGS}) FROM {WALKED} WHERE settled = 0"
                      " GROUP BY holder", [moment.today, moment.at])
    opened = {holder: (int(n), int(late or 0)) for holder, n, late in rows}
    ended = held.by_office(db, ended=True)
    return [HolderCount(holder, *opened.get(holder, (0, 0)), ended.get(holder, 0)) for holder in sorted({*opened, *ended})]


def open_by(db: sqlite3.Connection, column: str) -> list[tuple[str, int]]:
    """Open cases by `category` or `state`, most first."""
    assert column in ("category", "state")
    return db.execute(
        f"SELECT coalesce({column}, ''), count(*) FROM {WALKED} WHERE settled = 0 GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()


def events_by_office(db: sqlite3.Connection) -> dict[str, int]:
    return dict(db.execute("SELECT office, n FROM events_of_office WHERE n > 0"))


def states(db: sqlite3.Connection) -> dict[str, int]:
    return dict(db.execute("SELECT state, count(*) FROM cases GROUP BY state ORDER BY state"))


def registered_online(db: sqlite3.Connection, county: str, summary: str, since: int) -> list[tuple[str, str]]:
    """(case, names of its parties) of what the county registered with these words as handed in online since `since` (ms)."""
    rows = db.execute("SELECT case_id, party_names FROM cases WHERE origin = ? AND source = 'online' AND summary = ?"
                      " AND registered_at >= ? LIMIT 20", (county, summary, since))
    return [(str(case), str(names)) for case, names in rows]
