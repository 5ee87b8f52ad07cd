"""The tables that screens and lists read: a cache folded from events, the same on node and hub (DESIGN.md
7).

Lives here: the tables and how documents change them. Only the cases that a batch touches are folded
again, from the rows of `events`; receipts mark what the hub refused. Questions are in
`read_model_queries`. It must not know where documents come from, nor what day it is: alarms are computed
from due and warning dates by whoever asks.

`events.refused` is NULL or 1, reasons are in `refusals`; `deadlines.stopped` is NULL while a clock runs;
`cases.due_date` is that of the running duty due first (the optional 30 days for judicial confirmation are
in `deadlines` alone).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.calendar_cn import DEFAULT, Calendar
from shared.case import ENDED, CaseState
from shared.clocks import ClockRules
from shared.envelope import Event
from shared.fold import fold_case

Doc = dict[str, Any]

VERSION = 1

TABLES = (
    """CREATE TABLE cases (
        case_id TEXT PRIMARY KEY, number TEXT NOT NULL, file_no TEXT NOT NULL, state TEXT NOT NULL,
        category TEXT NOT NULL, source TEXT NOT NULL, summary TEXT NOT NULL, place TEXT NOT NULL,
        origin TEXT NOT NULL, holder TEXT NOT NULL, pending_to TEXT, pending_kind TEXT,
        registered_at INTEGER NOT NULL, risk INTEGER NOT NULL, due_date TEXT, due_kind TEXT, warn_date TEXT,
        provisional INTEGER NOT NULL, incomplete INTEGER NOT NULL, needs_review INTEGER NOT NULL,
        settled INTEGER NOT NULL, updated_hlc TEXT NOT NULL, last_actor_office TEXT NOT NULL,
        party_names TEXT NOT NULL, search TEXT NOT NULL, json TEXT NOT NULL)""",
    """CREATE TABLE events (
        id TEXT PRIMARY KEY, case_id TEXT NOT NULL, kind TEXT NOT NULL, office TEXT NOT NULL, actor TEXT
        NOT NULL, role TEXT NOT NULL, legal_date TEXT NOT NULL, device_time INTEGER NOT NULL, hlc TEXT NOT
        NULL, device TEXT NOT NULL, device_seq INTEGER NOT NULL, refused INTEGER, json TEXT NOT NULL)""",
    """CREATE TABLE deadlines (
        case_id TEXT NOT NULL, kind TEXT NOT NULL, start_date TEXT NOT NULL, due_date TEXT NOT NULL,
        warn_date TEXT NOT NULL, provisional INTEGER NOT NULL, stopped TEXT)""",
    "CREATE TABLE receipts (device TEXT NOT NULL, n INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (device, n))",
    "CREATE TABLE refusals (event_id TEXT PRIMARY KEY, device TEXT NOT NULL, reason TEXT NOT NULL)",
    "CREATE VIRTUAL TABLE search USING fts5(case_id UNINDEXED, words, tokenize='unicode61')",
    "CREATE INDEX events_case ON events (case_id)",
    "CREATE INDEX events_device ON events (device, device_seq)",
    "CREATE INDEX events_kind ON events (kind, legal_date)",
    "CREATE INDEX deadlines_case ON deadlines (case_id)",
    "CREATE INDEX deadlines_running ON deadlines (warn_date) WHERE stopped IS NULL",
    "CREATE INDEX cases_state ON cases (state, due_date)",
    "CREATE INDEX cases_holder ON cases (holder, state)",
    "CREATE INDEX cases_number ON cases (number)",
    "CREATE INDEX refusals_device ON refusals (device)",
)

_CASE_COLUMNS = (
    "case_id", "number", "file_no", "state", "category", "source", "summary", "place", "origin", "holder",
    "pending_to", "pending_kind", "registered_at", "risk", "due_date", "due_kind", "warn_date", "provisional",
    "incomplete", "needs_review", "settled", "updated_hlc", "last_actor_office", "party_names", "search", "json",
)
_UPSERT_CASE = (
    f"INSERT INTO cases ({', '.join(_CASE_COLUMNS)}) VALUES ({', '.join('?' * len(_CASE_COLUMNS))})"
    " ON CONFLICT (case_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _CASE_COLUMNS[1:])
)
_PUT_EVENT = f"INSERT OR REPLACE INTO events VALUES ({', '.join('?' * 13)})"


class ReadModel:
    """The projection that `sync.projector` drives. `rules` and `calendar` are the county's, when it has
    its own."""

    def __init__(self, *, rules: ClockRules | None = None, calendar: Calendar = DEFAULT) -> None:
        self._rules, self._calendar = rules, calendar

    @property
    def version(self) -> int:
        return VERSION

    def create(self, db: sqlite3.Connection) -> None:
        for statement in TABLES:
            db.execute(statement)

    def apply(self, db: sqlite3.Connection, docs: Sequence[Doc]) -> None:
        """Bring the tables up to date with these documents, in any order, repeated or not. Documents of
        other kinds (grants, other aggregates) are passed over."""
        touched: set[str] = set()
        fresh: dict[str, dict[str, Event]] = {}
        events, receipts = [], []
        for doc in docs:
            name = str(doc.get("_id", ""))
            if name.startswith("case:"):
                touched.add(name.split(":", 2)[1])
                if doc.get("_deleted"):
                    db.execute("DELETE FROM events WHERE id = ?", (name,))
                    continue
                event = _event(doc)
                if event is not None:
                    events.append(_event_row(event, doc))
                    fresh.setdefault(event.subject, {})[event.id] = event
            elif name.startswith("receipt:") and not doc.get("_deleted"):
                receipts.append(doc)
        db.executemany(_PUT_EVENT, events)
        for doc in receipts:
            touched |= _receipt(db, doc)
        before = _known(db, touched)
        _mark_refused(db, touched)
        self._refold(db, touched, fresh, before)

    def _refold(self, db: sqlite3.Connection, cases: set[str], fresh: Mapping[str, Mapping[str, Event]],
                before: set[str]) -> None:
        refused = _refusals(db)
        cases_rows, deadline_rows, empty = [], [], []
        for case in sorted(cases):
            found = dict(fresh.get(case, {}))
            if case in before or case not in fresh:
                found = {**_stored(db, case), **found}
            if not found:
                empty.append((case,))
                continue
            state = fold_case(found.values(), {k: v for k, v in refused.items() if k in found} if refused else {},
                              rules=self._rules, calendar=self._calendar, history=False)
            cases_rows.append(_case_row(state))
            deadline_rows += [
                (case, c.kind, c.start_date, c.due_date, c.warn_date, int(c.provisional), c.stopped)
                for c in state.clocks
            ]
        old = _old_search(db, [row[0] for row in cases_rows], before)
        db.executemany("DELETE FROM deadlines WHERE case_id = ?", [(case,) for case in sorted(cases)])
        db.executemany(_UPSERT_CASE, cases_rows)
        db.executemany("INSERT INTO deadlines VALUES (?, ?, ?, ?, ?, ?, ?)", deadline_rows)
        _index(db, cases_rows, old)
        if empty:
            db.executemany("DELETE FROM search WHERE rowid IN (SELECT rowid FROM cases WHERE case_id = ?)", empty)
            db.executemany("DELETE FROM cases WHERE case_id = ?", empty)


# --- events
# ---------------------------------------------------------------------------------------------------


def _event(doc: Mapping[str, Any]) -> Event | None:
    """The event of a document that was checked when it came in; None if it is no event after all."""
    try:
        return Event(
            id=doc["_id"], rev=doc["_rev"], kind=doc["kind"], schema=doc["schema"], alg=doc["alg"], app=doc["app"],
            aggregate="case", subject=doc["case"], office=doc["office"], actor=doc["actor"], role=doc["role"],
            custody_epoch=doc["custody_epoch"], device=doc["device"], device_seq=doc["device_seq"],
            prev=doc["prev"], after=tuple(doc["after"]), directory=(doc["directory"][0], doc["directory"][1]),
            hlc=doc["hlc"], device_time=doc["device_time"], clock_offset_ms=doc["clock_offset_ms"],
            legal_date=doc["legal_date"], body=doc["body"], sig=doc["sig"],
        )
    except (KeyError, TypeError, IndexError):
        return None


def _event_row(e: Event, doc: Mapping[str, Any]) -> tuple[Any, ...]:
    return (e.id, e.subject, e.kind, e.office, e.actor, e.role, e.legal_date, e.device_time, e.hlc, e.device,
            e.device_seq, None, json.dumps(doc, ensure_ascii=False, separators=(",", ":")))


def _known(db: sqlite3.Connection, cases: Iterable[str]) -> set[str]:
    """Which of these cases have rows already."""
    found: set[str] = set()
    wanted = list(cases)
    for start in range(0, len(wanted), 500):
        part = wanted[start:start + 500]
        marks = ", ".join("?" * len(part))
        found.update(row[0] for row in db.execute(f"SELECT case_id FROM cases WHERE case_id IN ({marks})", part))
    return found


def _stored(db: sqlite3.Connection, case: str) -> dict[str, Event]:
    rows = db.execute("SELECT json FROM events WHERE case_id = ?", (case,))
    made = (_event(json.loads(row[0])) for row in rows)
    return {event.id: event for event in made if event is not None}


# --- receipts
# -------------------------------------------------------------------------------------------------


def _receipt(db: sqlite3.Connection, doc: Mapping[str, Any]) -> set[str]:
    """Store a receipt; the newest of a device says which of its events are refused now. Returns the cases
    concerned."""
    device, n, refused = doc.get("device"), doc.get("n"), doc.get("refused")
    if not isinstance(device, str) or not isinstance(n, int) or not isinstance(refused, dict):
        return set()
    db.execute("INSERT OR REPLACE INTO receipts VALUES (?, ?, ?)", (device, n, json.dumps(doc, ensure_ascii=False)))
    (newest,) = db.execute("SELECT max(n) FROM receipts WHERE device = ?", (device,)).fetchone()
    if n < newest:
        return set()
    old = dict(db.execute("SELECT event_id, reason FROM refusals WHERE device = ?", (device,)))
    if old == refused:
        return set()
    db.execute("DELETE FROM refusals WHERE device = ?", (device,))
    db.executemany("INSERT OR REPLACE INTO refusals VALUES (?, ?, ?)",
                   [(event, device, str(reason)) for event, reason in refused.items()])
    return {event.split(":", 2)[1] for event in {*old, *refused} if event.startswith("case:")}


def _refusals(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT event_id, reason FROM refusals"))


def _mark_refused(db: sqlite3.Connection, cases: set[str]) -> None:
    if db.execute("SELECT 1 FROM refusals LIMIT 1").fetchone() is None and \
            db.execute("SELECT 1 FROM receipts LIMIT 1").fetchone() is None:
        return
    db.executemany(
        "UPDATE events SET refused = CASE WHEN id IN (SELECT event_id FROM refusals) THEN 1 END"
        " WHERE case_id = ? AND coalesce(refused, 0) <> (id IN (SELECT event_id FROM refusals))",
        [(case,) for case in sorted(cases)],
    )


# --- rows
# -----------------------------------------------------------------------------------------------------


def _case_row(s: CaseState) -> tuple[Any, ...]:
    duties = [c for c in s.clocks if c.stopped is None and c.kind != "confirmation"]
    due = min(duties, key=lambda c: (c.due_date, c.kind)) if duties else None
    pending = s.custody.pending
    names = "、".join(p.name for p in s.parties)
    words = " ".join(filter(None, (
        s.number, s.file_no, s.summary, names, s.place.text, *(p.phone for p in s.parties), *s.aliases,
    )))
    more = {"outcome": s.outcome, "difficulty": s.difficulty, "mediation_type": s.mediation_type,
            "accepted_on": s.accepted_on, "closed_on": s.closed_on, "registered_on": s.registered_on,
            "subcategory": s.subcategory, "entrusting_body": s.entrusting_body, "merged_into": s.merged_into,
            "findings": [f.code for f in s.findings if not f.resolved]}
    return (
        s.id, s.number, s.file_no, s.state, s.category, s.source, s.summary, s.place.office, s.origin, s.holder,
        pending.to_office if pending else None, pending.kind if pending else None, s.registered_at, s.risk.level,
        due.due_date if due else None, due.kind if due else None, due.warn_date if due else None,
        int(due.provisional) if due else 0, s.incomplete, int(s.needs_review), int(s.state in ENDED),
        s.updated_hlc, s.last_actor_office, names, words, json.dumps(more, ensure_ascii=False),
    )


def spaced(text: str) -> str:
    """Characters set apart by spaces, lower case: what FTS5 indexes, so that a phrase finds any
    substring."""
    return " ".join(text.lower())


def _old_search(db: sqlite3.Connection, cases: Sequence[str], before: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    wanted = [case for case in cases if case in before]
    for start in range(0, len(wanted), 500):
        part = wanted[start:start + 500]
        marks = ", ".join("?" * len(part))
        found.update(db.execute(f"SELECT case_id, search FROM cases WHERE case_id IN ({marks})", part))
    return found


def _index(db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]], old: Mapping[str, str]) -> None:
    """Full-text rows of cases whose words changed; the rowid is that of the case."""
    changed = [(row[0], spaced(row[-2])) for row in rows if old.get(row[0]) != row[-2]]
    db.executemany("DELETE FROM search WHERE rowid = (SELECT rowid FROM cases WHERE case_id = ?)",
                   [(case,) for case, _ in changed if case in old])
    db.executemany("INSERT INTO search (rowid, case_id, words)"
                   " SELECT rowid, case_id, ? FROM cases WHERE case_id = ?", [(words, case) for case, words in changed])
