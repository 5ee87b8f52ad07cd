"""Accounts over HTTP: the first sign-in, two steps, the admin's page, a proof before a release, who looked at what."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pyotp
import pytest

from county_hub.commands.cli import main
from tests.support.county_hub.hub_support import COUNTY, PASSWORD, RunningHub, found_county, running_hub, store_in_county
from tests.support.shared.domain_events import World

OWN = "DEMO 渠水长流 2026"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningHub, Path, str]]:
    home = found_county(tmp_path_factory.mktemp("accounts"))
    for id, name in (("s1", "演示督办员"), ("s2", "演示调度员")):
        assert main(["staff", "add", str(home), "--id", id, "--name", name, "--office", COUNTY, "--roles", "supervisor"]) == 0
    world = World()
    case = world.mediating(summary="DEMO 排水渠").subject
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with running_hub(home) as hub:
        yield hub, home, case


def csrf(text: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', text)
    assert found, text[:400]
    return found.group(1)


def made(capsys: Any, *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["account", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def enter(client: httpx2.Client, staff: str, password: str) -> httpx2.Response:
    return client.post("/console/login", data={"staff": staff, "password": password})


def test_the_first_sign_in_leads_nowhere_but_to_an_own_password(county: Any, capsys: Any) -> None:
    hub, home, case = county
    start = made(capsys, "add", str(home), "s1")["start_password"]
    with hub.client(follow_redirects=True) as client:
        page = enter(client, "s1", start)
        assert "请先设自己的口令" in page.text
        assert str(client.get(f"/console/cases/{case}").url).endswith("/console/account")
        send = {"csrf": csrf(page.text), "old": start, "new": OWN, "again": OWN + "x"}
        wrong = client.post("/console/account/password", data=send)
        assert (wrong.status_code, "两次输入的新口令不一样" in wrong.text) == (400, True)
        done = client.post("/console/account/password", data={**send, "again": OWN})
        assert "口令已更换" in done.text
        assert client.get(f"/console/cases/{case}").status_code == 200
    listed = made(capsys, "list", str(home))
    assert {row["id"]: row["state"] for row in listed}["s1"] == "good"  # type: ignore[index]


def test_two_steps_from_the_picture_to_the_recovery_code(county: Any, capsys: Any) -> None:
    hub, home, _ = county
    main(["account", "revoke", str(home), "s2"])
    start = made(capsys, "add", str(home), "s2")["start_password"]
    with hub.client(follow_redirects=True) as client:
        token = csrf(enter(client, "s2", start).text)
        client.post("/console/account/password", data={"csrf": token, "old": start, "new": OWN, "again": OWN})
        page = client.post("/console/account/second", data={"csrf": token}).text
        assert 'src="data:image/svg+xml' in page
        secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', page)
        assert secret
        code = pyotp.TOTP(secret.group(1)).now()
        page = client.post("/console/account/second", data={"csrf": token, "secret": secret.group(1), "code": code}).text
        spare = re.findall(r'<li class="mono">([0-9A-Z-]{14})</li>', page)
        assert len(spare) == 10
    with hub.client(follow_redirects=True) as client:
        page = enter(client, "s2", OWN)
        assert "动态码" in page.text
        assert str(client.get("/console/cases").url).split("?")[0].endswith("/console/login")
        wrong = client.post("/console/login/code", data={"code": "000", "next": "/console/cases"})
        assert (wrong.status_code, "动态码不对" in wrong.text) == (403, True)
        right = client.post("/console/login/code", data={"code": spare[0], "next": "/console/cases"})
        assert str(right.url).endswith("/console/cases")


def test_before_an_export_an_old_session_proves_itself_and_nothing_typed_is_lost(county: Any) -> None:
    hub, home, case = county
    with hub.console() as client:
        client.get(f"/console/cases/{case}")
        with sqlite3.connect(home / "accounts.sqlite") as db:
            db.execute("UPDATE sessions SET proved_at = ? WHERE account = 'admin'", (int(time.time() * 1000) - 11 * 60_000,))
        token = csrf(client.get("/console/audit").text)
        asked = client.post("/console/audit/export", data={"csrf": token, "subject": case})
        assert asked.status_code == 403
        assert f'name="subject" value="{case}"' in asked.text
        wrong = client.post("/console/audit/export", data={"csrf": token, "subject": case, "proof": "guess"})
        assert (wrong.status_code, "不对" in wrong.text) == (403, True)
        given = client.post("/console/audit/export", data={"csrf": token, "subject": case, "proof": PASSWORD})
        assert given.headers["content-type"].startswith("text/csv")
        lines = list(csv.reader(io.StringIO(given.content.decode("utf-8-sig"))))
        assert lines[0] == ["时间", "账号", "做了什么", "对象", "来访地址"]
        assert ["admin", "查看案件", case] in [line[1:4] for line in lines[1:]]


def test_the_audit_page_calls_a_case_by_its_number_and_finds_it_by_that(county: Any) -> None:
    hub, _, case = county
    with hub.console() as client:
        client.get(f"/console/cases/{case}")
        page = client.get("/console/audit").text
        linked = re.findall(rf'<a href="/console/cases/{case}">([^<]+)</a>', page)
        assert linked
        assert case not in re.sub(r"<[^>]+>", " ", page), "a person reads no id"
        found = client.get("/console/audit", params={"subject": linked[0]}).text
        assert f'<a href="/console/cases/{case}">{linked[0]}</a>' in found
        assert "登录" not in re.sub(r"<[^>]+>", " ", found.partition("<tbody>")[2].partition("</tbody>")[0]), "of this case alone"
        assert client.get("/console/audit", params={"subject": "没有这个"}).text.count("<tr>") == 1


def test_a_formula_in_the_audit_log_is_a_text_in_the_file(county: Any) -> None:
    hub, _, _ = county
    with hub.client() as client:
        enter(client, "DEMO 误填的口令", "x")
    with hub.console() as client:
        token = csrf(client.get("/console/audit").text)
        client.post("/console/accounts/viewer", data={"csrf": token, "id": "=HYPERLINK(1)", "name": "大厅"})
        text = client.post("/console/audit/export", data={"csrf": token}).content.decode("utf-8-sig")
    assert ",'=HYPERLINK(1)," in text
    assert "误填的口令" not in text, "who types his password into the field of the name must not read it here"


def test_only_the_admin_manages_accounts_and_ends_them(county: Any) -> None:
    hub, _, _ = county
    with hub.console() as admin:
        page = admin.get("/console/accounts")
        token = csrf(page.text)
        page = admin.post("/console/accounts/viewer", data={"csrf": token, "id": "wall", "name": "大厅屏幕"})
        start = re.search(r'class="big mono">([0-9A-Z-]{19})<', page.text)
        assert start
        again = admin.post("/console/accounts/viewer", data={"csrf": token, "id": "wall", "name": "大厅屏幕"})
        assert (again.status_code, "已经有了" in again.text) == (400, True)
        with hub.client(follow_redirects=True) as viewer:
            own = csrf(enter(viewer, "wall", start.group(1)).text)
            viewer.post("/console/account/password",
                        data={"csrf": own, "old": start.group(1), "new": OWN, "again": OWN})
            assert viewer.get("/console/accounts").status_code == 403
            assert viewer.post("/console/accounts/revoke", data={"csrf": own, "id": "s1"}).status_code == 403
            assert viewer.get("/console/audit").status_code == 403
            assert "（只读）" in viewer.get("/console/").text
            admin.post("/console/accounts/revoke", data={"csrf": token, "id": "wall"})
            assert str(viewer.get("/console/").url).split("?")[0].endswith("/console/login")


def test_a_session_is_seen_and_ended_from_another(county: Any) -> None:
    hub, _, _ = county
    with hub.console() as here, hub.console() as there:
        page = here.get("/console/account").text
        numbers = re.findall(r'name="number" value="([0-9a-f]{12})"', page)
        assert numbers
        for number in numbers:
            here.post("/console/account/session", data={"csrf": csrf(page), "number": number})
        assert str(there.get("/console/").url).split("?")[0].endswith("/console/login")
        assert here.get("/console/").status_code == 200


@pytest.mark.parametrize("path", ["account", "accounts", "audit", "audit?before=9&account=x&subject=%00"])
def test_pages_of_people_load_nothing_from_elsewhere(county: Any, path: str) -> None:
    with county[0].console() as client:
        answer = client.get(f"/console/{path}")
    assert answer.status_code == 200
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
    assert "〔" not in answer.text
