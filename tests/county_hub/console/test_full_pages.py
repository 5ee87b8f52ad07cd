"""After the DEMO data no page of the console is empty, each stands in its zone's tabs, its first view stays below 50 kB, and
on paper nothing is cut and nothing is to be pressed."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openpyxl import load_workbook

from county_hub.console import render
from county_hub.console.tabs import TABS
from county_hub.demo.grids import load_grids
from county_hub.demo.present import CLERK, load_present
from county_hub.demo.stories import Quotas
from county_hub.demo.years import load_years
from shared.disputes.records import aggregates
from shared.ledger.days import local_date
from shared.ledger.texts import catalogue
from tests.support.county_hub.browsing import sign_in
from tests.support.county_hub.hub_support import PASSWORD, REPOSITORY, RunningHub, found_county, opened, running_hub, with_account
from tests.support.shared.pdf_text import text_of

CHROMIUM, OUTPUT = shutil.which("chromium"), REPOSITORY / "test-output" / "console"
A4_PX = 703             # 210 mm less the margins of the style sheet, at 96 px an inch
MOST_BYTES = 50_000
SMALL_YEAR = Quotas(30, 4, 1, (6, 7, 20), (4, 4, 6), 6, 1, (4, 3))
# What is good when it is empty, or only other people or programs fill it: words of these sections are no fault.
GOOD = {
    # nothing is wrong
    "console.quarantine.none", "console.quarantine.none_hint", "fleet.all_good", "console.overview.silent_none",
    "zones.intake.handed_none",         # a township's tablet hands up
    "room.list_none",                   # nobody meets online at this moment
    "analysis.often_none",              # nobody comes again and again
    "zones.duplicates.none", "zones.slips.answer_none", "rates.nothing", "figures.none",
    "uses.nothing",                     # a listing of the county's own rules, tokens, letters where none was made
    "zones.dispatch.lane_none",         # one lane of the board
    "zones.warning.calm", "zones.warning.not_yet", "zones.warning.none",     # too few cases in so small a county
    "analysis.none",
}
EMPTY = re.compile(r"(_none|\.none|\.calm|\.empty|\.nothing|\.records_none|\.all_good|\.not_yet)$")
_TABBED = [href for rows in TABS.values() for _, href in rows]
_RECORDS = [f"/console/records?kind={name}" for name in aggregates.NAMES]
_MORE = ["/console/rooms", "/console/account", "/console/wall", *_RECORDS]
PAGES = [*dict.fromkeys([*(href for _, href in render.NAV), *_TABBED, *_MORE])]
OF_THE_KEEPER = ("/console/accounts", "/console/zone/systems")
WITHOUT_TABS = ("/console/", "/console/cases", "/console/psych", "/console/account", "/console/wall",
                "/console/records?kind=referral")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    home: Path = found_county(tmp_path_factory.mktemp("full"))
    with opened(home) as hub:
        year = int(local_date(hub.clock())[:4])
        load_years(hub, [year], quotas={year: SMALL_YEAR})
        assert load_present(hub) > 0
        load_grids(hub)
        assert load_present(hub) == 0, "again is not twice"
    with_account(home, CLERK)
    with running_hub(home) as running:
        yield running


@pytest.fixture(scope="module")
def pages(county: RunningHub) -> dict[str, httpx2.Response]:
    with county.console() as keeper, county.client(follow_redirects=True) as officer:
        officer.post("/console/login", data={"staff": CLERK, "password": PASSWORD})
        return {page: (keeper if page in OF_THE_KEEPER else officer).get(page) for page in PAGES}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_after_the_demo_data_says_something_within_its_tabs_and_its_size(pages: dict[str, httpx2.Response], page: str
                                                                               ) -> None:
    answer = pages[page]
    assert answer.status_code == 200, answer.text[-800:]
    assert len(answer.content) < MOST_BYTES
    words = re.sub(r"<[^>]+>", "|", answer.text)
    empty = {key for key, text in catalogue().items() if EMPTY.search(key) and "{" not in text and len(text) > 1
             and f"|{text}" in words and key.partition(".")[0] in ("console", "zones", "analysis", "organs", "demand", "room",
                                                                   "fleet", "rates", "uses", "acting", "figures", "wall")}
    assert empty <= GOOD | _twins(GOOD)
    assert ('class="tabs"' in answer.text) == (page not in WITHOUT_TABS)
    assert not re.search(r"DOMAIN\.md|proposal|\bArts? [0-9]|\|(demo|tablet|relay)\|", words), "a word of developers"
    if page not in ("/console/audit", "/console/zone/people", "/console/account", "/console/accounts"):
        assert not re.search(r"\|[^|]*\b(20[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9A-HJKMNP-TV-Z]{26}|demo-(lawyer|clerk|counsellor))\b",
                             words), \
            "a day, a record, a person as machines call them"


def _twins(keys: set[str]) -> set[str]:
    """Other texts that say the same."""
    said = {catalogue()[key] for key in keys if key in catalogue()}
    return {key for key, text in catalogue().items() if text in said}


_TOTAL = re.compile(r'class="meta">(?:[^<]*　)?共 ([0-9]+)')
_LINK = re.compile(r'<a\b[^>]*href="(/console/(?:cases\?|rates/listed)[^"]*)"[^>]*>(.*?)</a>', re.S)


def test_every_number_that_leads_to_cases_leads_to_as_many(county: RunningHub, pages: dict[str, httpx2.Response]) -> None:
    """Overview, zones, analysis, rates, early warning, map, figures: whatever is counted and linked."""
    told: dict[str, set[str]] = {}
    for answer in pages.values():
        for href, inner in _LINK.findall(answer.text.partition("<main")[2]):
            words = re.sub(r"[0-9]+年( ?[0-9]+月)?", "", re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", inner)))
            numbers = re.findall(r"(?<![0-9.-])[0-9]+(?![0-9.%-])", words)
            if numbers:
                told.setdefault(html.unescape(href), set()).add(numbers[0])
    assert len(told) > 110, len(told)
    with county.client(follow_redirects=True) as officer:
        officer.post("/console/login", data={"staff": CLERK, "password": PASSWORD})
        found = {href: set(_TOTAL.findall(officer.get(href).text)) for href in told}
    assert {href: (told[href], found[href]) for href in told if told[href] != found[href]} == {}


def test_every_act_that_a_page_offers_opens_its_form(county: RunningHub, pages: dict[str, httpx2.Response]) -> None:
    """The court's list offered to send cases that the county does not hold; the proposal of mediators too."""
    offered = {href: page for page, answer in pages.items() if page not in OF_THE_KEEPER
               for href in re.findall(r'href="(/console/(?:cases|records)/[^"/]+/do/[^"]+)"', answer.text)}
    assert len(offered) > 3
    with county.client(follow_redirects=True) as officer:
        officer.post("/console/login", data={"staff": CLERK, "password": PASSWORD})
        for case in re.findall(r'href="(/console/cases/[0-9A-Z]{26})"', officer.get("/console/cases").text)[:5]:
            proposal = officer.get(f"{case}/propose").text
            offered |= dict.fromkeys(re.findall(rf'href="({case}/do/[^"]+)"', proposal), "propose")
        shut = {href: page for href, page in offered.items() if officer.get(html.unescape(href)).status_code != 200}
    assert shut == {}


OF_CASES = r"共 ([0-9]+) 件"
EXPORTED = (("/console/cases", {"open": "1"}, OF_CASES), ("/console/cases", {"open": "1", "risk": "3"}, OF_CASES),
            ("/console/records", {"kind": "petition", "all": "1"}, ""), ("/console/records", {"kind": "hazard"}, ""),
            ("/console/demands", {}, ""), ("/console/demands", {"all": "1"}, ""), ("/console/coverage", {}, ""))


@pytest.mark.parametrize(("page", "asked", "total"), EXPORTED)
def test_what_a_list_shows_is_taken_away_as_it_is_filtered_with_days_and_numbers(
    county: RunningHub, page: str, asked: dict[str, str], total: str,
) -> None:
    with county.client(follow_redirects=True) as officer:
        officer.post("/console/login", data={"staff": CLERK, "password": PASSWORD})
        shown = officer.get(page, params=asked).text
        form = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', shown)[0], **asked}
        book, lines = (officer.post(f"{page}/export", data={**form, "form": kind}).content for kind in ("xlsx", "csv"))
    sheet = load_workbook(io.BytesIO(book)).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    told = "".join(re.findall(r"<tbody>.*?</tbody>", shown, re.DOTALL))
    count = int(re.findall(total, shown)[0]) if total else len(re.findall("<tr[ >]", told))
    assert len(rows) == count == len(list(csv.reader(io.StringIO(lines.decode("utf-8-sig"))))) - 1 > 0
    assert sheet.freeze_panes == "B2"
    days = {cell for row in rows for cell in row if isinstance(cell, dt.datetime)}
    assert days or page == "/console/coverage"
    assert not [cell for row in rows for cell in row if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(cell))]
    assert not total or {type(row[5]) for row in rows} == {int}


PRINTED = ("/console/", "/console/cases", "/console/dispatch", "/console/monitor", "/console/figures", "/console/analysis",
           "/console/rates", "/console/coverage", "/console/mediation", "/console/records?kind=petition", "case")
_CUT = """() => [...document.querySelectorAll('main *')].filter((one) => one.checkVisibility() && !one.closest('svg, .hidden')
  && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 120)).slice(0, 3)"""
_PRESSED = """() => [...document.querySelectorAll('nav, button, .button, select, input, form.seek')]
  .filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 120)).slice(0, 3)"""


@pytest.mark.gui
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_on_paper_nothing_is_cut_and_nothing_is_to_be_pressed(county: RunningHub) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page: Any = chromium.new_context(viewport={"width": A4_PX, "height": 1000}).new_page()
        page.goto(f"{county.url}/console/login")
        sign_in(page, CLERK)
        page.goto(f"{county.url}/console/cases")
        case = page.locator("table.list tbody a").first.get_attribute("href")
        page.emulate_media(media="print")
        for path in PRINTED:
            page.goto(county.url + (case if path == "case" else path))
            assert page.evaluate(_CUT) == [], path
            assert page.evaluate(_PRESSED) == [], path
            assert page.get_by_text("数据到").is_visible(), path
        text = text_of(page.pdf(path=OUTPUT / "case.pdf", prefer_css_page_size=True))
        assert "窗口受理" not in text
        assert re.search(r"1\s*/\s*[1-9]", text)
        chromium.close()


LISTED = ("/console/zone/clinic", "/console/zone/people", "/console/zone/devices", "/console/zone/rules")


@pytest.mark.gui
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")
def test_on_a_telephone_the_first_column_of_a_listing_is_read_in_words_not_letter_by_letter(county: RunningHub) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser: Any = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(f"{county.url}/console/login")
        sign_in(page, CLERK)
        for listed in LISTED:
            page.goto(f"{county.url}{listed}")
            widths = page.evaluate("[...document.querySelectorAll('.wide tbody th')].map(th => th.clientWidth)")
            assert min(widths) > 90, listed
        browser.close()
