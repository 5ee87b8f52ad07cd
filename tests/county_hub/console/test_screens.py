"""The console in a real browser, at desk and phone width: nothing overflows, every act works without scripts.

Pictures are kept under test-output/console for a person to look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from county_hub.commands.cli import main
from tests.support.county_hub.browsing import CHROMIUM, press, sign_in
from tests.support.county_hub.hub_support import (
    COUNTY,
    REPOSITORY,
    TOWN,
    VILLAGE,
    RunningHub,
    found_county,
    running_hub,
    store_in_county,
    with_account,
)
from tests.support.shared.domain_events import World

pytestmark = [pytest.mark.gui, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")]
OUTPUT = REPOSITORY / "test-output" / "console"
WIDTHS = {"desk": (1366, 768), "phone": (390, 844)}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningHub, str]]:
    home = found_county(tmp_path_factory.mktemp("screens"))
    assert main(["staff", "add", str(home), "--id", "x1", "--name", "演示督办员", "--office", COUNTY, "--roles",
                 "supervisor"]) == 0
    world = World()
    for n in range(12):
        world.mediating(summary=f"DEMO 第{n}件:排水渠改道后雨水倒灌院墙,双方对清淤责任有争议", risk=1 + n % 4)
    case = next(iter(world.events))
    world.agree(case)
    world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO 涉及多户"}, office=VILLAGE)
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with_account(home, "x1")
    with running_hub(home, COUNTY_HUB_DEMO="true") as running:
        yield running, case


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def picture(page: Any, name: str) -> None:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=OUTPUT / f"{name}.png", full_page=True)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{name} is {overflow} px wider than the screen"


@pytest.mark.parametrize("width", list(WIDTHS))
def test_an_officer_signs_in_looks_around_and_supervises(hub: tuple[RunningHub, str], browser: Any, width: str) -> None:
    running, case = hub
    page = browser.new_page(viewport=dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    # a page that is left ends its stream
    page.on("requestfailed", lambda request: None if "/console/live?" in request.url else wrong.append(request.url))
    page.on("request", lambda request: None if request.url.startswith((running.url, "data:")) else wrong.append(request.url))
    page.goto(f"{running.url}/console/cases/{case}")
    assert page.locator(".demo").is_visible()
    picture(page, f"login-{width}")
    sign_in(page)
    assert page.url.endswith(case)
    picture(page, f"case-{width}")
    press(page, "#acts a[href$='/do/supervise']")
    page.check("input[name='q.level'][value=reminder]", force=True)
    page.fill("textarea[name='q.text']", f"DEMO 请尽快回复({width})")
    picture(page, f"supervise-{width}")
    press(page, ".foot-buttons button")
    assert page.locator(".notice.good").is_visible()
    assert f"({width})" in page.inner_text("#supervision")
    for name in ("", "cases", "offices", "organs", "fleet", "quarantine", "account", "audit", "intake", "dispatch", "slips",
                 "mediation", "warning", "analysis",
                 "monitor", "coverage", "psych", "duplicates", "more", "zone/people", "zone/rules", "records?kind=hazard"):
        page.goto(f"{running.url}/console/{name}")
        picture(page, f"{name.replace('/', '-').partition('?')[0] or 'overview'}-{width}")
    page.goto(f"{running.url}/console/cases")
    page.fill("form.filter input[name=q]", "第7件")
    press(page, "form.filter button")
    assert page.locator("td.number").count() == 1
    press(page, ".who button")
    assert "/console/login" in page.url
    assert wrong == []
    page.close()


def test_every_field_and_button_has_a_name_for_a_screen_reader(hub: tuple[RunningHub, str], browser: Any) -> None:
    running, case = hub
    page = browser.new_page()
    page.goto(f"{running.url}/console/login")
    sign_in(page)
    for path in ("cases", f"cases/{case}", "quarantine"):
        page.goto(f"{running.url}/console/{path}")
        unnamed = page.evaluate(
            """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button')]
                .filter(e => !(e.getAttribute('aria-label') || (e.labels && e.labels.length) || e.innerText.trim()))
                .map(e => e.outerHTML)"""
        )
        assert unnamed == []
    page.close()
