"""Rows of the read model's tables: from a folded case to `cases` and `search`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from shared.disputes.case.state import ENDED, CaseState, Clock
from shared.ledger import pinyin
from shared.ledger.days import later
from shared.ledger.entry import folded
from shared.ledger.tables import Row

CASE_COLUMNS = (
    "case_id", "number", "file_no", "state", "category", "source", "summary", "place", "origin", "holder",
    "pending_to", "pending_kind", "registered_at", "registered_on", "risk", "due_date", "due_kind", "warn_date", "provisional",
    "incomplete", "needs_review", "settled", "updated_hlc", "last_actor_office", "party_names", "search", "json",
    "late_from", "alarm_at", "subcategory", "outcome", "closed_on",
)
INSERT_CASE = f"INSERT INTO cases ({', '.join(CASE_COLUMNS)}) VALUES ({', '.join('?' * len(CASE_COLUMNS))})"
_DUMP = json.JSONEncoder(ensure_ascii=False).encode
_SEARCH = CASE_COLUMNS.index("search")


def late_from(c: Clock) -> str:
    """The first day on which the clock is missed."""
    return c.late_from or later(c.due_date, 1)


def first_alarm(clocks: Iterable[Clock]) -> int:
    """The earliest alarm within the day of these clocks, ms since 1970; 0 where there is none."""
    return min((c.alarm_at for c in clocks if c.alarm_at), default=0)


def lateness(c: Clock) -> str:
    """action: done late; report: done in time and written down late; "" neither (DOMAIN.md 7.5)."""
    return "action" if c.late else "report" if c.late_report else ""


def case_row(s: CaseState) -> Row:
    duties = [c for c in s.clocks if c.stopped is None and c.kind != "confirmation" and not c.outside]
    due = min(duties, key=lambda c: (c.due_date, c.kind)) if duties else None
    pending = s.custody.pending
    names = "、".join(p.name for p in s.parties)
    # of a party whose data is restricted (PIPL Art 47) nothing but the name is searched
    words = " ".join(filter(None, (
        s.number, s.file_no, s.summary, names, s.place.text, *(p.phone for p in s.parties if not p.restricted), *s.aliases,
        *(other.number for other in s.particulars.elsewhere),
        *pinyin.of_names(p.name for p in s.parties), pinyin.initials(s.place.text), pinyin.initials(s.summary),
    )))
    more = {"outcome": s.outcome, "difficulty": s.difficulty, "mediation_type": s.mediation_type,
            "accepted_on": s.accepted_on, "closed_on": s.closed_on, "registered_on": s.registered_on,
            "subcategory": s.subcategory, "entrusting_body": s.entrusting_body, "merged_into": s.merged_into,
            "place_text": s.place.text, "confidentiality": s.confidentiality, "waits_for": waits_for(s),
            "mediators": list(s.mediators or s.handlers), "not_duplicates": list(s.not_duplicates),
            "findings": [f.code for f in s.findings if not f.resolved]}
    return (
        s.id, s.number, s.file_no, s.state, s.category, s.source, s.summary, s.place.office, s.origin, s.holder,
        pending.to_office if pending else None, pending.kind if pending else None, s.registered_at, s.registered_on,
        s.risk.level,
        due.due_date if due else None, due.kind if due else None, due.warn_date if due else None,
        int(due.provisional) if due else 0, s.incomplete, int(s.needs_review), int(s.state in ENDED),
        s.updated_hlc, s.last_actor_office, names, words, _DUMP(more),
        min(map(late_from, duties), default=None), first_alarm(duties), s.subcategory, s.outcome, s.closed_on,
    )


def waits_for(s: CaseState) -> str:
    """What an agreement that is not in force lacks: sign | seal | ""."""
    if s.state != "agreed" or s.agreement is None:
        return ""
    return "seal" if s.agreement.parties_signed_on and s.agreement.mediator_signed_on else "sign"


def spaced(text: str) -> str:
    """The folded characters set apart by spaces: what FTS5 indexes, so that a phrase finds any substring. Words stay apart."""
    return " ".join(" ".join(folded(word)) for word in text.split())


def deadline_rows(s: CaseState) -> list[Row]:
    return [(s.id, c.kind, c.start_date, c.due_date, c.warn_date, int(c.provisional), c.stopped, lateness(c), c.stop_event,
             late_from(c), c.alarm_at) for c in s.clocks if not c.outside]


def old_rows(db: sqlite3.Connection, cases: Sequence[str]) -> dict[str, Row]:
    """The rows that these cases have in `cases`."""
    found: dict[str, Row] = {}
    for start in range(0, len(cases), 500):
        part = cases[start:start + 500]
        marks = ", ".join("?" * len(part))
        rows = db.execute(f"SELECT {', '.join(CASE_COLUMNS)} FROM cases WHERE case_id IN ({marks})", part)
        found.update((row[0], row) for row in rows)
    return found


def index_search(db: sqlite3.Connection, rows: Sequence[Row], old: Mapping[str, Row]) -> None:
    """Full-text rows of cases whose words changed; the rowid is that of the case. `old`: the rows that they had."""
    changed = [(row[0], spaced(row[_SEARCH])) for row in rows if row[0] not in old or old[row[0]][_SEARCH] != row[_SEARCH]]
    if not changed:
        return
    db.executemany("DELETE FROM search WHERE rowid = (SELECT rowid FROM cases WHERE case_id = ?)",
                   [(case,) for case, _ in changed if case in old])
    db.executemany("INSERT INTO search (rowid, case_id, words)"
                   " SELECT rowid, case_id, ? FROM cases WHERE case_id = ?", [(words, case) for case, words in changed])
