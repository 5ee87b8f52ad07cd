"""The stream of changes over real HTTP, and in a real browser: what is told, to whom, and that nothing typed is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from county_hub.commands.cli import main
from county_hub.console import watcher
from tests.support.county_hub.browsing import CHROMIUM, sign_in
from tests.support.county_hub.hub_support import (
    COUNTY,
    VILLAGE,
    RunningHub,
    found_county,
    running_hub,
    store_in_county,
    with_account,
)
from tests.support.shared.domain_events import World


@dataclass
class Scene:
    home: Path
    hub: RunningHub
    world: World
    case: str
    other: str

    def remind(self, case: str, text: str) -> None:
        """Another officer's event, written by another process as far as the hub is concerned."""
        event = self.world.event(case, "case.supervision_issued", {"level": "reminder", "to": VILLAGE, "text": text},
                                 office=COUNTY, role="supervisor")
        store_in_county(self.home, [event.doc()])


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = found_county(tmp_path_factory.mktemp("live"))
    assert main(["staff", "add", str(home), "--id", "x1", "--name", "演示督办员", "--office", COUNTY,
                 "--roles", "supervisor"]) == 0
    world = World()
    cases = [world.register(summary=f"DEMO 第{n}件").subject for n in range(2)]
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with_account(home, "x1")
    with running_hub(home) as hub:
        yield Scene(home, hub, world, *cases)


def mark(page: str) -> str:
    found = re.search(r'data-live="([^"]+)"', page)
    assert found
    return found[1]


def events(answer: httpx2.Response) -> Iterator[tuple[str, str, Any]]:
    """(event, id, data), of lines as they come; a bare id has the event ""."""
    name = id = data = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("id: "):
            id = line[4:]
        elif line.startswith("data: "):
            data = line[6:]
        elif not line and (name or id):
            yield name, id, json.loads(data) if data else None
            name = id = data = ""


def test_a_page_hears_of_its_own_case_and_not_of_others_and_a_later_stream_of_what_came_meanwhile(scene: Scene) -> None:
    with scene.hub.console("x1") as client:
        since = mark(client.get(f"/console/cases/{scene.case}").text)
        watched = {"page": f"/console/cases/{scene.case}", "since": since}
        with client.stream("GET", "/console/live", params=watched) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            told = events(answer)
            scene.remind(scene.other, "DEMO 别的事")
            name, id, _ = next(told)
            assert name == ""           # the mark moves on, the page is not told
            scene.remind(scene.case, "DEMO 这件事")
            name, id, data = next(row for row in told if row[0])
            assert (name, data["how"]) == ("changed", "tell")
            assert f"case:{scene.case}" in data["topics"]
        scene.remind(scene.case, "DEMO 断线时的事")
        with client.stream("GET", "/console/live", params=watched, headers={"last-event-id": id}) as answer:
            name, _, data = next(row for row in events(answer) if row[0])
            assert (name, f"case:{scene.case}" in data["topics"]) == ("changed", True)


def test_a_mark_of_other_tables_or_a_forged_one_tells_everything_or_nothing(scene: Scene) -> None:
    with scene.hub.console("x1") as client:
        now = mark(client.get("/console/").text)
        other = "0" * 8 + now[8:]
        with client.stream("GET", "/console/live", params={"page": "/console/", "since": other}) as answer:
            assert next(row for row in events(answer) if row[0])[2] == {"topics": ["all"], "how": "replace"}
        with client.stream("GET", "/console/live", params={"page": "/console/", "since": "x' OR 1"}) as answer:
            assert next(events(answer))[0] == ""


def test_who_is_not_signed_in_gets_no_stream_and_one_that_ends_with_the_session(scene: Scene) -> None:
    with scene.hub.client() as stranger:
        assert stranger.get("/console/live", params={"page": "/console/"}).status_code == 403
    with scene.hub.console("x1") as client:
        page = client.get("/console/").text
        token = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
        assert token
        cookies = {"hub_console": client.cookies["hub_console"]}
        with scene.hub.client(cookies=cookies) as other, other.stream(
                "GET", "/console/live", params={"page": "/console/", "since": mark(page)}) as answer:
            client.post("/console/logout", data={"csrf": token[1]})
            scene.remind(scene.case, "DEMO 退出以后")
            assert next(row for row in events(answer) if row[0])[::2] == ("end", {"why": "session"})


def test_of_one_session_the_oldest_stream_ends_for_the_newest(scene: Scene) -> None:
    with scene.hub.console("x1") as client:
        since = mark(client.get("/console/").text)
        asked = {"page": "/console/", "since": since}
        with client.stream("GET", "/console/live", params=asked) as oldest:
            more = [client.stream("GET", "/console/live", params=asked) for _ in range(watcher.MOST_OF_SESSION)]
            for one in more:
                one.__enter__()
            assert next(row for row in events(oldest) if row[0])[::2] == ("end", {"why": "other"})
            for one in more:
                one.__exit__(None, None, None)


def test_the_server_ends_while_pages_are_looked_at(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as hub, hub.console() as client:
        since = mark(client.get("/console/").text)
        with client.stream("GET", "/console/live", params={"page": "/console/", "since": since}) as answer:
            assert next(answer.iter_lines()).startswith("retry")
            assert hub.stop() == 0


@pytest.mark.gui
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_in_a_browser_a_board_is_put_in_anew_a_case_says_so_and_what_is_typed_stays(scene: Scene) -> None:
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page, wrong = chromium.new_page(), list[str]()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(f"{scene.hub.url}/console/dispatch")
        sign_in(page)
        cards = page.locator(".slip")
        before = cards.count()
        event = scene.world.register(summary="DEMO 刚刚登记的事")
        store_in_county(scene.home, [event.doc()])
        expect(cards).to_have_count(before + 1, timeout=20_000)
        assert page.locator("#live-strip").is_hidden()
        page.goto(f"{scene.hub.url}/console/cases/{scene.case}/do/supervise")
        page.fill("textarea[name='q.text']", "DEMO 写到一半")
        scene.remind(scene.case, "DEMO 别人先督办了")
        expect(page.locator("#live-strip")).to_be_visible(timeout=20_000)
        assert page.input_value("textarea[name='q.text']") == "DEMO 写到一半"
        assert "有新变化" in page.inner_text("#live-strip")
        page.goto(f"{scene.hub.url}/console/cases")
        page.fill("form.filter input[name=q]", "正在找")
        event = scene.world.register(summary="DEMO 又登记了一件")
        store_in_county(scene.home, [event.doc()])
        expect(page.get_by_text("又登记了一件").first).to_be_visible(timeout=20_000)
        assert page.input_value("form.filter input[name=q]") == "正在找"
        assert wrong == []
        chromium.close()
