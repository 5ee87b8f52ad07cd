"""A passkey instead of the code, made and used in a browser with its own authenticator; what is none opens nothing."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pyotp
import pytest

from county_hub.accounts.opened import opened_accounts
from county_hub.accounts.passkeys import Site
from county_hub.commands.cli import main
from tests.support import loopback
from tests.support.county_hub.browsing import CHROMIUM, press, sign_in
from tests.support.county_hub.hub_support import (
    COUNTY,
    PASSWORD,
    REPOSITORY,
    RunningHub,
    found_county,
    opened,
    running_hub,
    with_account,
)

OUTPUT = REPOSITORY / "test-output" / "console"
AUTHENTICATOR = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                 "isUserVerified": True, "automaticPresenceSimulation": True}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    home = found_county(tmp_path_factory.mktemp("passkeys"))
    person = ["--id", "x1", "--name", "演示督办员", "--office", COUNTY, "--roles", "supervisor"]
    assert main(["staff", "add", str(home), *person]) == 0
    with_account(home, "x1")
    with running_hub(home) as running:
        yield running


def enter(page: Any, address: str) -> None:
    page.goto(f"{address}/console/login")
    sign_in(page)


@pytest.mark.gui
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_passkey_is_made_beside_the_codes_and_signs_in(hub: RunningHub) -> None:
    from playwright.sync_api import sync_playwright

    named, sent = hub.url.replace("127.0.0.1", "localhost"), list[str]()
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_context(viewport={"width": 1366, "height": 768}).new_page()
        page.on("request", lambda one: sent.append(one.post_data or "") if one.url.endswith("/login/passkey") else None)
        line = page.context.new_cdp_session(page)
        line.send("WebAuthn.enable")
        line.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        enter(page, named)
        page.goto(f"{named}/console/account")
        assert page.get_by_role("button", name="加一把通行密钥").count() == 0       # codes first
        press(page, page.get_by_role("button", name="开通").first)
        secret = page.locator("p.mono").inner_text()
        page.fill("input[name=code]", pyotp.TOTP(secret).now())
        press(page, "form[action='/console/account/second'] button")
        page.goto(f"{named}/console/account")
        page.get_by_role("button", name="加一把通行密钥").click()
        page.get_by_label("给它起个名").fill("演示手机")
        page.screenshot(path=OUTPUT / "passkey-1366.png", full_page=True)
        page.get_by_role("button", name="在这台设备上生成").click()
        page.get_by_text("通行密钥已加上").wait_for()
        assert page.get_by_text("演示手机").is_visible()
        press(page, ".who button")
        enter(page, named)
        page.screenshot(path=OUTPUT / "passkey-login-1366.png", full_page=True)
        page.get_by_role("button", name="用通行密钥登录").click()
        page.wait_for_url(f"{named}/console/")
        _refused_again(named, parse_qs(sent[-1])["answer"][0])
        _proves_before_an_export(page, named, hub)
        page.goto(f"{named}/console/account")
        page.get_by_role("button", name="删除").click()
        page.get_by_role("button", name="用通行密钥确认").click()
        page.get_by_text("通行密钥已删除").wait_for()
        chromium.close()


def _proves_before_an_export(page: Any, named: str, hub: RunningHub) -> None:
    """A desk that was left asks once more; finger instead of a code, and the answer is good for this one question."""
    page.goto(f"{named}/console/audit?account=x1")
    _left(hub)
    press(page, "form[action='/console/audit/export'] button")
    page.get_by_text("再确认一次身份").first.wait_for()
    page.screenshot(path=OUTPUT / "passkey-proof-1366.png", full_page=True)
    with page.expect_request("**/audit/export") as asked, page.expect_download() as got:
        page.get_by_role("button", name="用通行密钥确认").click()
    assert "登录" in got.value.path().read_text(encoding="utf-8-sig")
    _left(hub)
    again = page.request.post(f"{named}/console/audit/export", form={
        name: values[0] for name, values in parse_qs(asked.value.post_data).items()})
    assert (again.status, "没有核对上" in again.text()) == (403, True)


def _left(hub: RunningHub) -> None:
    with sqlite3.connect(hub.home / "accounts.sqlite") as db:
        db.execute("UPDATE sessions SET proved_at = ?", (int(time.time() * 1000) - 11 * 60_000,))


def test_what_was_typed_is_carried_over_the_question_with_every_value_of_a_field(hub: RunningHub) -> None:
    with hub.console() as client:
        csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get("/console/account").text)
        assert csrf
        _left(hub)
        page = client.post("/console/do/token/add", data={
            "csrf": csrf[1], "f.scopes": ["cases:read", "records:read"], "f.name": "演示"})
        assert page.status_code == 403
        assert re.findall(r'name="f.scopes" value="([^"]*)"', page.text) == ["cases:read", "records:read"]
        file = client.post("/console/do/token/add", data={"csrf": csrf[1]}, files={"f.file": ("a.csv", b"x")})
        assert "选好的文件要重新选一次" in file.text


def _refused_again(named: str, answer: str) -> None:
    """The same answer to another question, with the right password."""
    with loopback.Client(base_url=named, timeout=30) as thief:
        asked = thief.post("/console/login", data={"staff": "x1", "password": PASSWORD})
        assert "用通行密钥登录" in asked.text
        for given in (answer, "{}", "x" * 7000, '{"id": "AAAA"}'):
            assert thief.post("/console/login/passkey", data={"answer": given, "next": "/console/"}).status_code == 403


def test_an_address_of_numbers_has_no_passkeys(hub: RunningHub) -> None:
    assert not Site("127.0.0.1", "http://127.0.0.1").may
    assert not Site("::1", "http://[::1]").may
    assert Site("hub.example.gov.cn", "https://hub.example.gov.cn").may
    with hub.console() as client:
        csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get("/console/account").text)
        assert csrf
        answer = client.post("/console/account/passkey/new", data={"csrf": csrf[1]})
        assert answer.status_code == 400
        assert "请先开通两步验证" in answer.text


def test_a_reset_account_has_lost_its_passkeys(hub: RunningHub) -> None:
    with opened(hub.home) as own:
        accounts = opened_accounts(own)
        with accounts._store.changing() as db:
            db.execute("INSERT INTO passkeys VALUES ('k1', 'x1', 'localhost', '演示', x'00', 0, 1, 0)")
        assert [key.id for key in accounts.passkeys.of("x1")] == ["k1"]
        accounts.reset("x1")
        assert accounts.passkeys.of("x1") == []
