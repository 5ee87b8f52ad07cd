"""The tables that screens and lists read: a cache folded from events, the same on node and hub (DESIGN.md
7).

Lives here: the tables of cases and records, on those of `shared.ledger.tables`. Only the cases that a batch
touches are folded again, from the rows of `events`. Questions are in `cases`. It must not
know where documents come from, nor what day it is: alarms are computed from due and warning dates by whoever asks.

`events` holds the events of every aggregate (`case_id` is then the ULID of its subject); `events.refused` is
NULL or 1, reasons are in `refused_now`; `deadlines.stopped` is NULL while a clock runs, `late` is action | report | "";
clocks of other bodies' procedures are in the case alone; `late_from` is the first day on which a clock is missed, `alarm_at` the
instant of an alarm within the day (0: none), in `cases` the earliest of its running duties;
`cases.due_date` is that of the running duty due first (the optional 30 days for judicial confirmation are
in `deadlines` alone).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from shared.disputes.case.state import CaseState
from shared.disputes.fold.faults import CODE
from shared.disputes.fold.fold import fold_case
from shared.disputes.fold.kept import Drafts
from shared.disputes.rules.clocks import ClockRules, default_rules
from shared.disputes.rules.county import CountyRules
from shared.disputes.tables import attention, beside, case_facts, counted, feed, held, meetings, pairs, tallied
from shared.disputes.tables import calendar as read_model_calendar
from shared.disputes.tables import offices as read_model_offices
from shared.disputes.tables.changed import put_row, put_rows
from shared.disputes.tables.rows import CASE_COLUMNS, INSERT_CASE, case_row, deadline_rows, index_search, old_rows
from shared.ledger.formats.envelope import Event
from shared.ledger.published.edges import Signers
from shared.ledger.published.refusals import Subject, any_refused, refusals_of
from shared.ledger.tables import EventTables, Fresh, Genuine, Row, put_fault, stored_events, stored_ids
from shared.ledger.texts import t
from shared.ledger.workdays import DEFAULT, Calendar

log = logging.getLogger("shared.read_model")

VERSION = 29

TABLES = (
    """CREATE TABLE cases (
        case_id TEXT PRIMARY KEY, number TEXT NOT NULL, file_no TEXT NOT NULL, state TEXT NOT NULL,
        category TEXT NOT NULL, source TEXT NOT NULL, summary TEXT NOT NULL, place TEXT NOT NULL,
        origin TEXT NOT NULL, holder TEXT NOT NULL, pending_to TEXT, pending_kind TEXT,
        registered_at INTEGER NOT NULL, registered_on TEXT NOT NULL, risk INTEGER NOT NULL,
        due_date TEXT, due_kind TEXT, warn_date TEXT,
        provisional INTEGER NOT NULL, incomplete INTEGER NOT NULL, needs_review INTEGER NOT NULL,
        settled INTEGER NOT NULL, updated_hlc TEXT NOT NULL, last_actor_office TEXT NOT NULL,
        party_names TEXT NOT NULL, search TEXT NOT NULL, json TEXT NOT NULL, late_from TEXT, alarm_at INTEGER NOT NULL,
        subcategory TEXT NOT NULL, outcome TEXT NOT NULL, closed_on TEXT)""",
    """CREATE TABLE deadlines (
        case_id TEXT NOT NULL, kind TEXT NOT NULL, start_date TEXT NOT NULL, due_date TEXT NOT NULL,
        warn_date TEXT NOT NULL, provisional INTEGER NOT NULL, stopped TEXT, late TEXT NOT NULL, stop_event TEXT NOT NULL,
        late_from TEXT NOT NULL, alarm_at INTEGER NOT NULL)""",
    "CREATE VIRTUAL TABLE search USING fts5(case_id UNINDEXED, words, tokenize='unicode61')",
    "CREATE INDEX deadlines_case ON deadlines (case_id)",
    "CREATE INDEX deadlines_running ON deadlines (warn_date, kind, due_date, case_id, alarm_at) WHERE stopped IS NULL",
    "CREATE INDEX deadlines_asked ON deadlines (kind, case_id, due_date) WHERE stopped IS NULL",
    "CREATE INDEX deadlines_due ON deadlines (kind, due_date)",
    "CREATE INDEX cases_state ON cases (state, due_date, registered_at)",
    "CREATE INDEX cases_holder ON cases (holder, state)",
    # The order of every list: open ones first, what is due first, then the newest. Behind it all that a list is filtered and
    # an overview counted by, so that both walk this index alone: a row of `cases` is ten times as wide.
    "CREATE INDEX cases_listed ON cases (settled, due_date IS NULL, due_date, registered_at DESC, case_id, state, category,"
    " subcategory, holder, pending_to, risk, source, registered_on, place, origin, late_from, warn_date, alarm_at, needs_review,"
    " outcome, closed_on)",
    "CREATE INDEX cases_number ON cases (number)",
    "CREATE INDEX cases_of ON cases (case_id, state, holder)",
    # what came when, counted by place and category in the index alone
    "CREATE INDEX cases_registered ON cases (registered_on, place, origin, category)",
    # the numbers of the overview: what needs a person is rare
    "CREATE INDEX cases_review ON cases (needs_review) WHERE needs_review = 1",
    "CREATE INDEX cases_incomplete ON cases (incomplete) WHERE incomplete > 0",
    *case_facts.TABLES,
    *counted.TABLES,
    *tallied.TABLES,
    *held.TABLES,
    *beside.TABLES,
    *attention.TABLES,
    *feed.TABLES,
    *meetings.TABLES,
    *read_model_calendar.TABLES,
    *read_model_offices.TABLES,
)


class ReadModel(EventTables):
    """The projection that `sync.projector` drives. `rules` and `calendar` are the county's, when it has
    its own; or `county` is asked before each batch. Its own numbers are part of the version: when they change the projector makes
    the tables anew. A new calendar or an office that moves touches few cases: `refresh` folds those again."""

    def __init__(self, *, rules: ClockRules | None = None, calendar: Calendar = DEFAULT,
                 county: Callable[[], CountyRules] | None = None, genuine: Genuine | None = None,
                 signers: Signers | None = None) -> None:
        """`genuine` and `signers` as of `EventTables`."""
        super().__init__(genuine, signers)
        self._fixed = CountyRules(rules or default_rules(), calendar)
        self._county = county or (lambda: self._fixed)
        self._drafts = Drafts()

    @property
    def version(self) -> int:
        digest = self._county().digest
        return (VERSION << 32) + digest if digest else VERSION

    def create(self, db: sqlite3.Connection) -> None:
        super().create(db)
        for statement in TABLES:
            db.execute(statement)
        ours = self._county()
        read_model_calendar.remember(db, ours.documents)
        read_model_offices.remember(db, ours.rules.lineage)

    def is_refreshed(self, db: sqlite3.Connection) -> bool:
        """Are the rows made by today's edges, calendar and line of offices? Writes nothing."""
        ours = self._county()
        return (super().is_refreshed(db) and read_model_calendar.is_current(db, ours.documents)
                and read_model_offices.is_current(db, ours.rules.lineage))

    def refresh(self, db: sqlite3.Connection) -> int:
        """Fold again what other edges, another calendar or another line of offices touch, in the caller's transaction; how many
        cases and records that were. Costs a small look when nothing has changed."""
        said = super().refresh(db)
        ours = self._county()
        documents, lineage = ours.documents, ours.rules.lineage
        found: list[Subject] = []
        if not read_model_calendar.is_current(db, documents):
            found = read_model_calendar.touched(db, documents)
        if not read_model_offices.is_current(db, lineage):
            found = list(dict.fromkeys([*found, *read_model_offices.touched(db, lineage)]))
        for start in range(0, len(found), REFRESH_BATCH):
            self.more(db, set(found[start:start + REFRESH_BATCH]), {})
        read_model_calendar.remember(db, documents)
        read_model_offices.remember(db, lineage)
        return said + len(found)

    def more(self, db: sqlite3.Connection, touched: set[Subject], fresh: Fresh) -> None:
        self._refold(db, {s for s in touched if s[0] == "case"}, fresh)
        beside.refold(db, touched, fresh, self._county())

    def _refold(self, db: sqlite3.Connection, cases: set[Subject], fresh: Fresh) -> None:
        if not cases:
            return
        asked, ours, keep = any_refused(db), self._county(), len(cases) <= KEPT_BATCH
        old = old_rows(db, sorted(ulid for _, ulid in cases))
        states: list[CaseState] = []
        empty: list[str] = []
        for subject in sorted(cases):
            case, new = subject[1], fresh.get(subject, {})
            ids = stored_ids(db, case) if case in old or not new else new.keys()
            if not ids:
                empty.append(case)
                self._drafts.drop(case)
                continue
            refused, absent = refusals_of(db, subject) if asked else ({}, {})
            state = None if refused else self._drafts.grown(case, ids, new, ours)
            if state is None:
                found = {**stored_events(db, case), **new} if len(ids) > len(new) else new
                state = self._folded(found, refused, ours, absent, keep=keep)
            put_fault(db, subject, _fault_of(state))
            if state is not None:
                states.append(state)
        self._put(db, states, empty, old)

    def _put(self, db: sqlite3.Connection, states: Sequence[CaseState], empty: Sequence[str], old: Mapping[str, Row]) -> None:
        """The rows of these cases; those of the `empty` ones go."""
        rows = [case_row(state) for state in states]
        db.executemany(INSERT_CASE, [row for row in rows if row[0] not in old])
        for row in rows:
            if row[0] in old:
                put_row(db, "cases", CASE_COLUMNS, row, old[row[0]])
        index_search(db, rows, old)
        none: dict[str, list[Row]] = {case: [] for case in empty}
        clocks = {state.id: deadline_rows(state) for state in states} | none
        clocks_were = put_rows(db, "deadlines", clocks, old)
        put_rows(db, "attention", {state.id: attention.rows(state) for state in states} | none, old)
        put_rows(db, "meetings", {state.id: meetings.rows(state) for state in states} | none, old)
        put_rows(db, "guides", {state.id: meetings.guides(state) for state in states} | none, old)
        facts = {state.id: [case_facts.case_fact(state)] for state in states} | none
        facts_were = put_rows(db, "case_facts", facts, old)
        tallied.keep_cases(db, (facts_were, clocks_were), (facts, clocks))
        met = put_rows(db, "case_parties", {state.id: pairs.party_rows(state) for state in states} | none, old)
        moved = {row[0] for row in rows if row[0] in old and _moved(row, old[row[0]])}
        pairs.keep(db, sorted(met.keys() | moved | {*empty} & {*old}))
        gone = [(case,) for case in empty]
        db.executemany("DELETE FROM search WHERE rowid IN (SELECT rowid FROM cases WHERE case_id = ?)", gone)
        db.executemany("DELETE FROM cases WHERE case_id = ?", gone)

    def _folded(self, found: Mapping[str, Event], refused: Mapping[str, str], ours: CountyRules,
                absent: Mapping[str, tuple[str, ...]], *, keep: bool) -> CaseState | None:
        """The case. Where folding fails (a fault of ours, met by one record), the most that its first records give, marked
        incomplete: one case must not stop the tables of all others, here and in every office that holds it."""
        case = next(iter(found.values())).subject
        try:
            if keep and not refused and not absent:
                return self._drafts.fold(case, found.values(), ours)
            self._drafts.drop(case)
            return fold_case(found.values(), refused, rules=ours.rules, calendar=ours.calendar, history=False, absent=absent)
        except Exception:
            self._drafts.drop(case)
            log.exception("case %s cannot be folded whole", case)
        return _salvaged(found, ours)


_WHERE_AND_WHEN = tuple(CASE_COLUMNS.index(name) for name in ("place", "origin", "category", "registered_on"))


def _moved(row: Row, there: Row) -> bool:
    """Is the case in another place, of another kind or of another day than its row says?"""
    return any(row[place] != there[place] for place in _WHERE_AND_WHEN)


# Folded in one go while a new calendar is worked in: bounds the memory, not the transaction.
REFRESH_BATCH = 500
# A batch of more cases is a rebuild or a county's feed after a day: nothing of it is asked for again soon.
KEPT_BATCH = 8


def _salvaged(found: Mapping[str, Event], ours: CountyRules) -> CaseState | None:
    events = sorted(found.values(), key=lambda event: event.id)
    for event in events:
        try:
            state = fold_case([event], rules=ours.rules, calendar=ours.calendar, history=False)
        except Exception:      # logged above
            continue
        return replace(state, incomplete=max(len(events) - 1, 1))
    return None


def _fault_of(state: CaseState | None) -> str:
    if state is None:
        return t("finding.cannot_fold", what=t("common.whole_case"))
    return "；".join(finding.text for finding in state.findings if finding.code == CODE)
