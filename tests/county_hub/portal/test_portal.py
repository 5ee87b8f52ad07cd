"""The citizen's page: what a party sees with the code of the slip, what nobody learns without it, and one rating a party."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from county_hub.hub.kept.registry import SOURCE_FAILURES
from shared.disputes.case.citizen_slip import slip
from shared.ledger.formats.citizen_code import CitizenCode
from shared.ledger.formats.ids import PlatformNumber
from tests.support import loopback, warm
from tests.support.county_hub.browsing import CHROMIUM, press
from tests.support.county_hub.hub_support import COUNTY, REPOSITORY, found_county, opened

PARTIES = [{"name": "演示甲", "phone": "13800000001", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}]


@dataclass(frozen=True)
class Scene:
    url: str
    home: Path
    case: str
    number: str
    code: str
    qr: str

    def ask(self, path: str = "/progress", **form: str) -> httpx2.Response:
        return loopback.post(self.url + path, data=form, timeout=30)


@contextlib.contextmanager
def serving(home: Path) -> Iterator[str]:
    process = warm.started(
        [sys.executable, "-m", "county_hub", "serve", str(home), "--port", "0", "--portal-port", "0"], cwd=REPOSITORY,
        env={**os.environ, "COUNTY_HUB_FOLLOW_SECONDS": "0.05", "COUNTY_HUB_WORKERS": "0"}, stdout=subprocess.PIPE, text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"portal listening on (http://\S+)", process.stdout.readline())
        assert found
        assert "listening on http" in process.stdout.readline()
        yield found.group(1)
    finally:
        process.terminate()
        assert process.wait(30) == 0
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = found_county(tmp_path_factory.mktemp("portal"))
    person = ["--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles", "mediator,supervisor"]
    assert main(["staff", "add", str(home), *person]) == 0
    with opened(home) as hub:
        acts = CountyActs(hub)
        case = acts.register("x1", {"summary": "DEMO 绝不外泄的事由", "category": "DC02", "parties": PARTIES,
                                    "place": {"office": COUNTY, "text": "DEMO 渠边"}})
        made = slip(case, [acts.place.device.key], hub.directory.latest())
        assert made is not None
        hub.projector.catch_up()
    with serving(home) as url:
        yield Scene(url, home, case.id, made.number, made.typed, made.qr)


def test_with_the_code_a_party_sees_stage_next_step_and_office_and_nothing_else(scene: Scene) -> None:
    typed = {"number": scene.number, "code": scene.code}
    for form in (typed, {"code": scene.qr}, {**typed, "code": scene.code.lower().replace("-", " ")}):
        page = scene.ask(**form)
        assert page.status_code == 200, page.text
        assert "登记了，等分派" in page.text
        assert "磴口" in page.text
        for private in ("演示甲", "演示乙", "13800000001", "绝不外泄", "渠边", scene.case, "演示员"):
            assert private not in page.text


def test_a_wrong_code_and_a_number_that_nobody_has_are_told_alike(scene: Scene) -> None:
    nobodys = str(PlatformNumber(COUNTY, 2026, 1, 4711))
    answers = [scene.ask(code=CitizenCode(number, "0" * 14).text()) for number in (scene.number, nobodys)]
    assert {answer.status_code for answer in answers} == {403}
    told = {re.search(r'role="alert">([^<]+)<', answer.text).group(1) for answer in answers}  # type: ignore[union-attr]
    assert told == {"案号和查询码对不上，请照回执再输一次；还不行就打电话或到说事室问"}


def test_the_page_gives_the_telephone_of_the_office_or_the_help_desk(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "tel:" not in scene.ask(code=scene.qr).text
    assert main(["office", "phone", str(scene.home), COUNTY, "（0478）1234567"]) == 0
    assert 'href="tel:0478-1234567"' in scene.ask(code=scene.qr).text
    with loopback.Client(base_url=scene.url) as client:
        assert 'href="tel:0478-1234567"' in client.get("/").text
    capsys.readouterr()
    assert main(["office", "phone", str(scene.home), COUNTY, "电话"]) == 2
    assert re.search(r"[\u4e00-\u9fff]", capsys.readouterr().err)
    assert main(["office", "phone", str(scene.home), "150800000000", "0478-1234567"]) == 2


@pytest.mark.parametrize("form", [
    {}, {"code": ""}, {"code": "1K7Q"}, {"code": "🙂" * 16, "number": "x"}, {"number": "a\x00b", "code": "0" * 16},
    {"code": "x" * 600, "number": "y" * 80}])
def test_what_is_no_code_is_a_sentence_in_chinese(scene: Scene, form: dict[str, str]) -> None:
    page = scene.ask(**form)
    assert page.status_code == (403 if form.get("code") else 400)       # an empty field is no try
    found = re.search(r'role="alert">([^<]+)<', page.text)
    assert found
    assert re.search(r"[\u4e00-\u9fff]", found.group(1))
    assert not re.search(r"[a-z]{4}", found.group(1))


def test_pages_load_nothing_from_elsewhere_and_keep_nothing(scene: Scene) -> None:
    with loopback.Client(base_url=scene.url) as client:
        files = ("/static/portal.css", "/static/portal.js", "/static/app.py", "/manifest.webmanifest")
        for path in ("/", "/offices", "/nowhere", *files):
            answer = client.get(path)
            assert answer.status_code == {"/nowhere": 404, "/static/app.py": 404}.get(path, 200), path
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert "set-cookie" not in answer.headers
            assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text), path
            assert "〔portal." not in answer.text
    assert scene.ask(code="x" * 9000).status_code == 413


def test_guessing_is_slowed_down_for_the_address(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with serving(home) as url, loopback.Client(base_url=url, timeout=30) as client:
        codes = [CitizenCode(str(PlatformNumber(COUNTY, 2026, 1, 1)), f"{n:014}").text() for n in range(SOURCE_FAILURES + 2)]
        told = [client.post("/progress", data={"code": code}) for code in codes]
    assert [("试的次数太多" in answer.text) for answer in told] == [False] * SOURCE_FAILURES + [True] * 2


def test_each_party_rates_once_when_it_is_over(scene: Scene) -> None:
    early = scene.ask("/rate", code=scene.qr, party="0", score="5")
    assert (early.status_code, "还没办完" in early.text) == (400, True)
    with opened(scene.home) as hub:
        acts = CountyActs(hub)
        acts.case("withdraw", scene.case, "x1", {"party": 0})
        hub.projector.catch_up()
    page = scene.ask(code=scene.qr)
    assert "已撤回" in page.text
    assert "申请人 1" in page.text
    for form in ({"score": "9", "party": "0"}, {"score": "5", "party": "7"}, {"score": "5"}):
        assert scene.ask("/rate", code=scene.qr, **form).status_code == 400
    both = scene.ask("/rate", code=scene.qr, score="9", text="DEMO 写了很久")
    assert re.findall(r'class="fault" id="e-([a-z]+)"', both.text) == ["score", "party"]
    assert ">DEMO 写了很久</textarea>" in both.text
    with ThreadPoolExecutor(4) as fingers:
        tapped = [fingers.submit(scene.ask, "/rate", code=scene.qr, party="0", score="2", text="DEMO 办得慢\u202e<b>")
                  for _ in range(4)]
        answers = sorted((tap.result() for tap in tapped), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 400, 400, 400]
    assert "评价已交上去了" in answers[0].text
    twice = scene.ask("/rate", code=scene.qr, party="0", score="5")
    assert (twice.status_code, "已经评过了" in twice.text) == (400, True)
    with opened(scene.home) as hub:
        state: Any = CountyActs(hub).state(scene.case)
    assert [(r.party, r.score, r.text, r.counts) for r in state.ratings] == [(0, 2, "DEMO 办得慢<b>", True)]


# --- in a browser, as wide as a telephone ---


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")
def test_a_scanned_slip_opens_the_progress_and_leaves_no_code_behind(scene: Scene) -> None:
    """Last here: the party has rated, the other has not."""
    from playwright.sync_api import sync_playwright

    pictures = REPOSITORY / "test-output" / "portal"
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play, contextlib.closing(
            play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])) as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{scene.url}/")
        page.screenshot(path=pictures / "home.png", full_page=True)
        page.goto("about:blank")
        page.goto(f"{scene.url}/#{scene.qr.rpartition('#')[2]}")
        page.wait_for_selector(".now h1")
        assert "已撤回" in page.inner_text(".now")
        page.screenshot(path=pictures / "progress.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.check("input[name=score][value='4']", force=True)
        page.check("input[name=party]", force=True)
        page.fill("textarea", "DEMO 说得明白")
        press(page, "button")
        page.wait_for_selector(".good")
        page.screenshot(path=pictures / "rated.png", full_page=True)
        page.goto(f"{scene.url}/offices")
        page.screenshot(path=pictures / "offices.png", full_page=True)
        assert all(url.startswith(scene.url) or url == "about:blank" for url in asked)
        code = scene.code.replace("-", "")
        assert not any(code in url.partition("#")[0] for url in asked), "the way there holds no code"


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")
def test_it_works_without_script(scene: Scene) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play, contextlib.closing(
            play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])) as browser:
        page = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
        page.goto(f"{scene.url}/")
        page.fill("input[name=number]", scene.number)
        page.fill("input[name=code]", scene.code)
        press(page, "button")
        assert "已撤回" in page.inner_text(".now")
