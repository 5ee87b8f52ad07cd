"""What only the hub knows and never publishes: identity, epoch, enrolment codes, credentials, contacts.

One SQLite file shared by the `serve` process and the command line; every change is one `BEGIN IMMEDIATE` transaction, and what
only reads waits for no writer. Nothing readable here opens a door: codes are kept as a keyed hash (the pepper lies in
secrets.json), tokens as SHA-256.
It must not know documents, offices' names or HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets as random_source
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from shared.ledger.formats.enrolment_code import MARK, one_time_of
from shared.ledger.formats.spelling import ALPHABET
from sync.endpoint.guesses import group_of
from sync.shared_file import SharedFile

# Four characters say which code is meant, six (30 bits) prove it; five tries guess it once in 2e8.
SELECTOR, VERIFIER = 4, 6
# A source address may fail this often within the window before it must wait: a clerk mistypes, a program
# guesses. All addresses together may fail at one account so often; it takes ten of them, so nobody locks an officer out by
# himself, and where somebody has signed in before, he can again whatever others do.
SOURCE_FAILURES, SOURCE_WINDOW_MS = 20, 10 * 60 * 1000
ACCOUNT_FAILURES, SOURCE_KNOWN_MS = 200, 90 * 24 * 3600 * 1000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS codes (
    selector TEXT PRIMARY KEY, hash TEXT NOT NULL, office TEXT NOT NULL, role TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0,
    max_failures INTEGER NOT NULL, public_key TEXT, device TEXT, used_at INTEGER);
CREATE TABLE IF NOT EXISTS slots (office TEXT NOT NULL, slot TEXT NOT NULL, device TEXT NOT NULL,
    PRIMARY KEY (office, slot));
CREATE TABLE IF NOT EXISTS credentials (device TEXT PRIMARY KEY, token TEXT NOT NULL,
    created_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS contacts (device TEXT PRIMARY KEY, office TEXT NOT NULL, last_at INTEGER NOT NULL,
    requests INTEGER NOT NULL DEFAULT 0, app TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS failures (source TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS failures_by_source ON failures (source, at);
CREATE TABLE IF NOT EXISTS known_sources (account TEXT NOT NULL, source TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (account, source));
CREATE TABLE IF NOT EXISTS statements (device TEXT PRIMARY KEY, n INTEGER NOT NULL, doc TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS stated (device TEXT, epoch TEXT, version INTEGER, hash TEXT, seq INTEGER NOT NULL,
    PRIMARY KEY (device, epoch, version, hash));
CREATE TABLE IF NOT EXISTS heard (device TEXT PRIMARY KEY, hub TEXT NOT NULL, at INTEGER NOT NULL, forks TEXT NOT NULL);
"""


_NAMES = re.compile(r"CREATE (?:TABLE|INDEX) IF NOT EXISTS (\w+)")


class CodeVerdict(Enum):
    OK = "ok"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    KEY_TAKEN = "key_taken"
    EXHAUSTED = "exhausted"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class CodeClaim:
    """Outcome of `claim_code`. With OK: what this code stands for, for good."""

    verdict: CodeVerdict
    office: str = ""
    role: str = ""
    device: str = ""
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """`token`: its SHA-256 in hex. `created_at` in ms."""

    device: str
    token: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Contact:
    device: str
    office: str
    last_at: int
    requests: int
    app: str


class Registry:
    """`clock` gives milliseconds since 1970 UTC; `pepper` keys the hash of enrolment codes; `key`: what the file is
    encrypted under."""

    def __init__(self, path: Path, *, pepper: bytes, clock: Callable[[], int], key: bytes | None = None) -> None:
        self._pepper = pepper
        self._clock = clock
        self.tokens_given = 0       # by this process
        self._meta: dict[str, str] = {}
        self._file = SharedFile(path, key)
        self._transaction = self.transaction = self._file.changing      # public for what other modules keep in this file
        self._reading = self.reading = self._file.reading
        with self._reading() as db:
            known = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
        if not set(_NAMES.findall(_SCHEMA)) <= known:
            with self._transaction() as db:
                for statement in _SCHEMA.split(";"):
                    db.execute(statement)
        self._file.keep()

    def close(self) -> None:
        self._file.close()

    # -- identity --

    def meta(self, key: str) -> str | None:
        """Asked of the file once: it is written when the HOME is made, before anything serves it."""
        if key not in self._meta:
            with self._reading() as db:
                row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            self._meta[key] = row[0]
        return self._meta[key]

    def set_meta(self, values: Mapping[str, str]) -> None:
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items()))
        self._meta.clear()

    def noted(self, keys: Sequence[str]) -> list[str | None]:
        """Values of `meta` that other processes change while this one runs: asked of the file each time."""
        with self._reading() as db:
            found = dict(db.execute("SELECT key, value FROM meta"))
        return [found.get(key) for key in keys]

    # -- enrolment codes --

    def new_code(self, office: str, role: str, *, valid_ms: int, tries: int, continues: str = "") -> str:
        """A fresh one-time code `XXXXX-XXXXX` for one device of `office`; only its hash is kept. `continues`: the retired device
        whose work goes on under the new one."""
        now = self._clock()
        with self._transaction() as db:
            while True:
                text = "".join(random_source.choice(ALPHABET) for _ in range(SELECTOR + VERIFIER))
                if text.startswith(MARK):
                    continue        # so begin the codes that hold everything
                if not db.execute("SELECT 1 FROM codes WHERE selector = ?", (text[:SELECTOR],)).fetchone():
                    break
            db.execute(
                "INSERT INTO codes (selector, hash, office, role, created_at, expires_at, max_failures)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (text[:SELECTOR], self._code_hash(text), office, role, now, now + valid_ms, tries),
            )
            if continues:
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_continues(text[:SELECTOR]), continues))
        return f"{text[:5]}-{text[5:]}"

    def continued(self, code: str) -> str | None:
        """The device that this code's device goes on for, or None."""
        return self.noted((_continues(normal_code(code)[:SELECTOR]),))[0]

    def claim_code(self, code: str, public_key: str, *, source: str, holder: str | None = None) -> CodeClaim:
        """Bind the code to this public key and a slot never used before. Asking again with the same key while
        the code is valid gives the same device: an answer lost on a bad line must not cost her the code. `holder`: the device
        that the directory has this key for."""
        now, text, source = self._clock(), normal_code(code), group_of(source)
        with self._transaction() as db:
            if self._failed_too_often(db, source):
                return CodeClaim(CodeVerdict.TOO_MANY)
            claim = self._judge_code(db, text, public_key, now, holder)
            if claim.verdict is not CodeVerdict.OK:
                db.execute("INSERT INTO failures VALUES (?, ?)", (source, now))
            return claim

    def _judge_code(self, db: sqlite3.Connection, text: str, public_key: str, now: int, holder: str | None) -> CodeClaim:
        row = db.execute(
            "SELECT hash, office, role, expires_at, failures, max_failures, public_key, device"
            " FROM codes WHERE selector = ?",
            (text[:SELECTOR],),
        ).fetchone()
        if row is None:
            return CodeClaim(CodeVerdict.UNKNOWN)
        expected, office, role, expires_at, failures, max_failures, bound_key, device = row
        if failures >= max_failures:
            return CodeClaim(CodeVerdict.EXHAUSTED)
        if not hmac.compare_digest(expected, self._code_hash(text)):
            db.execute("UPDATE codes SET failures = failures + 1 WHERE selector = ?", (text[:SELECTOR],))
            return CodeClaim(CodeVerdict.UNKNOWN)
        if now > expires_at:
            return CodeClaim(CodeVerdict.EXPIRED)
        if bound_key is not None and bound_key != public_key:
            return CodeClaim(CodeVerdict.USED)
        other = "SELECT 1 FROM codes WHERE public_key = ? AND selector <> ?"
        if holder not in (None, device) or db.execute(other, (public_key, text[:SELECTOR])).fetchone() is not None:
            return CodeClaim(CodeVerdict.KEY_TAKEN)
        if bound_key is None:
            device = self._take_slot(db, office)
            db.execute(
                "UPDATE codes SET public_key = ?, device = ?, used_at = ? WHERE selector = ?",
                (public_key, device, now, text[:SELECTOR]),
            )
        return CodeClaim(CodeVerdict.OK, office, role, device, device.rsplit("-", 1)[1])

    def _take_slot(self, db: sqlite3.Connection, office: str) -> str:
        (last,) = db.execute("SELECT max(slot) FROM slots WHERE office = ?", (office,)).fetchone()
        number = int(last) + 1 if last is not None else 1
        if number > 999:
            raise OverflowError(f"office {office} has used all 999 device slots")
        return self._reserve(db, office, f"{number:03d}")

    def _reserve(self, db: sqlite3.Connection, office: str, slot: str) -> str:
        device = f"{office}-{slot}"
        db.execute("INSERT OR IGNORE INTO slots VALUES (?, ?, ?)", (office, slot, device))
        return device

    def next_device(self, office: str) -> tuple[str, str]:
        """A fresh (device, slot) of this office, for a device that goes on after a clone or restore."""
        with self._transaction() as db:
            device = self._take_slot(db, office)
        return device, device.rsplit("-", 1)[1]

    def skip_slots(self, offices: Sequence[str], count: int) -> None:
        """Never give the next `count` slots of these offices: a life of the hub that was lost may have given them."""
        with self._transaction() as db:
            for office in offices:
                (last,) = db.execute("SELECT max(slot) FROM slots WHERE office = ?", (office,)).fetchone()
                self._reserve(db, office, f"{min(int(last or 0) + count, 999):03d}")

    def reserve_slot(self, office: str, slot: str) -> str:
        """Mark a slot as used (the hub's own 000; slots read back from the directory); name its device."""
        with self._transaction() as db:
            return self._reserve(db, office, slot)

    def _code_hash(self, text: str) -> str:
        return hmac.new(self._pepper, text.encode(), hashlib.sha256).hexdigest()

    # -- wrong guesses, of codes and of the console's password --

    def too_many_failures(self, account: str, address: str) -> bool:
        """Must whoever tries `account` from this address wait?"""
        source, now = group_of(address), self._clock()
        with self._transaction() as db:
            if self._failed_too_often(db, f"{account} {source}"):
                return True
            since = now - SOURCE_KNOWN_MS
            known = "SELECT 1 FROM known_sources WHERE account = ? AND source = ? AND at > ?"
            if db.execute(known, (account, source, since)).fetchone():
                return False
            return self._failed_too_often(db, f"{account} from anywhere", ACCOUNT_FAILURES)

    def record_failure(self, account: str, address: str) -> None:
        with self._transaction() as db:
            for source in (group_of(address), "from anywhere"):
                db.execute("INSERT INTO failures VALUES (?, ?)", (f"{account} {source}", self._clock()))

    def record_success(self, account: str, address: str) -> None:
        """The account has proven itself from this address."""
        source, now = group_of(address), self._clock()
        with self._transaction() as db:
            db.execute("DELETE FROM known_sources WHERE at < ?", (now - SOURCE_KNOWN_MS,))
            db.execute("DELETE FROM failures WHERE source = ?", (f"{account} {source}",))
            db.execute("INSERT OR REPLACE INTO known_sources VALUES (?, ?, ?)", (account, source, now))

    def _failed_too_often(self, db: sqlite3.Connection, source: str, most: int = SOURCE_FAILURES) -> bool:
        now = self._clock()         # what lies ahead was counted by a clock that was set back since: it would lock for years
        db.execute("DELETE FROM failures WHERE at NOT BETWEEN ? AND ?", (now - SOURCE_WINDOW_MS, now + SOURCE_WINDOW_MS))
        (failed,) = db.execute("SELECT count(*) FROM failures WHERE source = ?", (source,)).fetchone()
        return int(failed) >= most

    # -- credentials --

    def new_token(self, device: str) -> str:
        """A random 32-byte token for the device; replaces an earlier one. Only its SHA-256 is stored."""
        token = random_source.token_urlsafe(32)
        with self._transaction() as db:
            row = (device, token_hash(token), self._clock())
            db.execute("INSERT OR REPLACE INTO credentials VALUES (?, ?, ?)", row)
        self.tokens_given += 1
        return token

    def token_of(self, device: str) -> str:
        """The hash of its token, or ""."""
        with self._reading() as db:
            row = db.execute("SELECT token FROM credentials WHERE device = ?", (device,)).fetchone()
        return row[0] if row is not None else ""

    def check_token(self, device: str, token: str) -> bool:
        with self._reading() as db:
            row = db.execute("SELECT token FROM credentials WHERE device = ?", (device,)).fetchone()
        return row is not None and hmac.compare_digest(row[0], token_hash(token))

    def credentials(self) -> list[Credential]:
        with self._reading() as db:
            return [Credential(*row) for row in db.execute("SELECT device, token, created_at FROM credentials ORDER BY device")]

    def take_credentials(self, given: Sequence[Credential]) -> int:
        """On an edge: what the publisher gave, where it is newer than what is here; how many were."""
        with self._reading() as db:
            known = dict(db.execute("SELECT device, created_at FROM credentials"))
        newest = dict[str, Credential]()
        for one in sorted(given, key=lambda one: one.created_at):
            if one.created_at > known.get(one.device, -1):
                newest[one.device] = one
        if newest:
            with self._transaction() as db:
                db.executemany("INSERT OR REPLACE INTO credentials VALUES (?, ?, ?)",
                               [(one.device, one.token, one.created_at) for one in newest.values()])
            self.tokens_given += 1
        return len(newest)

    # -- contacts --

    def add_contacts(self, seen: Mapping[str, tuple[str, int, int, str]]) -> None:
        """device -> (office, last contact in ms, requests since the last call, app version or '')."""
        with self._transaction() as db:
            for device, (office, last_at, requests, app) in seen.items():
                db.execute(
                    "INSERT INTO contacts VALUES (?, ?, ?, ?, ?) ON CONFLICT (device) DO UPDATE SET"
                    " last_at = min(max(last_at, excluded.last_at), ?), requests = requests + excluded.requests,"
                    " app = CASE WHEN excluded.app = '' THEN app ELSE excluded.app END",
                    (device, office, last_at, requests, app, max(last_at, self._clock())),
                )

    def contacts(self) -> dict[str, Contact]:
        with self._reading() as db:
            rows = db.execute("SELECT device, office, last_at, requests, app FROM contacts").fetchall()
        return {row[0]: Contact(*row) for row in rows}


def _continues(selector: str) -> str:
    return f"continues:{selector}"


def normal_code(code: str) -> str:
    """As it is compared; of a short code that names the hub's keys too, the one-time part."""
    return one_time_of(code)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
