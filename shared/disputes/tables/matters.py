"""The read model's tables beside `cases`: petitions, legal aid, and one row of facts for counting per case.

`ReadModel` calls `create`, `refold` (matters of other aggregates) and `put_cases` (states it has just folded), all in its
own transaction, after the rows of `events` are written and marked. What a row means for a figure is known to `figures`.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from shared.disputes.case.state import AgreementState, CaseState
from shared.disputes.fold.agreement import DONE
from shared.disputes.records.legal_aid import fold_legal_aid
from shared.disputes.records.matter import LegalAidState, PetitionState
from shared.disputes.records.petition import fold_petition
from shared.disputes.rules.county import CountyRules
from shared.disputes.tables import pairs as read_model_pairs
from shared.disputes.tables.rows import late_from
from shared.ledger.published.refusals import refusals_of
from shared.ledger.tables import event_of, put_fault
from shared.ledger.texts import t

log = logging.getLogger("shared.read_model")
AGGREGATES = ("petition", "legal_aid")
_SIDES = frozenset({"applicant", "respondent"})

TABLES = (
    """CREATE TABLE case_facts (
        case_id TEXT PRIMARY KEY, registered_on TEXT NOT NULL, origin TEXT NOT NULL, place TEXT NOT NULL,
        category TEXT NOT NULL, holder TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT NOT NULL, accepted_on TEXT,
        sessions INTEGER NOT NULL, agreed_on TEXT, failed_on TEXT, promises_due TEXT, performed INTEGER NOT NULL,
        closed_on TEXT, sides INTEGER NOT NULL, names TEXT NOT NULL, ratings TEXT NOT NULL,
        unverified TEXT NOT NULL)""",
    """CREATE TABLE petitions (
        petition_id TEXT PRIMARY KEY, number TEXT NOT NULL, state TEXT NOT NULL, channel TEXT NOT NULL, form TEXT NOT NULL,
        category TEXT NOT NULL, place TEXT NOT NULL, summary TEXT NOT NULL, origin TEXT NOT NULL, handler TEXT NOT NULL,
        registered_on TEXT NOT NULL, batches INTEGER NOT NULL, person_times INTEGER NOT NULL, repeat_of TEXT NOT NULL,
        abnormal_visit INTEGER NOT NULL, skip_level_visit INTEGER NOT NULL, case_id TEXT NOT NULL, accepted_on TEXT,
        answered_on TEXT, score INTEGER, rated_on TEXT, incomplete INTEGER NOT NULL)""",
    """CREATE TABLE legal_aid (
        aid_id TEXT PRIMARY KEY, number TEXT NOT NULL, state TEXT NOT NULL, matter TEXT NOT NULL, place TEXT NOT NULL,
        summary TEXT NOT NULL, origin TEXT NOT NULL, registered_on TEXT NOT NULL, decided_on TEXT, granted INTEGER,
        appointed_on TEXT, case_id TEXT NOT NULL, incomplete INTEGER NOT NULL)""",
    """CREATE TABLE matter_deadlines (
        aggregate TEXT NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL, start_date TEXT NOT NULL, due_date TEXT NOT NULL,
        warn_date TEXT NOT NULL, owner TEXT NOT NULL, stopped TEXT, late_from TEXT NOT NULL)""",
    "CREATE INDEX matter_deadlines_subject ON matter_deadlines (aggregate, subject)",
)
_PETITION = ("number, state, channel, form, category, place, summary, origin, handler, registered_on, batches, person_times,"
             " repeat_of, abnormal_visit, skip_level_visit, case_id, accepted_on, answered_on, score, rated_on, incomplete")


def create(db: sqlite3.Connection) -> None:
    for statement in (*TABLES, *read_model_pairs.TABLES):
        db.execute(statement)


# --- cases -----------------------------------------------------------------------------------------------------


def put_cases(db: sqlite3.Connection, states: Sequence[CaseState], gone: Sequence[str] = ()) -> None:
    """The counting rows of these folded cases; those of `gone` are dropped."""
    db.executemany(f"INSERT OR REPLACE INTO case_facts VALUES ({', '.join('?' * 19)})", [case_fact(state) for state in states])
    db.executemany("DELETE FROM case_facts WHERE case_id = ?", [(case,) for case in gone])
    read_model_pairs.put_parties(db, states, gone)


def case_fact(s: CaseState) -> tuple[Any, ...]:
    agreement = s.agreement
    ratings = [[r.party, r.score, r.rated_on] for r in s.ratings if r.counts]
    unverified = [r.rated_on for r in s.ratings if not r.valid]
    names = sorted(party.name for party in s.parties if party.role in _SIDES)
    return (
        s.id, s.registered_on, s.origin, s.place.office or s.origin, s.category, s.holder, s.state, s.outcome, s.accepted_on,
        len(s.sessions), agreement.reached_on if agreement else None, _failed_on(s), _promises_due(agreement),
        int(_all_performed(agreement)), s.closed_on, len(names), "、".join(names), json.dumps(ratings),
        json.dumps(unverified),
    )


def _failed_on(s: CaseState) -> str | None:
    """When mediation ended without agreement: the day on which its clock stopped."""
    if s.outcome != "failed":
        return None
    ends = [clock.stopped for clock in s.clocks if clock.kind.startswith(("mediation", "court_")) and clock.stopped]
    ends = ends or [clock.stopped for clock in s.clocks if clock.kind == "acceptance" and clock.stopped]
    return max(ends, default=s.closed_on)


def _promises_due(agreement: AgreementState | None) -> str | None:
    """The day by which every promise should be kept: the last due date, else the day on which the agreement took effect. Before
    it has, nothing is due."""
    if agreement is None or agreement.effective_on is None:
        return None
    effective = agreement.effective_on
    return max((item.due_date or effective for item in agreement.items), default=effective)


def _all_performed(agreement: AgreementState | None) -> bool:
    return agreement is not None and bool(agreement.items) and all(
        item.status in DONE and not item.disputed for item in agreement.items)


# --- petitions and legal aid -------------------------------------------------------------------------------------


def refold(db: sqlite3.Connection, subjects: Iterable[tuple[str, str]], ours: CountyRules) -> None:
    """Fold these matters, (aggregate, ulid) each, again from the rows of `events`; others are passed over."""
    for aggregate, subject in sorted(subjects):
        if aggregate in AGGREGATES:
            try:
                faults = _refold(db, aggregate, subject, ours)
            except Exception:       # one matter must not stop the tables of all others
                log.exception("matter %s has no row", subject)
                faults = ("",)
            put_fault(db, (aggregate, subject), t("finding.cannot_fold", what=t("common.whole_case")) if faults else "")


def _refold(db: sqlite3.Connection, aggregate: str, subject: str, ours: CountyRules) -> tuple[str, ...]:
    rows = db.execute("SELECT json FROM events WHERE case_id = ?", (subject,)).fetchall()
    events = [event for event in (event_of(json.loads(text)) for (text,) in rows) if event is not None]
    here, absent = refusals_of(db, (aggregate, subject))
    db.execute("DELETE FROM matter_deadlines WHERE aggregate = ? AND subject = ?", (aggregate, subject))
    state: PetitionState | LegalAidState
    if aggregate == "petition":
        db.execute("DELETE FROM petitions WHERE petition_id = ?", (subject,))
        if not events:
            return ()
        state = fold_petition(events, here, rules=ours.matters, calendar=ours.calendar, absent=absent)
        db.execute(f"INSERT INTO petitions (petition_id, {_PETITION}) VALUES ({', '.join('?' * 22)})", _petition_row(state))
    else:
        db.execute("DELETE FROM legal_aid WHERE aid_id = ?", (subject,))
        if not events:
            return ()
        state = fold_legal_aid(events, here, rules=ours.matters, calendar=ours.calendar, absent=absent)
        db.execute(f"INSERT INTO legal_aid VALUES ({', '.join('?' * 13)})", _legal_aid_row(state))
    db.executemany("INSERT INTO matter_deadlines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [
        (aggregate, subject, c.kind, c.start_date, c.due_date, c.warn_date, c.owner, c.stopped, late_from(c))
        for c in state.clocks])
    return state.faults


def _petition_row(s: PetitionState) -> tuple[Any, ...]:
    return (s.id, s.number, s.state, s.channel, s.form, s.category, s.place or s.origin, s.summary, s.origin, s.handler,
            s.registered_on, s.batches, s.person_times, s.repeat_of, int(s.abnormal_visit), int(s.skip_level_visit), s.case,
            s.accepted_on, s.answered_on, s.score, s.rated_on, s.incomplete)


def _legal_aid_row(s: LegalAidState) -> tuple[Any, ...]:
    return (s.id, s.number, s.state, s.matter, s.place or s.origin, s.summary, s.origin, s.registered_on, s.decided_on,
            None if s.granted is None else int(s.granted), s.appointed_on, s.case, s.incomplete)
