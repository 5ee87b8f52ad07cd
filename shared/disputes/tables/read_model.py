"""The tables that screens and lists read: a cache folded from events, the same on node and hub (DESIGN.md
7).

Lives here: the tables and how documents change them. Only the cases that a batch touches are folded
again, from the rows of `events`; receipts mark what the hub refused. Questions are in
`read_model_queries`. It must not know where documents come from, nor what day it is: alarms are computed
from due and warning dates by whoever asks.

`events` holds the events of every aggregate (`case_id` is then the ULID of its subject); `events.refused` is
NULL or 1, reasons are in `refused_now`; `deadlines.stopped` is NULL while a clock runs, `late` is action | report | "";
clocks of other bodies' procedures are in the case alone;
`cases.due_date` is that of the running duty due first (the optional 30 days for judicial confirmation are
in `deadlines` alone).
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.disputes.case.state import CaseState
from shared.disputes.fold.fold import fold_case
from shared.disputes.rules.clocks import ClockRules, default_rules
from shared.disputes.rules.county import CountyRules
from shared.disputes.tables import calendar as read_model_calendar
from shared.disputes.tables import matters as read_model_more
from shared.disputes.tables import records as read_model_records
from shared.disputes.tables.rows import (
    PUT_EVENT,
    UPSERT_CASE,
    Row,
    aggregate_of,
    case_row,
    event_of,
    event_row,
    index_search,
    lateness,
    old_search,
)
from shared.ledger.formats.envelope import Event
from shared.ledger.published.refusals import TABLES as REFUSAL_TABLES
from shared.ledger.published.refusals import (
    Subject,
    any_refused,
    mark_refused,
    put_forged,
    put_notice,
    put_receipt,
    refusals_of,
    subject_of,
)
from shared.ledger.workdays import DEFAULT, Calendar

Doc = dict[str, Any]
log = logging.getLogger("shared.read_model")

VERSION = 6

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
        warn_date TEXT NOT NULL, provisional INTEGER NOT NULL, stopped TEXT, late TEXT NOT NULL, stop_event TEXT NOT NULL)""",
    "CREATE TABLE sealed (event_id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, subject TEXT NOT NULL, office TEXT NOT NULL,"
    " device TEXT NOT NULL)",
    "CREATE VIRTUAL TABLE search USING fts5(case_id UNINDEXED, words, tokenize='unicode61')",
    "CREATE INDEX events_case ON events (case_id)",
    "CREATE INDEX events_device ON events (device, device_seq)",
    "CREATE INDEX events_kind ON events (kind, legal_date)",
    "CREATE INDEX deadlines_case ON deadlines (case_id)",
    "CREATE INDEX deadlines_running ON deadlines (warn_date) WHERE stopped IS NULL",
    "CREATE INDEX cases_state ON cases (state, due_date)",
    "CREATE INDEX cases_holder ON cases (holder, state)",
    "CREATE INDEX cases_number ON cases (number)",
    *REFUSAL_TABLES,
    *read_model_records.TABLES,
    *read_model_calendar.TABLES,
)


class ReadModel:
    """The projection that `sync.projector` drives. `rules` and `calendar` are the county's, when it has
    its own; or `county` is asked before each batch. Its own numbers are part of the version: when they change the projector makes
    the tables anew. A new calendar touches few cases: `refresh` folds those again."""

    def __init__(self, *, rules: ClockRules | None = None, calendar: Calendar = DEFAULT,
                 county: Callable[[], CountyRules] | None = None, genuine: Callable[[Doc], bool] | None = None) -> None:
        """`genuine(doc)`: is this receipt or notice signed by the one it says? None: whoever fills the database has checked."""
        self._fixed = CountyRules(rules or default_rules(), calendar)
        self._county = county or (lambda: self._fixed)
        self._genuine = genuine or (lambda doc: True)

    @property
    def version(self) -> int:
        digest = self._county().digest
        return (VERSION << 32) + digest if digest else VERSION

    def create(self, db: sqlite3.Connection) -> None:
        for statement in TABLES:
            db.execute(statement)
        read_model_more.create(db)
        read_model_calendar.remember(db, self._county().documents)

    def refresh(self, db: sqlite3.Connection) -> int:
        """Fold again what another calendar touches, in the caller's transaction; how many cases and records that were. Costs one
        small look when nothing has changed."""
        documents = self._county().documents
        if read_model_calendar.is_current(db, documents):
            return 0
        found = read_model_calendar.touched(db, documents)
        for start in range(0, len(found), REFRESH_BATCH):
            self._fold_again(db, set(found[start:start + REFRESH_BATCH]), {})
        read_model_calendar.remember(db, documents)
        return len(found)

    def apply(self, db: sqlite3.Connection, docs: Sequence[Doc]) -> None:
        """Bring the tables up to date with these documents, in any order, repeated or not. Documents of
        other kinds (grants, chunks) are passed over."""
        touched: set[Subject] = set()
        fresh: dict[Subject, dict[str, Event]] = {}
        rows: list[Row] = []
        for doc in docs:
            name = str(doc.get("_id", ""))
            if name.startswith(("receipt:", "refused:", "released:")):
                touched |= self._published(db, name, doc)
            elif aggregate_of(name) is not None:
                subject = subject_of(name)
                touched.add(subject)
                if doc.get("_deleted"):
                    db.execute("DELETE FROM events WHERE id = ?", (name,))
                    db.execute("DELETE FROM sealed WHERE event_id = ?", (name,))
                    continue
                event = event_of(doc)
                if event is not None:
                    rows.append(event_row(event, doc))
                    fresh.setdefault(subject, {})[event.id] = event
        db.executemany(PUT_EVENT, rows)
        db.executemany("INSERT OR REPLACE INTO sealed VALUES (?, ?, ?, ?, ?)", [
            (e.id, e.sealed, e.subject, e.office, e.device) for found in fresh.values() for e in found.values() if e.sealed])
        mark_refused(db, touched)
        self._fold_again(db, touched, fresh)

    def _fold_again(self, db: sqlite3.Connection, touched: set[Subject], fresh: Mapping[Subject, Mapping[str, Event]]) -> None:
        self._refold(db, {s for s in touched if s[0] == "case"}, fresh)
        others = {s for s in touched if s[0] != "case"}
        if others:
            read_model_records.refold(db, others, fresh, self._county(), refused=any_refused(db))
        read_model_more.refold(db, touched, self._county())

    def _published(self, db: sqlite3.Connection, name: str, doc: Doc) -> set[Subject]:
        """What the hub says of events. What it did not sign is noted, and says nothing."""
        if doc.get("_deleted"):
            return set()
        if not self._genuine(doc):
            log.warning("%s is not signed by the one it names; it is ignored", name)
            if not name.startswith("receipt:"):     # delivery asks every receipt again, and a relay may only become known later
                put_forged(db, doc)
            return set()
        return put_receipt(db, doc) if name.startswith("receipt:") else put_notice(db, doc)

    def _refold(self, db: sqlite3.Connection, cases: set[Subject], fresh: Mapping[Subject, Mapping[str, Event]]) -> None:
        asked, ours = any_refused(db), self._county()
        old = old_search(db, sorted(ulid for _, ulid in cases))
        states: list[CaseState] = []
        rows, deadlines, empty = [], [], []
        for subject in sorted(cases):
            case = subject[1]
            found = dict(fresh.get(subject, {}))
            if case in old or not found:
                found = {**_stored(db, case), **found}
            if not found:
                empty.append((case,))
                continue
            refused, absent = refusals_of(db, subject) if asked else ({}, {})
            state = _folded(found, refused, ours, absent)
            if state is None:
                continue
            states.append(state)
            rows.append(case_row(state))
            deadlines += [
                (case, c.kind, c.start_date, c.due_date, c.warn_date, int(c.provisional), c.stopped, lateness(c), c.stop_event)
                for c in state.clocks if not c.outside
            ]
        if old:
            db.executemany("DELETE FROM deadlines WHERE case_id = ?", [(case,) for case in sorted(old)])
        db.executemany(UPSERT_CASE, rows)
        db.executemany("INSERT INTO deadlines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", deadlines)
        index_search(db, rows, old)
        read_model_more.put_cases(db, states, [case for (case,) in empty])
        if empty:
            db.executemany("DELETE FROM search WHERE rowid IN (SELECT rowid FROM cases WHERE case_id = ?)", empty)
            db.executemany("DELETE FROM cases WHERE case_id = ?", empty)


# Folded in one go while a new calendar is worked in: bounds the memory, not the transaction.
REFRESH_BATCH = 500


def _folded(found: Mapping[str, Event], refused: Mapping[str, str], ours: CountyRules,
            absent: Mapping[str, tuple[str, ...]]) -> CaseState | None:
    """The case. Where folding fails (a fault of ours, met by one record), the most that its first records give, marked
    incomplete: one case must not stop the tables of all others, here and in every office that holds it."""
    try:
        return fold_case(found.values(), refused, rules=ours.rules, calendar=ours.calendar, history=False, absent=absent)
    except Exception:
        events = sorted(found.values(), key=lambda event: event.id)
        log.exception("case %s cannot be folded whole", events[0].subject)
    for event in events:
        try:
            state = fold_case([event], rules=ours.rules, calendar=ours.calendar, history=False)
        except Exception:      # logged above
            continue
        return replace(state, incomplete=max(len(events) - 1, 1))
    return None


def _stored(db: sqlite3.Connection, subject: str) -> dict[str, Event]:
    rows = db.execute("SELECT json FROM events WHERE case_id = ?", (subject,))
    made = (event_of(json.loads(row[0])) for row in rows)
    return {event.id: event for event in made if event is not None}
