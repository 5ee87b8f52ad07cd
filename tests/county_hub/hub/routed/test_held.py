"""Records that wait for the judge are seen: on the quarantine page, in `status` and in `doctor`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from county_hub.commands.cli import main
from shared.ledger.formats.ids import PlatformNumber
from sync.router.store import RouterStore
from sync.router.values import Waiting
from tests.support import warm
from tests.support.county_hub.hub_support import COUNTY, NEIGHBOUR, REPOSITORY, VILLAGE, found_county, opened, running_hub
from tests.support.shared.domain_events import World

PATIENCE_S = 30

EVENT = "case:01J00000000000000000000000:0190000000000000:aaaaaaaaaaaaaaaaaaaaaaaaaa"


@pytest.fixture
def county(tmp_path: Path) -> Path:
    home = found_county(tmp_path)
    with running_hub(home):
        pass                # the router learns whose file it keeps; what another county left would be forgotten
    store = RouterStore(home / "router.sqlite")
    doc = {"_id": EVENT, "_rev": "1-0", "kind": "case.registered", "office": "150822100203", "device": "150822100203-009"}
    store.wait([Waiting("office-150822100203", "01J00000000000000000000000", doc, "held", "device_unknown: not in the directory",
                        1, "", 1_780_000_000.0, 9e12)])
    store.close()
    return home


def hub(*words: str) -> str:
    command = [sys.executable, "-m", "county_hub", *words]
    done = warm.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=60)
    assert "Traceback" not in done.stderr
    return done.stdout


def test_status_and_doctor_tell_of_held_records(county: Path) -> None:
    assert json.loads(hub("status", str(county), "--json"))["held"] == 1
    assert EVENT in hub("doctor", str(county))


def test_the_quarantine_page_lists_held_records(county: Path) -> None:
    with running_hub(county) as running, running.console() as client:
        page = client.get("/console/quarantine").text
    assert EVENT in page


@pytest.fixture
def stray(tmp_path: Path) -> tuple[Path, str]:
    """(HOME, id of what a village wrote into a case of its neighbour), brought to the hub and not routed yet."""
    home, world = found_county(tmp_path), World()
    add = ("staff", "add", str(home), "--name", "演示", "--id")
    assert main([*add, "x1", "--office", COUNTY, "--roles", "supervisor"]) == 0
    first = world.register(NEIGHBOUR, number=str(PlatformNumber(NEIGHBOUR, 2026, 1, 1)))
    events = {NEIGHBOUR: first, VILLAGE: world.event(first.subject, "case.note_added", {"text": "DEMO"}, office=VILLAGE)}
    with opened(home) as hub:
        for office, event in events.items():
            assert main([*add, event.actor, "--office", office, "--roles", "mediator"]) == 0
            public = world.key(event.device).public
            hub.directory.add_device(event.device, office=office, slot="001", public_key=public, role="tablet")
            with hub.databases.lease(f"office-{office}") as replica:
                assert replica.bulk_docs([event.doc()], new_edits=False) == []
    return home, events[VILLAGE].id


def test_an_officer_refuses_or_releases_what_is_held_and_says_why(stray: tuple[Path, str]) -> None:
    home, event = stray
    with running_hub(home) as running, running.console("x1") as client:
        deadline = time.monotonic() + PATIENCE_S
        while event not in (page := client.get("/console/quarantine").text):
            assert time.monotonic() < deadline, "the stray is not held"
        assert "还没有被交办过" in page
        form = {"csrf": page.split('name="csrf" value="')[1][:64], "event": event, "reason": ""}
        for bad in ({}, {"event": "case:x", "reason": "DEMO"}):
            assert client.post("/console/quarantine/refuse", data={**form, **bad}).status_code == 400
        said = client.post("/console/quarantine/refuse", data={**form, "reason": "DEMO 与本案无关"}).text
        assert f"已退回：{event}" in said
        with running.console() as reader:
            assert "formaction" not in reader.get("/console/quarantine").text, "who only reads is offered nothing"
    with opened(home) as hub, hub.databases.lease("quarantine") as replica:
        kept = [row.doc for row in replica.all_docs(startkey="refusal:", endkey="refusal:\uffff", include_docs=True)]
    assert [doc["by"] for doc in kept if doc] == ["x1: DEMO 与本案无关"]
