"""The rows of petitions and legal aid, and of their clocks: what `beside` writes when one was folded again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from shared.disputes.records.matter import LegalAidState, PetitionState
from shared.disputes.tables import tallied
from shared.disputes.tables.rows import late_from
from shared.ledger.formats.ids import printed_numbers
from shared.ledger.published.refusals import Subject

# states after which nothing is due
ENDED = {"petition": ("declined", "ended"), "legal_aid": ("refused", "terminated", "ended")}
TABLES = (
    """CREATE TABLE petitions (
        petition_id TEXT PRIMARY KEY, number TEXT NOT NULL, state TEXT NOT NULL, channel TEXT NOT NULL, form TEXT NOT NULL,
        category TEXT NOT NULL, place TEXT NOT NULL, summary TEXT NOT NULL, origin TEXT NOT NULL, handler TEXT NOT NULL,
        registered_on TEXT NOT NULL, batches INTEGER NOT NULL, person_times INTEGER NOT NULL, repeat_of TEXT NOT NULL,
        abnormal_visit INTEGER NOT NULL, skip_level_visit INTEGER NOT NULL, case_id TEXT NOT NULL, accepted_on TEXT,
        answered_on TEXT, score INTEGER, rated_on TEXT, incomplete INTEGER NOT NULL, protected INTEGER NOT NULL, ended_on TEXT,
        updated_hlc TEXT NOT NULL)""",
    """CREATE TABLE legal_aid (
        aid_id TEXT PRIMARY KEY, number TEXT NOT NULL, state TEXT NOT NULL, matter TEXT NOT NULL, place TEXT NOT NULL,
        summary TEXT NOT NULL, origin TEXT NOT NULL, registered_on TEXT NOT NULL, decided_on TEXT, granted INTEGER,
        appointed_on TEXT, case_id TEXT NOT NULL, incomplete INTEGER NOT NULL, ended_on TEXT, updated_hlc TEXT NOT NULL)""",
    """CREATE TABLE matter_deadlines (
        aggregate TEXT NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL, start_date TEXT NOT NULL, due_date TEXT NOT NULL,
        warn_date TEXT NOT NULL, owner TEXT NOT NULL, stopped TEXT, late_from TEXT NOT NULL)""",
    "CREATE INDEX matter_deadlines_subject ON matter_deadlines (aggregate, subject)",
)


def put(db: sqlite3.Connection, subject: Subject, state: PetitionState | LegalAidState) -> None:
    aggregate, table, row = subject[0], *_ROWS[subject[0]]
    were = tallied.marks_of_matter(db, subject)
    _remove(db, subject)
    values = row(state)
    db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    db.executemany("INSERT INTO matter_deadlines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [
        (aggregate, state.id, c.kind, c.start_date, c.due_date, c.warn_date, c.owner, c.stopped, late_from(c))
        for c in state.clocks])
    tallied.keep_matter(db, were, tallied.marks_of_matter(db, subject))


def drop(db: sqlite3.Connection, subject: Subject) -> None:
    were = tallied.marks_of_matter(db, subject)
    _remove(db, subject)
    tallied.keep_matter(db, were, ())


def _remove(db: sqlite3.Connection, subject: Subject) -> None:
    aggregate, id = subject
    db.execute(f"DELETE FROM {_ROWS[aggregate][0]} WHERE {_KEYS[aggregate]} = ?", (id,))
    db.execute("DELETE FROM matter_deadlines WHERE aggregate = ? AND subject = ?", (aggregate, id))


def _petition_row(s: PetitionState) -> tuple[Any, ...]:
    return (s.id, s.number, s.state, s.channel, s.form, s.category, s.place or s.origin, s.summary, s.origin, s.handler,
            s.registered_on, s.batches, s.person_times, s.repeat_of, int(s.abnormal_visit), int(s.skip_level_visit), s.case,
            s.accepted_on, s.answered_on, s.score, s.rated_on, s.incomplete, int(s.protected), _ended_on("petition", s),
            s.updated_hlc)


def _legal_aid_row(s: LegalAidState) -> tuple[Any, ...]:
    return (s.id, s.number, s.state, s.matter, s.place or s.origin, s.summary, s.origin, s.registered_on, s.decided_on,
            None if s.granted is None else int(s.granted), s.appointed_on, s.case, s.incomplete,
            _ended_on("legal_aid", s), s.updated_hlc)


def _ended_on(aggregate: str, s: PetitionState | LegalAidState) -> str | None:
    """The day of the last step that moved it, where none may follow."""
    return max((step.legal_date for step in s.steps if not step.effect), default=None) if s.state in ENDED[aggregate] else None


# aggregate -> (table, its row)
_ROWS: dict[str, tuple[str, Callable[[Any], tuple[Any, ...]]]] = {
    "petition": ("petitions", _petition_row), "legal_aid": ("legal_aid", _legal_aid_row)}
_KEYS = {"petition": "petition_id", "legal_aid": "aid_id"}


def petitions_known_as(db: sqlite3.Connection, text: str, names: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    """Ids of the petitions that a number means, in machine form or as it is printed; at most three, for names repeat."""
    numbers = printed_numbers(text, names) or (text,)
    marks = ", ".join("?" * len(numbers))
    return [row[0] for row in db.execute(f"SELECT petition_id FROM petitions WHERE number IN ({marks}) LIMIT 3", numbers)]
