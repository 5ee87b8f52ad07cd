"""`accounts.sqlite` of a HOME: accounts, what opens them, sessions, the audit log. Readable by its owner alone, never replicated.

Passwords and recovery codes lie here as argon2id hashes, session cookies as SHA-256; the secret of the second step lies here as
it is, for both sides compute with it. It must not know pages, the directory or HTTP.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sync.storage import storage_errors

VERSION = 1
TABLES = (
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


class AccountStore:
    """`clock` gives milliseconds since 1970 UTC. Every change is one transaction; `serve` and the command line share the file."""

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        self.path, self.clock = path, clock
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        with self.reading() as db:
            made = db.execute("PRAGMA user_version").fetchone()[0]
        if made < VERSION:
            with self.changing() as db:
                if db.execute("PRAGMA user_version").fetchone()[0] < VERSION:
                    for statement in TABLES:
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        with storage_errors(self.path), closing(sqlite3.connect(self.path, isolation_level=None, timeout=30)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                with suppress(sqlite3.Error):       # a full disk has rolled back already
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with storage_errors(self.path), closing(sqlite3.connect(self.path, isolation_level=None, timeout=30)) as db:
            db.execute("BEGIN")
            yield db
