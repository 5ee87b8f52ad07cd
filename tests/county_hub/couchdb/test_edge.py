"""`county-hub serve --couchdb` as a process: the main line over it, and what is killed, cut, late or put back on the way."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from county_hub.commands.cli import main
from sync.remote import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator
from tests.county_hub.console.organ.test_organ_people import Scene as Court
from tests.county_hub.console.organ.test_organ_people import form_of
from tests.county_hub.couchdb.conftest import Store
from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE, Enrolled, RunningHub, enrol, found_county, running_hub
from tests.support.county_hub.tablet import PATIENCE_S, push, register, wait_for_receipt
from tests.support.sync.faulty_link import link_to
from tests.support.sync.foreign import ForeignServer
from tests.support.sync.lies import Answer, lying

CACHES = ("databases", "router.sqlite", "router-chains.sqlite", "read.sqlite")


class Scene:
    """A county whose store is a server, with one tablet of a village."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        self.home, self.password = store.home, folder / "couchdb.txt"
        name, secret = store.server.auth or ("nobody", "x")
        self.password.write_text(f"{name}:{secret}\n", "utf-8")
        self.link = link_to(store.server.url)
        self.replica = LocalReplica.open(folder / "node.replica")
        self.tablet: Enrolled | None = None

    @property
    def device(self) -> str:
        assert self.tablet is not None
        return self.tablet.device

    @property
    def token(self) -> str:
        assert self.tablet is not None
        return self.tablet.token

    def options(self, url: str = "") -> list[str]:
        account = ["--couchdb-password-file", str(self.password)] if self.store.server.auth else []
        return ["--couchdb", self.link.url(url or self.store.server.url), *account]

    def serving(self, workers: str, url: str = "") -> contextlib.AbstractContextManager[RunningHub]:
        """The edge with so many worker processes."""
        return running_hub(self.home, *self.options(url), **dict([self.store.setting]), COUNTY_HUB_WORKERS=workers)

    @contextlib.contextmanager
    def edge(self, url: str = "") -> Iterator[RunningHub]:
        """`url`: what the link leads to. By hand all of these tests run with worker processes, too: EDGE_WORKERS=2."""
        with self.serving(os.environ.get("EDGE_WORKERS", "0"), url) as hub:
            if self.tablet is None:
                self.tablet = enrol(hub, self.home, VILLAGE)
            yield hub

    def write(self, hub: RunningHub) -> str:
        """A case registered on the tablet and pushed."""
        assert self.tablet is not None
        made = register(self.home, self.replica, self.tablet, actor="v1").id
        push(self.replica, hub, self.tablet, f"office-{VILLAGE}")
        return made

    def receipt(self, hub: RunningHub, seq: int) -> Any:
        assert self.tablet is not None
        return wait_for_receipt(hub, self.tablet, seq)

    def has_receipt(self, hub: RunningHub, seq: int) -> bool:
        with hub.client(self.device, self.token) as client:
            rows = client.get(f"/office-{VILLAGE}/_all_docs?include_docs=true").json()["rows"]
        return any(row["id"].startswith("receipt:") and any(low <= seq <= high for low, high in row["doc"]["accepted"])
                   for row in rows)

    def there(self, database: str) -> list[str]:
        """Ids that CouchDB holds."""
        with self.store.http() as http:
            rows = http.get(f"{self.store.at(database)}/_all_docs").json()["rows"]
        return [row["id"] for row in rows]

    def pull(self, hub: RunningHub) -> None:
        assert self.tablet is not None
        remote = RemotePeer(f"{hub.url}/office-{VILLAGE}", auth=(self.tablet.device, self.tablet.token))
        Replicator(remote, self.replica, local="target").run()
        remote.close()

    def forget_caches(self) -> None:
        for name in CACHES:
            for path in self.home.glob(f"{name}*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def close(self) -> None:
        self.replica.close()
        self.link.close()


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


# pouchdb-server makes a folder for each database: the main line is enough to know that it can stand behind an edge.
ON_POUCHDB = frozenset({"test_a_receipt_over_an_edge_says_what_couchdb_holds"})


@pytest.fixture
def scene(
    any_server: ForeignServer, stored: Callable[..., Store], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Scene]:
    if any_server.kind == "pouchdb-server" and request.node.originalname not in ON_POUCHDB:
        pytest.skip("too slow on pouchdb-server")
    home = found_county(tmp_path)
    assert main(["staff", "add", str(home), "--id", "v1", "--name", "演示", "--office", VILLAGE, "--roles", "mediator"]) == 0
    store = stored(any_server, home)
    store.run("provision")
    made = Scene(tmp_path, store)
    yield made
    made.close()


def test_a_receipt_over_an_edge_says_what_couchdb_holds(scene: Scene) -> None:
    with scene.edge() as hub:
        event = scene.write(hub)
        receipt = scene.receipt(hub, 1)
        assert 1 in receipt.accepted
        for database in (f"office-{VILLAGE}", f"office-{COUNTY}", f"office-{TOWN}"):
            assert event in scene.there(database)
        until(lambda: any(id.startswith("receipt:") for id in scene.there(f"office-{VILLAGE}")), "the receipt is not brought on")
        until(lambda: any(id.startswith("directory:") for id in scene.there("directory")), "the directory is not brought on")
        assert hub.stop() == 0


def test_an_edge_that_was_killed_goes_on_from_nothing(scene: Scene) -> None:
    with scene.edge() as hub:
        first = scene.write(hub)
        before = scene.receipt(hub, 1)
        until(lambda: any(id.startswith("directory:") for id in scene.there("directory")), "the directory is not brought on")
        until(lambda: any(id.startswith("receipt:") for id in scene.there(f"office-{VILLAGE}")), "no receipt there")
        hub.process.kill()
        hub.process.wait(20)
    scene.forget_caches()
    with scene.edge() as hub:
        again = scene.receipt(hub, 1)
        assert again.n >= before.n
        second = scene.write(hub)
        receipt = scene.receipt(hub, 2)
        assert [number for number in (1, 2) if number in receipt.accepted] == [1, 2]
        assert (receipt.refused, receipt.held, receipt.forks) == ({}, {}, type(receipt.forks)())
        assert receipt.n > before.n + 500, "a number that the lost cache may have given was given again"
        scene.pull(hub)
        assert {first, second} <= {row.id for row in scene.replica.all_docs(startkey="case:", endkey="case:z")}
        assert sorted(id for id in scene.there(f"office-{COUNTY}") if id.startswith("case:")) == sorted([first, second])
        with hub.client() as client:
            until(lambda: client.get("/_ready").json()["status"] == "ready", "the edge does not get ready")
        assert hub.stop() == 0
    assert main(["doctor", str(scene.home)]) == 0


@pytest.mark.soak
def test_the_people_of_an_organ_write_on_after_an_edge_began_from_nothing(
    any_server: ForeignServer, stored: Callable[..., Store], tmp_path: Path
) -> None:
    """The device that the hub holds for them lost its chain with the cache; a chain must never fork, so another goes on."""
    if any_server.kind == "pouchdb-server":
        pytest.skip("too slow on pouchdb-server")
    court = Court(tmp_path)
    store = stored(any_server, court.home)
    store.run("provision")
    scene = Scene(tmp_path, store)

    def held(case: str) -> int:
        return sum(id.startswith(f"case:{case}") for id in scene.there(f"office-{COUNTY}"))

    try:
        with scene.edge() as hub, hub.console("judge-1") as judge:
            until(lambda: judge.get(f"/console/organ/cases/{court.first}").status_code == 200, "it was not assigned")
            assert form_of(judge, f"/console/organ/cases/{court.first}/do/acknowledge_assignment").status_code == 200
            until(lambda: held(court.first) == 3, "CouchDB has not got what the court wrote")
            hub.process.kill()
            hub.process.wait(20)
        scene.forget_caches()
        with scene.edge() as hub, hub.console("judge-1") as judge:
            until(lambda: judge.get(f"/console/organ/cases/{court.second}").status_code == 200, "it is not there any more")
            at = f"/console/organ/cases/{court.second}/do/return_assignment"
            back = form_of(judge, at, **{"q.reason": "DEMO 不属本院管辖"})
            assert back.status_code == 200, back.text[-800:]
            until(lambda: held(court.second) == 3, "what was written after is not there")
            assert hub.stop() == 0
    finally:
        scene.close()


@pytest.mark.soak
def test_no_receipt_while_the_line_to_couchdb_is_cut_and_all_of_them_after(scene: Scene) -> None:
    with scene.edge() as hub, hub.client() as client:
        scene.write(hub)
        scene.receipt(hub, 1)
        scene.link.refuse = True
        scene.link.cut()
        scene.write(hub)
        until(lambda: "store_away" in client.get("/_ready").json()["faults"], "nobody notices that CouchDB is away")
        assert client.get("/_up").status_code == 200, "devices may go on bringing"
        assert not scene.has_receipt(hub, 2)
        scene.link.heal()
        assert 2 in scene.receipt(hub, 2).accepted
        assert hub.stop() == 0


@pytest.mark.soak
def test_while_a_node_is_away_nothing_is_acknowledged_and_afterwards_all_is_offered_again(scene: Scene) -> None:
    away, writes = [False], list[int]()

    def cluster(number: int, path: str, answer: Answer) -> Answer:
        """Three nodes, of which one may be away; every write still answers 201, as CouchDB does."""
        if path.startswith("/_membership"):
            nodes = ["a@x", "b@x", "c@x"]
            told = {"all_nodes": nodes[: 3 - away[0]], "cluster_nodes": nodes}
            return Answer(200, json.dumps(told).encode(), {"content-type": "application/json"})
        if f"office-{COUNTY}/_bulk_docs" in unquote(path):
            writes.append(number)
        return answer

    with lying(scene.store.server.url, cluster) as proxy:
        scene.link.close()
        scene.link = link_to(proxy.url)
        with scene.edge(proxy.url) as hub, hub.client() as client:
            scene.write(hub)
            scene.receipt(hub, 1)
            away[0] = True
            scene.write(hub)
            until(lambda: "store_away" in client.get("/_ready").json()["faults"], "nobody notices the node")
            assert not scene.has_receipt(hub, 2)
            before = len(writes)
            away[0] = False
            scene.receipt(hub, 2)
            until(lambda: "store_away" not in client.get("/_ready").json()["faults"], "the node is not seen again")
            until(lambda: len(writes) >= before + 2, "what was brought is not offered again")
            assert hub.stop() == 0


def test_202_is_no_acknowledgement(scene: Scene) -> None:
    late = [True]

    def few_copies(number: int, path: str, answer: Answer) -> Answer:
        if late[0] and f"office-{COUNTY}/_bulk_docs" in unquote(path) and answer.status == 201:
            return Answer(202, answer.body, answer.headers)
        return answer

    with lying(scene.store.server.url, few_copies) as proxy:
        scene.link.close()
        scene.link = link_to(proxy.url)
        with scene.edge(proxy.url) as hub, hub.client() as client:
            event = scene.write(hub)
            until(lambda: event in scene.there(f"office-{COUNTY}"), "nothing was written")
            until(lambda: "store_away" in client.get("/_ready").json()["faults"], "nobody notices")
            assert not scene.has_receipt(hub, 1)
            late[0] = False
            scene.receipt(hub, 1)
            assert hub.stop() == 0


@pytest.mark.soak
def test_a_couchdb_put_back_from_a_backup_gets_everything_again(scene: Scene) -> None:
    with scene.edge() as hub:
        first = scene.write(hub)
        scene.receipt(hub, 1)
        second = scene.write(hub)
        scene.receipt(hub, 2)
        assert hub.stop() == 0
    with scene.store.http() as http:        # as it was before the second record
        for office in (VILLAGE, TOWN, COUNTY):
            path = scene.store.at(f"office-{office}")
            rev = http.get(f"{path}/{quote(second, safe='')}").json()["_rev"]
            if http.post(f"{path}/_purge", json={second: [rev]}).status_code == 404:
                pytest.skip("this server cannot forget a document")
        assert second not in scene.there(f"office-{COUNTY}")
    with scene.edge() as hub:
        until(lambda: {first, second} <= set(scene.there(f"office-{COUNTY}")), "the county's database is not whole again")
        until(lambda: second in scene.there(f"office-{VILLAGE}"), "the village's database is not whole again")
        assert 2 in scene.receipt(hub, 2).accepted
        assert hub.stop() == 0


def test_what_somebody_writes_into_couchdb_is_judged_by_signature(scene: Scene) -> None:
    with scene.edge() as hub:
        scene.write(hub)
        receipt = scene.receipt(hub, 1)
        until(lambda: any(id.startswith("receipt:") for id in scene.there(f"office-{VILLAGE}")), "no receipt there")
        forged = f"receipt:{scene.device}:{receipt.hub_id}:{9:010d}"
        with scene.store.http() as http:
            path = scene.store.at(f"office-{VILLAGE}")
            [real] = [row["doc"] for row in http.get(f"{path}/_all_docs?include_docs=true").json()["rows"]
                      if row["id"].startswith("receipt:")][-1:]
            doc = {**real, "_id": forged, "n": 9, "accepted": [[1, 500]], "_rev": "1-" + "0" * 32}
            http.post(f"{path}/_bulk_docs", json={"new_edits": False, "docs": [doc]})
        until(lambda: forged in (scene.home / "hub.log").read_text("utf-8"), "nobody notices the forged receipt")
        with hub.client(scene.device, scene.token) as client:
            assert client.get(f"/office-{VILLAGE}/{quote(forged, safe='')}").status_code == 404
        assert hub.stop() == 0
