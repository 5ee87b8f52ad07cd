"""A session runs out while somebody types: what he typed is in the form again when he has signed in, and nothing was done."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest

from county_hub.commands.cli import main
from county_hub.console.unsent import MOST_LETTERS, Unsent
from county_hub.county.demand_office import opened_demands
from county_hub.demands import code as codes
from county_hub.demands.desk import Typed
from county_hub.hub.hub import hub_home
from tests.support.county_hub.hub_support import COUNTY, RunningHub, found_county, opened, running_hub
from tests.support.county_hub.player import Player, again, filled, form_of, notice, run_out


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    home = found_county(tmp_path_factory.mktemp("run-out"))
    for staff in ("x1", "x2"):
        person = ["--id", staff, "--name", f"演示{staff}", "--office", COUNTY, "--roles", "mediator,supervisor,window_clerk"]
        assert main(["staff", "add", str(home), *person]) == 0
    with opened(home) as there, contextlib.closing(opened_demands(there)) as demands:
        typed = Typed("water", "DEMO 上游一夜没关闸", COUNTY, "", "演示周玉梅", "10000000001")
        demands.take(codes.new(), typed, [], "192.0.2.1", worked=True, channel="form")
    with running_hub(home) as running:
        yield running


def test_what_was_typed_when_the_session_ran_out_is_in_the_form_again_for_the_same_person_once(hub: RunningHub) -> None:
    with hub.console("x1") as client, hub.console("x2") as other:
        player = Player(hub, client, "")
        case = player.case(summary="DEMO 写到一半")
        path = f"/console/cases/{case}/do/add_note"
        words = "DEMO 写了很久的话" * 300
        form, theirs = form_of(client.get(path).text), form_of(other.get(path).text)
        headers = {"referer": f"{hub.url}{path}"}
        run_out(hub)
        answer = client.post(path, data=filled(form, {"text": words}), headers=headers)
        forged = other.post(path, data={**filled(theirs, {"text": "DEMO 别处来的"}), "csrf": "0" * 64}, headers=headers)
        page = again(other, forged, "x2")
        assert words not in page.text
        assert "DEMO 别处来的" not in page.text
        page = again(client, answer)
        assert page.url.path == path
        assert words in page.text
        assert "登录到期前您填的都还在" in notice(page.text)
        assert words not in client.get(f"/console/cases/{case}").text, "nothing was done"
        assert words not in client.get(path).text, "once"
        assert "done=add_note" in str(client.post(path, data=filled(form_of(page.text), {})).url)
        assert words in client.get(f"/console/cases/{case}").text


def test_of_a_form_with_a_file_the_words_are_kept_and_the_file_is_asked_for_again(hub: RunningHub) -> None:
    with hub.console("x1") as client:
        path = "/console/do/staff/import"
        form = form_of(client.get(path).text)
        run_out(hub)
        answer = client.post(path, data=filled(form, {"since": "2026-11-02"}), files={"file": ("人员.csv", b"id\n")},
                             headers={"referer": f"{hub.url}{path}"})
        page = again(client, answer)
        assert page.url.path == path
        assert 'value="2026-11-02"' in page.text
        assert "您填的都还在" in notice(page.text)
        assert "选好的文件要重新选一次" in notice(page.text)


def test_a_form_within_a_page_leads_back_to_that_page_with_its_words(hub: RunningHub) -> None:
    with hub.console("x1") as client:
        token = client.get("/console/demands/1").text.split('name="csrf" value="')[1][:64]
        run_out(hub)
        answer = client.post("/console/demands/1/return", data={"csrf": token, "reason": "DEMO 请带上土地证再来"},
                             headers={"referer": f"{hub.url}/console/demands/1"})
        page = again(client, answer)
        assert page.url.path == "/console/demands/1"
        assert ">DEMO 请带上土地证再来</textarea>" in page.text
        assert page.status_code == client.get("/console/demands/1").status_code == 200
        run_out(hub)
        answer = client.post("/console/duplicates/dismiss", data={"csrf": token}, headers={"referer": "https://evil.example/x"})
        assert again(client, answer).url.path == "/console/"
        run_out(hub)
        answer = client.post("/console/duplicates/dismiss", data={"csrf": token}, headers={"referer": "http://[::"})
        assert again(client, answer).url.path == "/console/"


def test_the_reason_typed_beside_a_doubtful_pair_is_there_again(hub: RunningHub) -> None:
    with hub.console("x1") as client:
        player = Player(hub, client, "")
        for _ in range(2):
            player.case(summary="DEMO 同一件事")
        page = client.get("/console/duplicates").text
        sent = {name: page.partition('action="/console/duplicates/merge"')[2].split(f'name="{name}" value="')[1].partition('"')[0]
                for name in ("csrf", "case", "other")}
        run_out(hub)
        answer = client.post("/console/duplicates/merge", data={**sent, "reason": "DEMO 打电话问过两家"},
                             headers={"referer": f"{hub.url}/console/duplicates?case={sent['case']}"})
        page = again(client, answer)
        assert page.url.query == f"case={sent['case']}".encode()
        assert (page.status_code, page.text.count('value="DEMO 打电话问过两家"')) == (200, 1)
        assert "登录到期前您填的都还在" in notice(page.text)
        assert "DEMO 打电话问过两家" not in client.get("/console/duplicates").text, "once"


def test_a_browser_still_sends_its_cookie_when_the_session_has_run_out(hub: RunningHub) -> None:
    with hub.console("x1") as client:
        expires = next(cookie.expires for cookie in client.cookies.jar if cookie.name == "hub_console")
        with contextlib.closing(sqlite3.connect(hub_home(str(hub.home)).accounts)) as db:
            until = db.execute("SELECT max(until) FROM sessions WHERE account = 'x1'").fetchone()[0]
        assert expires is not None
        assert expires * 1000 > until + 3_600_000


def test_what_is_kept_is_forgotten_after_a_while_and_never_much() -> None:
    now = [0.0]
    unsent = Unsent(lambda: now[0])
    unsent.keep("x1", "/a", [("csrf", "c"), ("q.text", "DEMO")])
    assert unsent.take("x2", "/a") == unsent.take("x1", "/b") == ()
    assert unsent.take("x1", "/a") == (("q.text", "DEMO"),)
    unsent.keep("x1", "/a", [("q.text", "DEMO")])
    now[0] = 1801.0
    assert unsent.take("x1", "/a") == ()
    unsent.keep("x1", "/a", [("q.text", "DEMO")])
    now[0] = 3602.0
    unsent.keep("x2", "/b", [("q.text", "DEMO")])
    assert list(unsent._kept) == [("x2", "/b")], "nobody came for it: it is in memory no longer"
    unsent.keep("x1", "/a", [("q.text", "字" * (MOST_LETTERS + 1))])
    assert unsent.take("x1", "/a") == ()
    unsent.keep("x2", "/b", [("q.text", "DEMO")])
    for page in range(100):
        unsent.keep("x1", f"/{page}", [("q.text", "DEMO")])
    assert [page for page in range(100) if unsent.take("x1", f"/{page}")] == [96, 97, 98, 99]
    assert unsent.take("x2", "/b"), "whoever sends and sends pushes out what is his own"
