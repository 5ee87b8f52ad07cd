"""The pages of the monitoring zone over HTTP: who owes the answer to a red card, and how long a bar is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.support.county_hub.hub_support import COUNTY, TOWN, RunningHub, found_county, running_hub, store_in_county
from tests.support.shared.domain_events import World

TODAY = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()


def ago(days: int) -> str:
    return (TODAY - dt.timedelta(days)).isoformat()


def supervised(world: World, level: str, to: str, summary: str, due: str) -> str:
    case = world.register(date=ago(3), summary=summary).subject
    world.event(case, "case.supervision_issued", {"level": level, "to": to, "text": "DEMO 请回复", "due": due}, office=COUNTY,
                role="supervisor", date=ago(2))
    return case


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningHub, dict[str, str]]]:
    home, world = found_county(tmp_path_factory.mktemp("monitor")), World()
    cases = {
        "red": supervised(world, "supervise", TOWN, "DEMO 红牌督办的事", ago(-60)),
        "mild": supervised(world, "reminder", TOWN, "DEMO 提醒过的事", ago(-60)),
    }
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with running_hub(home) as running:
        yield running, cases


def lines(page: httpx2.Response) -> list[str]:
    return re.findall(r"<tr>.*?</tr>", page.text, re.S)


def test_a_red_card_stands_first_among_what_is_due_with_the_office_that_owes_its_answer(
    county: tuple[RunningHub, dict[str, str]]
) -> None:
    running, cases = county
    with running.console() as reader:
        rows = [row for row in lines(reader.get("/console/monitor")) if "<td" in row]
    assert f"/console/cases/{cases['red']}#supervision" in rows[0]
    for text in ("督办（红牌）", "巴彦高勒镇", ago(-60)):
        assert text in rows[0]
    assert not any("督办（红牌）" in row for row in rows[1:])


def test_a_bar_is_as_long_as_its_part_of_a_stated_number_and_never_of_the_largest(
    county: tuple[RunningHub, dict[str, str]]
) -> None:
    running, _ = county
    with running.console() as reader:
        page = reader.get("/console/figures?internal=1").text
    assert "条形满格为 10 件" in page
    bars = re.findall(r'aria-label="\d+: (\d+)"><rect class="back"[^>]*/><rect class="(?:old|fill)" width="([\d.]+)%"', page)
    assert ("2", "20.0") in bars, bars
    assert all(float(width) == 10 * int(n) for n, width in bars)
