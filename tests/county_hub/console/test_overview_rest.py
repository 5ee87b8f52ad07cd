"""The overview looks into some of what waits; the lines for the rest say how many there are, as the lists behind them do."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest

from county_hub.commands.cli import main
from county_hub.county.book.waiting import MOST_CASES
from tests.support.county_hub.hub_support import COUNTY, TOWN, RunningHub, found_county, running_hub, store_in_county
from tests.support.shared.domain_events import World

ASKED, DOUBTED = MOST_CASES + 3, 2
TODAY = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date().isoformat()


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    home, world = found_county(tmp_path_factory.mktemp("rest")), World()
    person = ("--id", "x1", "--name", "演示调度员", "--office", COUNTY, "--roles", "dispatcher,supervisor")
    assert main(["staff", "add", str(home), *person]) == 0
    for n in range(ASKED):
        case = world.mediating(office=TOWN, date=TODAY).subject
        world.event(case, "case.escalate_requested", {"to": COUNTY, "reason": f"DEMO 涉及多户{n}"}, office=TOWN, date=TODAY)
    for _ in range(DOUBTED):        # sealed before it was agreed: for a person to decide
        case = world.mediating(date="2026-03-08").subject
        world.seal(case, world.agree(case, date="2026-03-10"), date="2026-03-09")
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with running_hub(home) as running:
        yield running


def test_what_is_not_looked_into_is_counted_as_its_list_counts_it(county: RunningHub) -> None:
    with county.console("x1") as officer:
        page = officer.get("/console/?all=1").text
        for words, href, n in (("等本单位办的", f"asks={COUNTY}", ASKED), ("要人判断的", "review=1", DOUBTED)):
            said = re.search(rf"{words}共 (\d+) 件", page)
            assert said, page
            assert int(said[1]) == n
            assert f'href="/console/cases?{href}"' in page
            assert f"共 {n} 件" in officer.get(f"/console/cases?{href}").text
