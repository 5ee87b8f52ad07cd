"""`county-hub serve --couchdb` as a process: the main line over it, and what is killed, cut, late or put back on the way."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from sync.replica import LocalReplica
from sync.remote import RemotePeer
from sync.replicator import Replicator
from tests.county_hub.couchdb.conftest import Store
from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE, Enrolled, RunningHub, enrol, found_county, running_hub
from tests.support.county_hub.tablet import PATIENCE_S, push, register, wait_for_receipt
from tests.support.sync.faulty_link import FaultyLink, link_to
from tests.support.sync.foreign import ForeignServer

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

    def options(self) -> list[str]:
        account = ["--couchdb-password-file", str(self.password)] if self.store.server.auth else []
        return ["--couchdb", self.link.url(self.store.server.url), *account]

    @contextlib.contextmanager
    def edge(self) -> Iterator[RunningHub]:
        with running_hub(self.home, *self.options()) as hub:
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


@pytest.fixture
def scene(any_server: ForeignServer, stored: Callable[..., Store], tmp_path: Path) -> Iterator[Scene]:
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
