"""Questions of the console to the read model: plain SQL, frozen rows. Dates are ISO texts of Asia/Shanghai.

It must not write, and must not know HTTP or HTML. Columns are those of `shared.disputes.tables.read_model`
(docs/ARCHITECTURE.md).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.disputes.case.lifecycle import ENDS
from shared.disputes.case.state import ENDED
from shared.disputes.tables import alarm
from shared.disputes.tables.cases import phrases
from shared.ledger.days import local_date
from shared.ledger.formats.ids import printed_numbers
from shared.ledger.published.offices import Organisation

_COLUMNS = (
    "case_id, number, state, category, summary, holder, pending_to, registered_on, risk, due_date, due_kind,"
    " warn_date, provisional, incomplete, needs_review, party_names, late_from, alarm_at"
)
# What the officer's filter "overdue" finds: a day that is over, or an alarm within the day that rings.
_LATE = f"({alarm.OVERDUE} OR {alarm.RINGS})"


@dataclass(frozen=True, slots=True)
class CaseRow:
    case_id: str
    number: str
    state: str
    category: str
    summary: str
    holder: str
    pending_to: str | None
    registered_on: str
    risk: int
    due_date: str | None
    due_kind: str | None
    warn_date: str | None
    provisional: int
    incomplete: int
    needs_review: int
    party_names: str
    late_from: str | None
    alarm_at: int

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Filters; None or empty = no filter. `offices` are the ids whose cases are wanted, by holder; `numbers` beginnings of
    platform numbers, one of which must fit."""

    q: str = ""
    numbers: tuple[str, ...] | None = None
    offices: tuple[str, ...] | None = None
    state: str = ""
    risk: int | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[CaseRow, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of the overview; `open` and `ended` partition the cases."""

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


@dataclass(frozen=True, slots=True)
class HolderCount:
    holder: str
    open: int
    overdue: int
    ended: int


def find_cases(db: sqlite3.Connection, query: CaseQuery, now: int, page: int, size: int) -> Page:
    """One page of cases as of an instant, the most urgent first: open before ended, then by due date. A page beyond the last is
    the last."""
    where, values = _where(query, now)
    (total,) = db.execute(f"SELECT count(*) FROM cases {where}", values).fetchone()
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM cases {where} ORDER BY settled, due_date IS NULL, due_date,"
        " registered_at DESC, case_id LIMIT ? OFFSET ?",
        [*values, size, (page - 1) * size],
    ).fetchall()
    return Page(tuple(CaseRow(*row) for row in rows), total, page, pages)


def urgent_cases(db: sqlite3.Connection, now: int, limit: int) -> tuple[CaseRow, ...]:
    """Ringing, overdue or red, the most urgent first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM cases WHERE settled = 0 AND ({_LATE} OR risk >= 4)"
        f" ORDER BY NOT {alarm.RINGS}, risk DESC, due_date IS NULL, due_date, case_id LIMIT ?",
        [local_date(now), now, now, limit],
    ).fetchall()
    return tuple(CaseRow(*row) for row in rows)


# What the overview counts among the open cases, in one walk over them: (what is asked, the values it takes).
_OPEN_COUNTS = (
    "count(*)", f"sum({alarm.RINGS})", f"sum({alarm.OVERDUE})",
    f"sum(NOT {alarm.OVERDUE} AND NOT {alarm.RINGS} AND warn_date <= ?)",
    "sum(risk >= 4)", "sum(risk = 3)", "sum(pending_to <> '')",
)


def totals(db: sqlite3.Connection, now: int) -> Totals:
    """The numbers of the overview as of an instant. Ended cases, nearly all of a county's, are counted in an index alone."""
    today = local_date(now)
    month = today[:7] + "-01"
    row = db.execute(
        f"SELECT {', '.join(_OPEN_COUNTS)} FROM cases WHERE settled = 0", [now, today, today, now, today]
    ).fetchone()
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
        f" AND legal_date >= ? AND NOT coalesce(refused, 0) AND state IN ({_marks(ENDED)})",
        [*ending, date, *ENDED],
    ).fetchone()
    return int(row[0])


def by_holder(db: sqlite3.Connection, today: str) -> list[HolderCount]:
    """Counts by holder office; the caller sums villages into townships."""
    rows = db.execute(
        f"SELECT holder, sum(settled = 0), sum(settled = 0 AND {alarm.OVERDUE}), sum(settled) FROM cases GROUP BY holder", [today]
    ).fetchall()
    return [HolderCount(row[0] or "", int(row[1] or 0), int(row[2] or 0), int(row[3] or 0)) for row in rows]


def open_by(db: sqlite3.Connection, column: str) -> list[tuple[str, int]]:
    """Open cases by `category` or `state`, most first."""
    assert column in ("category", "state")
    return db.execute(
        f"SELECT coalesce({column}, ''), count(*) FROM cases WHERE settled = 0 GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()


def events_by_office(db: sqlite3.Connection) -> dict[str, int]:
    return dict(db.execute("SELECT office, count(*) FROM events GROUP BY office"))


def states(db: sqlite3.Connection) -> dict[str, int]:
    return dict(db.execute("SELECT state, count(*) FROM cases GROUP BY state ORDER BY state"))


def _where(query: CaseQuery, now: int) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    if query.offices is not None:
        parts.append(f"holder IN ({_marks(query.offices)})")
        values += query.offices
    if query.numbers is not None:
        parts.append(" OR ".join("number GLOB ?" for _ in query.numbers) or "0")
        values += [f"{number}*" for number in query.numbers]
    if query.state:
        parts.append("state = ?")
        values.append(query.state)
    if query.risk is not None:
        parts.append("risk = ?")
        values.append(query.risk)
    if query.overdue:
        parts.append(f"settled = 0 AND {_LATE}")
        values += [local_date(now), now]
    if query.q.strip():
        clause, words = _search(query.q)
        parts.append(clause)
        values += words
    return ("WHERE " + " AND ".join(f"({part})" for part in parts) if parts else ""), values


def split_numbers(text: str, organisation: Organisation) -> tuple[str, tuple[str, ...] | None]:
    """What was typed, as (words to search, beginnings of machine numbers). A number as it is printed,
    旧地村〔2026〕001-0012-3, is 150822100203-2026-001-0012-3 of every office called 旧地村."""
    numbers: list[str] | None = None
    rest = []
    for word in text.split():
        found = printed_numbers(word, organisation.names())
        if found is None:
            rest.append(word)
        else:
            numbers = [*(numbers or ()), *found]
    return " ".join(rest), None if numbers is None else tuple(numbers)


def _search(text: str) -> tuple[str, list[object]]:
    """Every word must occur somewhere in the indexed text."""
    wanted: list[object] = [*phrases(text)[:8]]
    clause = " AND ".join("rowid IN (SELECT rowid FROM search WHERE search MATCH ?)" for _ in wanted)
    return clause or "1", wanted


def _marks(values: Iterable[object] | Sequence[object]) -> str:
    return ", ".join("?" for _ in values)
