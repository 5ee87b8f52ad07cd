"""Storage that belongs to others: a neighbour's checkpoints, and the disk of all. Who asks has a good credential of his own."""

from __future__ import annotations

import contextlib
import gzip
from types import SimpleNamespace

import httpx2
import pytest

from county_hub.hub.routed.orphans import DAY_MS, Orphans
from sync import blobs
from sync.databases import Databases
from sync.endpoint import tuning
from sync.endpoint.feed import heartbeat_of
from sync.endpoint.quotas import Quotas
from sync.endpoint.tuning import EndpointLimits
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import sync
from tests.support.attacks import refused
from tests.support.neighbours import Neighbours
from tests.support.sync.server import running
from village_node.point.errors import words_for


class Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limits():
    return EndpointLimits()


@pytest.fixture
def server(tmp_path, clock, limits):
    quotas = Quotas(tmp_path / "quotas", clock, most=300_000, a_day=86_400)
    with running(tmp_path / "root", authoriser=Neighbours(), quotas=quotas, limits=limits) as running_server:
        running_server.create("db")
        yield running_server


@pytest.fixture
def asks(server):
    with contextlib.ExitStack() as stack:
        made: dict[str, httpx2.Client] = {}

        def ask(name, method, path, **options):
            if name not in made:
                made[name] = stack.enter_context(server.client(auth=(name, "pass")))
            return made[name].request(method, f"/db/{path}", **options)

        yield ask


# --- checkpoints ---------------------------------------------------------------------------------------------------


@refused("404 not_found")
def test_a_neighbour_reads_overwrites_and_deletes_anothers_checkpoint(asks):
    assert asks("victim", "PUT", "_local/log", json={"n": 1}).json()["rev"] == "0-1"
    assert asks("evil", "GET", "_local/log").status_code == 404
    assert asks("evil", "DELETE", "_local/log?rev=0-1").status_code == 404
    assert asks("evil", "PUT", "_local/log", json={"n": 666}).json()["rev"] == "0-1", "one of his own"
    stolen = {"docs": [{"_id": "_local/log", "_rev": "0-1", "n": 667}, {"_id": "_local/log", "_rev": "0-2", "_deleted": True}]}
    assert asks("evil", "POST", "_bulk_docs", json=stolen).status_code == 201
    assert asks("victim", "GET", "_local/log").json() == {"_id": "_local/log", "_rev": "0-1", "n": 1}
    assert [row["id"] for row in asks("victim", "GET", "_local_docs").json()["rows"]] == ["_local/log"]
    assert asks("evil", "GET", "_local_docs").json()["rows"] == []


@refused("404 not_found")
@pytest.mark.parametrize(
    ("evil", "path"),
    [("evil", "_local/of%2Fvictim%2Flog"), ("evil", "_local/..%2Fvictim%2Flog"), ("victim%2Flog", "_local/"), ("", "_local/log"),
     ("of", "_local/victim%2Flog"), ("Victim", "_local/log"), ("victim/", "_local/log"), ("victim/log", "_local/x")],
)  # fmt: skip
def test_a_neighbour_writes_anothers_name_into_the_id_or_takes_a_name_like_it(asks, evil, path):
    assert asks("victim", "PUT", "_local/log", json={"n": 1}).status_code == 201
    assert asks(evil, "GET", path).status_code in (400, 404)
    asks(evil, "PUT", path, json={"n": 2})
    asks(evil, "DELETE", f"{path}?rev=0-1")
    assert asks("victim", "GET", "_local/log").json()["n"] == 1


@refused("the administrator's to see")
def test_the_administrator_sees_and_deletes_what_others_keep(asks):
    assert asks("evil", "PUT", "_local/log", json={"n": 1}).status_code == 201
    assert asks("root", "PUT", "_local/log", json={"n": 2}).status_code == 201
    assert [row["id"] for row in asks("root", "GET", "_local_docs").json()["rows"]] == ["_local/log", "_local/of/evil/log"]
    assert asks("root", "DELETE", "_local/of%2Fevil%2Flog?rev=0-1").status_code == 200
    assert asks("evil", "GET", "_local/log").status_code == 404


@refused("507 insufficient_storage")
def test_a_neighbour_stores_thousands_of_local_documents(asks, server):
    for number in range(tuning.MAX_LOCAL_DOCS):
        assert asks("evil", "PUT", f"_local/{number}", json={}).status_code == 201
    answer = asks("evil", "PUT", "_local/more", json={})
    assert (answer.status_code, answer.json()["error"]) == (507, "insufficient_storage")
    assert "_local_docs" in answer.json()["reason"]
    many = {"docs": [{"_id": f"_local/more{number}"} for number in range(100)]}
    assert {row["error"] for row in asks("evil", "POST", "_bulk_docs", json=many).json()} == {"insufficient_storage"}
    assert asks("evil", "PUT", "_local/5", json={"_rev": "0-1"}).status_code == 201, "what is there may be written on"
    assert asks("victim", "PUT", "_local/log", json={}).status_code == 201, "others have their own"
    with server.databases.lease("db") as replica:
        assert len(replica.local_docs()) == tuning.MAX_LOCAL_DOCS + 1
        with replica.transaction() as tx:       # a quarter of a year later
            tx._connection().execute("UPDATE local_docs SET written = 0 WHERE id = 'of/evil/7'")
    assert asks("evil", "PUT", "_local/more", json={}).status_code == 201
    assert asks("evil", "GET", "_local/7").status_code == 404


@refused("413 too_large")
def test_a_neighbour_stores_large_local_documents(asks):
    most = tuning.MAX_LOCAL_DOC_BYTES
    assert asks("evil", "PUT", "_local/x", json={"v": "x" * (most - 100)}).status_code == 201
    for size in (most, 2 * most, 20 * most):
        packed = gzip.compress(b'{"v":"' + b"x" * size + b'"}')
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        answer = asks("evil", "PUT", "_local/y", content=packed, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
        row = asks("evil", "POST", "_bulk_docs", json={"docs": [{"_id": "_local/z", "v": "x" * size}]})
        assert row.json()[0]["error"] == "too_large" if size < 300_000 else row.status_code in (201, 507)
    assert asks("evil", "GET", "_local/z").status_code == 404


@refused("each has his own")
def test_two_devices_of_one_office_replicate_as_before(server, tmp_path):
    for name in ("one", "two"):
        with LocalReplica.open(tmp_path / name) as node:
            node.put({"_id": f"by {name}"})
            remote = RemotePeer(f"{server.url}/db", auth=(name, "pass"))
            assert sync(node, remote).push.docs_written == 1
            assert sync(node, remote).push.docs_read == 0, "the checkpoint is found again"
            remote.close()
    with server.databases.lease("db") as replica:
        assert {doc["_id"].split("/")[2] for doc in replica.local_docs()} == {"one", "two"}


# --- quotas --------------------------------------------------------------------------------------------------------


@refused("507 insufficient_storage")
def test_a_neighbour_fills_the_disk(asks, server, clock, tmp_path):
    text = "x" * 100_000
    for number in range(2):
        assert asks("evil", "PUT", f"d{number}", json={"text": text}).status_code == 201
    packed = gzip.compress(b'{"docs":[{"_id":"z","text":"' + b"x" * 200_000 + b'"}]}')
    for method, path, options in [
        ("PUT", "more", {"json": {"text": text}}), ("POST", "", {"json": {"text": text}}), ("PUT", "d0/file", {"content": text}),
        ("POST", "_bulk_docs", {"json": {"docs": [{"_id": "x", "text": text}]}}), ("COPY", "d0",
        {"headers": {"destination": "copy"}}),
        ("POST", "_bulk_docs", {"content": packed, "headers": {"content-encoding": "gzip", "content-type": "application/json"}}),
    ]:  # fmt: skip
        answer = asks("evil", method, path, **options)
        assert (answer.status_code, answer.json()["error"]) == (507, "insufficient_storage"), (method, path)
        assert "become free each day" in answer.json()["reason"]
        assert int(answer.headers["retry-after"]) > 0
    assert asks("evil", "GET", "d0").status_code == 200, "reading goes on"
    assert asks("evil", "PUT", "small", json={"text": "x"}).status_code == 201, "what is small still has room"
    assert asks("victim", "PUT", "his", json={"text": text}).status_code == 201, "others have their own"
    assert asks("root", "PUT", "hers", json={"text": "x" * 500_000}).status_code == 201
    clock.now += 24 * 3600
    assert asks("evil", "PUT", "more", json={"text": "x" * 80_000}).status_code == 201, "a day later there is room"
    again = Quotas(tmp_path / "quotas", clock, most=300_000, a_day=86_400)
    with pytest.raises(Exception, match="no room"):
        again.take("evil", "db", 150_000)       # a restart forgets nothing
    again.close()


@refused("nothing is charged")
def test_what_was_refused_is_not_held_against_a_device(asks):
    for _ in range(20):
        assert asks("victim", "PUT", "d", json={"_rev": "9-a", "text": "x" * 100_000}).status_code in (400, 409)
        broken = asks("victim", "POST", "_bulk_docs", content=b"[" * 50_000, headers={"content-type": "application/json"})
        assert broken.status_code == 400
    assert asks("victim", "PUT", "d", json={"text": "x" * 250_000}).status_code == 201


@refused("507, nothing lost")
def test_a_device_whose_quota_is_used_up_keeps_its_records_and_sends_them_later(server, clock, tmp_path):
    with LocalReplica.open(tmp_path / "node") as node:
        for number in range(6):
            node.put({"_id": f"d{number}", "text": "x" * 90_000})
        remote = RemotePeer(f"{server.url}/db", auth=("device", "pass"))
        with pytest.raises(Exception, match="no room") as caught:
            sync(node, remote, wait=lambda seconds: None)
        assert caught.value.status == 507
        assert "额度" in words_for(caught.value).sentence
        clock.now += 30 * 24 * 3600
        done = sync(node, remote, wait=lambda seconds: None)
        assert (done.push.doc_write_failures, done.push.rejected) == (0, {})
        clock.now += 30 * 24 * 3600
        sync(node, remote, wait=lambda seconds: None)
        remote.close()
    with server.databases.lease("db") as replica:
        assert [row.id for row in replica.all_docs()] == [f"d{number}" for number in range(6)]


# --- orphans -------------------------------------------------------------------------------------------------------


@refused("purged after orphan_days")
def test_chunks_and_sealed_bodies_that_no_record_names_lie_there_for_ever(tmp_path):
    clock, office = Clock(), "150822100203"
    with Databases(tmp_path / "databases") as databases:
        for name in ("quarantine", "drop", f"office-{office}", f"office-{office}-files", f"office-{office}-closed"):
            databases.create(name)
        named, held, orphan = (blobs.chunk_document(text) for text in (b"named", b"held", b"orphan"))

        def hash_of(doc):
            return doc["_id"].partition(":")[2]

        with databases.lease(f"office-{office}-files") as files, databases.lease("drop") as drop:
            assert files.bulk_docs([named, held, orphan], new_edits=False) == []
            assert drop.bulk_docs([named, orphan], new_edits=False) == []
        with databases.lease(f"office-{office}-closed") as closed:
            closed.put({"_id": f"sealed:{'a' * 64}", "body": {}})
            closed.put({"_id": f"sealed:{'b' * 64}", "body": {}})
        with databases.lease(f"office-{office}") as records, databases.lease("quarantine") as quarantine:
            files_of = [{"sha256": "c" * 64, "chunks": [hash_of(named)]}]
            records.put({"_id": "case:1", "body": {"files": files_of, "sealed": {"sealed": "a" * 64}}})
            quarantine.put({"_id": "quarantine:1", "doc": {"body": {"files": [{"chunks": [hash_of(held)]}]}}})
        orphans = Orphans(tmp_path / "orphans", databases, lambda: int(clock.now), days=90)
        assert orphans.purge_old() == 0, "they may be on their way"
        clock.now += 60 * DAY_MS
        late = blobs.chunk_document(b"late")
        with databases.lease(f"office-{office}-files") as files:
            files.bulk_docs([late], new_edits=False)
        assert orphans.purge_old() == 0
        clock.now += 31 * DAY_MS
        assert orphans.purge_old() == 4, "in drop nothing is named"
        with databases.lease(f"office-{office}-files") as files, databases.lease("drop") as drop:
            assert {row.id for row in files.all_docs()} == {named["_id"], held["_id"], late["_id"]}
            assert drop.all_docs() == []
        with databases.lease(f"office-{office}-closed") as closed:
            assert [row.id for row in closed.all_docs()] == [f"sealed:{'a' * 64}"]
        with databases.lease(f"office-{office}") as records:
            records.put({"_id": "case:2", "body": {"chunks": [hash_of(late)]}})
        clock.now += 365 * DAY_MS
        assert orphans.purge_old() == 0, "named in time, kept"


# --- feeds ---------------------------------------------------------------------------------------------------------


def heartbeat_ms(asked):
    """What the endpoint makes of a `heartbeat`."""
    call = SimpleNamespace(query={"heartbeat": asked})
    return 1000 * heartbeat_of(call)


@refused("raised to 1 s")
def test_feeds_ask_for_ten_heartbeats_a_second(server):
    with (
        server.client(auth=("evil", "pass"), timeout=20) as client,
        client.stream("GET", "/db/_changes", params={"feed": "continuous", "heartbeat": "1", "since": "now"}) as answer,
    ):
        pieces = answer.iter_bytes()
        assert [next(pieces) for _ in range(2)] == [b"\n", b"\n"]
    assert [heartbeat_ms(asked) for asked in ("1", "100", "999", "1000", "2500")] == [1000, 1000, 1000, 1000, 2500]


@refused("429 too_many_requests")
@pytest.mark.parametrize("limits", [EndpointLimits(feeds=5)])
def test_a_neighbour_opens_hundreds_of_feeds(server):
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(server.client(auth=("evil", "pass")))
        params = {"feed": "continuous", "heartbeat": "1000", "since": "now"}
        waiting = [stack.enter_context(client.stream("GET", "/db/_changes", params=params)) for _ in range(5)]
        pieces = [answer.iter_bytes() for answer in waiting]
        for each in pieces:
            assert next(each) == b"\n"
        for feed in ("continuous", "longpoll", "eventsource"):
            told = client.get("/db/_changes", params={"feed": feed})
            assert (told.status_code, told.json()["error"]) == (429, "too_many_requests")
        assert client.get("/db/_changes").status_code == 200, "what does not wait is not counted"
        other = stack.enter_context(server.client(auth=("victim", "pass")))
        assert other.get("/db/_changes", params={"feed": "longpoll", "timeout": "1"}).status_code == 200
        waiting[0].close()
        server.wait_for_lines(lambda lines: client.get("/db/_changes?feed=longpoll&timeout=1").status_code == 200)
