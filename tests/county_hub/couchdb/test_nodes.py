"""What a receipt is worth on a cluster of three nodes of Apache CouchDB of which some are killed.

    COUCHDB_URL=http://admin:password@host:port     one node; it is never stopped
    COUCHDB_NODES=a,b,c                             names of all three, the one of COUCHDB_URL first
    COUCHDB_STOP='... {node}'  COUCHDB_START='... {node}'    commands; the second returns when the node answers

Skipped without them. The databases `test-*` are made and deleted.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.couchdb.edge_outbox import Outbox
from county_hub.couchdb.migrate import migrate
from county_hub.couchdb.server import StoreProblem
from sync.errors import SyncError
from tests.county_hub.couchdb.conftest import Store
from tests.county_hub.couchdb.test_edge import Scene, until
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, RunningHub, found_county, opened
from tests.support.sync.foreign import ForeignServer, foreign_server, leaf

WANTED = ("COUCHDB_URL", "COUCHDB_NODES", "COUCHDB_STOP", "COUCHDB_START")
pytestmark = pytest.mark.skipif(any(name not in os.environ for name in WANTED), reason=f"{', '.join(WANTED)} are not set")


class Cluster:
    def __init__(self, server: ForeignServer) -> None:
        self.server, self.others = server, os.environ["COUCHDB_NODES"].split(",")[1:]
        self._away: list[str] = []

    def stop(self, *nodes: str) -> None:
        for node in nodes:
            self._run("COUCHDB_STOP", node)
            self._away.append(node)
        self._await()

    def start(self) -> None:
        """Those that were stopped."""
        while self._away:
            self._run("COUCHDB_START", self._away[-1])
            self._away.pop()
        self._await()

    def answering(self) -> int:
        with self.server.client() as http:
            return len(http.get("/_membership").json()["all_nodes"])

    def _await(self) -> None:
        nodes = 1 + len(self.others) - len(self._away)
        until(lambda: self.answering() == nodes, f"not {nodes} nodes answer")

    @staticmethod
    def _run(variable: str, node: str) -> None:
        command = shlex.split(os.environ[variable].replace("{node}", node))
        subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with foreign_server("couchdb") as server:
        made = Cluster(server)
        assert made.answering() == 1 + len(made.others), "every node of COUCHDB_NODES has to be here at first"
        yield made
        made.start()


@pytest.fixture
def scene(cluster: Cluster, stored: Callable[..., Store], tmp_path: Path) -> Iterator[Scene]:
    home = found_county(tmp_path)
    assert main(["staff", "add", str(home), "--id", "v1", "--name", "演示", "--office", VILLAGE, "--roles", "mediator"]) == 0
    store = stored(cluster.server, home)
    store.run("provision")
    made = Scene(tmp_path, store)
    yield made
    made.close()


def faults(hub: RunningHub) -> list[Any]:
    with hub.client() as client:
        return list(client.get("/_ready").json()["faults"])


def offered_again(scene: Scene) -> int:
    """Documents that the log says were offered again when a node was back."""
    lines = [line for line in (scene.home / "hub.log").read_text("utf-8").splitlines() if "documents are offered again" in line]
    return sum(int(word) for line in lines for word in line.partition("here again: ")[2].split()[:1] if word.isascii())


def brought_at(scene: Scene) -> dict[tuple[str, str], int]:
    """When CouchDB acknowledged each record of the county last."""
    with opened(scene.home) as hub, closing(Outbox(scene.home / "outbox.sqlite", hub.file_key)) as outbox:
        return outbox.acknowledged(f"office-{COUNTY}")


@pytest.mark.parametrize("away", [1, 2])
def test_no_receipt_while_a_node_is_away_and_afterwards_all_is_offered_again(cluster: Cluster, scene: Scene, away: int) -> None:
    with scene.edge() as hub:
        scene.write(hub)
        scene.receipt(hub, 1)
        before = offered_again(scene)
        cluster.stop(*cluster.others[:away])
        event = scene.write(hub)
        until(lambda: "store_away" in faults(hub), "nobody notices the node")
        assert not scene.has_receipt(hub, 2)
        cluster.start()
        assert 2 in scene.receipt(hub, 2).accepted
        assert event in scene.there(f"office-{COUNTY}")
        until(lambda: "store_away" not in faults(hub), "the node is not seen again")
        until(lambda: offered_again(scene) > before, "what was brought is not offered again")
        assert hub.stop() == 0
    with opened(scene.home) as hub_, closing(Outbox(scene.home / "outbox.sqlite", hub_.file_key)) as outbox:
        assert outbox.size()[1] == 0, "something waits to be offered again"
        assert outbox.lost(told=True) == {}


def test_a_node_that_was_away_while_no_edge_ran_is_no_reason_to_forget(cluster: Cluster, scene: Scene) -> None:
    """It came back with less: the edge that starts offers again what it wrote since all were last seen."""
    with scene.edge() as hub:
        scene.write(hub)
        scene.receipt(hub, 1)
        assert hub.stop() == 0
    cluster.stop(cluster.others[0])
    cluster.start()
    before = brought_at(scene)
    with scene.edge() as hub:
        assert 1 in scene.receipt(hub, 1).accepted
        assert hub.stop() == 0
    after = brought_at(scene)
    assert before
    assert all(after[leaf] > at for leaf, at in before.items()), "not everything was offered again"


def test_replicated_edits_answer_201_with_one_node_of_three_and_ordinary_ones_202(cluster: Cluster, stored: Any) -> None:
    """Why the members are asked, and an answer alone is not believed (decision 85); 202 is an acknowledgement nowhere."""
    store = stored(cluster.server)
    store.run("provision")
    with store.http() as http:
        cluster.stop(*cluster.others)
        replicated = http.post(f"{store.at('quarantine')}/_bulk_docs", json={
            "new_edits": False, "docs": [leaf("replicated", "1-" + "a" * 32)]})
        ordinary = http.put(f"{store.at('quarantine')}/ordinary", json={})
        assert (replicated.status_code, ordinary.status_code) == (201, 202)
        with store.connected() as server, pytest.raises(StoreProblem, match="202"):
            server.write(store.layout.there("quarantine"), "ours", {"_id": "ours"})
        cluster.start()


def test_a_migration_of_which_a_node_is_killed_is_told_and_goes_on(cluster: Cluster, stored: Any, filled: Path) -> None:
    store, killed = stored(cluster.server, filled), list[str]()
    store.run("provision")

    def kill(moving: Any) -> None:
        if not killed and moving.name != "directory":
            killed.append(cluster.others[-1])
            cluster.stop(*killed)

    with opened(filled) as hub, store.connected() as server:
        with pytest.raises((StoreProblem, SyncError)):
            migrate(server, store.layout, hub, "couchdb", kill)
        assert killed
        with pytest.raises(StoreProblem, match=killed[0]):
            migrate(server, store.layout, hub, "couchdb")
        cluster.start()
        assert migrate(server, store.layout, hub, "couchdb").is_whole
    assert store.json("compare")["equal"]
