"""Records that wait for the judge are seen: on the quarantine page, in `status` and in `doctor`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sync.router.store import RouterStore, Waiting
from tests.support.county_hub.hub_support import REPOSITORY, found_county, running_hub

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
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=60)
    assert "Traceback" not in done.stderr
    return done.stdout


def test_status_and_doctor_tell_of_held_records(county: Path) -> None:
    assert json.loads(hub("status", str(county), "--json"))["held"] == 1
    assert EVENT in hub("doctor", str(county))


def test_the_quarantine_page_lists_held_records(county: Path) -> None:
    with running_hub(county) as running, running.console() as client:
        page = client.get("/console/quarantine").text
    assert EVENT in page
