"""Rows that another system hands in: kept as they came until a person takes them or sends them back, never an event before that.

The same key of the same token names the same rows: who did not hear the answer sends again and gets the first one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from county_hub.hub.problems import UsageProblem
from county_hub.systems.store import SystemsStore
from shared.ledger.entry import running_text
from shared.ledger.texts import t

WAITING, ACCEPTED, RETURNED = "waiting", "accepted", "returned"
MOST_ROWS, MOST_WAITING, KEPT_DAYS = 500, 100, 365
_DAY_MS = 86_400_000
_COLUMNS = "id, token, profile, rows, count, at, state, answered_at, answered_by, reason, subjects"
Rows = list[dict[str, Any]]


class Full(Exception):
    """So many wait that nobody could look at more."""


class OtherRows(Exception):
    """The key was used for other rows before."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`subjects`: ids of what was registered. Times in ms since 1970."""

    id: str
    token: str
    profile: str
    rows: Rows
    count: int
    at: int
    state: str
    answered_at: int | None
    answered_by: str
    reason: str
    subjects: tuple[str, ...]


class Batches:
    def __init__(self, store: SystemsStore) -> None:
        self._store = store

    def known(self, token: str, key: str, profile: str, rows: Rows) -> Batch | None:
        """What this key brought before. Raises `OtherRows`."""
        with self._store.reading() as db:
            found = db.execute("SELECT hash, id FROM batches WHERE token = ? AND key = ?", (token, key)).fetchone()
        if found is None:
            return None
        if found[0] != _hash(profile, rows):
            raise OtherRows
        return self.get(found[1])

    def take(self, token: str, key: str, profile: str, rows: Rows) -> Batch:
        """Durable when this returns. Raises `Full`, `OtherRows`."""
        now, id = self._store.clock(), secrets.token_hex(8)
        with self._store.changing() as db:
            if db.execute("SELECT count(*) FROM batches WHERE state = ?", (WAITING,)).fetchone()[0] >= MOST_WAITING:
                raise Full
            row = (id, token, key, _hash(profile, rows), profile, json.dumps(rows, ensure_ascii=False), len(rows), now, WAITING,
                   None, "", "", "[]")
            made = db.execute(f"INSERT INTO batches VALUES ({', '.join('?' * 13)}) ON CONFLICT (token, key) DO NOTHING", row)
            # what was said in them is not kept longer than needed (个人信息保护法 Art 19)
            db.execute("UPDATE batches SET rows = '[]' WHERE state <> ? AND answered_at < ?", (WAITING, now - 30 * _DAY_MS))
            db.execute("DELETE FROM batches WHERE state <> ? AND answered_at < ?", (WAITING, now - KEPT_DAYS * _DAY_MS))
        if not made.rowcount:                       # the same was sent twice at once
            known = self.known(token, key, profile, rows)
            assert known is not None
            return known
        return self.get(id)

    def get(self, id: str) -> Batch:
        """Raises `UsageProblem`."""
        found = self.find(id)
        if found is None:
            raise UsageProblem(t("systems.batch.unknown", value=id[:80]))
        return found

    def find(self, id: str) -> Batch | None:
        if not self._store.exists():
            return None
        with self._store.reading() as db:
            return _one(db, id)

    def page(self, state: str = WAITING, limit: int = 200) -> list[Batch]:
        """The oldest that wait first; "" all of them, the newest first."""
        if not self._store.exists():
            return []
        order = "at" if state == WAITING else "at DESC"
        with self._store.reading() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM batches WHERE ? IN ('', state) ORDER BY {order}, id LIMIT ?",
                              (state, limit))
            return [_batch(row) for row in rows]

    def accept(self, id: str, staff: str, register: Callable[[Batch], Sequence[str]]) -> Batch:
        """`register(batch)` writes the registrations and returns their ids. Raises `UsageProblem`, and what it raises."""
        with self._store.changing() as db:          # two officers at once: the second waits, and is told
            batch = _waiting(db, id)
            subjects = register(batch)
            self._answer(db, id, ACCEPTED, staff, "", subjects)
        return self.get(id)

    def send_back(self, id: str, staff: str, reason: str) -> Batch:
        """Raises `UsageProblem`."""
        said = running_text(reason).strip()
        if not 4 <= len(said) <= 500:
            raise UsageProblem(t("demand.reason_length", least=4, most=500))
        with self._store.changing() as db:
            _waiting(db, id)
            self._answer(db, id, RETURNED, staff, said, ())
        return self.get(id)

    def _answer(self, db: sqlite3.Connection, id: str, state: str, staff: str, reason: str, subjects: Sequence[str]) -> None:
        db.execute("UPDATE batches SET state = ?, answered_at = ?, answered_by = ?, reason = ?, subjects = ? WHERE id = ?",
                   (state, self._store.clock(), staff, reason, json.dumps(list(subjects)), id))


def _waiting(db: sqlite3.Connection, id: str) -> Batch:
    found = _one(db, id)
    if found is None:
        raise UsageProblem(t("systems.batch.unknown", value=id[:80]))
    if found.state != WAITING:
        raise UsageProblem(t("systems.batch.decided", value=id, state=t(f"demand.state_{found.state}")))
    return found


def _one(db: sqlite3.Connection, id: str) -> Batch | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM batches WHERE id = ?", (id,)).fetchone()
    return _batch(row) if row is not None else None


def _batch(row: Sequence[Any]) -> Batch:
    id, token, profile, rows, count, at, state, answered_at, answered_by, reason, subjects = row
    return Batch(id, token, profile, json.loads(rows), count, at, state, answered_at, answered_by, reason,
                 tuple(json.loads(subjects)))


def _hash(profile: str, rows: Rows) -> str:
    return hashlib.sha256(json.dumps([profile, rows], sort_keys=True).encode()).hexdigest()
