"""What two hubs of a county carry between them over a real server, neither being served: devices heard of, releases."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.couchdb.edge_accounts import Credentials
from county_hub.couchdb.edge_behind import open_store
from county_hub.couchdb.edge_devices import PREFIX, ToldDevices
from county_hub.couchdb.edge_losses import ToldLosses
from county_hub.couchdb.edge_releases import AT_ONCE, PART, PARTS, Releases
from county_hub.couchdb.edges import read_bundle
from county_hub.couchdb.layout import MARKER
from county_hub.couchdb.records import DOCS_AT_ONCE, IDS_AT_ONCE
from county_hub.county.fleet import Health, fleet
from county_hub.hub.chains.elsewhere import Elsewhere
from county_hub.hub.hub import Hub
from county_hub.hub.releases.shelf import Shelf
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.edges import believed_keys
from shared.ledger.published.statements import Statement, Waiting, build_statement
from sync.errors import ServerError
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
        assert all(result.ok for result in peer.bulk_docs([
            {"_id": f"{PREFIX}odd:{n}", "kind": "devices", "edge": odd} for n, odd in enumerate(([], {}, 7, None))]))
        assert all(result.ok for result in peer.bulk_docs([
            {"_id": f"{PREFIX}{edge.me}:{n}", "kind": "devices"} for n in range(DOCS_AT_ONCE)]))
    assert publisher.hear() == 0
    assert caplog.text.count("no hub's word") == DOCS_AT_ONCE + 1, "what nobody who is believed wrote is not even read"
    with edge.store.databases.lease(MARKER) as peer:
        peer.bulk_docs([{"_id": "something"}])
    publisher.hear()
    assert caplog.text.count("no hub's word") == DOCS_AT_ONCE + 1, "each revision is weighed once"
    assert publisher.fleet()[town].app == "shuoshi/9"


def test_odd_credentials_stop_neither_him_who_gives_nor_him_who_takes(sides: tuple[Side, Side, Any]) -> None:
    publisher, edge, keys = sides
    with publisher.store.databases.lease(MARKER) as peer:
        peer.bulk_docs([{"_id": f"credential:{odd}"} for odd in ("", "x", "a:b:c:d", "x:y")])
    assert Credentials(publisher.store, publisher.hub.registry).bring(publisher.key) >= len(keys)
    with edge.hub.registry.transaction() as db:
        db.execute("DELETE FROM credentials")
    theirs = Credentials(edge.store, edge.hub.registry)
    assert theirs.take(publisher.hub.public_key) >= len(keys)
    with publisher.store.databases.lease(MARKER) as peer:
        peer.bulk_docs([{"_id": "credential:later"}])
    assert theirs.take(publisher.hub.public_key) == 0


def test_a_loss_is_heard_however_many_forged_ones_lie_before_it_and_again_when_it_could_not_be_dealt_with(
    sides: tuple[Side, Side, Any], caplog: pytest.LogCaptureFixture
) -> None:
    publisher, edge, _ = sides
    told, directory, epoch = ToldLosses(edge.store), publisher.hub.directory.latest(), publisher.hub.epoch()
    lost = {f"office-{TOWN}": [("case:a:b", f"1-{'0' * 32}")]}
    assert told.tell(lost, edge.me, epoch, edge.key) == 1
    assert told.tell({"x": [("id", "no revision")]}, edge.me, epoch, edge.key) == 1
    with edge.store.databases.lease(MARKER) as peer:
        for prefix in ("lost:!", f"lost:{edge.me}:{epoch}:"):
            peer.bulk_docs([{"_id": f"{prefix}{n:05d}"} for n in range(IDS_AT_ONCE + 1)])
    theirs, dealt = ToldLosses(publisher.store), list[Any]()

    def fail(_: Any) -> None:
        raise ServerError("CouchDB is away")

    with pytest.raises(ServerError):
        theirs.hear(directory, epoch, fail)
    theirs.hear(directory, epoch, dealt.append)
    theirs.hear(directory, epoch, dealt.append)
    assert dealt == [lost]
    assert caplog.text.count("no edge's word") == IDS_AT_ONCE + 2


class OneRound:
    """A flag that is set from its second question on: whoever asks before each round does one."""

    def __init__(self) -> None:
        self._asked = 0

    def is_set(self) -> bool:
        self._asked += 1
        return self._asked > 1


def test_the_publishers_shelf_is_that_of_every_edge_cut_wherever_it_may_be(sides: tuple[Side, Side, Any], tmp_path: Path) -> None:
    publisher, edge, _ = sides
    wheel, content = tmp_path / "shuoshi-9.1.0-py3-none-any.whl", os.urandom((2 * AT_ONCE + 1) * PART + 7)
    wheel.write_bytes(content)
    assert main(["release", "add", str(publisher.hub.home.root), str(wheel)]) == 0
    shelves = [Shelf(side.hub.home.releases) for side in (publisher, edge)]
    ours, theirs = (Releases(side.store, shelf) for side, shelf in zip((publisher, edge), shelves, strict=True))
    never, key = threading.Event(), publisher.hub.public_key
    for _ in range(2):
        ours.bring(publisher.key, OneRound())       # type: ignore[arg-type]
        theirs.take(key, never)
        assert shelves[1].manifests() == [], "the shelf is told when all of it is there"
    ours.bring(publisher.key, never)
    with publisher.store.databases.lease(MARKER) as peer:
        state = peer.info().update_seq
        ours.bring(publisher.key, never)
        assert peer.info().update_seq == state, "a shelf that is told is not told again"
    for _ in range(2):
        theirs.take(key, OneRound())    # type: ignore[arg-type]
    assert shelves[1].manifests() == []
    theirs.take(key, never)
    assert shelves[1].manifests() == shelves[0].manifests() != []
    found = shelves[1].file_of("9.1.0")
    assert found is not None
    assert found.read_bytes() == content
    assert main(["release", "withdraw", str(publisher.hub.home.root), "9.1.0"]) == 0
    wheel.write_bytes(content[::-1][:PART])         # a mended build under the same number, before any edge has looked
    assert main(["release", "add", str(publisher.hub.home.root), str(wheel)]) == 0
    ours.bring(publisher.key, never)
    theirs.take(key, never)
    assert shelves[1].manifests() == shelves[0].manifests()
    assert found.read_bytes() == content[::-1][:PART]
    assert main(["release", "withdraw", str(publisher.hub.home.root), "9.1.0"]) == 0
    ours.bring(publisher.key, never)
    theirs.take(key, never)
    assert shelves[1].manifests() == []
    assert list(edge.hub.home.releases.glob("*")) == []
    with publisher.store.databases.lease(MARKER) as peer:
        assert [row for row in peer.all_docs(startkey=PARTS, endkey=f"{PARTS}\uffff") if row.rev] == []


def test_a_shelf_that_the_publisher_did_not_sign_and_a_part_that_is_another_put_nothing_up(
    sides: tuple[Side, Side, Any], tmp_path: Path
) -> None:
    publisher, edge, _ = sides
    wheel = tmp_path / "shuoshi-9.1.0-py3-none-any.whl"
    wheel.write_bytes(os.urandom(PART + 1))
    assert main(["release", "add", str(publisher.hub.home.root), str(wheel)]) == 0
    never, shelf = threading.Event(), Shelf(edge.hub.home.releases)
    theirs = Releases(edge.store, shelf)
    Releases(publisher.store, Shelf(publisher.hub.home.releases)).bring(edge.key, never)
    theirs.take(publisher.hub.public_key, never)
    assert shelf.manifests() == []
    with edge.store.databases.lease(MARKER) as peer:
        [told] = [row.doc for row in peer.all_docs(keys=["shelf"], include_docs=True)]
        assert all(result.ok for result in peer.bulk_docs([{"_id": "shelf", "_rev": told["_rev"], "_deleted": True}]))
        [first, _] = [row.doc for row in peer.all_docs(startkey=PARTS, endkey=f"{PARTS}\uffff", include_docs=True)]
        other = {**first, "data": first["data"][4:8] + first["data"][:4] + first["data"][8:]}
        assert all(result.ok for result in peer.bulk_docs([other]))
    Releases(publisher.store, Shelf(publisher.hub.home.releases)).bring(publisher.key, never)
    theirs.take(publisher.hub.public_key, never)
    assert shelf.manifests() == []
    written = edge.hub.home.releases.stat().st_mtime_ns
    theirs.take(publisher.hub.public_key, never)
    assert edge.hub.home.releases.stat().st_mtime_ns == written, "100 MB are not fetched again while nothing has changed there"
    with edge.store.databases.lease(MARKER) as peer:
        [first, _] = [row.doc for row in peer.all_docs(startkey=PARTS, endkey=f"{PARTS}\uffff", include_docs=True)]
        assert all(result.ok for result in peer.bulk_docs([{**first, "data": "AAAA"}]))
    theirs.take(publisher.hub.public_key, never)        # a part that is too short: neither a file nor a round without end
    assert shelf.manifests() == []
