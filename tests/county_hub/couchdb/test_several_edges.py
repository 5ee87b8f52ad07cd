"""Several hubs before one CouchDB, by the programs' own commands: a publisher, edges, and devices that find them all."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from county_hub.commands.cli import main
from tests.demo.stage import Device, Hub, Outcome
from tests.support import loopback
from tests.support.county_hub.hub_support import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, found_county, new_code, opened
from tests.support.ports import free_port
from tests.support.sync.foreign import ForeignServer, foreign_server, kinds
from village_node.__main__ import main as village_node

PATIENCE_S = 150.0
PEOPLE = (("zhang", VILLAGE, "mediator,window_clerk"), ("zhao", TOWN, "judicial_officer,mediator"),
          ("qian", OTHER_VILLAGE, "mediator,window_clerk"))
DISPUTE = {
    "place": {"text": "DEMO 三组水渠东侧"}, "summary": "DEMO 浇地时水漫进隔壁院子", "category": "DC02",
    "parties": [{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}],
}


def until(true: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


class County:
    """A store that is a process of its own, its publisher, and edges by name."""

    def __init__(self, folder: Path, server: ForeignServer, prefix: str) -> None:
        self.folder, self.server, self.prefix, self.home = folder, server, prefix, found_county(folder)
        self.url, file = server.url, folder / "couchdb.txt"
        file.write_text(":".join(server.auth or ("nobody", "x")) + "\n", "utf-8")
        self.account = ["--admin-file", str(file)] if server.auth else []
        for staff, office, roles in PEOPLE:
            said = ["--id", staff, "--name", "演示", "--office", office, "--roles", roles]
            assert main(["staff", "add", str(self.home), *said]) == 0
        self.hub = self.serving(self.home)
        self.edges: dict[str, Hub] = {}
        self.born = self.enrolled = 0

    @property
    def hubs(self) -> list[Hub]:
        return [self.hub, *self.edges.values()]

    def serving(self, home: Path, port: int = 0) -> Hub:
        return Hub(home, port or free_port(), ["--couchdb", self.url, *self.account])

    def edge(self, name: str, offices: str) -> Hub:
        """One that begins from nothing, at the port that its forerunner had."""
        self.born += 1
        home, bundle = self.folder / f"{name}-{self.born}", self.folder / f"{name}-{self.born}.json"
        port = self.edges[name].port if name in self.edges else free_port()
        made = self.edges[name] = self.serving(home, port)
        in_process("county_hub", "edge", "add", self.home, name, "--offices", offices, "--url", made.url, "--out", bundle)
        in_process("county_hub", "init", home, "--edge", bundle, "--admin-password-file", self.folder / "password.txt")
        until(self.directory_is_there, "the directory is not brought on")
        until(lambda: len(self.there("county", "credential:")) >= self.enrolled, "credentials are not brought on")
        made.start()
        return made

    def device(self, office: str, staff: str) -> Device:
        self.enrolled += 1
        made = Device(office, staff, self.folder / staff, staff)
        in_process("village_node", "enrol", made.home, "--hub", self.hub.url, "--code", new_code(self.home, office)["code"])
        made.sync()
        return made

    def there(self, database: str, start: str = "case:") -> list[dict[str, Any]]:
        with self.server.client(base_url=self.url) as http:
            rows = http.get(f"/{self.prefix}{database}/_all_docs", params={
                "include_docs": "true", "startkey": json.dumps(start), "endkey": json.dumps(start + "z")}).json()["rows"]
        return [row["doc"] for row in rows]

    def take_back(self, event: str) -> None:
        """CouchDB as it was before this record."""
        with self.server.client(base_url=self.url) as http:
            for office in (VILLAGE, TOWN, COUNTY):
                path = f"/{self.prefix}office-{office}"
                rev = http.get(f"{path}/{quote(event, safe='')}").json()["_rev"]
                http.post(f"{path}/_purge", json={event: [rev]}).raise_for_status()

    def directory_is_there(self) -> bool:
        """Does CouchDB hold the newest head of the publisher?"""
        with opened(self.home) as hub:
            epoch, version, _ = hub.directory.cited()
        return any(doc["_id"] == f"directory:{epoch}:{version:08d}" for doc in self.there("directory", "directory:"))

    def faults(self, hub: Hub) -> Any:
        with loopback.Client(base_url=hub.url, trust_env=False) as http:
            return http.get("/_ready").json()["faults"]

    def ready(self, hub: Hub) -> bool:
        return not self.faults(hub)

    def issuers(self, device: Device) -> set[str]:
        """Who has given receipts for what this office wrote."""
        return {doc["issuer"] for doc in self.there(f"office-{device.office}", "receipt:")}


def in_process(module: str, *arguments: object, stdin: Any = None, code: int | None = 0, timeout: float = 0) -> Outcome:
    """As `tests.demo.stage.run`, without a process for each command: a story has hundreds."""
    words, out, err = [str(one) for one in arguments], io.StringIO(), io.StringIO()
    said = io.TextIOWrapper(io.BytesIO(json.dumps(stdin, ensure_ascii=False).encode() if stdin is not None else b""), "utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", said)
        try:
            got = (village_node if module == "village_node" else main)(words)
        except SystemExit as end:
            got = int(end.code or 0)
    outcome = Outcome(got, out.getvalue(), err.getvalue())
    assert code is None or got == code, f"{module} {' '.join(words)}: {got}\n{outcome.err or outcome.out}"
    return outcome


def states(device: Device, case: str) -> set[str]:
    """Delivery states of what this device wrote on the case."""
    return {event["delivery"]["state"] for event in device.show(case)["timeline"] if event["own"]}


def at(device: Device) -> str:
    """The address that the device's last exchange of records was with."""
    return str(json.loads((device.home / "state.json").read_text("utf-8"))["peers_at"]["office"])


@pytest.fixture(params=kinds("ours", "couchdb"))
def county(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[County]:
    monkeypatch.setattr("tests.demo.stage.run", in_process)
    monkeypatch.setattr("tests.demo.stage.READY_SECONDS", PATIENCE_S)
    for word in ("LOOK", "DEVICES"):
        monkeypatch.setenv(f"COUNTY_HUB_COUCHDB_{word}_SECONDS", "0.3")
    monkeypatch.setenv("COUNTY_HUB_WORKERS", "0")
    prefix = f"test-{uuid.uuid4().hex[:10]}-"
    monkeypatch.setenv("COUNTY_HUB_COUCHDB_PREFIX", prefix)
    with foreign_server(request.param) as server:
        made = County(tmp_path, server, prefix)
        assert main(["couchdb", "provision", str(made.home), "--couchdb", made.url, *made.account]) == 0
        made.hub.start()
        yield made
        for hub in made.hubs:
            hub.stop()
        with server.client(base_url=server.url) as http:
            for name in http.get("/_all_dbs").json():
                if name.startswith(prefix):
                    http.delete(f"/{name}")


def known(county: County, edge: Hub, device: Device) -> bool:
    """Has the edge learnt of this device?"""
    device.sync(code=None)
    return at(device) == edge.url


def hubs_of_devices(hub: Hub) -> dict[str, str]:
    """Office -> the edge that its device was last in touch with ("": the publisher), as `county-hub fleet` tells."""
    told = in_process("county_hub", "fleet", hub.home, "--json").json()
    return {health["office"]: health["hub"] for health in told if health["last_at"] and health["stated_at"]}


def test_an_edge_answers_for_its_offices_and_a_case_goes_from_one_hub_to_another(county: County) -> None:
    village, other = county.device(VILLAGE, "zhang"), county.device(OTHER_VILLAGE, "qian")
    edge = county.edge("bayan", TOWN)
    until(lambda: known(county, edge, village), "the device does not find its edge")
    case = village.case("register", body=DISPUTE)["row"]["id"]
    village.case("escalate", case, body={"reason": "DEMO 双方谈不拢"})
    village.sync()
    until(lambda: village.sync() and states(village, case) == {"accepted"}, "the edge gives no receipt")
    [listed] = in_process("county_hub", "edge", "list", county.home, "--json").json()
    assert county.issuers(village) == {listed["device"]}, "only the edge of its office gives receipts"
    foreign = other.case("register", body=DISPUTE)["row"]["id"]
    other.sync()
    until(lambda: other.sync() and states(other, foreign) == {"accepted"}, "the publisher gives no receipt")
    assert at(other) == county.hub.url
    assert listed["device"] not in county.issuers(other)
    assert sorted(doc["kind"] for doc in county.there(f"office-{COUNTY}")) == [
        "case.escalate_requested", "case.registered", "case.registered"]
    for hub in county.hubs:     # whichever one asks, every device is there, with the hub that it was in touch with
        until(lambda hub=hub: hubs_of_devices(hub) == {village.office: "bayan", other.office: ""}, "the hubs tell not all")
    # killed, lost with all it had, and another one in its place; the devices go on meanwhile
    edge.stop(signal.SIGKILL)
    shutil.rmtree(edge.home)
    second = village.case("register", body=DISPUTE)["row"]["id"]
    village.sync()
    assert at(village) == county.hub.url
    assert states(village, second) == {"sent"}, "nobody answers for the office, and what it brought is with the publisher"
    assert states(village, case) == {"accepted"}, "accepted stays"
    again = county.edge("bayan", TOWN)
    until(lambda: known(county, again, village) and states(village, second) == {"accepted"}, "the new edge does not go on")
    assert len(county.there(f"office-{COUNTY}")) == 4, "nothing lost, nothing doubled"
    assert in_process("village_node", "verify", village.home).code == 0
    for hub in county.hubs:
        hub.stop()
        assert in_process("county_hub", "doctor", hub.home).code == 0


@pytest.mark.soak
def test_an_office_is_handed_over_while_the_old_edge_lives_and_hears_nothing(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    village, township = county.device(VILLAGE, "zhang"), county.device(TOWN, "zhao")
    monkeypatch.setenv("COUNTY_HUB_COUCHDB_LOOK_SECONDS", "300")
    old = county.edge("old", TOWN)
    monkeypatch.setenv("COUNTY_HUB_COUCHDB_LOOK_SECONDS", "0.3")
    until(lambda: known(county, old, village) and known(county, old, township), "the devices do not find their edge")
    case = village.case("register", body=DISPUTE)["row"]["id"]
    village.sync()
    until(lambda: village.sync() and states(village, case) == {"accepted"}, "the old edge gives no receipt")
    first = county.issuers(village)
    new = county.edge("new", VILLAGE)
    until(lambda: len(county.issuers(village)) == 2, "who answers for the office now does not tell its devices")
    village.case("escalate", case, body={"reason": "DEMO 双方谈不拢"})
    until(lambda: village.sync() and states(village, case) == {"accepted"}, "the old edge does not go on")
    assert at(village) == old.url, "it has not heard, and neither has the device"
    old.stop(signal.SIGKILL)
    until(lambda: known(county, new, village), "the device does not find the new edge")
    county.hub.stop()
    second = village.case("register", body=DISPUTE)["row"]["id"]
    until(lambda: village.sync() and states(village, second) == {"accepted"}, "the new edge gives no receipt")
    assert states(village, case) == {"accepted"}
    assert first < county.issuers(village), "both have issued, each in its own series"
    late = ("enrol", county.folder / "late", "--hub", new.url, "--code", new_code(county.home, VILLAGE)["code"])
    assert in_process("village_node", *late, code=None).code != 0, "enrolling waits for the publisher"
    old.start()         # it answers for the township alone now, and the case is of both
    until(lambda: township.sync() and any(row["id"] == case for row in township.cases()), "the township does not get the case")
    township.case("accept-escalation", case)
    until(lambda: township.sync() and states(township, case) == {"accepted"}, "the other hub does not go on with the case")
    until(lambda: village.sync() and len(village.show(case)["timeline"]) == 3, "the village does not hear of it")
    docs = county.there(f"office-{COUNTY}")
    assert len({doc["_id"] for doc in docs}) == len(docs) == 4


def accepted_at_an_edge(county: County) -> tuple[Any, Any, str]:
    """A village's device, the edge of its township, and a case of which the device has that edge's receipt."""
    village = county.device(VILLAGE, "zhang")
    edge = county.edge("bayan", TOWN)
    until(lambda: known(county, edge, village), "the device does not find its edge")
    case = village.case("register", body=DISPUTE)["row"]["id"]
    village.sync()
    until(lambda: village.sync() and states(village, case) == {"accepted"}, "the edge gives no receipt")
    return village, edge, case


def test_the_publisher_takes_over_what_an_edge_leaves_and_a_lost_edge_is_believed_no_more(county: County) -> None:
    village, edge, case = accepted_at_an_edge(county)
    until(lambda: len(county.there(f"office-{VILLAGE}", "receipt:")) > 0, "its receipt is not brought on")
    edge.stop(signal.SIGKILL)
    in_process("county_hub", "edge", "retire", county.home, "bayan", "--lost")
    until(lambda: village.sync() and states(village, case) == {"accepted"}, "the publisher does not tell what was accepted")
    assert len(county.issuers(village)) == 2
    until(lambda: county.ready(county.hub), "the publisher is not ready")
    edge.start()        # its operator has not heard
    until(lambda: not county.ready(edge) and "edge_ended" in county.faults(edge), "an edge that was ended does not know it")
    village.sync()
    assert at(village) == county.hub.url


@pytest.mark.soak
def test_a_publisher_that_moves_opens_an_epoch_and_the_edges_follow(county: County) -> None:
    village, edge, case = accepted_at_an_edge(county)
    county.hub.stop()
    moved, backup = county.folder / "moved", county.folder / "backup"
    in_process("county_hub", "backup", county.home, backup)
    in_process("county_hub", "restore", moved, backup, "--recovery", county.home / "recovery.json")
    before = county.hub
    county.hub = county.serving(moved, before.port)
    county.hub.start()
    until(lambda: len({doc["epoch"] for doc in county.there("directory", "directory:")}) == 2, "no epoch was opened")
    second = village.case("register", body=DISPUTE)["row"]["id"]
    until(lambda: village.sync(code=None) and states(village, second) == {"accepted"}, "nobody goes on in the new epoch")
    until(lambda: village.sync(code=None) and states(village, case) == {"accepted"}, "what was accepted is not told again")
    assert at(village) == edge.url
    docs = county.there(f"office-{COUNTY}")
    assert len({doc["_id"] for doc in docs}) == len(docs) == 2


@pytest.mark.soak
def test_what_only_an_edge_knows_to_be_lost_opens_an_epoch_of_the_publisher(county: County) -> None:
    village, edge, case = accepted_at_an_edge(county)
    until(lambda: len(county.there(f"office-{VILLAGE}", "receipt:")) > 0, "its receipt is not brought on")
    for hub in county.hubs:
        hub.stop()
        shutil.rmtree(hub.home / "databases")
    for file in county.home.glob("outbox.sqlite*"):
        file.unlink()           # the publisher has brought nothing of it
    county.take_back(county.there(f"office-{COUNTY}")[0]["_id"])
    said = in_process("county_hub", "serve", edge.home, "--port", 0, *edge.options, code=1)
    assert "edge add" in said.err, "the chain of its own device is gone: it goes on no more, and has told what it knows"
    assert len(county.there("county", "lost:")) == 1
    county.hub.start()
    until(lambda: "store_lost" in county.faults(county.hub), "the publisher does not hear of it")
    county.hub.stop()
    county.hub.start()
    in_process("county_hub", "edge", "retire", county.home, "bayan")
    until(lambda: village.sync(code=None) and len(county.there(f"office-{COUNTY}")) == 1, "it is not brought again")
    until(lambda: village.sync(code=None) and states(village, case) == {"accepted"}, "it is not accepted again")
    until(lambda: county.ready(county.hub), "the publisher does not get ready")


def test_what_an_edge_refuses_is_a_sentence(county: County) -> None:
    edge = county.edge("bayan", TOWN)
    for words in (("staff", "add", edge.home, "--id", "x1", "--name", "演示", "--office", TOWN, "--roles", "mediator"),
                  ("enrol", edge.home, "--office", VILLAGE), ("edge", "list", edge.home, "--offices", TOWN),
                  ("edge", "add", edge.home, "other", "--offices", TOWN, "--out", county.folder / "no.json"),
                  ("couchdb", "provision", edge.home, "--couchdb", county.url, *county.account)):
        said = in_process("county_hub", *words, code=None)
        assert said.code in (1, 2)
        assert said.code == 2 or "主中心" in said.err, words
    for words in (("edge", "add", county.home, "x", "--offices", "150822999999", "--out", county.folder / "n.json"),
                  ("edge", "add", county.home, "一", "--offices", TOWN, "--out", county.folder / "n.json"),
                  ("edge", "add", county.home, "x", "--offices", TOWN, "--url", "https://me:word@edge.example", "--out",
                   county.folder / "n.json"),
                  ("edge", "retire", county.home, "nobody"), ("init", county.folder / "e", "--edge", county.folder / "n.json"),
                  ("init", county.folder / "e"), ("serve", county.home, "--port", 0, "--offices", TOWN)):
        said = in_process("county_hub", *words, code=2)
        assert said.err.strip()
    assert not (county.folder / "n.json").exists()
    edge.stop()
    shutil.rmtree(edge.home / "databases")
    again = in_process("county_hub", "serve", edge.home, "--port", 0, *edge.options, code=1)
    assert "edge add" in again.err


def test_an_edge_that_was_ended_and_is_found_in_other_hands_is_believed_no_more(county: County) -> None:
    edge = county.edge("bayan", TOWN)
    edge.stop()
    in_process("county_hub", "edge", "retire", county.home, "bayan")
    (known,) = json.loads(in_process("county_hub", "edge", "list", county.home, "--json").out)
    assert known["status"] == "retired"
    said = in_process("county_hub", "edge", "retire", county.home, "bayan", "--lost", code=2)
    assert "bayan" in said.err, "no edge of this name serves"
    in_process("county_hub", "edge", "retire", county.home, known["device"], "--lost")
    (known,) = json.loads(in_process("county_hub", "edge", "list", county.home, "--json").out)
    assert known["status"] == "lost"
