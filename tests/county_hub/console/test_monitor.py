"""The pages of the monitoring zone over HTTP: who owes the answer to a red card, and how long a bar is."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator

import httpx2
import pytest

from shared.ledger.days import said_day
from tests.support.county_hub.hub_support import COUNTY, TOWN, RunningHub, found_county, running_hub, store_in_county
from tests.support.shared.domain_events import World

OTHER = "150822101200"
TODAY = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()


def ago(days: int) -> str:
    return (TODAY - dt.timedelta(days)).isoformat()


def supervised(world: World, level: str, to: str, summary: str, due: str) -> str:
    case = world.register(date=ago(3), summary=summary).subject
    world.event(case, "case.supervision_issued", {"level": level, "to": to, "text": "DEMO 请回复", "due": due}, office=COUNTY,
                role="supervisor", date=ago(2))
    return case


def outlier(world: World) -> None:
    """Of one kind one a month for a year and nine of the last 30 days in one township; of another kind as many as always; in
    another township one."""
    for month in range(1, 13):
        for category in ("DC02", "DC04"):
            world.register(date=ago(30 * month + 5), category=category)
    for n in range(9):
        world.register(date=ago(n), category="DC04")
    world.register(date=ago(4), category="DC02")
    world.register(OTHER, date=ago(5), category="DC04")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningHub, dict[str, str]]]:
    home, world = found_county(tmp_path_factory.mktemp("monitor")), World()
    cases = {
        "red": supervised(world, "supervise", TOWN, "DEMO 红牌督办的事", ago(-60)),
        "mild": supervised(world, "reminder", TOWN, "DEMO 提醒过的事", ago(-60)),
    }
    outlier(world)
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
    for text in ("督办（红牌）", "巴彦高勒镇", said_day(ago(-60), ago(0))):
        assert text in rows[0]
    assert not any("督办（红牌）" in row for row in rows[1:])


def test_a_bar_is_as_long_as_its_part_of_a_stated_number_and_never_of_the_largest(
    county: tuple[RunningHub, dict[str, str]]
) -> None:
    running, _ = county
    with running.console() as reader:
        page = reader.get("/console/figures?internal=1").text
    stated = re.search(r"条形满格为 (\d+) 件", page)
    assert stated
    full = int(stated.group(1))
    assert full >= 10
    bars = re.findall(r'aria-label="\d+: (\d+)"><rect class="back"[^>]*/><rect class="(?:old|fill)" width="([\d.]+)%"', page)
    assert any(int(n) for n, _ in bars)
    assert all(float(width) == round(100 * int(n) / full, 1) for n, width in bars)


def numbers(page: httpx2.Response) -> list[tuple[str, int]]:
    """Addresses and numbers of the table's cells."""
    found = re.findall(r'<a class="heat heat\d[^"]*" href="([^"]+)"[^>]*>(?:<span[^>]*>◆</span> )?(\d+)</a>', page.text)
    return [(html.unescape(href), int(n)) for href, n in found]


def test_the_one_cell_beyond_its_band_is_warned_and_every_number_leads_to_as_many_cases(
    county: tuple[RunningHub, dict[str, str]]
) -> None:
    running, _ = county
    with running.console() as reader:
        page = reader.get("/console/warning")
        assert "预警 1 处" in page.text
        warned = re.findall(r'<tr><th scope="row">([^<]+)</th><td>([^<]+)</td>', page.text)
        assert warned == [("巴彦高勒镇", "合同纠纷")]
        assert "不到 0.1%" in page.text
        assert "看一次平均误报不到 0.01 格" in page.text
        found = numbers(page)
        assert sorted(n for _, n in found) == [1, 3, 9]     # with the two supervised ones
        for href, n in found:
            listed = reader.get(href)
            assert f"共 {n} 件" in listed.text, href
            assert len(re.findall('<td class="number">', listed.text)) == n
        assert "共 0 件" in reader.get("/console/cases?place=nowhere&until=never").text
