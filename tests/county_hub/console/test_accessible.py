"""Every page of the console and of the citizen's page under axe-core, at desk, hall and phone width: no serious finding, nothing
in the browser's console, no request to another host, nothing wider than the screen.

All pages are opened at all widths. axe judges each page of the console at desk or at phone width, as `SEED` chose, and at both
with `make soak`.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from shared.disputes.case.citizen_slip import slip
from tests.county_hub.county.test_organs import asked
from tests.support import warm
from tests.support.county_hub.browsing import CHROMIUM, press, sign_in
from tests.support.county_hub.hub_support import (
    COUNTY,
    PASSWORD,
    REPOSITORY,
    TOWN,
    VILLAGE,
    found_county,
    opened,
    store_in_county,
    with_account,
)
from tests.support.patience import until
from tests.support.shared.domain_events import World

AXE = REPOSITORY / "tests" / "peers" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.gui, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in tests/peers"),
]
WIDTHS = {"desk": (1366, 768), "hall": (1920, 1080), "phone": (390, 844)}
# Processes that share one run must choose alike.
SEED = int(os.environ.get("SEED") or random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID")).randrange(1_000_000))
WORD = "demo-wall-word-of-20-letters"
ZONES = ("clinic", "letters", "subsidy", "exchange", "people", "offices", "devices", "rules")
CONSOLE = (
    "", "intake", "demands", "dispatch", "dispatch?case={case}", "slips", "duplicates", "mediation", "monitor", "analysis",
    "analysis?period=12&town={town}", "rates", "figures", "warning", "coverage", "fleet", "psych", "cases",
    "cases?since=2026-01-01&open=1", "cases/{case}", "cases/{case}/do/supervise", "cases/{case}/receipt", "cases/{case}/propose",
    "cases/new", "records?kind=petition", "records?kind=public_qa", "records/new/petition.registered",
    "records/new/sweep.planned", "offices", "organs", "quarantine", "account", "audit", "more", "wall", "nowhere",
    "do/grids/template", "rooms", "rooms/new", *(f"zone/{zone}" for zone in ZONES),
)
ORGAN = ("organ/", "organ/cases/{assigned}", "organ/cases/{assigned}/do/return_assignment",
         "organ/cases/{assigned}/do/acknowledge_assignment")
PORTAL = ("", "offices", "projects", "submit", "nowhere")


@dataclass(slots=True)
class Scene:
    console: str
    portal: str
    case: str
    assigned: str
    number: str
    code: str
    wrong: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home, world = found_county(tmp_path_factory.mktemp("accessible")), World()
    court = str(asked("office", "add", str(home), "--organ", "court", "--name", "DEMO 法院")["offices"][0]["id"])
    for id, office, roles in (("x1", COUNTY, "supervisor,dispatcher,counsellor,mediator"), ("j1", court, "handler")):
        person = ["--id", id, "--name", f"演示{id}", "--office", office, "--roles", roles]
        assert main(["staff", "add", str(home), *person]) == 0
    for n in range(9):
        world.mediating(summary=f"DEMO 第{n}件：排水渠改道后雨水倒灌院墙", risk=1 + n % 4)
    case = next(iter(world.events))
    world.agree(case)
    world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO 涉及多户"}, office=VILLAGE)
    world.event(case, "case.supervision_issued", {"level": "supervise", "to": VILLAGE, "text": "DEMO 请回复",
                                                    "due": "2026-03-05"}, office=COUNTY, role="supervisor")
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with opened(home) as hub:
        acts = CountyActs(hub)
        own = acts.register("x1", {"summary": "DEMO 窗口登记的事", "category": "DC02",
                                   "place": {"office": COUNTY, "text": "DEMO"},
                                   "parties": [{"name": "演示甲", "phone": "13800000001", "role": "applicant"},
                                               {"name": "演示乙", "role": "respondent"}]})
        made = slip(own, [acts.place.device.key], hub.directory.latest())
        assert made is not None
        assigned = acts.register("x1", {"summary": "DEMO 交给法院的事", "category": "DC02",
                                        "place": {"office": COUNTY, "text": "DEMO"},
                                        "parties": [{"name": "演示丙", "role": "applicant"},
                                                    {"name": "演示丁", "role": "respondent"}]}).id
        acts.case("assign", assigned, "x1", {"to": court, "text": "DEMO 交办"})
        hub.projector.catch_up()
    for id in ("x1", "j1"):
        with_account(home, id)
    process = warm.started(
        [sys.executable, "-m", "county_hub", "serve", str(home), "--port", "0", "--portal-port", "0"], cwd=REPOSITORY,
        env={**os.environ, "COUNTY_HUB_FOLLOW_SECONDS": "0.05", "COUNTY_HUB_WORKERS": "0", "COUNTY_HUB_DEMO": "true",
             "COUNTY_HUB_WALL_TOKEN": WORD},
        stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = [re.search(r"listening on (http://\S+)", process.stdout.readline()) for _ in range(2)]
        assert found[0]
        assert found[1]
        yield Scene(found[1][1], found[0][1], case, assigned, made.number, made.typed)
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(scene: Scene, browser: Any, width: str) -> Iterator[Any]:
    made = browser.new_page(viewport=dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    made.set_default_timeout(120_000)       # no measure of speed
    scene.wrong.clear()

    def said(message: Any) -> None:
        if message.type == "error" and not made.url.endswith("/nowhere"):       # the browser tells of every 404
            scene.wrong.append(f"{made.url}: {message.text}")

    def asked(request: Any) -> None:
        if not request.url.startswith((scene.console, scene.portal, "data:", "blob:")):
            scene.wrong.append(f"{made.url} asks {request.url}")

    made.on("console", said)
    made.on("pageerror", lambda error: scene.wrong.append(f"{made.url}: {error}"))
    made.on("request", asked)
    yield made
    made.close()


def faults(page: Any, name: str, width: str, *, judged: bool = True) -> list[str]:
    """What sticks out and, if it is `judged`, what axe calls serious or critical; at hall width no page is judged again."""
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    found = [f"{name}: {over} px wider than the screen"] if over > 0 else []
    if width == "hall" or not judged:
        return found
    page.evaluate(AXE.read_text("utf-8"))
    told = page.evaluate("axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',"
                         " 'best-practice']})")
    return found + [f"{name}: {one['id']} {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
                    for one in told["violations"] if one["impact"] in ("serious", "critical") for node in one["nodes"][:3]]


@pytest.mark.parametrize("width", list(WIDTHS))
def test_no_page_of_an_organ_has_a_serious_fault(scene: Scene, page: Any, width: str) -> None:
    page.goto(f"{scene.console}/console/")
    sign_in(page, "j1")
    until(lambda: page.goto(f"{scene.console}/console/organ/cases/{scene.assigned}").status == 200, "the assigned case")
    found = list[str]()
    for name in ORGAN:
        assert page.goto(f"{scene.console}/console/{name.format(assigned=scene.assigned)}").status == 200, name
        found += faults(page, name, width)
    assert not found, "\n".join(found)
    assert not scene.wrong, "\n".join(scene.wrong)


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["half", "every"])
@pytest.mark.parametrize("width", list(WIDTHS))
def test_no_page_of_the_console_has_a_serious_fault(scene: Scene, page: Any, width: str, every: bool) -> None:
    print(f"SEED={SEED} chose the width at which a page is judged")
    chance = random.Random(SEED)
    widths = {name: {"desk", "phone"} if every else {chance.choice(("desk", "phone"))} for name in ("login", *CONSOLE)}
    page.goto(f"{scene.console}/console/")
    found = faults(page, "login", width, judged=width in widths["login"])
    sign_in(page, "x1")
    for name in CONSOLE if width != "hall" else CONSOLE[:14]:
        page.goto(f"{scene.console}/console/{name.format(case=scene.case, town=TOWN)}")
        found += faults(page, name, width, judged=width in widths[name])
    assert not found, "\n".join(found)
    assert not scene.wrong, "\n".join(scene.wrong)


@pytest.mark.parametrize("width", list(WIDTHS))
def test_no_page_of_the_citizen_has_a_serious_fault(scene: Scene, page: Any, width: str) -> None:
    found = list[str]()
    for name in PORTAL:
        page.goto(f"{scene.portal}/{name}")
        found += faults(page, f"portal {name}", width)
    for form in ("/progress", "/choose", "/book"):
        page.goto(f"{scene.portal}/")
        page.fill("input[name=number]", scene.number)
        page.fill("input[name=code]", scene.code)
        press(page, "form button[type=submit], form button")
        if form != "/progress":
            press(page, f"form[action='{form}'] button")
        found += faults(page, f"portal {form}", width)
    assert not found, "\n".join(found)
    assert not scene.wrong, "\n".join(scene.wrong)


# What gets the focus says what it is, whether one sees it, and whether a ring stands around it (of a hidden box at its label).
WATCH = """() => { window.walked = []; const all = [...document.querySelectorAll('*')];
  const ringed = (one) => { if (!one) return false; const s = getComputedStyle(one);
    return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2; };
  document.addEventListener('focusin', ({target: one}) => { const box = (one.closest('label') && one.matches('input') ?
      one.closest('label') : one).getBoundingClientRect();
    const on = document.elementFromPoint(Math.min(box.x + box.width / 2, innerWidth - 1),
      box.height > innerHeight / 2 ? Math.max(box.y, 0) + 20 : Math.min(box.y + box.height / 2, innerHeight - 1));
    window.walked.push({at: all.indexOf(one), what: one.outerHTML.slice(0, 110), radio: one.type === 'radio' ? one.name : '',
      seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
      free: !on || one.contains(on) || on.contains(one) || !!one.closest('label')?.contains(on),
      ring: [one, one.nextElementSibling, one.parentElement, one.closest('label')].some(ringed)}); }); }"""
# Everything that a keyboard must reach; of radio buttons of one name one.
REACHED = """() => { const seen = new Set(); return [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"], [data-phrase]')].filter((one) => {
    if (one.disabled || one.tabIndex < 0 || !one.checkVisibility({visibilityProperty: true})) return false;
    if (one.type !== 'radio') return true;
    const group = (one.form ? [...document.forms].indexOf(one.form) : '') + one.name;
    return !seen.has(group) && seen.add(group); }).length; }"""


def walked(page: Any, name: str) -> list[str]:
    """What is wrong when one goes through a page by Tab alone: reached, in order, seen, ringed, out again."""
    page.evaluate(WATCH)
    count = page.evaluate(REACHED)
    within = page.locator("input[type=date]:visible, input[type=time]:visible").count()     # year, month, day and the calendar
    for _ in range(count + 1 + 4 * within):
        page.keyboard.press("Tab")
    steps = page.evaluate("window.walked")
    once = steps[:next((n for n, step in enumerate(steps) if n and step["at"] == steps[0]["at"]), len(steps))]
    wrong = [f"{len(once)} of {count} are reached, last {once[-1]['what'] if once else ''}"] if len(once) != count else []
    wrong += [f"out of order: {after['what']}" for before, after in itertools.pairwise(once) if after["at"] < before["at"]]
    wrong += [f"not {word}: {step['what']}" for step in once for word in ("seen", "free", "ring") if not step[word]]
    return [f"{name}: {one}" for one in wrong]


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["some", "every"])
@pytest.mark.parametrize("width", ["desk", "phone"])
def test_every_page_is_gone_through_by_the_keyboard_alone(scene: Scene, page: Any, width: str, every: bool) -> None:
    print(f"SEED={SEED} chose the pages")
    chance = random.Random(f"{SEED} {width}")
    pages = CONSOLE if every else chance.sample(CONSOLE, 4)
    page.goto(f"{scene.console}/console/")
    page.wait_for_function("document.activeElement.name === 'staff'")   # the focus comes with the first picture
    page.keyboard.type("x1")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("input[name=password]").count() == 0, page.locator("main").inner_text()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")            # past the rail, to what the page is about
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null"), page.evaluate("document.activeElement.outerHTML")
    found = list[str]()
    for name in pages:
        page.goto(f"{scene.console}/console/{name.format(case=scene.case, town=TOWN)}")
        found += walked(page, f"{name} {width}")
    for name in PORTAL if every else chance.sample(PORTAL, 2):
        page.goto(f"{scene.portal}/{name}")
        found += walked(page, f"portal {name} {width}")
    assert not found, "\n".join(found)
    assert not scene.wrong, "\n".join(scene.wrong)
