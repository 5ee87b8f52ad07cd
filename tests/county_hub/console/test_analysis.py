"""The pages of analysis over HTTP: every number leads to as many cases, also after cases changed."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from county_hub.commands.cli import main
from tests.support.county_hub.hub_support import (
    COUNTY,
    OTHER_TOWN,
    OTHER_VILLAGE,
    TOWN,
    VILLAGE,
    RunningHub,
    found_county,
    running_hub,
    store_in_county,
)
from tests.support.shared.domain_events import World

TODAY = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
PEOPLE = [{"name": "演示常客", "phone": "13800000009", "role": "applicant"}, {"name": "演示无号", "role": "respondent"}]


def ago(days: int) -> str:
    return (TODAY - dt.timedelta(days)).isoformat()


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    home, world = found_county(tmp_path_factory.mktemp("analysis")), World()
    for days in (1, 2, 3, 20, 400):
        world.register(date=ago(days), category="DC04")
    for days in (5, 370, 380):
        world.register(OTHER_VILLAGE, date=ago(days), category="DC02", source="grid_report", parties=PEOPLE)
    world.register(TOWN, date=ago(6), category="DC01")
    for days, took in ((12, 2), (14, 4), (18, 10)):
        ended = world.register(VILLAGE, date=ago(days), category="DC02", parties=PEOPLE)
        world.event(ended.subject, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]}, date=ago(days - took))
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with running_hub(home) as running:
        yield running


def leads(page: str) -> list[tuple[str, int]]:
    """(address, number) of links to lists of cases that show a number: cells, dots of charts, tiles, bars."""
    cells = re.findall(r'<a href="(/console/cases\?[^"]+)">(\d+)</a>', page)
    marks = re.findall(r'<a href="(/console/cases\?[^"]+)" aria-label="[^"]*?(\d+)">', page)
    bars = re.findall(r'<a href="(/console/cases\?[^"]+)">[^<]+</a></td>\s*<td>.*?</td><td>(\d+)</td>', page)
    return [(html.unescape(href), int(n)) for href, n in {*cells, *marks, *bars}]


def total(page: httpx2.Response) -> int:
    found = re.search(r"共 (\d+) 件", page.text)
    assert found
    return int(found[1])


@pytest.mark.parametrize("asked", ["", "?period=12", f"?period={TODAY.year}", f"?period=12&town={TOWN}", "?category=DC04",
                                   f"?period={TODAY.year}&town={OTHER_TOWN}"])
def test_every_number_leads_to_as_many_cases(county: RunningHub, asked: str) -> None:
    with county.console() as reader:
        page = reader.get(f"/console/analysis{asked}")
        assert page.status_code == 200
        found = leads(page.text)
        assert any(n for _, n in found)
        for href, n in found:
            assert total(reader.get(href)) == n, href


def test_durations_are_quantiles_of_what_was_closed_and_who_comes_again_is_named_by_telephone(county: RunningHub) -> None:
    with county.console() as reader:
        page = reader.get("/console/analysis?period=12").text
    row = next(row for row in re.findall(r"<tr>.*?</tr>", page, re.S) if "closed_since" in row and "天" in row)
    assert re.findall(r">(\d+) 天", row) == ["2", "4", "10", "10", "10"]
    assert re.search(r"<b>演示常客</b><span>4 件</span>", page)
    assert "<b>演示无号</b>" not in page


def test_every_number_of_the_rates_leads_to_what_it_counts_and_the_report_has_its_charts(county: RunningHub) -> None:
    with county.console() as reader:
        page = reader.get(f"/console/rates?period={TODAY.year}").text
        links = re.findall(r'<a href="(/console/rates/listed[^"]+)"[^>]*>(\d+)</a>', page)
        assert len(links) >= 15
        assert any(int(n) for _, n in links)
        for href, n in links:
            listed = reader.get(html.unescape(href)).text
            assert f"共 {n}<" in listed, href
            assert ("这段时间没有" in listed) == (n == "0"), href
        for asked in ("period=x", "period=2026&key=x&part=numerator", "period=2026&key=petitions&part=x", ""):
            assert reader.get(f"/console/rates/listed?{asked}").status_code in (400, 404)
        assert reader.get(f"/console/figures/{TODAY.year}.pdf").content.startswith(b"%PDF")


def test_the_countys_outlines_are_drawn_with_their_source_and_a_bad_file_says_what_is_wrong(tmp_path: Path) -> None:
    home, world = found_county(tmp_path), World()
    store_in_county(home, [world.register(date=ago(2)).doc(), world.register(OTHER_VILLAGE, date=ago(2)).doc()])
    square = [[[106.9, 40.3], [107.1, 40.3], [107.1, 40.5], [106.9, 40.5], [106.9, 40.3]]]
    outlines = home / "outlines.json"
    outlines.write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"code": "150822100"}, "geometry": {"type": "Polygon", "coordinates": square}},
        {"type": "Feature", "properties": {"name": "elsewhere"}, "geometry": {"type": "Polygon", "coordinates": square}},
    ]}), "utf-8")
    with running_hub(home, COUNTY_HUB_MAP_OUTLINES="outlines.json", COUNTY_HUB_MAP_OUTLINES_SOURCE="演示来源") as running:
        with running.console() as reader:
            page = reader.get("/console/analysis").text
            assert page.count("<polygon") == 1
            assert "演示来源" in page
            assert re.search(r"没有轮廓的：<a href=[^>]+>隆盛合镇 1</a>", page)
        outlines.write_text("{", "utf-8")
        main(["staff", "add", str(home), "--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles", "supervisor"])
        with running.console("x1") as officer:
            page = officer.get("/console/analysis").text
            assert "读不懂" in page
            assert "<polygon" not in page


def test_what_no_period_place_or_kind_is_asks_nothing(county: RunningHub) -> None:
    with county.console() as reader:
        for asked in ("period=x'", "period=9999", "town=1", "category=<b>", "period=2026-13&town=%00"):
            assert reader.get(f"/console/analysis?{asked}").status_code == 200
