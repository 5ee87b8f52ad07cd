"""Replication between files and over HTTP, without faults."""

from __future__ import annotations

import base64
import itertools
import random
import threading

import pytest

from sync import errors
from sync.peer import ChangesRequest
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator, delivery, pushed_through, rejections, sync
from tests.support.sync.replication import WITHOUT_PAUSES, edit, in_step, leaves, pull, push, write
from tests.support.sync.server import running

_numbers = itertools.count()


@pytest.fixture
def make(server, tmp_path):
    """make("local" or "remote") -> a fresh peer."""
    peers = []

    def _make(kind):
        name = f"db{next(_numbers)}"
        peer = LocalReplica.open(tmp_path / f"{name}.replica") if kind == "local" else RemotePeer(server.create(name))
        peers.append(peer)
        return peer

    yield _make
    for peer in peers:
        peer.close()


@pytest.fixture
def node(make):
    return make("local")


@pytest.fixture
def hub(make):
    return make("remote")


PAIRS = list(itertools.product(["local", "remote"], repeat=2))


@pytest.mark.parametrize(("source_kind", "target_kind"), PAIRS)
@pytest.mark.parametrize("owner", ["source", "target"])
def test_everything_is_copied_between_any_two_kinds_of_peers(make, source_kind, target_kind, owner):
    source, target = make(source_kind), make(target_kind)
    write(source, [f"d{n:03}" for n in range(120)])
    edit(source, "d001", v=2)
    source.bulk_docs([{"_id": "d002", "_rev": "1-x", "branch": True}], new_edits=False)
    edit(source, "d003", _deleted=True)
    data = base64.b64encode(b"ditch" * 100).decode()
    source.bulk_docs([{"_id": "with", "_attachments": {"f": {"data": data, "content_type": "image/jpeg"}}}])
    replicator = Replicator(source, target, local=owner, batch_size=50, **WITHOUT_PAUSES)
    result = replicator.run()
    assert leaves(source) == leaves(target)
    assert (result.docs_read, result.docs_written, result.doc_write_failures) == (122, 122, 0)
    assert target.bulk_get([{"id": "with"}])[0].docs[0]["_attachments"]["f"]["data"] == data
    assert target.bulk_get([{"id": "d001"}])[0].docs[0]["_revisions"]["start"] == 2
    again = Replicator(source, target, local=owner, **WITHOUT_PAUSES).run()
    assert (again.docs_read, again.start_seq) == (0, again.last_seq)


def test_conflicts_and_deletions_made_on_both_sides_meet(node, hub):
    write(hub, ["a", "b", "c"])
    in_step(node, hub)
    edit(node, "a", side="node")
    edit(hub, "a", side="hub")
    edit(node, "b", _deleted=True)
    edit(hub, "c", _deleted=True)
    write(node, ["n1", "n2"])
    write(hub, ["h1"])
    in_step(node, hub)
    assert len(leaves(node)["a"]) == 2


def test_nothing_new_costs_two_small_requests_for_both_directions(node, hub):
    write(node, [f"n{n}" for n in range(300)])
    write(hub, [f"h{n}" for n in range(300)])
    in_step(node, hub)
    in_step(node, hub)      # what was pushed comes by once, without bodies
    result = in_step(node, hub)
    assert result.pull.requests + result.push.requests == 2
    assert result.pull.bytes_sent + result.pull.bytes_received < 2500


def test_nothing_new_costs_two_requests_even_if_there_was_never_anything(node, hub):
    in_step(node, hub)
    result = in_step(node, hub)
    assert result.pull.requests + result.push.requests == 2


def test_what_came_from_a_peer_is_not_sent_back_to_it(node, hub):
    write(hub, [f"h{n}" for n in range(50)])
    result = in_step(node, hub)
    assert (result.pull.docs_written, result.push.docs_read) == (50, 0)
    write(node, ["own"])
    write(hub, ["more1", "more2"])
    result = in_step(node, hub)
    assert (result.pull.docs_written, result.push.docs_read) == (2, 1)


def test_what_was_pushed_does_not_come_back_with_its_body(node, hub):
    write(node, [f"n{n}" for n in range(100)], text="长" * 1000)
    in_step(node, hub)
    write(hub, ["h"])
    result = in_step(node, hub)
    assert result.pull.docs_read == 1
    assert result.pull.bytes_received < 20_000


def test_an_own_filter_keeps_own_documents_out_of_the_feed_but_not_after_a_loss(node, hub, make, server):
    own = {"$nor": [{"device": "t1"}]}
    hub.bulk_docs([{"_id": "h", "device": "hub"}])
    node.bulk_docs([{"_id": f"n{n}", "device": "t1"} for n in range(20)])
    in_step(node, hub, own_filter=own)
    result = in_step(node, hub, own_filter=own)
    assert result.pull.docs_read == 0
    assert result.pull.bytes_received < 1500
    hub.bulk_docs([{"_id": "h2", "device": "hub"}])
    assert in_step(node, hub, own_filter=own).pull.docs_read == 1
    fresh = make("local")       # the tablet was lost; its successor has to see its own old records
    assert sync(fresh, hub, own_filter=own, **WITHOUT_PAUSES).pull.docs_read == 22


def test_documents_evicted_here_are_not_pulled_again(node, hub):
    write(hub, ["a", "b"])
    in_step(node, hub)
    node.evict(["a"])
    write(hub, ["c"])
    pull(node, hub)
    fresh_logs = Replicator(hub, node, local="target", doc_ids=["a", "b", "c"], **WITHOUT_PAUSES)
    fresh_logs.run()
    assert set(leaves(node)) == {"b", "c"}


def test_a_selector_and_doc_ids_copy_only_what_they_name(node, hub):
    hub.bulk_docs([{"_id": f"d{n}", "n": n} for n in range(10)])
    pull(node, hub, selector={"n": {"$gte": 7}})
    assert set(leaves(node)) == {"d7", "d8", "d9"}
    pull(node, hub, doc_ids=["d1"])
    assert set(leaves(node)) == {"d1", "d7", "d8", "d9"}
    pull(node, hub)
    assert len(leaves(node)) == 10


def test_many_held_bodies_make_the_feed_be_asked_without_bodies(node, hub, make):
    texts = random.Random(7)
    hub.bulk_docs([{"_id": f"h{n:04}", "text": texts.randbytes(600).hex()} for n in range(900)])
    bundle = make("local")
    pull(bundle, hub)
    Replicator(bundle, node, local="target", **WITHOUT_PAUSES).run()        # came by another way
    watched = Watched(hub)
    result = pull(node, watched, batch_size=100).result
    assert result.docs_read == 0
    assert [request.include_docs for request in watched.requests] == [True, False]
    assert leaves(node) == leaves(hub)


class Watched:
    """The peer, and which feeds were asked of it."""

    def __init__(self, peer):
        self._peer, self.requests = peer, []
        self.traffic = peer.traffic

    def __getattr__(self, name):
        return getattr(self._peer, name)

    def changes(self, request, **options):
        self.requests.append(request)
        return self._peer.changes(request, **options)


def test_the_length_of_a_long_way_is_asked_for_once_however_slowly_rows_come(node, hub):
    write(hub, [f"d{n:03}" for n in range(300)])
    steps, silent = [], pull(LocalReplica.open(node.path.with_name("silent.replica")), hub).result
    result = pull(node, hub, batch_size=1_000, pipeline=False, progress=steps.append).result
    assert (steps[-1].done, steps[-1].total) == (300, 300)
    assert result.requests == silent.requests + 1
    few = LocalReplica.open(node.path.with_name("few.replica"))
    write(few, ["only"])
    push(few, hub, progress=steps.append)
    assert (steps[-1].done, steps[-1].total) == (1, 1)      # a local source knows it for nothing


def test_progress_tells_how_much_of_how_much(node, hub):
    write(hub, [f"h{n}" for n in range(100)])
    steps = []
    pull(node, hub, batch_size=20, progress=steps.append)
    assert steps[-1].done == 100
    assert {step.stage for step in steps} == {"pull"}
    assert all(step.total is None or step.total >= step.done for step in steps)


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.fixture
def strict_hub(tmp_path):
    """A hub that refuses documents with `bad`."""

    def refuse_bad(doc):
        if doc.get("bad") and not refuse_bad.lenient:
            raise errors.Forbidden("不合规: bad")

    refuse_bad.lenient = False
    from sync.databases import Databases

    databases = Databases(tmp_path / "strict", validators_for=lambda name: [refuse_bad])
    with running(tmp_path / "strict", databases=databases) as server:
        peer = RemotePeer(server.create("office"))
        peer.rule = refuse_bad
        yield peer
        peer.close()
    databases.close()


def test_a_refused_document_is_recorded_and_does_not_hold_up_the_rest(node, strict_hub):
    node.bulk_docs([{"_id": f"d{n}", "bad": n == 3} for n in range(10)])
    result = sync(node, strict_hub, **WITHOUT_PAUSES).push
    assert (result.docs_written, result.doc_write_failures) == (9, 1)
    assert list(result.rejected) == ["d3"]
    assert "不合规" in result.rejected["d3"]
    peer_id = strict_hub.info().peer_id
    assert delivery(node, peer_id, ["d2", "d3"]) == {"d2": "sent", "d3": "rejected"}
    assert rejections(node, peer_id)["d3"]["error"] == "forbidden"
    assert sync(node, strict_hub, **WITHOUT_PAUSES).push.docs_read == 0


def test_a_refused_document_is_offered_again_when_told_and_then_counts_as_sent(node, strict_hub):
    node.bulk_docs([{"_id": "d", "bad": True}])
    sync(node, strict_hub, **WITHOUT_PAUSES)
    strict_hub.rule.lenient = True
    assert push(node, strict_hub).result.docs_read == 0
    assert push(node, strict_hub, retry_rejected=True).result.docs_written == 1
    assert delivery(node, strict_hub.info().peer_id, ["d"]) == {"d": "sent"}
    assert rejections(node, strict_hub.info().peer_id) == {}


def test_a_mended_document_is_no_longer_rejected(node, strict_hub):
    node.bulk_docs([{"_id": "d", "bad": True}])
    sync(node, strict_hub, **WITHOUT_PAUSES)
    edit(node, "d", bad=False)
    assert delivery(node, strict_hub.info().peer_id, ["d"]) == {"d": "pending"}
    sync(node, strict_hub, **WITHOUT_PAUSES)
    assert delivery(node, strict_hub.info().peer_id, ["d"]) == {"d": "sent"}


# --- delivery -------------------------------------------------------------------------------------------------------


def test_delivery_says_pending_until_the_peer_has_it(node, hub):
    write(node, ["a", "b"])
    peer_id = hub.info().peer_id
    assert delivery(node, peer_id, ["a", "b", "unknown"]) == {"a": "pending", "b": "pending"}
    in_step(node, hub)
    assert pushed_through(node, peer_id) == node.update_seq()
    assert delivery(node, peer_id, ["a", "b", "unknown"]) == {"a": "sent", "b": "sent"}
    edit(node, "a", v=2)
    assert delivery(node, peer_id, ["a", "b"]) == {"a": "pending", "b": "sent"}


# --- continuous -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["pull", "push"])
def test_a_continuous_replication_carries_what_is_written_later_and_ends_when_cancelled(node, hub, direction):
    source, target = (hub, node) if direction == "pull" else (node, hub)
    cancel = threading.Event()
    replicator = Replicator(source, target, local="target" if direction == "pull" else "source", cancel=cancel)
    worker = threading.Thread(target=replicator.run_continuous)
    write(source, ["before"])
    worker.start()
    watcher = Watcher(target)
    try:
        watcher.wait_for("before")
        write(source, ["after"])
        watcher.wait_for("after")
    finally:
        cancel.set()
        worker.join(20)
    assert not worker.is_alive()


class Watcher:
    def __init__(self, peer):
        self._peer = RemotePeer(peer.url) if isinstance(peer, RemotePeer) else peer
        self._since = 0

    def wait_for(self, id):
        while True:
            feed = self._peer.changes(ChangesRequest(since=self._since, feed="longpoll", timeout_ms=20_000))
            seen = [row.id for row in feed]
            self._since = feed.last_seq
            assert seen, f"{id} did not arrive"
            if id in seen:
                return
