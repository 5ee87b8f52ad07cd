"""What two hubs of a county have heard of devices, carried between them over a real server, without either being served."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.couchdb.edge_behind import open_store
from county_hub.couchdb.edge_devices import PREFIX, ToldDevices
from county_hub.couchdb.edges import read_bundle
from county_hub.couchdb.layout import MARKER
from county_hub.county.fleet import Health, fleet
from county_hub.hub.chains.elsewhere import Elsewhere
from county_hub.hub.hub import Hub
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.edges import believed_keys
from shared.ledger.published.statements import Statement, Waiting, build_statement
from tests.county_hub.couchdb.conftest import Store
from tests.support.county_hub.hub_support import TOWN, VILLAGE, found_county, opened
from tests.support.county_hub.tablets import equipped
from tests.support.sync.foreign import ForeignServer

SECOND = 1000


@dataclass(slots=True)
class Side:
    """A hub and what carries; `now` runs by itself alone."""

    hub: Hub
    me: str
    key: DeviceKey
    carrier: ToldDevices
    store: Any

    def saw(self, device: str, at: int, app: str = "shuoshi/9") -> None:
        self.hub.registry.add_contacts({device: (device[:12], at, 1, app)})

    def tell(self) -> int:
        return self.carrier.tell(self.me, self.key, self.hub.own_forks())

    def hear(self) -> int:
        directory = self.hub.directory.latest()
        return self.carrier.hear(self.me, {self.hub.identity().hub_id: self.hub.public_key, **believed_keys(directory)})

    def fleet(self) -> dict[str, Health]:
        return {health.device: health for health in fleet(self.hub)}


@pytest.fixture
def sides(guarded_server: ForeignServer, stored: Callable[..., Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
          ) -> Iterator[tuple[Side, Side, dict[str, DeviceKey]]]:
    """The publisher, and an edge as it is known to him; each with a HOME of its own."""
    home = found_county(tmp_path)
    tablets = equipped(home, tmp_path, (VILLAGE, TOWN))
    store = stored(guarded_server, home)
    monkeypatch.setenv(*store.setting)
    store.run("provision")
    assert main(["edge", "add", str(home), "bayan", "--offices", TOWN, "--out", str(tmp_path / "bundle.json")]) == 0
    bundle = read_bundle(tmp_path / "bundle.json")
    shutil.copytree(home, tmp_path / "other")
    with contextlib.ExitStack() as stack:
        def side(folder: Path, me: str, key: DeviceKey | None) -> Side:
            hub = stack.enter_context(opened(folder))
            there, _ = stack.enter_context(open_store(
                hub.home, hub.settings, store.server.url, store.server.auth, hub.county, hub.clock))
            carrier = ToldDevices(there, Elsewhere(hub.registry, hub.statements, hub.directory, hub.clock), hub.clock, 0)
            return Side(hub, me or hub.identity().hub_id, key or hub.key, carrier, there)

        keys = {tablet.id: tablet.key for tablet in tablets}
        yield side(home, "", None), side(tmp_path / "other", bundle.device, DeviceKey.load(bundle.key)), keys


def test_every_hub_shows_every_device_with_the_hub_that_it_was_in_touch_with(sides: tuple[Side, Side, Any]) -> None:
    publisher, edge, keys = sides
    village, town = sorted(keys, key=lambda id: id[:12] == TOWN)
    now, place = edge.hub.clock(), edge.hub.directory.latest().cited
    said = build_statement(Statement(town, 3, 0, None, place, Waiting(2, 1, 0, now), {"last_error": "DEMO"}), keys[town])
    edge.saw(town, now - SECOND)
    edge.hub.statements.take(said, town)
    publisher.saw(village, now - SECOND)
    assert (publisher.tell(), edge.tell()) == (1, 1)
    assert (publisher.hear(), edge.hear()) == (1, 1)
    for side in (publisher, edge):
        shown = side.fleet()
        assert (shown[town].records, shown[town].last_error, shown[town].last_at) == (2, "DEMO", now - SECOND)
        assert {id: health.last_at for id, health in shown.items()} == {town: now - SECOND, village: now - SECOND}
    assert (publisher.fleet()[town].hub, publisher.fleet()[village].hub) == ("bayan", "")
    assert edge.fleet()[village].hub == ""
    assert publisher.hub.statements.stated(town) == edge.hub.statements.stated(town) != []
    assert (publisher.tell(), edge.tell(), publisher.hear(), edge.hear()) == (0, 0, 0, 0), "what was heard is told on by nobody"
    publisher.saw(town, now)        # it goes to another hub: the edge tells of it no more
    assert (publisher.tell(), edge.hear(), edge.tell()) == (1, 2, 1)
    assert (publisher.fleet()[town].hub, edge.fleet()[town].hub) == ("", "")
    publisher.hear()
    assert publisher.fleet()[town].last_at == now
    with publisher.store.databases.lease(MARKER) as peer:
        assert len(peer.all_docs(startkey=PREFIX, endkey=f"{PREFIX}\uffff")) == 2, "one document of a township, edited"


def test_a_word_that_no_hub_signed_or_that_is_of_the_future_changes_nothing(
    sides: tuple[Side, Side, Any], caplog: pytest.LogCaptureFixture
) -> None:
    publisher, edge, keys = sides
    town = next(id for id in keys if id[:12] == TOWN)
    edge.saw(town, edge.hub.clock() + 10**9)
    edge.tell()
    publisher.hear()
    assert publisher.fleet()[town].last_at <= publisher.hub.clock()
    with edge.store.databases.lease(MARKER) as peer:
        [row] = peer.all_docs(startkey=PREFIX, endkey=f"{PREFIX}\uffff", include_docs=True)
        doc = json.loads(json.dumps(row.doc))
        doc["devices"][0]["app"] = "forged"
        assert all(result.ok for result in peer.bulk_docs([doc]))
    assert publisher.hear() == 0
    assert "no hub's word" in caplog.text
    assert publisher.fleet()[town].app == "shuoshi/9"
