"""The main line over an edge, by the two programs' own commands: registered in a village, handed up, taken by the township,
accepted; the edge is killed between, the store is killed between, and what was accepted stays so."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.couchdb.layout import Layout
from tests.demo.stage import Device, Hub, run
from tests.support import loopback
from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE, found_county, new_code
from tests.support.ports import free_port
from tests.support.sync.server import ServerProcess, subprocess_server

ADMIN = "admin:demo-store"
PEOPLE = (("zhang", VILLAGE, "mediator,window_clerk"), ("zhao", TOWN, "judicial_officer,mediator"))
DISPUTE = {
    "place": {"text": "DEMO 三组水渠东侧"}, "summary": "DEMO 浇地时水漫进隔壁院子", "category": "DC02",
    "parties": [{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}],
}


class Story:
    """A store that is a process of its own, an edge before it, two devices."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home, self.port = folder, home, free_port()
        self.account = folder / "couchdb.txt"
        self.account.write_text(ADMIN + "\n", "utf-8")
        options = ["--couchdb", self.url, "--couchdb-password-file", str(self.account)]
        self.hub = Hub(home, options=options)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def store(self) -> Iterator[ServerProcess]:
        with subprocess_server(self.folder / "store", "--create", "--admin-file", str(self.account), port=self.port) as server:
            yield server

    def device(self, office: str, staff: str) -> Device:
        made = Device(office, staff, self.folder / staff, staff)
        run("village_node", "enrol", made.home, "--hub", self.hub.url, "--code", new_code(self.home, office)["code"])
        made.sync()
        return made

    def forget_caches(self) -> None:
        shutil.rmtree(self.home / "databases")
        for name in ("router", "router-chains", "read"):
            for path in self.home.glob(f"{name}.sqlite*"):
                path.unlink()


def states(device: Device, case: str) -> set[str]:
    """Delivery states of what this device wrote on the case."""
    return {event["delivery"]["state"] for event in device.show(case)["timeline"] if event["own"]}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    home = found_county(tmp_path)
    for staff, office, roles in PEOPLE:
        assert main(["staff", "add", str(home), "--id", staff, "--name", "演示", "--office", office, "--roles", roles]) == 0
    made = Story(tmp_path, home)
    yield made
    made.hub.stop()


@pytest.mark.soak
def test_a_case_goes_up_over_an_edge_that_is_killed_and_begun_from_nothing(story: Story) -> None:
    with story.store() as server:
        assert main(["couchdb", "provision", str(story.home), "--couchdb", story.url, "--admin-file", str(story.account)]) == 0
        story.hub.start()
        village, township = story.device(VILLAGE, "zhang"), story.device(TOWN, "zhao")
        case = village.case("register", body=DISPUTE)["row"]["id"]
        village.case("escalate", case, body={"reason": "DEMO 双方谈不拢"})
        village.sync()
        assert states(village, case) == {"accepted"}
        story.hub.stop(signal.SIGKILL)
        story.forget_caches()
        story.hub.start()
        assert states(village, case) == {"accepted"}
        village.sync()
        assert states(village, case) == {"accepted"}, "accepted stays, whoever gave the receipt"
        township.sync()
        township.case("accept-escalation", case)
        server.kill()
        township.sync(code=None, wait=0)
        assert "accepted" not in states(township, case), "a receipt without a store"
    with story.store():
        township.sync()
        township.sync()
        village.sync()
        assert states(township, case) == {"accepted"}
        [row] = [row for row in village.cases() if row["id"] == case]
        assert json.dumps(row["holder"]).find(TOWN) >= 0
        assert _kinds_there(story) == ["case.escalate_accepted", "case.escalate_requested", "case.registered"]
        story.hub.stop()
        assert run("county_hub", "doctor", story.home).code == 0
        assert run("village_node", "verify", village.home).code == 0


def _kinds_there(story: Story) -> list[Any]:
    """Kinds of what lies in the consolidated database of the store, each document once."""

    name, _, password = ADMIN.partition(":")
    database = Layout.of(COUNTY).there(f"office-{COUNTY}")
    with loopback.Client(base_url=story.url, auth=(name, password), trust_env=False) as http:
        rows = http.get(f"/{database}/_all_docs?include_docs=true&startkey=%22case:%22&endkey=%22case:z%22").json()["rows"]
    return sorted(row["doc"]["kind"] for row in rows)
