"""Personal accounts: made by the operator, opened with a start password, then with an own one and, if wanted, a second step.

    officer   a person of the county's own office in the directory; may act as long as the directory says so
    organ     a person of one of the county's organs (court, bureau, merged centre): sees and acts on what it was assigned alone
    viewer    reads, and acts on nothing (a leader, the screen in the hall)
    admin     reads and manages accounts; its first password is the one given at `init`, and `init` can set another

Whoever names an unknown account waits as long as whoever mistypes the password of a known one. A wrong try counts for the account
and the address (`registry`).
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from county_hub.accounts import proofs
from county_hub.accounts.audit import Audit
from county_hub.accounts.passkeys import Passkeys, Site
from county_hub.accounts.sessions import Session, SessionRows, end_all
from county_hub.accounts.store import AccountStore
from county_hub.accounts.views import Views
from county_hub.hub.problems import UsageProblem
from shared.ledger.texts import t

ADMIN = "admin"
START_DAYS = 7
MOST_ID = 64              # characters of an id and of a name
PROOF_MS = 10 * 60_000              # what needs a fresh proof accepts one this old
PEOPLE = ("officer", "organ")       # who stands in the directory
_DAY_MS = 86_400_000
_COLUMNS = "id, kind, name, password, start_until, second, second_step, made_at, changed_at, revoked_at"
Kind = Literal["officer", "organ", "viewer", "admin"]


class Guesses(Protocol):
    """How often somebody may try; `county_hub.hub.kept.registry`."""

    def too_many_failures(self, account: str, address: str) -> bool: ...
    def record_failure(self, account: str, address: str) -> None: ...
    def record_success(self, account: str, address: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Account:
    """`start_until`: ms until when a start password opens it, 0 once the person has chosen an own one; `second`: the secret of
    the authenticator or ""; `revoked_at`: 0 while it is good."""

    id: str
    kind: Kind
    name: str
    password: str
    start_until: int
    second: str
    second_step: int
    made_at: int
    changed_at: int
    revoked_at: int


@dataclass(frozen=True, slots=True)
class SignIn:
    """in: signed in | code: the second step is asked for | wrong | old: the start password is too old | too_many."""

    result: Literal["in", "code", "wrong", "old", "too_many"]
    cookie: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """A good session and its account."""

    session: Session
    account: Account
    token: str


class Accounts:
    """`kind_of(id)`: as what may this person of the directory act now, None as nothing;
    `init_password()`: the hash that `init` stored last."""

    def __init__(self, store: AccountStore, sessions: SessionRows, audit: Audit, guesses: Guesses,
                 kind_of: Callable[[str], Kind | None], init_password: Callable[[], str]) -> None:
        self._store, self.sessions, self.audit, self._guesses = store, sessions, audit, guesses
        self.views, self.passkeys = Views(store), Passkeys(store)
        self.kind_of, self._init_password, self._init_seen = kind_of, init_password, ""

    # -- managing --

    def add(self, id: str, kind: Kind, name: str) -> str:
        """The start password of a new account. Raises `UsageProblem`."""
        known = self.find(id)
        if known is not None and not known.revoked_at:
            raise UsageProblem(t("account.known", id=id))
        if kind in PEOPLE and self.kind_of(id) != kind:
            raise UsageProblem(t("account.no_officer", id=id))
        wrong = {}
        if kind == "admin" or id == ADMIN or not 1 <= len(id) <= MOST_ID:
            wrong["id"] = t("account.bad_id", id=id)
        if not 1 <= len(name) <= MOST_ID:
            wrong["name"] = t("account.bad_name", most=MOST_ID)
        if wrong:
            raise UsageProblem.of(wrong)
        start, now = proofs.spelled(proofs.START_LENGTH), self._store.clock()
        row = (id, kind, name, proofs.hashed(proofs.typed(start)), now + START_DAYS * _DAY_MS, "", 0, now, now, 0)
        with self._store.changing() as db:
            db.execute(f"INSERT OR REPLACE INTO accounts ({_COLUMNS}) VALUES ({', '.join('?' * 10)})", row)
            _forget_second(db, id)
            db.execute("DELETE FROM views WHERE account = ?", (id,))
            end_all(db, id)
        return start

    def reset(self, id: str) -> str:
        """A new start password, no second step, no session: for whoever lost what opens the account. Raises `UsageProblem`."""
        found = self._known(id)
        if found.id == ADMIN:
            raise UsageProblem(t("account.reset_admin"))
        start, now = proofs.spelled(proofs.START_LENGTH), self._store.clock()
        with self._store.changing() as db:
            values = (proofs.hashed(proofs.typed(start)), now + START_DAYS * _DAY_MS, now, id)
            db.execute("UPDATE accounts SET password = ?, start_until = ?, second = '', second_step = 0, changed_at = ?"
                       " WHERE id = ?", values)
            _forget_second(db, id)
            end_all(db, id)
        return start

    def revoke(self, id: str) -> None:
        """Raises `UsageProblem`."""
        if self._known(id).id == ADMIN:
            raise UsageProblem(t("account.revoke_admin"))
        with self._store.changing() as db:
            db.execute("UPDATE accounts SET revoked_at = ? WHERE id = ?", (self._store.clock(), id))
            end_all(db, id)

    def all(self) -> list[Account]:
        self._admin()
        with self._store.reading() as db:
            return [Account(*row) for row in db.execute(f"SELECT {_COLUMNS} FROM accounts ORDER BY id")]

    def find(self, id: str) -> Account | None:
        if id == ADMIN:
            self._admin()
        with self._store.reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM accounts WHERE id = ?", (id,)).fetchone()
        return Account(*row) if row is not None else None

    def _known(self, id: str) -> Account:
        found = self.find(id)
        if found is None or found.revoked_at:
            raise UsageProblem(t("account.unknown", id=id))
        return found

    def _admin(self) -> None:
        """The account `admin` opens with what `init` stored last, until its person changes it."""
        stored = self._init_password()
        if stored == self._init_seen:
            return
        now = self._store.clock()
        with self._store.changing() as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'init_password'").fetchone()
            if row is None or row[0] != stored:
                db.execute("INSERT OR REPLACE INTO meta VALUES ('init_password', ?)", (stored,))
                line = (ADMIN, "admin", t("account.admin"), stored, 0, "", 0, now, now, 0)
                db.execute(f"INSERT OR REPLACE INTO accounts ({_COLUMNS}) VALUES ({', '.join('?' * 10)})", line)
                _forget_second(db, ADMIN)
                end_all(db, ADMIN)
        self._init_seen = stored

    # -- signing in --

    def sign_in(self, id: str, password: str, address: str, agent: str) -> SignIn:
        if self._must_wait(id, address):
            return SignIn("too_many")
        found = self.find(id)
        stored = found.password if found is not None else proofs.NOBODY
        secret = proofs.typed(password) if found is not None and found.start_until else password
        good = proofs.matches(secret, stored) and found is not None and self._may(found)
        if not good or found is None:
            self._failed(id, address, known=found is not None)
            return SignIn("wrong")
        if found.start_until and found.start_until < self._store.clock():
            return SignIn("old")
        if found.second:
            return SignIn("code", self.sessions.begin(id, address, agent, waits=True))
        return SignIn("in", self._welcome(found, address, agent))

    def to_use_passkey(self, cookie: str, site: Site) -> str:
        """What the browser is asked of the person who waits for the second step, "" without a passkey for this name."""
        session = self.sessions.find(cookie)
        return self.passkeys.to_use(session.account, site) if session is not None and session.waits else ""

    def awaits_code(self, cookie: str) -> bool:
        """Has its person given a right password, and no code yet?"""
        session = self.sessions.find(cookie)
        return session is not None and session.waits

    def second_step(self, cookie: str, code: str, address: str, agent: str, passkey: tuple[str, Site] | None = None) -> SignIn:
        """The code of the authenticator, or one of the recovery codes, after a right password; or the answer of a passkey."""
        session = self.sessions.find(cookie)
        found = self.find(session.account) if session is not None and session.waits else None
        if session is None or found is None or not self._may(found):
            return SignIn("wrong")
        if not (self.passkeys.use(found.id, *passkey) if passkey else self._second(found, code)):
            self.sessions.tried(session)
            self._failed(found.id, address)
            return SignIn("code" if self.sessions.find(cookie) else "wrong", cookie)
        self.sessions.end(cookie)
        return SignIn("in", self._welcome(found, address, agent))

    def signed(self, cookie: str) -> Signed | None:
        """The person of a cookie, or None when it is forged, has ended, or its person may no longer."""
        session = self.sessions.find(cookie) if cookie else None
        if session is None or session.waits:
            return None
        found = self.find(session.account)
        if found is None or not self._may(found) or self.sessions.find(cookie) is None:     # `find` may have ended the admin's
            return None
        self.sessions.seen(session)
        return Signed(session, found, self.sessions.token(cookie))

    def goes_on(self, cookie: str) -> bool:
        """May the county's person of this cookie still read? Unlike `signed` it leaves no trace: a page that only stays open asks
        it. Never an organ's: what changes in the county is not theirs to know."""
        session = self.sessions.find(cookie) if cookie else None
        found = self.find(session.account) if session is not None and not session.waits else None
        return found is not None and found.kind != "organ" and self._may(found) and not found.start_until

    def tried_too_often(self, mark: str, address: str) -> bool:
        """Of what is opened by a word alone, without an account."""
        return self._guesses.too_many_failures(mark, address)

    def tried(self, mark: str, address: str, *, good: bool) -> None:
        (self._guesses.record_success if good else self._guesses.record_failure)(mark, address)

    def to_prove_by_passkey(self, signed: Signed, site: Site) -> str:
        """What the browser is asked before a fresh proof, "" without a passkey for this name."""
        return self.passkeys.to_use(signed.account.id, site)

    def prove(self, signed: Signed, secret: str, address: str, passkey: tuple[str, Site] | None = None) -> bool:
        """Once more the password, a code or a passkey's answer, before what must not be done at a desk that was left."""
        account = signed.account
        if self._must_wait(account.id, address):
            return False
        if not (self.passkeys.use(account.id, *passkey) if passkey else
                proofs.matches(secret, account.password) or self._second(account, secret)):
            self._failed(account.id, address)
            return False
        self.sessions.proved(signed.session)
        return True

    def is_fresh(self, signed: Signed) -> bool:
        return self._store.clock() - signed.session.proved_at <= PROOF_MS

    def _must_wait(self, id: str, address: str) -> bool:
        return any(self._guesses.too_many_failures(mark, address) for mark in _marks(id))

    def _failed(self, id: str, address: str, *, known: bool = True) -> None:
        """Of a name that is no account only the try is kept: some people type their password there."""
        for mark in _marks(id if known else ""):
            self._guesses.record_failure(mark, address)
        self.audit.note(id if known else "", "failed", address=address)

    def _welcome(self, account: Account, address: str, agent: str) -> str:
        for mark in _marks(account.id):
            self._guesses.record_success(mark, address)
        self.audit.note(account.id, "sign_in", address=address)
        return self.sessions.begin(account.id, address, agent, waits=False)

    def _may(self, account: Account) -> bool:
        return not account.revoked_at and (account.kind not in PEOPLE or self.kind_of(account.id) == account.kind)

    # -- what a person changes himself --

    def change_password(self, signed: Signed, old: str, new: str, again: str | None = None) -> None:
        """Ends every other session. `again`: the new one typed a second time. Raises `UsageProblem` with all that is wrong."""
        account = signed.account
        wrong = {}
        if not proofs.matches(proofs.typed(old) if account.start_until else old, account.password):
            wrong["old"] = t("account.wrong_old")
        if not proofs.LEAST_PASSWORD <= len(new) <= proofs.MOST_PASSWORD or new == old or len(set(new)) < 4 or account.id in new:
            wrong["new"] = t("account.weak", least=proofs.LEAST_PASSWORD)
        if again is not None and new != again:
            wrong["again"] = t("account.not_twice")
        if wrong:
            raise UsageProblem.of(wrong)
        with self._store.changing() as db:
            db.execute("UPDATE accounts SET password = ?, start_until = 0, changed_at = ? WHERE id = ?",
                       (proofs.hashed(new), self._store.clock(), account.id))
            end_all(db, account.id, but=signed.session.cookie)

    def begin_second(self) -> str:
        """The secret of a new authenticator; nothing is stored before `finish_second`."""
        return proofs.new_second()

    def finish_second(self, signed: Signed, secret: str, code: str) -> list[str]:
        """Store the authenticator that gave a right code; the recovery codes, which are shown once. Raises `UsageProblem`."""
        step = proofs.step_of(code, secret, self._store.clock(), 0)
        if not step:
            raise UsageProblem(t("account.wrong_code"))
        codes = [proofs.spelled(proofs.RECOVERY_LENGTH) for _ in range(proofs.RECOVERY_CODES)]
        with self._store.changing() as db:
            db.execute("UPDATE accounts SET second = ?, second_step = ? WHERE id = ?", (secret, step, signed.account.id))
            db.execute("DELETE FROM recovery WHERE account = ?", (signed.account.id,))
            db.executemany("INSERT INTO recovery VALUES (?, ?)",
                           [(signed.account.id, _quick_hash(code)) for code in codes])
        return codes

    def drop_second(self, signed: Signed) -> None:
        with self._store.changing() as db:
            db.execute("UPDATE accounts SET second = '', second_step = 0 WHERE id = ?", (signed.account.id,))
            _forget_second(db, signed.account.id)

    def recovery_left(self, id: str) -> int:
        with self._store.reading() as db:
            return int(db.execute("SELECT count(*) FROM recovery WHERE account = ?", (id,)).fetchone()[0])

    def _second(self, account: Account, code: str) -> bool:
        """Is it a code of the account's authenticator or an unused recovery code? Either is good once."""
        if not account.second:
            return False
        with self._store.changing() as db:
            last = _last_step(db, account.id)
            step = proofs.step_of(code, account.second, self._store.clock(), last)
            if step:
                db.execute("UPDATE accounts SET second_step = ? WHERE id = ?", (step, account.id))
                return True
            used = db.execute("DELETE FROM recovery WHERE account = ? AND hash = ?", (account.id, _quick_hash(code)))
            return used.rowcount > 0


def _marks(id: str) -> tuple[str, str]:
    """What a wrong try counts for: the console, whichever account is tried, and this account."""
    return "console", f"console {id}"


def _forget_second(db: sqlite3.Connection, id: str) -> None:
    """Whatever stood beside the authenticator goes with it."""
    db.execute("DELETE FROM recovery WHERE account = ?", (id,))
    db.execute("DELETE FROM passkeys WHERE account = ?", (id,))


def _last_step(db: sqlite3.Connection, id: str) -> int:
    return int(db.execute("SELECT second_step FROM accounts WHERE id = ?", (id,)).fetchone()[0])


def _quick_hash(code: str) -> str:
    # sixty random bits need no slow hash
    return hashlib.sha256(proofs.typed(code).encode("utf-8", "surrogatepass")).hexdigest()
