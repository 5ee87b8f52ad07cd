"""Questions of the desk about cases to the tables of this service point (`village_node.point.tables`).

SQL of cases lives here and nowhere else in this program. Columns are those of `shared.disputes.tables.read_model`. Must not
know: labels, policy, delivery.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.rules.county import CountyRules, county_rules
from shared.disputes.tables import alarm
from shared.disputes.tables import cases as queries
from shared.ledger import codes
from shared.ledger.formats.ids import printed_numbers
from shared.ledger.published.office_periods import names_ever
from village_node.point.node import Node

_ROW = (
    "case_id, number, file_no, state, category, source, summary, place, origin, holder, pending_to, pending_kind,"
    " registered_on, risk, due_date, due_kind, warn_date, provisional, incomplete, needs_review, party_names, updated_hlc,"
    " late_from, alarm_at, json_extract(json, '$.place_text') AS place_text, json_extract(json, '$.waits_for') AS waits_for"
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
    asks: str = ""                   # office of which the case asks something (`shared.disputes.tables.attention`)


@dataclass(frozen=True, slots=True)
class Asked:
    """A row of `attention`."""

    kind: str
    office: str
    by: str
    reason: str
    due: str


def rows(node: Node, wanted: Filter, today: str, now: int, *, limit: int, offset: int) -> list[dict[str, Any]]:
    """The most urgent first: open before ended, then by due date, then the newest."""
    where, values = _where(node, wanted, today, now)
    sql = (
        f"SELECT {_ROW} FROM cases {where} ORDER BY settled, due_date IS NULL, due_date, registered_at DESC, case_id"
        " LIMIT ? OFFSET ?"
    )
    with node.tables.reader() as db:
        cursor = db.execute(sql, [*values, limit, offset])
        names, found = [column[0] for column in cursor.description], cursor.fetchall()
    return [dict(zip(names, row, strict=True)) for row in found]


def total(node: Node, wanted: Filter, today: str, now: int) -> int:
    """How many rows there are in all."""
    where, values = _where(node, wanted, today, now)
    with node.tables.reader() as db:
        return int(db.execute(f"SELECT count(*) FROM cases {where}", values).fetchone()[0])


def asked(node: Node, cases: Sequence[str]) -> dict[str, list[Asked]]:
    """What these cases ask, of any office."""
    found: dict[str, list[Asked]] = {}
    with node.tables.reader() as db:
        for case, kind, office, by, reason, due in db.execute(
                f"SELECT case_id, kind, office, by, reason, due FROM attention WHERE case_id IN ({_marks(cases)})", list(cases)):
            found.setdefault(case, []).append(Asked(kind, office, by, reason, due or ""))
    return found


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


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


# alarm -> (SQL, which of "today" and "now" each of its marks is)
_ALARMS = {
    "overdue": (f"settled = 0 AND ({alarm.OVERDUE} OR {alarm.RINGS})", ("today", "now")),
    "warn": (f"settled = 0 AND NOT {alarm.OVERDUE} AND NOT {alarm.RINGS} AND warn_date <= ?", ("today", "now", "today")),
    "ok": ("coalesce(due_date, '') = '' OR warn_date > ?", ("today",)),
}
_PRINTED_PART = re.compile(r"([^〔\[(（]+)[〔\[(（](\d{0,4})[〕\])）]?([-\d]*)")


def _where(node: Node, wanted: Filter, today: str, now: int) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []

    def add(sql: str, *more: Any) -> None:
        parts.append(f"({sql})")
        values.extend(more)

    if wanted.state:
        add("state = ?", wanted.state)
    if wanted.held_by:
        add("holder = ?", wanted.held_by)
    if wanted.not_held_by:
        add("holder <> ?", wanted.not_held_by)
    if wanted.open_only:
        add("settled = 0")
    if wanted.alarm in _ALARMS:
        sql, days = _ALARMS[wanted.alarm]
        add(sql, *(now if day == "now" else today for day in days))
    if wanted.ids is not None:
        add("case_id IN (SELECT value FROM json_each(?))", json.dumps(list(wanted.ids)))
    if wanted.asks:
        add("case_id IN (SELECT case_id FROM attention WHERE office = ?)", wanted.asks)
    for word in wanted.text.split()[:8]:
        if phrases := queries.phrases(word):
            sql, more = _word(node, word, phrases[0])
            add(sql, *more)
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def _word(node: Node, word: str, phrase: str) -> tuple[str, list[Any]]:
    """One typed word: a part of what is indexed (names, words, telephone, pinyin initials), of the name of a category or of the
    place's office, or the beginning of a number as it is printed."""
    sql, values = "rowid IN (SELECT rowid FROM search WHERE search MATCH ?)", [phrase]
    categories = [code for code, name in codes.names("category").items() if word in name]
    kinds = [code for code, name in codes.names("subcategory").items() if word in name]
    directory = node.directory
    places = [o.id for o in directory.offices() if any(word in name for name in names_ever(directory, o.id))]
    for column, found in (("category", categories), ("json_extract(json, '$.subcategory')", kinds), ("place", places)):
        if found:
            sql += f" OR {column} IN ({_marks(found)})"
            values += found
    if printed := _PRINTED_PART.fullmatch(word):        # 旧地村〔2026〕001-0005 as far as it is typed
        name, year, rest = printed.groups()
        for office in (o.id for o in directory.offices() if name in names_ever(directory, o.id)):
            sql += " OR number GLOB ?"
            values.append(f"{office}-{year}{'-' if rest else ''}{rest}*")
    return sql, values
