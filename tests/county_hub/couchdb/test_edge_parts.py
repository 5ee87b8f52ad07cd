"""One database that fails or is gone holds up nothing but itself; and what answers in CouchDB's place is not believed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from county_hub.couchdb.edge_outbox import AWAY, RENEWED, Outbox
from county_hub.couchdb.edge_store import EdgeStore, NotWhole
from county_hub.couchdb.edge_sync import SLACK_MS, EdgeSync, SomeWait
from shared.ledger.formats.documents import make_chunk
from sync.errors import BadAnswer, SyncError
from tests.county_hub.couchdb.conftest import Store
from tests.county_hub.couchdb.test_edge import Scene, scene, until  # noqa: F401
from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE, RunningHub, opened
from tests.support.sync.foreign import ForeignServer
from tests.support.sync.lies import Answer, LyingProxy, lying

HERE, THERE = f"office-{VILLAGE}-files", f"office-{COUNTY}-files"
PAGE = Answer(404, b"<html><h1>Not here</h1></html>", {"content-type": "text/html"})


class Parts:
    """The caches of a county, its store, and something on the way that spoils answers."""

    def __init__(self, store: Store, proxy: LyingProxy, outbox: Outbox, caches: Any, clock: Callable[[], int]) -> None:
        self.store, self.outbox, self.caches = store, outbox, caches
        self.edge = EdgeStore(proxy.url, store.server.auth, None, store.layout, outbox, clock)
        self.sync = EdgeSync(caches, self.edge, outbox, 30, clock)

    def cached(self, name: str) -> list[str]:
        with self.caches.lease(name) as cache:
            return [row.id for row in cache.all_docs()]

    def written_there(self, name: str, text: str) -> str:
        """By somebody else."""
        chunk = make_chunk(text.encode())
        with self.store.http() as http:
            http.post(f"{self.store.at(name)}/_bulk_docs", json={"docs": [chunk], "new_edits": False}).raise_for_status()
        return str(chunk["_id"])


class Spoiled:
    """Answers to paths that have this in them; "": none."""

    def __init__(self) -> None:
        self.what, self.instead = "", Answer(500, b'{"error":"internal_server_error","reason":"badmatch"}')

    def __call__(self, number: int, path: str, answer: Answer) -> Answer:
        return self.instead if self.what and self.what in unquote(path) else answer


@pytest.fixture
def spoiled() -> Spoiled:
    return Spoiled()


@pytest.fixture
def parts(
    any_server: ForeignServer, stored: Callable[..., Store], founded: Path, tmp_path: Path, spoiled: Spoiled
) -> Iterator[Parts]:
    if any_server.kind == "pouchdb-server":
        pytest.skip("too slow on pouchdb-server")
    shutil.copytree(founded, tmp_path / "hub")
    store = stored(any_server, tmp_path / "hub")
    store.run("provision")
    with (lying(store.server.url, spoiled) as proxy, opened(store.home) as hub,
          closing(Outbox(tmp_path / "outbox.sqlite")) as outbox):
        made = Parts(store, proxy, outbox, hub.databases, hub.clock)
        with closing(made.edge):
            made.sync.look()
            yield made


def test_a_database_that_fails_there_holds_up_no_other(parts: Parts, spoiled: Spoiled) -> None:
    with parts.caches.lease(HERE) as cache:
        cache.bulk_docs([make_chunk(b"brought")], new_edits=False)
    parts.sync.committed(HERE)
    parts.sync.push_dirty(None)     # type: ignore[arg-type]
    parts.outbox.offer_again(database=HERE)
    one, other = parts.written_there(HERE, "one"), parts.written_there(THERE, "other")
    spoiled.what = f"{HERE}/"
    for _ in range(2):
        with pytest.raises(SomeWait, match=VILLAGE):
            parts.sync.look()
        assert other in parts.cached(THERE)
        assert one not in parts.cached(HERE)
    spoiled.what = ""
    parts.sync.look()
    assert one in parts.cached(HERE), "what could not be read is read later"
    assert parts.outbox.size()[1] == 0, "and what could not be offered is offered"


def test_that_a_server_is_another_is_not_forgotten_by_a_look_that_fails(parts: Parts, spoiled: Spoiled) -> None:
    with parts.caches.lease(HERE) as cache:
        cache.bulk_docs([make_chunk(b"brought")], new_edits=False)
    parts.sync.committed(HERE)
    parts.sync.push_dirty(None)     # type: ignore[arg-type]
    with parts.store.http() as http:
        http.delete(parts.store.at(HERE)).raise_for_status()
    parts.store.run("provision")
    parts.sync._samples_due = True      # an edge that is started
    spoiled.what = f"{HERE}/_bulk_docs"
    with pytest.raises(SyncError):
        parts.sync.look()
    spoiled.what = ""
    assert parts.sync.look(), "nothing would be written once more"
    assert parts.sync.look(), "until somebody has begun a new life"
    parts.outbox.note_not(RENEWED)
    assert not parts.sync.look()
    with parts.store.http() as http:
        assert http.get(f"{parts.store.at(HERE)}/{quote(str(make_chunk(b'brought')['_id']), safe='')}").status_code == 200


def test_a_server_that_has_said_which_nodes_it_has_must_say_it_every_time(parts: Parts, spoiled: Spoiled) -> None:
    spoiled.what = "/_membership"
    nodes = ["a@x", "b@x"]
    if parts.store.server.kind == "ours":
        spoiled.instead = PAGE
        parts.edge.require_whole()      # it never said so: one node
        spoiled.instead = Answer(200, json.dumps({"all_nodes": nodes, "cluster_nodes": nodes}).encode())
        parts.edge.require_whole()
    for answer in (PAGE, Answer(404, b'{"error":"not_found","reason":"missing"}'), Answer(405, b'{"error":"method_not_allowed"}'),
                   Answer(200, b"<html>"), Answer(200, b"{}"), Answer(200, b'{"all_nodes":[],"cluster_nodes":[]}'),
                   Answer(429, b'{"error":"too_many_requests"}'), Answer(412, b'{"error":"x"}'), Answer(500, b"")):
        spoiled.instead = answer
        with pytest.raises(SyncError):
            parts.edge.write(HERE, [make_chunk(b"x")])
        assert parts.outbox.acknowledged(HERE) == {}, answer
    spoiled.instead = Answer(200, json.dumps({"all_nodes": nodes[:1], "cluster_nodes": nodes}).encode())
    with pytest.raises(NotWhole):
        parts.edge.require_whole()
    spoiled.instead = PAGE
    with pytest.raises(BadAnswer, match="any more"):
        parts.edge.require_whole()
    parts.outbox.note("server", "another one")
    parts.edge.require_whole()


def test_what_was_brought_under_an_old_clock_is_as_new_when_the_clock_was_put_right(parts: Parts) -> None:
    clock, ticks = [1_780_000_000_000], [100.0]
    parts.edge._clock = parts.sync._clock = lambda: clock[0]
    parts.sync.ticks = lambda: ticks[0]
    parts.sync._looked = None
    before, after = make_chunk(b"before"), make_chunk(b"after")
    with parts.caches.lease(HERE) as cache:
        cache.bulk_docs([before, after], new_edits=False)
    parts.sync.look()
    parts.edge.write(HERE, [before])
    clock[0] += 2 * 365 * 86_400_000        # from two years ago to today, within three seconds
    ticks[0] += 3
    parts.edge.write(HERE, [after])
    parts.sync.look()
    leaves = {(doc["_id"], doc["_rev"]) for doc in (before, after)}
    assert parts.outbox.holds(HERE, list(leaves)) == leaves, "forgotten after three seconds"
    parts.outbox.note(AWAY, clock[0])
    parts.outbox.nodes_came_back(SLACK_MS)
    assert set(parts.outbox.due(HERE, 9)) == leaves, "it was brought within two minutes, and is not offered again"
    parts.sync.look()
    assert parts.outbox.holds(HERE, list(leaves)) == leaves
    for _ in range(31):                     # thirty-one days pass
        clock[0] += 86_400_000
        ticks[0] += 86_400
        parts.sync.look()
    assert parts.outbox.holds(HERE, list(leaves)) == set()


@pytest.mark.parametrize("answer", [
    Answer(200, b"[]"), Answer(202, b"[]"), Answer(200, b"<html>log in</html>"), Answer(201, b"<html>log in</html>"),
    Answer(201, b"{}"), Answer(201, b'[{"error":"forbidden"}]'), Answer(201, b'[{"id":"other","error":"forbidden"}]'),
    Answer(302, b"", {"location": "http://portal.example"}), Answer(412, b'{"error":"x"}'), Answer(429, b'{"error":"x"}'),
    Answer(500, b""), Answer(503, b"<html>"),
])
def test_what_is_no_acknowledgement_is_noted_as_none(parts: Parts, spoiled: Spoiled, answer: Answer) -> None:
    spoiled.what, spoiled.instead = "/_bulk_docs", answer
    with pytest.raises(SyncError):
        parts.edge.write(HERE, [make_chunk(b"x")])
    assert parts.outbox.acknowledged(HERE) == {}
    assert parts.edge.failure


def faults(hub: RunningHub) -> list[Any]:
    with hub.client() as client:
        return list(client.get("/_ready").json()["faults"])


def test_a_database_that_is_deleted_there_holds_up_its_own_office_and_is_filled_again(scene: Scene) -> None:  # noqa: F811
    with scene.edge() as hub:
        first = scene.write(hub)
        scene.receipt(hub, 1)
        until(lambda: faults(hub) == [], "the edge is not ready")
        with scene.store.http() as http:
            http.delete(scene.store.at(f"office-{TOWN}")).raise_for_status()
        until(lambda: "store_lacks_database" in faults(hub), "nobody notices")
        second = scene.write(hub)
        assert 2 in scene.receipt(hub, 2).accepted, "it lies in the county's database and that of its own office"
        scene.store.run("provision")
        until(lambda: {first, second} <= set(scene.there(f"office-{TOWN}")), "it is not filled again")
        until(lambda: faults(hub) == [], "the edge does not get ready")
        with scene.store.http() as http:
            http.delete(scene.store.at(f"office-{VILLAGE}")).raise_for_status()
        until(lambda: "store_lacks_database" in faults(hub), "nobody notices")
        third = scene.write(hub)
        until(lambda: third in scene.there(f"office-{COUNTY}") or "store_away" in faults(hub), "nothing is tried")
        assert not scene.has_receipt(hub, 3), "its own office has no copy"
        scene.store.run("provision")
        assert 3 in scene.receipt(hub, 3).accepted
        until(lambda: {first, second, third} <= set(scene.there(f"office-{VILLAGE}")), "it is not filled again")
        until(lambda: faults(hub) == [], "the edge does not get ready")
        assert hub.stop() == 0
