"""网上反映 in the console: seen, accepted as a case with its photographs, sent back with a reason, once."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from PIL import Image

from county_hub.commands.cli import main
from county_hub.console import demands_page
from county_hub.county import demand_office
from county_hub.county.acts import CountyActs
from county_hub.county.demand_office import opened_demands
from county_hub.demands import code as codes
from county_hub.demands.desk import Typed
from shared.disputes.case.state import CaseState
from tests.support.county_hub.hub_support import COUNTY, RunningHub, found_county, opened, running_hub


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 140, 60)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    home = found_county(tmp_path_factory.mktemp("demands"))
    person = ["--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles", "mediator,supervisor"]
    assert main(["staff", "add", str(home), *person]) == 0
    with opened(home) as hub:
        demands = opened_demands(hub)
        for n in range(3):
            typed = Typed("water", f"DEMO <b>第{n}件</b> 上游一夜没关闸", COUNTY, "DEMO 渠边", "演示周玉梅", f"1000000000{n}")
            demands.take(codes.new(), typed, [picture()] * (n == 0), "192.0.2.1", worked=True, channel="form")
        demands.close()
    with running_hub(home) as running:
        yield running


def token(page: httpx2.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found.group(1)


def test_an_officer_accepts_one_and_sends_another_back(desk: RunningHub) -> None:
    with desk.console("x1") as officer:
        listed = officer.get("/console/demands")
        assert listed.text.count("演示周玉梅") == 3
        assert "<b>第0件</b>" not in listed.text
        page = officer.get("/console/demands/1")
        picture_of = officer.get("/console/demands/1/photo/1")
        assert (picture_of.status_code, picture_of.headers["content-type"]) == (200, "image/jpeg")
        assert officer.post("/console/demands/1/accept", data={"csrf": "wrong"}).status_code == 403
        form = {"csrf": token(page), "summary": "DEMO 淹了葵花地", "category": "DC05", "respondent": "演示乙"}
        case = officer.post("/console/demands/1/accept", data=form)
        assert case.url.path.startswith("/console/cases/"), case.text
        for text in ("DEMO 淹了葵花地", "演示周玉梅", "演示乙"):
            assert text in case.text
        again = officer.post("/console/demands/1/accept", data=form)
        assert again.status_code == 400
        assert "已经受理" in again.text
        short = officer.post("/console/demands/2/return", data={"csrf": token(page), "reason": "不"})
        assert short.status_code == 400
        assert ">不</textarea>" in short.text
        assert 'role="alert" id="e-reason"' in short.text
        back = officer.post("/console/demands/2/return", data={"csrf": token(page), "reason": "DEMO 请到<i>说事室</i>来"})
        assert back.url.path == "/console/demands"
        assert back.text.count("演示周玉梅") == 1
        assert "DEMO 请到&lt;i&gt;说事室" in officer.get("/console/demands/2").text
        assert officer.get("/console/demands?all=1").text.count("演示周玉梅") == 3


def test_who_only_reads_decides_nothing_and_odd_addresses_are_sentences(desk: RunningHub) -> None:
    with desk.console() as reader:
        page = reader.get("/console/demands/3")
        assert "受理，登记成案件" not in page.text
        refused = reader.post("/console/demands/3/return", data={"csrf": token(page), "reason": "DEMO 不归这里管"})
        assert refused.status_code == 400
        for path in ("99", "99999999999999999999", "3/photo/9", "3/photo/0"):
            assert reader.get(f"/console/demands/{path}").status_code == 404
        for query in ("after=x", "after=99999999999999999999", "after=-1&all=1"):
            assert reader.get(f"/console/demands?{query}").status_code == 200


def test_a_last_page_that_is_full_leads_to_no_empty_one_and_a_number_beyond_all_is_none(desk: RunningHub) -> None:
    with desk.console("x1") as officer, opened(desk.home) as hub, contextlib.closing(opened_demands(hub)) as demands:
        for n in range(demands.count(), demands_page.PAGE):
            typed = Typed("water", "DEMO 上游一夜没关闸", COUNTY, "", "演示周玉梅", f"1{n:010}")
            demands.take(codes.new(), typed, [], f"192.0.2.{n}", worked=True, channel="form")
        page = officer.get("/console/demands?all=1").text
        assert (page.count("演示周玉梅"), "after=" in page) == (demands_page.PAGE, False)
        number = officer.post(f"/console/demands/{'9' * 30}/accept", data={"csrf": token(officer.get("/console/demands/1"))})
        assert number.status_code in (404, 405)


def test_an_acceptance_that_was_broken_off_is_ended_and_registers_nothing_twice(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The case is durable, the machine dies before the demand says so."""
    home = found_county(tmp_path_factory.mktemp("broken"))
    person = ["--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles", "mediator,supervisor"]
    assert main(["staff", "add", str(home), *person]) == 0
    with opened(home) as hub, contextlib.closing(opened_demands(hub)) as demands:
        typed = Typed("water", "DEMO 上游一夜没关闸", COUNTY, "", "演示周玉梅", "10000000001")
        n = demands.take(codes.new(), typed, [], "192.0.2.1", worked=True, channel="form").n
        acts = CountyActs(hub)
        real, acts.register = acts.register, dies_after(acts.register)      # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            demand_office.accept(acts, demands, n, "x1", {"summary": "DEMO 淹了地"})
        acts.register = real                                                 # type: ignore[method-assign]
        assert demands.waiting() == 1
        done = demand_office.accept(acts, demands, n, "x1", {"summary": "DEMO 淹了地，另写的"})
        with acts.officers.read() as db:
            cases = [row[0] for row in db.execute("SELECT case_id FROM cases")]
        assert cases == [done.case_id]


def dies_after(act: Callable[..., CaseState]) -> Callable[..., CaseState]:
    def acted(*args: Any, **named: Any) -> CaseState:
        act(*args, **named)
        raise KeyboardInterrupt

    return acted
