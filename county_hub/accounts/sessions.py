"""Who has signed in: one row a session, named by the SHA-256 of its cookie.

A session waits for the second step or is good; it ends with its time, with a logout, with a new password, when it is ended from
another one, when its account is revoked, and with the officer's dismissal (`accounts` asks the directory each time).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as random_source
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from county_hub.accounts.store import AccountStore
from sync.errors import DiskFull, ServerError

WAIT_MS, MOST_TRIES = 5 * 60_000, 5         # for the second step
RAN_OUT_MS = 24 * 3_600_000                 # how long one that has run out is known by its account
SEEN_EVERY_MS = 60_000                      # a page more writes nothing
MOST_SESSIONS = 20                          # of one account; the oldest ends
_COLUMNS = "cookie, number, account, made_at, seen_at, until, proved_at, waits, tries, address, agent"


@dataclass(frozen=True, slots=True)
class Session:
    """`number` names it in lists; `proved_at` is when its person last proved himself; times in ms since 1970."""

    cookie: str
    number: str
    account: str
    made_at: int
    seen_at: int
    until: int
    proved_at: int
    waits: bool
    tries: int
    address: str
    agent: str


class SessionRows:
    """`lifetime_ms`: how long a session is good; `secret` keys the tokens of forms."""

    def __init__(self, store: AccountStore, secret: bytes, lifetime_ms: int) -> None:
        self._store, self._secret, self.lifetime_ms = store, secret, lifetime_ms

    def begin(self, account: str, address: str, agent: str, *, waits: bool) -> str:
        """The cookie of a new session."""
        now, cookie = self._store.clock(), random_source.token_urlsafe(32)
        until = now + (WAIT_MS if waits else self.lifetime_ms)
        with self._store.changing() as db:
            db.execute("DELETE FROM sessions WHERE until < ? OR (until < ? AND waits = 1)", (now - RAN_OUT_MS, now))
            db.execute(
                "DELETE FROM sessions WHERE account = ? AND cookie NOT IN"
                " (SELECT cookie FROM sessions WHERE account = ? ORDER BY made_at DESC LIMIT ?)",
                (account, account, MOST_SESSIONS - 1),
            )
            number = random_source.token_hex(6)
            row = (_hash(cookie), number, account, now, now, until, now, int(waits), 0, address[:64], agent[:200])
            db.execute(f"INSERT INTO sessions ({_COLUMNS}) VALUES ({', '.join('?' * 11)})", row)
        return cookie

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie value that somebody sent, whether it waits or is good; None when it has ended."""
        with self._store.reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM sessions WHERE cookie = ?", (_hash(cookie),)).fetchone()
        found = _session(row) if row is not None else None
        return found if found is not None and found.until > self._store.clock() else None

    def ran_out(self, cookie: str) -> str:
        """The account of a session that ended with its time alone, "" for every other: it opens nothing."""
        now = self._store.clock()
        with self._store.reading() as db:
            row = db.execute("SELECT account FROM sessions WHERE cookie = ? AND waits = 0 AND until BETWEEN ? AND ?",
                             (_hash(cookie), now - RAN_OUT_MS, now)).fetchone()
        return str(row[0]) if row is not None else ""

    def seen(self, session: Session) -> None:
        """For the list of sessions alone: a disk without room and another writer keep nobody out."""
        now = self._store.clock()
        if now - session.seen_at >= SEEN_EVERY_MS:
            with suppress(DiskFull, ServerError), self._store.changing(wait_s=0) as db:
                db.execute("UPDATE sessions SET seen_at = ? WHERE cookie = ?", (now, session.cookie))

    def tried(self, session: Session) -> None:
        """One more wrong code of the second step; the last one ends the waiting."""
        with self._store.changing() as db:
            db.execute("UPDATE sessions SET tries = tries + 1 WHERE cookie = ?", (session.cookie,))
            db.execute("DELETE FROM sessions WHERE cookie = ? AND tries >= ?", (session.cookie, MOST_TRIES))

    def proved(self, session: Session) -> None:
        with self._store.changing() as db:
            db.execute("UPDATE sessions SET proved_at = ? WHERE cookie = ?", (self._store.clock(), session.cookie))

    def of(self, account: str) -> list[Session]:
        """The good ones, the newest first."""
        with self._store.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM sessions WHERE account = ? AND waits = 0 AND until > ? ORDER BY made_at DESC",
                (account, self._store.clock()),
            ).fetchall()
        return [_session(row) for row in rows]

    def end(self, cookie: str) -> None:
        with self._store.changing() as db:
            db.execute("DELETE FROM sessions WHERE cookie = ?", (_hash(cookie),))

    def end_number(self, account: str, number: str) -> bool:
        """False when this account has no such session."""
        with self._store.changing() as db:
            return db.execute("DELETE FROM sessions WHERE account = ? AND number = ?", (account, number)).rowcount > 0

    def token(self, cookie: str) -> str:
        """What the forms of this session carry, so that another site's page cannot send them."""
        return hmac.new(self._secret, b"csrf:" + cookie.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def end_all(db: sqlite3.Connection, account: str, *, but: str = "") -> None:
    """Within a transaction: every session of the account, but the one of this stored name."""
    db.execute("DELETE FROM sessions WHERE account = ? AND cookie <> ?", (account, but))


def forget_sessions(path: Path, clock: Callable[[], int], key: bytes | None = None) -> None:
    """Of a file that was put back: what was ended since must not open anything again."""
    with closing(AccountStore(path, clock, key)) as store, store.changing() as db:
        db.execute("DELETE FROM sessions")


def _session(row: tuple[object, ...]) -> Session:
    values = list(row)
    values[7] = bool(values[7])
    return Session(*values)  # type: ignore[arg-type]


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
