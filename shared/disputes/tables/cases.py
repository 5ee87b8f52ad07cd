"""Questions to the read model's tables, as plain values. It must not write."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.case.state import ENDED, CaseState
from shared.disputes.fold.fold import fold_case
from shared.disputes.tables import alarm
from shared.disputes.tables.rows import spaced
from shared.ledger.days import instant
from shared.ledger.entry import folded
from shared.ledger.formats.envelope import Event
from shared.ledger.published.refusals import refusals_of
from shared.ledger.tables import event_of

_ROW = ("case_id", "number", "file_no", "state", "category", "source", "summary", "place", "origin", "holder",
        "pending_to", "pending_kind", "registered_at", "risk", "due_date", "due_kind", "warn_date", "provisional",
        "incomplete", "needs_review", "settled", "updated_hlc", "last_actor_office", "party_names", "late_from", "alarm_at")
_ENDED = ", ".join(f"'{state}'" for state in sorted(ENDED))


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """None or empty: no filter. `alarm`: warning | overdue, as of `today` (and of the instant `now`; None: the end of that day).
    What rings counts as overdue."""

    state: str = ""
    holder: str = ""
    origin: str = ""
    category: str = ""
    pending_to: str = ""
    min_risk: int = 0
    open_only: bool = False
    needs_review: bool = False
    alarm: str = ""
    today: str = ""
    text: str = ""
    now: int | None = None


def list_cases(db: sqlite3.Connection, filters: CaseFilters, limit: int = 100, offset: int = 0) -> list[dict[str, Any]]:
    """Rows of `cases` without search and json: open first, then the earliest due, then the newest."""
    where, values = _where(filters)
    rows = db.execute(
        f"SELECT {', '.join(_ROW)} FROM cases {where}"
        f" ORDER BY state IN ({_ENDED}), due_date IS NULL, due_date, registered_at DESC, case_id LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )
    return [dict(zip(_ROW, row, strict=True)) for row in rows]


def _where(f: CaseFilters) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    for column in ("state", "holder", "origin", "category", "pending_to"):
        if getattr(f, column):
            parts.append(f"{column} = ?")
            values.append(getattr(f, column))
    if f.min_risk:
        parts.append("risk >= ?")
        values.append(f.min_risk)
    if f.open_only or f.alarm:
        parts.append(f"state NOT IN ({_ENDED})")
    if f.needs_review:
        parts.append("needs_review = 1")
    if f.alarm == "overdue":
        parts.append(f"({alarm.OVERDUE} OR {alarm.RINGS})")
        values += [f.today, instant(f.today, f.now)]
    elif f.alarm == "warning":
        parts.append(f"NOT {alarm.OVERDUE} AND NOT {alarm.RINGS} AND warn_date <= ?")
        values += [f.today, instant(f.today, f.now), f.today]
    for phrase in phrases(f.text):
        parts.append("rowid IN (SELECT rowid FROM search WHERE search MATCH ?)")
        values.append(phrase)
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def phrases(text: str) -> list[str]:
    """What was typed as FTS5 phrases over single characters, one a word: each finds its word anywhere. Safe for any input; what
    folds to nothing (a point, a quotation mark) is left out."""
    return [f'"{spaced(word)}"' for word in text.split() if folded(word)]


def events_of(db: sqlite3.Connection, case: str) -> list[Event]:
    rows = db.execute("SELECT json FROM events WHERE case_id = ? ORDER BY hlc, id", (case,))
    made = (event_of(json.loads(row[0])) for row in rows)
    return [event for event in made if event is not None]


def case_detail(db: sqlite3.Connection, case: str, today: str | None = None, **options: Any) -> CaseState | None:
    """The whole folded case as of `today`, with its history; None if there is no such case."""
    events = events_of(db, case)
    if not events:
        return None
    refused, absent = refusals_of(db, ("case", case))
    return fold_case(events, refused, today, absent=absent, **options)


def task_cases(db: sqlite3.Connection) -> list[str]:
    """Cases in which something may wait for an office: an open finding, a hand-over, a supervision
    (`shared.disputes.acts.tasks` says what)."""
    rows = db.execute(
        "SELECT case_id FROM cases WHERE needs_review = 1 OR pending_to IS NOT NULL OR json NOT LIKE '%\"findings\": []%'"
        " UNION SELECT case_id FROM deadlines WHERE kind = 'supervision_reply' ORDER BY 1")
    return [row[0] for row in rows]


def alarms(db: sqlite3.Connection, today: str, offices: Sequence[str] | None = None, *,
           now: int | None = None) -> list[dict[str, Any]]:
    """Running clocks of open cases at or past their warning date, what rings first, then the most overdue:
    {case_id, number, summary, holder, kind, start_date, due_date, warn_date, provisional, late_from, alarm_at, overdue, rings}.
    A lapsed right to apply for confirmation is no alarm. `now`: the instant (ms), None the end of `today`."""
    names = ("case_id", "number", "summary", "holder", "kind", "start_date", "due_date", "warn_date", "provisional",
             "late_from", "alarm_at")
    sql = (
        "SELECT d.case_id, c.number, c.summary, c.holder, d.kind, d.start_date, d.due_date, d.warn_date, d.provisional,"
        " d.late_from, d.alarm_at"
        " FROM deadlines d JOIN cases c USING (case_id) WHERE d.stopped IS NULL AND d.warn_date <= ?"
        f" AND NOT (d.kind = 'confirmation' AND d.due_date < ?)"
        f" AND (c.state NOT IN ({_ENDED}) OR c.state = 'transferred' OR d.kind IN ('visit', 'supervision_reply'))"
    )
    values: list[Any] = [today, today]
    if offices is not None:
        sql += f" AND c.holder IN ({', '.join('?' * len(offices))})"
        values += offices
    rows = db.execute(sql + f" ORDER BY NOT {alarm.RINGS.replace('alarm_at', 'd.alarm_at')}, d.due_date, d.case_id, d.kind",
                      [*values, instant(today, now)])
    return [{**dict(zip(names, row, strict=True)), "overdue": row[9] <= today, "rings": alarm.rings(row[10], today, now)}
            for row in rows]


def mediator_loads(db: sqlite3.Connection) -> dict[str, int]:
    """Open cases by mediator (by handler where no mediator is named)."""
    rows = db.execute(
        "SELECT m.value, count(*) FROM cases c, json_each(c.json, '$.mediators') m"
        f" WHERE c.state NOT IN ({_ENDED}) GROUP BY m.value")
    return dict(rows.fetchall())


def counts(db: sqlite3.Connection, today: str, now: int | None = None) -> Mapping[str, int]:
    """{open, ended, overdue (what rings included), warning, red, orange, pending, review, incomplete}."""
    row = db.execute(
        f"SELECT sum(NOT e), sum(e), sum(NOT e AND coalesce(l, 0)), sum(NOT e AND NOT l AND warn_date <= ?),"
        " sum(NOT e AND risk = 4), sum(NOT e AND risk = 3), sum(NOT e AND pending_to IS NOT NULL),"
        " sum(needs_review), sum(incomplete > 0)"
        f" FROM (SELECT *, state IN ({_ENDED}) AS e, {alarm.OVERDUE} OR {alarm.RINGS} AS l FROM cases)",
        (today, today, instant(today, now)),
    ).fetchone()
    names = ("open", "ended", "overdue", "warning", "red", "orange", "pending", "review", "incomplete")
    return {name: int(value or 0) for name, value in zip(names, row, strict=True)}
