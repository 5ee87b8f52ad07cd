"""After the DEMO data no page of the console is empty, each stands in its zone's tabs, and its first view stays below 50 kB."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from county_hub.console import render
from county_hub.console.tabs import TABS
from county_hub.demo.grids import load_grids
from county_hub.demo.present import CLERK, load_present
from county_hub.demo.stories import Quotas
from county_hub.demo.years import load_years
from shared.disputes.records import aggregates
from shared.ledger.days import local_date
from shared.ledger.texts import catalogue
from tests.support.county_hub.hub_support import PASSWORD, found_county, opened, running_hub, with_account

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
PAGES = [*dict.fromkeys([*(href for _, href in render.NAV), *(href for rows in TABS.values() for _, href in rows),
                         "/console/rooms", "/console/account", "/console/wall", *(f"/console/records?kind={name}" for name in aggregates.NAMES)])]
OF_THE_KEEPER = ("/console/accounts", "/console/zone/systems")
WITHOUT_TABS = ("/console/", "/console/cases", "/console/psych", "/console/account", "/console/wall",
                "/console/records?kind=referral")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, httpx2.Response]]:
    home: Path = found_county(tmp_path_factory.mktemp("full"))
    with opened(home) as hub:
        year = int(local_date(hub.clock())[:4])
        load_years(hub, [year], quotas={year: SMALL_YEAR})
        assert load_present(hub) > 0
        load_grids(hub)
        assert load_present(hub) == 0, "again is not twice"
    with_account(home, CLERK)
    with running_hub(home) as running, running.console() as keeper, running.client(follow_redirects=True) as officer:
        officer.post("/console/login", data={"staff": CLERK, "password": PASSWORD})
        yield {page: (keeper if page in OF_THE_KEEPER else officer).get(page) for page in PAGES}


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


def _twins(keys: set[str]) -> set[str]:
    """Other texts that say the same."""
    said = {catalogue()[key] for key in keys if key in catalogue()}
    return {key for key, text in catalogue().items() if text in said}
