"""A button beside a case of a list can succeed, or says why not; who may never do it sees none."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator

import httpx2
import pytest

from county_hub.commands.cli import main
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, RunningHub, found_county, running_hub, store_in_county
from tests.support.shared.domain_events import World

TODAY = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
WORKS = (("/console/mediation", "plan_session", "free"), ("/console/intake", "triage", "new"),
         ("/console/monitor", "supervise", "late"))


def ago(days: int) -> str:
    return (TODAY - dt.timedelta(days)).isoformat()


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningHub, dict[str, str]]]:
    home, world, cases = found_county(tmp_path_factory.mktemp("offered")), World(), dict[str, str]()
    for id, roles in (("x1", "dispatcher,mediator,supervisor"), ("x2", "counsellor")):
        person = ("--id", id, "--name", f"DEMO {id}", "--office", COUNTY, "--roles", roles)
        assert main(["staff", "add", str(home), *person]) == 0
    cases["free"] = world.mediating(office=COUNTY, date=ago(2)).subject
    cases["new"] = world.register(COUNTY, date=ago(1), summary="DEMO new").subject
    cases["late"] = world.register(VILLAGE, date=ago(90), summary="DEMO late").subject
    cases["own"] = world.register(COUNTY, date=ago(90), summary="DEMO own").subject
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with running_hub(home) as running:
        yield running, cases


def _rows(page: httpx2.Response, case: str) -> list[str]:
    return [row for row in re.findall(r"<(?:li|tr)\b.*?</(?:li|tr)>", page.text, re.S) if f"/console/cases/{case}" in row]


def test_every_button_of_the_zones_opens_its_form_and_what_cannot_be_done_says_why(
        county: tuple[RunningHub, dict[str, str]]) -> None:
    hub, cases = county
    with hub.console("x1") as officer:
        for page, verb, case in WORKS:
            shown = officer.get(page)
            assert any(f"/do/{verb}" in row for row in _rows(shown, cases[case])), (page, shown.text)
            for href in re.findall(r'href="(/console/cases/[^"/]+/do/[a-z_]+)"', shown.text):
                assert '<form class="card act"' in officer.get(href).text, href
        own = next(row for row in _rows(officer.get("/console/monitor"), cases["own"]))
        assert "/do/supervise" not in own
        assert re.search(r'class="why small">督办：\S+', html.unescape(own)), own


def test_who_may_never_do_it_is_offered_nothing(county: tuple[RunningHub, dict[str, str]]) -> None:
    hub, _ = county
    with hub.console("x2") as adviser:
        for page, _, _ in WORKS:
            for href in re.findall(r'href="(/console/cases/[^"]+/do/[a-z_]+)"', adviser.get(page).text):
                assert '<form class="card act"' in adviser.get(href).text, href
        assert "/do/supervise" not in adviser.get("/console/monitor").text
        assert 'class="why' not in adviser.get("/console/monitor").text
