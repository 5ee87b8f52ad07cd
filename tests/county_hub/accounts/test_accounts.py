"""Personal accounts: start passwords, the second step, sessions, and who may when."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pyotp
import pytest

from county_hub.accounts import proofs
from county_hub.accounts.accounts import PROOF_MS, Accounts
from county_hub.accounts.audit import Audit
from county_hub.accounts.sessions import MOST_TRIES, SEEN_EVERY_MS, WAIT_MS, SessionRows, forget_sessions
from county_hub.accounts.store import AccountStore
from county_hub.hub.kept.passwords import hash_password
from county_hub.hub.kept.registry import SOURCE_FAILURES, Registry
from county_hub.hub.problems import UsageProblem

HERE, AGENT, OWN = "10.0.0.1", "test", "DEMO 渠水长流 2026"
DAY = 86_400_000


class Desk:
    """Accounts of a HOME whose clock and officers the test sets."""

    def __init__(self, folder: Path) -> None:
        self.now, self.officers, self.init = 1_790_000_000_000, {"x1", "x2"}, hash_password("init-password")
        self.registry = Registry(folder / "hub.sqlite", pepper=b"p", clock=lambda: self.now)
        self.store = AccountStore(folder / "accounts.sqlite", lambda: self.now)
        self.audit = Audit(self.store, 200)
        sessions = SessionRows(self.store, b"k", 8 * 3_600_000)
        self.people = Accounts(self.store, sessions, self.audit, self.registry, self.kind, lambda: self.init)

    def kind(self, staff: str) -> Any:
        return "officer" if staff in self.officers else None

    def enter(self, id: str, password: str, address: str = HERE) -> Any:
        return self.people.sign_in(id, password, address, AGENT)

    def own(self, id: str = "x1") -> Any:
        """Signed in with an own password."""
        start = self.people.add(id, "officer", "演示员")
        signed = self.people.signed(self.enter(id, start).cookie)
        assert signed is not None
        self.people.change_password(signed, start, OWN)
        again = self.people.signed(self.enter(id, OWN).cookie)
        assert again is not None
        return again


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def code_of(secret: str, now: int) -> str:
    return pyotp.TOTP(secret).at(now // 1000)


def test_a_start_password_opens_seven_days_however_it_is_typed_and_ends_with_the_own_one(desk: Desk) -> None:
    start = desk.people.add("x1", "officer", "演示员")
    signed = desk.people.signed(desk.enter("x1", start.lower().replace("-", " ")).cookie)
    assert signed is not None
    assert signed.account.start_until == desk.now + 7 * DAY
    desk.people.change_password(signed, start, OWN)
    assert desk.enter("x1", start).result == "wrong"
    assert desk.enter("x1", OWN).result == "in"
    assert (desk.store.path.stat().st_mode & 0o777) == 0o600
    assert all(secret.encode() not in desk.store.path.read_bytes() for secret in (start, OWN))


def test_an_old_start_password_says_so_to_who_knows_it(desk: Desk) -> None:
    start = desk.people.add("x1", "officer", "演示员")
    desk.now += 7 * DAY + 1
    assert desk.enter("x1", start).result == "old"
    assert desk.enter("x1", "guess").result == "wrong"


@pytest.mark.parametrize("new", ["short", "aaaaaaaaaaaa", "for-x1-only-2026", OWN, "x" * 201])
def test_a_weak_password_is_refused_and_the_old_one_stays(desk: Desk, new: str) -> None:
    signed = desk.own()
    with pytest.raises(UsageProblem, match="新口令太弱"):
        desk.people.change_password(signed, OWN, new)
    assert desk.enter("x1", OWN).result == "in"


def test_a_new_password_ends_every_session_but_this(desk: Desk) -> None:
    signed, elsewhere = desk.own(), desk.enter("x1", OWN, "10.0.0.2").cookie
    desk.people.change_password(signed, OWN, OWN + "!")
    assert desk.people.signed(elsewhere) is None
    assert [s.number for s in desk.people.sessions.of("x1")] == [signed.session.number]


def test_a_dismissed_officer_a_revoked_account_and_a_reset_are_out_at_once(desk: Desk) -> None:
    desk.own()
    cookie = desk.enter("x1", OWN).cookie
    desk.officers.discard("x1")
    assert (desk.people.signed(cookie), desk.enter("x1", OWN).result) == (None, "wrong")
    desk.officers.add("x1")
    assert desk.people.signed(cookie) is not None
    desk.people.revoke("x1")
    assert (desk.people.signed(cookie), desk.enter("x1", OWN).result) == (None, "wrong")
    start = desk.people.add("x1", "officer", "演示员")
    cookie = desk.enter("x1", start).cookie
    desk.people.reset("x1")
    assert (desk.people.signed(cookie), desk.enter("x1", start).result) == (None, "wrong")


def test_the_second_step_takes_each_code_once_and_a_recovery_code_once(desk: Desk) -> None:
    signed, secret = desk.own(), desk.people.begin_second()
    with pytest.raises(UsageProblem, match="动态码不对"):
        desk.people.finish_second(signed, secret, "000000")
    spare = desk.people.finish_second(signed, secret, code_of(secret, desk.now))
    assert len(spare) == proofs.RECOVERY_CODES
    first = desk.enter("x1", OWN)
    assert first.result == "code"
    assert desk.people.signed(first.cookie) is None, "half a sign-in opens nothing"
    assert desk.people.second_step(first.cookie, code_of(secret, desk.now), HERE, AGENT).result == "code", "used at setting up"
    desk.now += 30_000
    now = code_of(secret, desk.now)
    done = desk.people.second_step(first.cookie, now, HERE, AGENT)
    assert done.result == "in"
    assert done.cookie != first.cookie
    assert desk.people.signed(done.cookie) is not None
    second = desk.enter("x1", OWN).cookie
    assert desk.people.second_step(second, now, HERE, AGENT).result == "code", "a code that somebody saw is used up"
    assert desk.people.second_step(second, spare[3].lower(), HERE, AGENT).result == "in"
    third = desk.enter("x1", OWN).cookie
    assert desk.people.second_step(third, spare[3], HERE, AGENT).result == "code"
    assert desk.people.recovery_left("x1") == proofs.RECOVERY_CODES - 1


def test_half_a_sign_in_ends_after_its_tries_and_its_minutes(desk: Desk) -> None:
    signed, secret = desk.own(), desk.people.begin_second()
    desk.people.finish_second(signed, secret, code_of(secret, desk.now))
    cookie = desk.enter("x1", OWN).cookie
    results = [desk.people.second_step(cookie, "123", HERE, AGENT).result for _ in range(MOST_TRIES + 1)]
    assert results == ["code"] * (MOST_TRIES - 1) + ["wrong"] * 2
    cookie = desk.enter("x1", OWN).cookie
    desk.now += WAIT_MS + 1
    assert desk.people.second_step(cookie, code_of(secret, desk.now), HERE, AGENT).result == "wrong"


def test_guesses_are_counted_for_the_address_whatever_account_they_name(desk: Desk) -> None:
    desk.own()
    results = [desk.enter(f"nobody{n}", "guess", "10.9.9.9").result for n in range(SOURCE_FAILURES + 1)]
    assert results == ["wrong"] * SOURCE_FAILURES + ["too_many"]
    assert desk.enter("x1", OWN, "10.9.9.9").result == "too_many"
    assert desk.enter("x1", OWN).result == "in"


def test_a_proof_grows_old_and_is_given_again_with_password_or_code(desk: Desk) -> None:
    signed = desk.own()
    assert desk.people.is_fresh(signed)
    desk.now += PROOF_MS + 1
    assert not desk.people.is_fresh(signed)
    assert not desk.people.prove(signed, "guess", HERE)
    assert desk.people.prove(signed, OWN, HERE)
    fresh = desk.people.signed(desk.enter("x1", OWN).cookie)
    assert fresh is not None
    assert desk.people.is_fresh(fresh)


def test_admin_opens_with_what_init_stored_last_and_its_sessions_end_with_it(desk: Desk) -> None:
    cookie = desk.enter("admin", "init-password").cookie
    assert desk.people.signed(cookie) is not None
    desk.init = hash_password("another-password")
    assert desk.people.signed(cookie) is None
    assert [desk.enter("admin", word).result for word in ("init-password", "another-password")] == ["wrong", "in"]
    for act in (desk.people.reset, desk.people.revoke):
        with pytest.raises(UsageProblem, match="管理员"):
            act("admin")


def test_sessions_are_few_and_none_is_put_back_with_a_backup(desk: Desk) -> None:
    signed = desk.own()
    for _ in range(30):
        cookie = desk.enter("x1", OWN).cookie
    assert len(desk.people.sessions.of("x1")) == 20
    assert desk.people.sessions.end_number("x1", desk.people.sessions.of("x1")[-1].number)
    assert not desk.people.sessions.end_number("x2", signed.session.number)
    forget_sessions(desk.store.path, lambda: desk.now)
    assert desk.people.signed(cookie) is None


def test_who_is_no_officer_gets_an_account_as_a_viewer_alone(desk: Desk) -> None:
    with pytest.raises(UsageProblem, match="staff add"):
        desk.people.add("wall", "officer", "大厅")
    start = desk.people.add("wall", "viewer", "大厅屏幕")
    assert desk.enter("wall", start).result == "in"
    for bad in ("admin", "", "w" * 65):
        with pytest.raises(UsageProblem):
            desk.people.add(bad, "viewer", "大厅")


def test_the_audit_log_tells_who_what_and_when_and_forgets_after_its_days(desk: Desk) -> None:
    desk.own()
    desk.audit.note("x1", "case", "case-1", HERE)
    desk.enter("x1", "guess", "10.0.0.7")
    told = [(line.account, line.what, line.subject, line.address) for line in desk.audit.lines(account="x1")]
    assert told[:2] == [("x1", "failed", "", "10.0.0.7"), ("x1", "case", "case-1", HERE)]
    assert [line.what for line in desk.audit.lines(subject="case-1")] == ["case"]
    last = desk.audit.lines()[0].n
    assert all(line.n < last for line in desk.audit.lines(before=last))
    desk.now += 201 * DAY
    for _ in range(500):
        desk.audit.note("x2", "case", "case-2")
    assert desk.audit.lines(account="x1") == []


def test_who_is_signed_in_reads_on_while_another_writes_the_accounts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.own()
    cookie = desk.enter("x1", OWN).cookie
    desk.now += SEEN_EVERY_MS
    waited: list[float] = []
    whole = desk.store.changing
    monkeypatch.setattr(desk.store, "changing", lambda **wait: (waited.append(wait["wait_s"]), whole(**wait))[1])
    with contextlib.closing(sqlite3.connect(desk.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert desk.people.signed(cookie) is not None
        other.execute("ROLLBACK")
    assert waited == [0], "the list of sessions is nothing to wait for"


def test_wrong_guesses_of_a_clock_that_was_set_back_since_lock_nobody_out(desk: Desk) -> None:
    start = desk.people.add("x1", "officer", "演示员")
    desk.now += 3650 * DAY
    for _ in range(SOURCE_FAILURES):
        desk.enter("x1", "guessed")
    assert desk.enter("x1", start).result == "too_many"
    desk.registry.add_contacts({"d": ("o", desk.now, 1, "")})
    desk.now -= 3650 * DAY
    assert desk.enter("x1", start).result == "in"
    desk.registry.add_contacts({"d": ("o", desk.now, 1, "")})
    assert desk.registry.contacts()["d"].last_at == desk.now, "an office that is silent from now on will be shown so"
