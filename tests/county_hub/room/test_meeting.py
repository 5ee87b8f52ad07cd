"""Six browsers in one room, with cameras that are none: everybody sees everybody, minutes are signed with the finger."""

from __future__ import annotations

from typing import Any

import pytest

from tests.county_hub.room.conftest import CHROMIUM, OUTPUT, County, Made
from tests.support.county_hub.hub_support import PASSWORD

pytestmark = [pytest.mark.gui, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")]
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
SEEN = """() => [...document.querySelectorAll('#tiles figure')].map(f => {
    const v = f.querySelector('video'); return !v.hidden && v.videoWidth > 0 && v.currentTime > 0; })"""


def window(browser: Any, county: County, wrong: list[str], size: dict[str, int] = DESK) -> Any:
    """A window of its own: what its page asks of others, and what its console tells, is wrong."""
    page = browser.new_context(viewport=size, locale="zh-CN").new_page()
    page.set_default_timeout(30_000)
    ours = (county.console, county.portal, "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(ours) else wrong.append(request.url))
    page.on("pageerror", lambda fault: wrong.append(str(fault)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    return page


def host(browser: Any, county: County, made: Made, wrong: list[str], size: dict[str, int] = DESK) -> Any:
    page = window(browser, county, wrong, size)
    page.goto(f"{county.console}/console/rooms/{made.id}/in")
    page.fill("input[name=staff]", "x1")
    page.fill("input[name=password]", PASSWORD)
    page.click("form.card button")
    page.locator("#room").wait_for()
    return page


def guest(browser: Any, county: County, made: Made, name: str, wrong: list[str], size: dict[str, int] = DESK,
          recording: bool = False) -> Any:
    page = window(browser, county, wrong, size)
    page.goto(f"{made.link}#{made.codes[name].replace(' ', '')}")
    page.get_by_role("button", name="我同意，进等候室").wait_for()
    if recording:
        page.get_by_label("也同意录像").check()
    page.get_by_role("button", name="我同意，进等候室").click()
    page.get_by_text("等主持人请您进去").wait_for()
    return page


def admit(officer: Any, name: str) -> None:
    officer.locator("#people li", has_text=name).get_by_role("button", name="让进来").click()


def sees(page: Any, count: int) -> None:
    """All `count` pictures move, its own among them."""
    page.wait_for_function(f"() => {{ const seen = ({SEEN})(); return seen.length === {count} && seen.every(Boolean); }}")


def draw(page: Any) -> None:
    box = page.locator("#pad").bounding_box()
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for n in range(1, 8):
        page.mouse.move(box["x"] + 20 + n * 25, box["y"] + 30 + (n % 3) * 25)
    page.mouse.up()
    page.get_by_role("button", name="签好了").click()
    page.locator("#signed").wait_for()


def picture(page: Any, name: str) -> None:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=OUTPUT / f"{name}.png", full_page=True)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{name} is {overflow} px wider than the screen"


def test_six_see_each_other_and_sign_the_minutes(county: County, browser: Any) -> None:
    wrong: list[str] = []
    names = ["演示甲", "演示乙", "演示丙", "演示丁", "<img src=x onerror=alert(1)>"]
    with county.officer() as officer:
        made = officer.make(*names, source=county.case)
    chair = host(browser, county, made, wrong)
    guests = [guest(browser, county, made, name, wrong, PHONE if n == 0 else DESK) for n, name in enumerate(made.codes)]
    picture(guests[0], "waiting-390")
    for name in names:
        admit(chair, name)
    for page in [chair, *guests]:
        sees(page, 6)
    assert chair.locator("#people li").count() == 5
    assert chair.locator("img[src='x']").count() == 0
    picture(chair, "host-1366")
    picture(guests[0], "guest-390")
    chair.locator("#minutes").fill("DEMO 双方同意先浇下游，再浇上游。")
    guests[1].get_by_text("先浇下游").wait_for()
    chair.get_by_role("button", name="请大家签字").click()
    for page in [chair, guests[0], guests[1]]:
        draw(page)
    picture(guests[0], "signed-390")
    picture(chair, "signing-1366")
    for page in guests:
        page.context.close()
    chair.context.close()
    assert wrong == []
