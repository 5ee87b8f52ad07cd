"""Questions of the desk about cases to the tables of this service point (`village_node.point.tables`).

SQL of cases lives here and nowhere else in this program. Columns are those of `shared.disputes.tables.read_model`. Must not
know: labels, policy, delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.case.state import ENDED
from shared.disputes.rules.county import CountyRules, county_rules
from shared.disputes.tables import alarm
from shared.disputes.tables import cases as queries
from shared.ledger.formats.ids import printed_numbers
from shared.ledger.published.office_periods import names_ever
from village_node.point.node import Node

_ROW = (
    "case_id, number, file_no, state, category, source, summary, place, origin, holder, pending_to, pending_kind,"
    " registered_at, risk, due_date, due_kind, warn_date, provisional, incomplete, needs_review, party_names, updated_hlc,"
    " late_from, alarm_at"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """None or empty: no filter."""

    state: str | None = None
    held_by: str | None = None
    not_held_by: str | None = None
    open_only: bool = False
    alarm: str | None = None         # ok | warn | overdue (with what rings)
    text: str = ""
    ids: Sequence[str] | None = None


def rows(node: Node, wanted: Filter, today: str, now: int, *, limit: int, offset: int) -> list[dict[str, Any]]:
    """The most urgent first: open before ended, then by due date, then the newest."""
    where, values = _where(wanted, today, now)
    sql = (
        f"SELECT {_ROW} FROM cases {where} ORDER BY state IN ({_marks(ENDED)}), coalesce(due_date, '') = '', due_date,"
        " registered_at DESC, case_id LIMIT ? OFFSET ?"
    )
    with node.tables.reader() as db:
        found = db.execute(sql, [*values, *ENDED, limit, offset]).fetchall()
    names = [name.strip() for name in _ROW.split(",")]
    return [dict(zip(names, row, strict=True)) for row in found]


def find(node: Node, text: str) -> list[str]:
    """Case ids for an id or a number, whole or the end of one (`001-0012-7`)."""
    directory = node.directory
    printed = printed_numbers(text, ((o.id, names_ever(directory, o.id)) for o in directory.offices()))
    with node.tables.reader() as db:
        if printed is not None:     # names repeat within a county: the caller is told when several cases bear the number
            marks = ", ".join("?" * len(printed))
            return [row[0] for row in db.execute(f"SELECT case_id FROM cases WHERE number IN ({marks}) LIMIT 3", printed)]
        exact = db.execute("SELECT case_id FROM cases WHERE case_id = ? OR number = ?", (text, text)).fetchall()
        if exact or len(text) < 4:
            return [row[0] for row in exact]
        like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return [row[0] for row in db.execute(
            "SELECT case_id FROM cases WHERE number LIKE ? ESCAPE '\\' OR file_no = ? LIMIT 3", (like, text)
        )]


def count(node: Node) -> int:
    with node.tables.reader() as db:
        return int(db.execute("SELECT count(*) FROM cases").fetchone()[0])


def alarms(node: Node, today: str, now: int | None) -> list[dict[str, Any]]:
    """Running clocks at or past their warning date, the most overdue first (`queries.alarms`)."""
    with node.tables.reader() as db:
        return queries.alarms(db, today, now=now)


def cases_with_file(node: Node, sha256: str) -> list[str]:
    with node.tables.reader() as db:
        return [row[0] for row in db.execute(
            "SELECT DISTINCT case_id FROM events WHERE instr(json, ?) > 0", (f'"{sha256}"',)
        )]


def written_since(node: Node, seq: int, kind: str, actor: str, case: str = "") -> bool:
    """Has this device written such a record (of the case, where one is named) after its number `seq`?"""
    sql = "SELECT 1 FROM events WHERE device = ? AND device_seq > ? AND kind = ? AND actor = ?"
    values = [node.config.device, seq, kind, actor, *([case] if case else [])]
    with node.tables.reader() as db:
        return db.execute(sql + (" AND case_id = ?" if case else "") + " LIMIT 1", values).fetchone() is not None


def rules(node: Node) -> CountyRules:
    """The county's clocks and calendars as they are now."""
    return county_rules(node.directory)


def _marks(values: Sequence[Any] | frozenset[Any]) -> str:
    return ", ".join("?" * len(values))


def _where(wanted: Filter, today: str, now: int) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []

    def add(sql: str, *more: Any) -> None:
        parts.append(sql)
        values.extend(more)

    if wanted.state:
        add("state = ?", wanted.state)
    if wanted.held_by:
        add("holder = ?", wanted.held_by)
    if wanted.not_held_by:
        add("holder <> ?", wanted.not_held_by)
    if wanted.open_only:
        add(f"state NOT IN ({_marks(ENDED)})", *ENDED)
    if wanted.alarm == "overdue":
        add(f"({alarm.OVERDUE} OR {alarm.RINGS}) AND state NOT IN ({_marks(ENDED)})", today, now, *ENDED)
    elif wanted.alarm == "warn":
        add(f"NOT {alarm.OVERDUE} AND NOT {alarm.RINGS} AND warn_date <= ? AND state NOT IN ({_marks(ENDED)})",
            today, now, today, *ENDED)
    elif wanted.alarm == "ok":
        add("(coalesce(due_date, '') = '' OR warn_date > ?)", today)
    if wanted.ids is not None:
        add(f"case_id IN ({_marks(wanted.ids)})", *wanted.ids)
    for phrase in queries.phrases(wanted.text):
        add("case_id IN (SELECT case_id FROM search WHERE search MATCH ?)", phrase)
    return ("WHERE " + " AND ".join(parts) if parts else ""), values
