"""`accounts.sqlite` of a HOME: accounts, what opens them, sessions, the audit log, kept filters.
Readable by its owner alone, never replicated.

Passwords and recovery codes lie here as argon2id hashes, session cookies as SHA-256; the secret of the second step lies here as
it is, for both sides compute with it. It must not know pages, the directory or HTTP.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

from sync.errors import SyncError
from sync.shared_file import SharedFile

VERSION = 3
# version -> what it adds to the one before
_VIEWS = (
    """CREATE TABLE views (
        n INTEGER PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, UNIQUE (account, name))""",
)
_FIRST = (
    # kind: officer (a person of the directory) | viewer (reads) | admin (reads, and manages accounts)
    """CREATE TABLE accounts (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, password TEXT NOT NULL, start_until INTEGER NOT NULL,
        second TEXT NOT NULL, second_step INTEGER NOT NULL, made_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
        revoked_at INTEGER NOT NULL)""",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE recovery (account TEXT NOT NULL, hash TEXT NOT NULL)",
    """CREATE TABLE sessions (
        cookie TEXT PRIMARY KEY, number TEXT NOT NULL, account TEXT NOT NULL, made_at INTEGER NOT NULL, seen_at INTEGER NOT NULL,
        until INTEGER NOT NULL, proved_at INTEGER NOT NULL, waits INTEGER NOT NULL, tries INTEGER NOT NULL, address TEXT NOT NULL,
        agent TEXT NOT NULL)""",
    "CREATE INDEX sessions_account ON sessions (account)",
    """CREATE TABLE audit (
        n INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, account TEXT NOT NULL, what TEXT NOT NULL,
        subject TEXT NOT NULL, address TEXT NOT NULL)""",
    "CREATE INDEX audit_subject ON audit (subject, n)",
    "CREATE INDEX audit_account ON audit (account, n)",
)
_PASSKEYS = (
    """CREATE TABLE passkeys (
        id TEXT PRIMARY KEY, account TEXT NOT NULL, host TEXT NOT NULL, name TEXT NOT NULL, public_key BLOB NOT NULL,
        signs INTEGER NOT NULL, made_at INTEGER NOT NULL, used_at INTEGER NOT NULL)""",
    "CREATE INDEX passkeys_account ON passkeys (account)",
)
STEPS: dict[int, tuple[str, ...]] = {1: _FIRST, 2: _VIEWS, 3: _PASSKEYS}


class AccountStore:
    """`clock` gives milliseconds since 1970 UTC; `serve` and the command line share the file. It is opened when it is first
    asked: one that is damaged closes the console and keeps no device from sending."""

    def __init__(self, path: Path, clock: Callable[[], int], key: bytes | None = None) -> None:
        self.path, self.clock, self._key = path, clock, key
        self._guard, self._opened = threading.Lock(), cast("SharedFile | None", None)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def changing(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._file().changing()

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._file().reading()

    def _file(self) -> SharedFile:
        with self._guard:
            if self._opened is None:
                self._opened = _with_tables(SharedFile(self.path, self._key))
            return self._opened


def _with_tables(file: SharedFile) -> SharedFile:
    try:
        with file.reading() as db:
            made = db.execute("PRAGMA user_version").fetchone()[0]
        if made < VERSION:
            with file.changing() as db:
                made = db.execute("PRAGMA user_version").fetchone()[0]
                for statement in (s for step, all in STEPS.items() if step > made for s in all):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {max(made, VERSION)}")
        file.keep()
    except SyncError:
        file.close()
        raise
    return file
