"""Offices change places (a reform; a new period that begins today): which subjects may fold otherwise, so that only they are
folded again, as for a new calendar.

The tables say under which lineage they were made (`lineage_used`). A fold asks about offices that its events are signed for or
name, and about those above these; each has other answers when one above it has. So a subject is touched when one of its
events is signed by, or names, an office of which the answers are others now. Folding the touched ones gives what a rebuild gives
(`tests/shared/disputes/tables/test_offices_change.py`).
"""

from __future__ import annotations

import sqlite3

from shared.ledger.published.lineage import Lineage
from shared.ledger.published.refusals import Subject

TABLES = ("CREATE TABLE lineage_used (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL)",)


def remember(db: sqlite3.Connection, lineage: Lineage) -> None:
    """The tables are now made under this lineage."""
    db.execute("INSERT OR REPLACE INTO lineage_used VALUES (1, ?)", (lineage.text,))


def touched(db: sqlite3.Connection, lineage: Lineage) -> list[Subject]:
    """(aggregate, ulid) of everything that may read otherwise under this lineage than under that of the tables."""
    before = _before(db)
    if before == lineage.text:
        return []
    changed = lineage.changed(before)
    if not changed:
        return []
    rows = db.execute("SELECT substr(kind, 1, instr(kind, '.') - 1), case_id, office, json FROM events")
    return list(dict.fromkeys((aggregate, subject) for aggregate, subject, office, text in rows
                              if office in changed or any(id in text for id in changed)))


def is_current(db: sqlite3.Connection, lineage: Lineage) -> bool:
    return _before(db) == lineage.text


def _before(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT json FROM lineage_used").fetchone()
    return str(row[0]) if row is not None else "{}"
