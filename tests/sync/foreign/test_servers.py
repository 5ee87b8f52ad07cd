"""Our replicator both ways with foreign servers: the same winners, conflicts, histories and attachments on both sides."""

from __future__ import annotations

import contextlib
import threading

import pytest

from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator, sync
from tests.support.sync.foreign import Database, filling, foreign_server, kinds, leaf, picture, store
from tests.support.sync.replication import WITHOUT_PAUSES

A, B = "a" * 32, "b" * 32


@pytest.fixture(scope="module", params=kinds("ours", "pouchdb-server", "couchdb"))
def server(request):
    with foreign_server(request.param) as running:
        yield running


@pytest.fixture
def there(server):
    with server.database() as database:
        yield database


@pytest.fixture
def here(tmp_path):
    with LocalReplica.open(tmp_path / "here.replica") as replica:
        yield replica


@pytest.fixture
def peer(there):
    peer = RemotePeer(there.url, auth=there.server.auth)
    yield peer
    peer.close()


def fill_both(here: LocalReplica, there: Database) -> None:
    assert here.bulk_docs(filling("a"), new_edits=False) == []
    store(there, filling("b"))


def in_step(here: LocalReplica, there: Database, peer: RemotePeer) -> None:
    for _ in range(20 if there.server.kind == "couchdb" else 1):    # a cluster may answer from a copy that is behind
        result = sync(here, peer, **WITHOUT_PAUSES)
        assert (result.pull.rejected, result.push.rejected) == ({}, {})
        if picture(here) == picture(there):
            break
    assert picture(here) == picture(there)
    assert here.verify() == []


def test_both_sides_agree_on_everything_after_one_sync(here, there, peer):
    fill_both(here, there)
    in_step(here, there, peer)
    shared = here.get("shared", conflicts=True)
    assert (shared["_rev"], shared["_conflicts"]) == (f"2-{B}", [f"2-{A}"])
    assert here.get("shared deletion", deleted_conflicts=True)["_deleted_conflicts"] == [f"2-{A}"]


def test_a_second_sync_reads_and_writes_nothing(here, there, peer):
    fill_both(here, there)
    in_step(here, there, peer)
    again = sync(here, peer, **WITHOUT_PAUSES)
    assert (again.pull.docs_read, again.pull.docs_written, again.push.docs_written) == (0, 0, 0)


def test_a_conflict_resolved_on_either_side_is_resolved_on_both(here, there, peer):
    fill_both(here, there)
    in_step(here, there, peer)
    here.delete("shared", f"2-{A}")
    with there.client() as http:
        assert http.delete("shared files", params={"rev": f"2-{A}"}).status_code == 200
    in_step(here, there, peer)
    assert "_conflicts" not in here.get("shared", conflicts=True)
    assert "_conflicts" not in here.get("shared files", conflicts=True)


def test_edits_and_deletions_on_both_sides_become_the_same_conflict(here, there, peer):
    fill_both(here, there)
    in_step(here, there, peer)
    here.put({**here.get("edited b"), "by": "here"})
    here.delete("a/b a", f"1-{A}")
    with there.client() as http:
        theirs = http.get("edited b").json()
        assert http.put("edited b", json={**theirs, "by": "there"}).status_code == 201
        assert http.put("a%2Fb%20a", json={"_rev": f"1-{A}", "by": "there"}).status_code == 201
    in_step(here, there, peer)
    assert len(here.get("edited b", conflicts=True)["_conflicts"]) == 1
    assert here.get("a/b a")["by"] == "there"


def test_attachments_changed_added_and_removed_there_come_here_and_back(here, there, peer):
    fill_both(here, there)
    in_step(here, there, peer)
    with there.client() as http:
        rev = http.get("files b").json()["_rev"]
        answer = http.put("files%20b/new%20%E5%90%8D", params={"rev": rev}, content=b"new", headers={"content-type": "text/x"})
        rev = answer.json()["rev"]
        assert http.delete("files%20b/dir%2F%E5%9B%BE.bin", params={"rev": rev}).status_code == 200
    in_step(here, there, peer)
    assert here.get_attachment("files b", "new 名").data == b"new"
    here.put_attachment("files b", "note 名.txt", b"changed here", "text/plain", rev=here.get("files b")["_rev"])
    in_step(here, there, peer)
    with there.client() as http:
        assert http.get("files%20b/note%20%E5%90%8D.txt").content == b"changed here"


def test_filtered_pulls_take_only_what_was_asked(here, there, peer):
    store(there, filling("b"))
    wanted = ["shared", "a/b b", "no such id"]
    Replicator(peer, here, local="target", doc_ids=wanted, **WITHOUT_PAUSES).run()
    assert [row.id for row in here.all_docs()] == ["a/b b", "shared"]


def test_long_histories_and_grafts_keep_their_shape(here, there, peer):
    ids = [f"{n:032x}" for n in range(60, 0, -1)]
    here.bulk_docs([leaf("long", f"60-{ids[0]}", *ids[1:])], new_edits=False)
    store(there, [leaf("long", f"58-{'e' * 32}", *ids[3:])])
    in_step(here, there, peer)
    assert len(here.get("long", conflicts=True)["_conflicts"]) == 1


@contextlib.contextmanager
def live(replicator: Replicator, stop: threading.Event):
    failed: list[BaseException] = []

    def run() -> None:
        try:
            replicator.run_continuous()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert failed == []


def test_a_live_pull_brings_what_is_written_there(here, there, peer):
    stop = threading.Event()
    with there.client() as http, live(Replicator(peer, here, local="target", cancel=stop, **WITHOUT_PAUSES), stop):
        for id in ("first", "second"):
            assert http.put(id, json={}).status_code == 201
            until_here(here, id)
    assert picture(here) == picture(there)


def test_a_live_push_carries_what_is_written_here(here, there, peer):
    stop = threading.Event()
    with there.client() as http, live(Replicator(here, peer, local="source", cancel=stop, **WITHOUT_PAUSES), stop):
        for id in ("first", "second"):
            here.put({"_id": id})
            until_there(http, id)
    assert picture(here) == picture(there)


def test_both_directions_live_at_once_without_knowing_of_each_other(here, there, peer):
    stop = threading.Event()
    second = RemotePeer(there.url, auth=there.server.auth)
    with (
        there.client() as http,
        live(Replicator(peer, here, local="target", cancel=stop, **WITHOUT_PAUSES), stop),
        live(Replicator(here, second, local="source", cancel=stop, **WITHOUT_PAUSES), stop),
    ):
        for n in range(20):
            here.put({"_id": f"here {n}"})
            assert http.put(f"there {n}", json={}).status_code == 201
        until_here(here, "there 19")
        until_there(http, "here 19")
    second.close()
    in_step(here, there, peer)


def until_here(replica: LocalReplica, id: str) -> None:
    seq = 0
    while not any(row.id == id for row in replica.all_docs()):
        assert replica.wait_for_change(seq, 30), f"{id} did not arrive here"
        seq = replica.update_seq()


def until_there(http, id: str) -> None:
    since = "0"
    while True:
        params = {"feed": "longpoll", "since": since, "timeout": "30000"}
        answer = http.get("_changes", params=params).json()
        assert answer["results"], f"{id} did not arrive there"
        if any(row["id"] == id for row in answer["results"]):
            return
        since = str(answer["last_seq"])
