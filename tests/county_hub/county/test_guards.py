"""What the county's screens and command line say of guarded cases, over real HTTP and as processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from shared.ledger.formats.ids import PlatformNumber
from shared.ledger.texts import t
from tests.support.county_hub.hub_support import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, found_county, running_hub, store_in_county
from tests.support.shared.domain_events import World


def show(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["case", "show", *words]) == 0
    return capsys.readouterr().out


def test_the_console_and_its_command_line_show_the_banner_of_an_excluded_matter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, world = found_county(tmp_path), World()
    case = world.register(VILLAGE, category="DC01", subcategory="violence").subject
    store_in_county(home, [event.doc() for event in world.events[case]])
    banner = t("banner.violence_to_police")
    assert banner in show(capsys, str(home), case)
    assert json.loads(show(capsys, str(home), case, "--json"))["notices"][0] == banner
    with running_hub(home) as hub, hub.console() as client:
        page = client.get(f"/console/cases/{case}").text
    assert banner in page
    assert t("banner.channel", channel="移送公安") in page


def test_a_case_is_found_by_the_number_that_the_county_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, world = found_county(tmp_path), World()
    number = str(PlatformNumber(VILLAGE, 2026, 1, 12))
    case = world.register(VILLAGE, number=number).subject
    store_in_county(home, [event.doc() for event in world.events[case]])
    for name in ("旧地村", "巴彦高勒镇旧地村"):
        printed = PlatformNumber(VILLAGE, 2026, 1, 12).short(name)
        assert json.loads(show(capsys, str(home), printed, "--json"))["id"] == case
    assert main(["case", "show", str(home), PlatformNumber(VILLAGE, 2026, 1, 13).short("旧地村")]) == 2


def test_the_county_merges_across_towns_and_grants_a_townships_request_to_recall(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, world = found_county(tmp_path), World()
    one, other = world.register(VILLAGE).subject, world.register(OTHER_VILLAGE).subject
    asked = world.event(one, "case.recall_requested", {"reason": "DEMO"}, office=TOWN)
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    person = ("--id", "x1", "--name", "DEMO 调度", "--office", COUNTY, "--roles", "dispatcher")
    assert main(["staff", "add", str(home), *person]) == 0

    def act(verb: str, case: str, *fields: str) -> dict[str, Any]:
        capsys.readouterr()
        words = [word for field in fields for word in ("--set", field)]
        assert main(["case", verb, str(home), case, "--as", "x1", *words]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    recalled = act("recall", one, "reason=DEMO")
    assert (recalled["holder"], recalled["levels"]["recall_asked"]) == (TOWN, [])
    assert asked.id
    assert main(["case", "merge", str(home), one, "--as", "x1", "--set", "into=01J9ZK3V7Q8W9X0Y1Z2A3B4C5D"]) == 2
    assert act("merge", one, f"into={other}")["merged_into"] == other


def test_the_county_lists_what_waits_for_it_and_shows_the_six_haves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, world = found_county(tmp_path), World()
    case = world.register(VILLAGE).subject
    world.event(case, "case.recall_requested", {"reason": "DEMO"}, office=TOWN)
    world.event(case, "case.note_added", {"text": "DEMO", "about": "judge_guidance", "adviser": "DEMO 法官"})
    world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO"})
    store_in_county(home, [event.doc() for event in world.events[case]])

    def waiting(*words: str) -> list[tuple[str, str]]:
        capsys.readouterr()
        assert main(["tasks", str(home), "--json", *words]) == 0
        return [(task["code"], task["adjudicator_name"]) for task in json.loads(capsys.readouterr().out)]

    assert waiting() == [("recall_requested", "磴口县")]
    assert waiting("--office", TOWN) == [("escalate", "巴彦高勒镇")]
    assert len(waiting("--all")) == 2
    assert main(["tasks", str(home)]) == 0
    assert "提级" in capsys.readouterr().out
    assert "DEMO 法官" in show(capsys, str(home), case)
    haves = {have["code"]: have["shown"] for have in json.loads(show(capsys, str(home), case, "--json"))["haves"]}
    assert haves["judge"] == "DEMO 法官"
    with running_hub(home) as hub, hub.console() as client:
        page = client.get(f"/console/cases/{case}").text
    assert "有法官全程指导" in page
    assert "DEMO 法官" in page
