"""Records come in while the store is killed, the line to it cut and the edge killed: each is receipted in the end, and once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from county_hub.commands.cli import main
from county_hub.couchdb.layout import Layout
from shared.ledger.authoring import Act, Author, DeviceIdentity
from tests.county_hub.couchdb.conftest import Store
from tests.county_hub.couchdb.test_edge import Scene
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, RunningHub, found_county, opened
from tests.support.county_hub.tablet import push, registration
from tests.support.ports import free_port
from tests.support.sync.foreign import ForeignServer
from tests.support.sync.server import ServerProcess, subprocess_server

ADMIN = ("admin", "demo-store")
AT_ONCE = 20


class Load:
    """A store that is a process of its own, an edge before it, one tablet that writes and writes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.written = folder, free_port(), list[str]()
        home = found_county(folder)
        assert main(["staff", "add", str(home), "--id", "v1", "--name", "演示", "--office", VILLAGE, "--roles", "mediator"]) == 0
        server = ForeignServer("ours", f"http://127.0.0.1:{self.port}", ADMIN)
        self.scene = Scene(folder, Store(server, home, Layout.of(COUNTY, "test-load-")))
        self.processes = ExitStack()
        self.author: Author | None = None

    def start_store(self) -> ServerProcess:
        account = self.folder / "account"
        account.write_text(":".join(ADMIN) + "\n", "utf-8")
        made = subprocess_server(self.folder / "store", "--create", "--admin-file", str(account), port=self.port)
        return self.processes.enter_context(made)

    def bring(self, hub: RunningHub) -> None:
        """So many new records, pushed."""
        assert self.scene.tablet is not None
        if self.author is None:
            device = self.scene.tablet
            with opened(self.scene.home) as home:
                cited = home.directory.cited()
            self.author = Author(
                self.scene.replica, device=DeviceIdentity(device.device, int(device.device[-3:]), device.office, device.key),
                clock=lambda: int(time.time() * 1000), directory=lambda: cited, offset_ms=lambda: 0)
        for _ in range(AT_ONCE):
            self.written.append(self.author.write(Act(
                "case.registered", None, registration(VILLAGE), actor="v1", role="mediator", number=True)).id)
        push(self.scene.replica, hub, self.scene.tablet, f"office-{VILLAGE}")

    def close(self) -> None:
        self.scene.close()
        self.processes.close()


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    made = Load(tmp_path)
    yield made
    made.close()


def test_store_and_edge_are_killed_and_the_line_cut_under_load_and_each_record_is_accepted_once(load: Load) -> None:
    scene, store = load.scene, load.start_store()
    scene.store.run("provision")
    with scene.edge() as hub:
        load.bring(hub)
        store.kill()                        # among the writes of these
        load.bring(hub)
        assert not scene.has_receipt(hub, len(load.written)), "a receipt without a store"
        load.start_store()
        load.bring(hub)
        scene.link.cut()
        scene.link.refuse = True
        load.bring(hub)
        assert not scene.has_receipt(hub, len(load.written)), "a receipt past a cut line"
        scene.link.heal()
        load.bring(hub)
        hub.process.kill()
        hub.process.wait(20)
    with scene.edge() as hub:
        load.bring(hub)
        receipt = scene.receipt(hub, len(load.written))
        assert set(range(1, len(load.written) + 1)) == {n for n in range(1, 1000) if n in receipt.accepted}
        assert (receipt.refused, receipt.held, receipt.forks) == ({}, {}, type(receipt.forks)())
        there = [id for id in scene.there(f"office-{COUNTY}") if id.startswith("case:")]
        assert sorted(there) == sorted(load.written)
        assert hub.stop() == 0
