"""Questions of the county's boards to the tables: cases by stage, the last 30 days, what waits. Walks over open cases or an index
alone, never over all cases. It must not write, and must not know HTTP or HTML.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from shared.disputes.fold.subsidy import SETTLED
from shared.disputes.tables import alarm
from shared.disputes.tables.case_filter import WALKED
from shared.disputes.tables.cases import ORDER, Filter, Moment, Row, find
from shared.ledger.days import later

# lane -> states; a case that waits for somebody to take it stands in `taking`, whatever its state
LANES: dict[str, tuple[str, ...]] = {
    "triage": ("registered", "triaging"), "taking": (), "mediating": ("accepted", "mediating", "suspended"),
    "performing": ("agreed", "effective", "performing"), "visiting": ("visit_due",),
}
DAYS = 30
_LANE = "CASE WHEN coalesce(pending_to, '') <> '' THEN 'taking' " + " ".join(
    f"WHEN state IN ({', '.join(repr(s) for s in states)}) THEN '{lane}'" for lane, states in LANES.items() if states) + " END"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the board is looked at. `alarm`: overdue | today."""

    holders: Sequence[str] | None = None
    category: str = ""
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    name: str
    total: int
    overdue: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure with its line of the last 30 days, oldest first."""

    value: int
    line: tuple[int, ...]


def board(db: sqlite3.Connection, wanted: Wanted, moment: Moment, most: int) -> list[Lane]:
    """Open cases by lane, the most urgent of each first."""
    where, values = _where(wanted, moment)
    late = f"({alarm.OVERDUE} OR {alarm.RINGS})"
    counts = {lane: (int(n), int(o or 0)) for lane, n, o in db.execute(
        f"SELECT {_LANE} AS lane, count(*), sum({late}) FROM {WALKED} WHERE {where} GROUP BY 1",
        [moment.today, moment.at, *values])}
    # The index has them in this order: a lane's first ones end its walk, and none is sorted.
    ids = {lane: [case for case, in db.execute(
        f"SELECT case_id FROM {WALKED} WHERE {where} AND {_LANE} = ? ORDER BY {ORDER} LIMIT ?",
        [*values, lane, min(most, n)])] for lane, (n, _) in counts.items() if lane in LANES}
    every = [case for some in ids.values() for case in some]
    rows = {row.case_id: row for row in find(db, Filter(ids=every), moment, limit=len(every) or 1)}
    return [Lane(lane, *counts.get(lane, (0, 0)), tuple(rows[case] for case in ids.get(lane, ()) if case in rows))
            for lane in LANES]


def due_today(db: sqlite3.Connection, wanted: Wanted, moment: Moment) -> int:
    """How many of the cases on the board are due today."""
    where, values = _where(Wanted(wanted.holders, wanted.category, "today"), moment)
    return int(db.execute(f"SELECT count(*) FROM {WALKED} WHERE {where} AND {_LANE} IS NOT NULL", values).fetchone()[0])


def _where(wanted: Wanted, moment: Moment) -> tuple[str, list[object]]:
    parts, values = ["settled = 0"], list[object]()
    if wanted.holders is not None:
        marks = ", ".join("?" * len(wanted.holders))
        parts.append(f"(holder IN ({marks}) OR pending_to IN ({marks}))")
        values += [*wanted.holders, *wanted.holders]
    if wanted.category:
        parts.append("category = ?")
        values.append(wanted.category)
    if wanted.alarm == "overdue":
        parts.append(f"({alarm.OVERDUE} OR {alarm.RINGS})")
        values += [moment.today, moment.at]
    if wanted.alarm == "today":
        parts.append("due_date = ?")
        values.append(moment.today)
    return " AND ".join(parts), values



def registered(db: sqlite3.Connection, today: str) -> Trend:
    """This month's registrations; the line: a day's each."""
    line = _by_day(db, "SELECT registered_on, count(*) FROM cases WHERE registered_on > ? GROUP BY 1", today)
    month = db.execute("SELECT count(*) FROM cases WHERE registered_on >= ?", (today[:7] + "-01",)).fetchone()[0]
    return Trend(int(month), line)


def registered_between(db: sqlite3.Connection, first: str, last: str) -> int:
    return int(db.execute("SELECT count(*) FROM cases WHERE registered_on BETWEEN ? AND ?", (first, last)).fetchone()[0])


def opened(db: sqlite3.Connection, today: str, now: int) -> Trend:
    """How many are open; the line goes back from today by what came and what was closed."""
    came = _by_day(db, "SELECT registered_on, count(*) FROM cases WHERE registered_on > ? GROUP BY 1", today)
    gone = _by_day(db, "SELECT closed_on, count(*) FROM case_facts WHERE closed_on > ? GROUP BY 1", today)
    line, at = [now], now
    for place in range(DAYS - 1, 0, -1):
        at += gone[place] - came[place]
        line.append(max(0, at))
    return Trend(now, tuple(reversed(line)))


def flow(db: sqlite3.Connection, today: str, days: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What came and what was closed on each of the last `days`, the oldest first."""
    return (_by_day(db, "SELECT registered_on, count(*) FROM cases WHERE registered_on > ? GROUP BY 1", today, days),
            _by_day(db, "SELECT closed_on, count(*) FROM case_facts WHERE closed_on > ? GROUP BY 1", today, days))


def overdue(db: sqlite3.Connection, today: str, value: int) -> Trend:
    """How many are overdue; the line: how many of them already were on each day."""
    found = dict(db.execute(
        f"SELECT max(late_from, ?) AS day, count(*) FROM {WALKED} WHERE settled = 0 AND late_from <= ? GROUP BY day",
        (later(today, 1 - DAYS), today)))
    return Trend(value, tuple(accumulate(int(found.get(later(today, -back), 0)) for back in range(DAYS - 1, -1, -1))))


@dataclass(frozen=True, slots=True)
class Settled:
    """Of what was closed this month, how much was settled; `line`: per cent of the days' closings, the last 30."""

    settled: int
    closed: int
    line: tuple[int, ...]


def settled(db: sqlite3.Connection, today: str) -> Settled:
    marks = ", ".join("?" * len(SETTLED))
    rows = db.execute(
        f"SELECT closed_on, count(*), sum(outcome IN ({marks})) FROM case_facts WHERE closed_on > ? GROUP BY 1",
        [*sorted(SETTLED), later(today, -DAYS)]).fetchall()
    by_day = {day: (int(n), int(good or 0)) for day, n, good in rows}
    line = tuple(100 * good // n if n else 0 for n, good in (
        by_day.get(later(today, -back), (0, 0)) for back in range(DAYS - 1, -1, -1)))
    month = [row for day, row in by_day.items() if day >= today[:7] + "-01"]
    return Settled(sum(good for _, good in month), sum(n for n, _ in month), line)


def _by_day(db: sqlite3.Connection, sql: str, today: str, days: int = DAYS) -> tuple[int, ...]:
    found = dict(db.execute(sql, (later(today, -days),)).fetchall())
    return tuple(int(found.get(later(today, -back), 0)) for back in range(days - 1, -1, -1))


def asking(db: sqlite3.Connection, office: str, most: int) -> list[str]:
    """Cases in which something waits for this office: a hand-over, a supervision, a finding to decide."""
    found = db.execute("SELECT DISTINCT case_id FROM attention WHERE office = ? LIMIT ?", (office, most)).fetchall()
    found += db.execute("SELECT case_id FROM cases INDEXED BY cases_review WHERE needs_review = 1 LIMIT ?", (most,))
    return list(dict.fromkeys(case for case, in found))[:most]


def asked(db: sqlite3.Connection, office: str) -> int:
    """How many cases ask something of this office: a walk over those alone."""
    return int(db.execute("SELECT count(DISTINCT case_id) FROM attention WHERE office = ?", (office,)).fetchone()[0])


def records_waiting(db: sqlite3.Connection) -> dict[tuple[str, str], tuple[int, str]]:
    """(aggregate, state) of what is not ended -> (how many, the oldest day)."""
    return {(aggregate, state): (int(n), str(day)) for aggregate, state, n, day in db.execute(
        "SELECT aggregate, state, count(*), min(opened_on) FROM records WHERE ended_on IS NULL GROUP BY 1, 2")}
