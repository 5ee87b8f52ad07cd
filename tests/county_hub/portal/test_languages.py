"""The citizen's page in another language: offered where the county has one, Chinese where it has no words, never in a record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.hub.problems import HubProblem
from county_hub.portal import languages
from shared.ledger.texts import speaking, t
from tests.county_hub.portal.test_portal import serving
from tests.support import loopback
from tests.support.county_hub.browsing import CHROMIUM, press
from tests.support.county_hub.hub_support import COUNTY, REPOSITORY, found_county

OUTPUT = REPOSITORY / "test-output" / "portal"
WORDS = """
name = "Help with disputes"
title = "Help with disputes"
wrong = "No such number and code"
too_many = "{n} tries"
[query]
title = "Ask"
[submit]
title = "Tell us"
"""


def catalogue(folder: Path) -> Path:
    made = folder / "words" / "xx"
    made.mkdir(parents=True)
    (made / "language.toml").write_text('name = "Second"\ntag = "en-x-demo"\n', "utf-8")
    (made / "portal.toml").write_text(WORDS, "utf-8")
    (made / "effect.toml").write_text('wrong_state = "of records, not of the page"\n', "utf-8")
    return folder / "words"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = found_county(tmp_path_factory.mktemp("portal"))
    catalogue(home)
    with (home / "hub.toml").open("a", encoding="utf-8") as settings:
        settings.write('\nportal_catalogues = "words"\n')
    person = ["--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles", "mediator,supervisor"]
    assert main(["staff", "add", str(home), *person]) == 0
    with serving(home) as url:
        yield url


def test_a_visitor_chooses_and_finds_chinese_where_there_are_no_words(page: str) -> None:
    with loopback.Client(base_url=page, follow_redirects=True, timeout=30) as visitor:
        first = visitor.get("/submit").text
        assert '<html lang="zh-CN">' in first
        assert '<a href="/language/xx?back=%2Fsubmit" lang="en-x-demo" hreflang="en-x-demo">Second</a>' in first
        second = visitor.get("/language/xx?back=%2Fsubmit")
        assert (second.url.path, '<html lang="en-x-demo">' in second.text, "Tell us" in second.text) == ("/submit", True, True)
        assert t("portal.submit.send") in second.text                    # lacks it
        assert "汉字</a>" in second.text
        wrong = visitor.post("/progress", data={"code": "x", "number": "1"})
        assert "Ask" in wrong.text
        assert visitor.get("/manifest.webmanifest").json()["lang"] == "en-x-demo"
        assert visitor.get("/nowhere").status_code == 404
        back = visitor.get("/language/zh_CN?back=https://evil.example/")
        assert (back.url.path, '<html lang="zh-CN">' in back.text) == ("/", True)
        assert visitor.get("/language/..%2F..?back=//evil.example").status_code in (200, 404)
        assert not visitor.cookies


def test_the_languages_of_two_visitors_do_not_meet(page: str) -> None:
    with loopback.Client(base_url=page, timeout=30) as one, loopback.Client(base_url=page, timeout=30) as other:
        one.get("/language/xx")
        for _ in range(3):
            assert 'lang="en-x-demo"' in one.get("/").text
            assert '<html lang="zh-CN">' in other.get("/").text


def test_without_a_second_language_nothing_is_offered(tmp_path: Path) -> None:
    assert languages.installed(None) == {}
    assert languages.offered({}, "/") == []
    with pytest.raises(HubProblem, match="portal_catalogues"):
        languages.installed(tmp_path / "not-there")
    (catalogue(tmp_path) / "xx" / "portal.toml").write_text("name = ", "utf-8")
    with pytest.raises(HubProblem, match="portal_catalogues"):
        languages.installed(tmp_path / "words")


def test_texts_of_records_stay_chinese_and_a_text_that_wants_other_values_is_left_out(tmp_path: Path) -> None:
    found = languages.installed(catalogue(tmp_path))
    assert set(found["xx"].texts) == {"portal.name", "portal.title", "portal.wrong", "portal.query.title", "portal.submit.title"}
    with speaking(found["xx"]):
        assert t("portal.wrong") == "No such number and code"
        assert "{n}" not in t("portal.too_many")                           # wants a value that nobody gives
        with speaking(None):
            assert t("portal.wrong") != "No such number and code"


@pytest.mark.gui
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_the_switch_is_a_link_of_finger_size_below_every_page(page: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        view: Any = chromium.new_context(viewport={"width": 390, "height": 844}).new_page()
        view.goto(page)
        box = view.get_by_role("link", name="Second").bounding_box()
        assert min(box["width"], box["height"]) >= 44
        press(view, view.get_by_role("link", name="Second"))
        view.get_by_role("heading", name="Ask").wait_for()
        view.screenshot(path=OUTPUT / "language-390.png", full_page=True)
        chromium.close()
