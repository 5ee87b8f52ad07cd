"""The screen in the hall: who opens it, that nothing on it names anybody, and that it hears of what happens."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.county_hub.browsing import CHROMIUM, press
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, RunningHub, found_county, running_hub, store_in_county
from tests.support.shared.domain_events import World

WORD = "demo-wall-word-of-20-letters"
SECRET = "DEMO 谁都不该在大厅看到的事由"


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningHub, World, Path]]:
    home, world = found_county(tmp_path_factory.mktemp("wall")), World()
    for risk in (2, 4):
        case = world.register(summary=SECRET, risk=risk).subject
    world.event(case, "case.supervision_issued", {"level": "supervise", "to": VILLAGE, "text": SECRET, "due": "2026-03-05"},
                office=COUNTY, role="supervisor")
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with running_hub(home, COUNTY_HUB_WALL_TOKEN=WORD) as running:
        yield running, world, home


def test_the_word_opens_it_nothing_else_of_the_console_and_nobody_is_named(wall: tuple[RunningHub, World, Path]) -> None:
    running, _, _ = wall
    with running.client(follow_redirects=True) as screen:
        assert "大屏口令" in screen.get("/console/wall").text
        assert screen.get("/console/wall/live").status_code == 403
        wrong = screen.post("/console/wall/sign", data={"word": "wrong"})
        assert (wrong.status_code, "口令不对" in wrong.text) == (403, True)
        page = screen.post("/console/wall/sign", data={"word": WORD}).text
        assert "红牌督办" in page
        for word in ("演示甲", "演示乙", "1380000", SECRET[:10], "渠边"):
            assert word not in page
        assert "/console/cases" not in page
        assert "name=\"password\"" in screen.get("/console/").text
        screen.cookies.set("hub_wall", "0" * 64, path="/console/wall")
    with running.client(cookies={"hub_wall": "0" * 64}) as forged:
        assert "大屏口令" in forged.get("/console/wall").text
    with running.console() as reader:
        signed = reader.get("/console/wall").text
        assert "红牌督办" in signed
        assert SECRET[:10] not in signed
        leads = set(re.findall(r'href="(/console/(?:cases|analysis|offices)[^"]*)"', signed))
        assert len(leads) > 12, "numbers lead to their cases"
        assert {href: code for href in leads if (code := reader.get(html.unescape(href)).status_code) != 200} == {}


def test_without_a_word_in_the_settings_no_word_opens_it(tmp_path: Path) -> None:
    with running_hub(found_county(tmp_path)) as running, running.client() as screen:
        answer = screen.post("/console/wall/sign", data={"word": ""})
        assert (answer.status_code, "还没有设大屏口令" in answer.text) == (403, True)


@pytest.mark.gui
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_it_fills_a_screen_without_scrolling_and_hears_of_a_new_case(wall: tuple[RunningHub, World, Path]) -> None:
    from playwright.sync_api import expect, sync_playwright

    running, world, home = wall
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page, wrong = chromium.new_page(viewport={"width": 1920, "height": 1080}), list[str]()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(f"{running.url}/console/wall")
        page.fill("input[name=word]", WORD)
        press(page, "button")
        for size in ({"width": 1920, "height": 1080}, {"width": 3840, "height": 2160}, {"width": 3840, "height": 1080}):
            page.set_viewport_size(size)
            over = page.evaluate("[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight"
                                 " - innerHeight, parseFloat(getComputedStyle(document.querySelector('.card p')).fontSize)]")
            assert over[:2] == [0, 0], size
            assert over[2] >= 22
        first = page.locator(".tile b").first
        before = int(first.inner_text())
        store_in_county(home, [world.register(summary=SECRET).doc()])
        expect(first).to_have_text(str(before + 1), timeout=20_000)
        assert wrong == []
        chromium.close()
