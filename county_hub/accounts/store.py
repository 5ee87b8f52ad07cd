"""`accounts.sqlite` of a HOME: accounts, what opens them, sessions, the audit log, kept filters.
Readable by its owner alone, never replicated.

Passwords and recovery codes lie here as argon2id hashes, session cookies as SHA-256; the secret of the second step lies here as
it is, for both sides compute with it. It must not know pages, the directory or HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from county_hub.hub.kept.kept_file import KeptFile, Steps

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
STEPS: Steps = {1: _FIRST, 2: _VIEWS, 3: _PASSKEYS}


class AccountStore(KeptFile):
    """A file that is damaged closes the console and keeps no device from sending."""

    def __init__(self, path: Path, clock: Callable[[], int], key: bytes | None = None) -> None:
        super().__init__(path, clock, STEPS, key)
