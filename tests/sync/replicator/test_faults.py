"""Replication over a bad line: cut anywhere, nothing is lost, nothing is doubled, and little is sent twice."""

from __future__ import annotations

import itertools
import random
import shutil
import threading

import pytest

from sync import errors
from sync.peer import ChangesRequest
from sync.remote.exchange import HttpDatabase
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator, delivery, sync
from tests.support.sync.faulty_link import link_to
from tests.support.sync.replication import WITHOUT_PAUSES, edit, in_step, leaves, pull, push, write

_numbers = itertools.count()


@pytest.fixture
def url(server):
    return server.create(f"db{next(_numbers)}")


@pytest.fixture
def hub(url):
    """The hub over a good line."""
    peer = RemotePeer(url)
    yield peer
    peer.close()


@pytest.fixture
def link(url):
    with link_to(url) as link:
        yield link


@pytest.fixture
def far(url, link):
    """The hub over the bad line."""
    peer = RemotePeer(link.url(url), read_timeout_s=2)
    yield peer
    peer.close()


@pytest.fixture
def node(tmp_path):
    replica = LocalReplica.open(tmp_path / "node.replica")
    yield replica
    replica.close()


def bulky(peer, ids):
    texts = random.Random(1)
    results = peer.bulk_docs([{"_id": id, "text": texts.randbytes(300).hex()} for id in ids])
    assert all(result.ok for result in results)


def once(*args, **options):
    """A replication that gives up at the first failure."""
    return Replicator(*args, attempts=1, **WITHOUT_PAUSES, **options)


# --- cuts -----------------------------------------------------------------------------------------------------------


def test_a_pull_goes_on_after_a_cut_where_its_last_complete_row_was(node, hub, far, link, monkeypatch):
    monkeypatch.setattr(HttpDatabase, "is_near", False)     # by the clock: one of the two pulls might be compressed
    bulky(hub, [f"d{n:04}" for n in range(600)])
    whole = pull(LocalReplica.open(node.path.parent / "other.replica"), hub).result.bytes_received
    link.cut_after_down = whole // 2
    with pytest.raises(errors.Unreachable):
        once(far, node, local="target").run()
    held = len(leaves(node))
    assert 150 < held < 450
    link.heal()
    before = link.bytes_down
    result = once(far, node, local="target").run()
    assert leaves(node) == leaves(hub)
    assert result.docs_written == 600 - held
    assert link.bytes_down - before < whole * 0.65


def test_a_pull_comes_to_its_end_over_a_line_that_is_cut_again_and_again(node, hub, far, link):
    bulky(hub, [f"d{n:04}" for n in range(400)])
    cuts = []

    def cut_soon(seconds):
        cuts.append(seconds)
        link.cut_after_down = 20_000

    link.cut_after_down = 20_000
    result = Replicator(far, node, local="target", wait=cut_soon).run()
    assert leaves(node) == leaves(hub)
    assert result.docs_written == 400
    assert len(cuts) > 3
    assert link.bytes_down < 2 * 20_000 * (len(cuts) + 1)


def test_a_push_comes_to_its_end_over_a_line_that_is_cut_again_and_again(node, hub, far, link):
    bulky(node, [f"d{n:04}" for n in range(300)])

    def cut_soon(seconds):
        link.cut_after_up = 40_000

    link.cut_after_up = 40_000
    Replicator(node, far, local="source", wait=cut_soon).run()
    assert leaves(node) == leaves(hub)
    assert link.cuts > 2


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_cut_after_any_number_of_bytes_loses_and_doubles_nothing(node, hub, url, link, direction):
    seed = random.randrange(10**6)
    print("seed", seed)
    dice = random.Random(seed)
    for turn in range(12):
        write(node, [f"n{turn}-{n}" for n in range(dice.randrange(4))])
        write(hub, [f"h{turn}-{n}" for n in range(dice.randrange(4))])
        if turn > 2:
            edit(node, f"x{turn - 2}", by="node")
            edit(hub, f"x{turn - 2}", by="hub")
        write(node, [f"x{turn}"])
        far = RemotePeer(link.url(url), read_timeout_s=2)
        setattr(link, f"cut_after_{direction}", dice.randrange(4000))
        try:
            sync(node, far, attempts=1, **WITHOUT_PAUSES)
        except errors.Unreachable:
            acknowledged = delivery(node, hub.info().peer_id, list(leaves(node)))
            there = leaves(hub)
            here = leaves(node)
            assert all(here[id] <= there[id] for id, state in acknowledged.items() if state == "sent")
        link.heal()
        far.close()
        in_step(node, hub)


def test_an_answer_lost_after_the_commit_leaves_one_document_and_one_revision(node, hub, far, link):
    write(node, ["a", "b"])
    link.swallow_reply_to = b"_bulk_docs"
    result = push(node, far).result
    assert link.cuts == 1
    assert leaves(hub) == leaves(node)
    assert hub.info().doc_count == 2
    assert hub.info().update_seq == 2
    assert result.docs_written >= 2


def test_a_checkpoint_whose_answer_was_lost_is_not_a_failure(node, hub, far, link):
    write(node, ["a"])
    link.swallow_reply_to = b"PUT "
    push(node, far)
    assert delivery(node, hub.info().peer_id, ["a"]) == {"a": "sent"}
    write(node, ["b"])
    result = in_step(node, hub)
    assert result.push.docs_read == 1


def test_stopped_between_the_documents_and_the_checkpoint_nothing_is_marked_as_sent(node, hub):
    write(node, ["a", "b"])

    class StopsBeforeTheLog:
        """The hub, but the process ends before its log is written."""

        traffic = hub.traffic

        def __getattr__(self, name):
            return getattr(hub, name)

        def put_local(self, local_id, doc):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        once(node, StopsBeforeTheLog(), local="source").run()
    assert len(leaves(hub)) == 2
    in_step(node, hub)
    assert hub.info().update_seq == 2
    assert set(delivery(node, hub.info().peer_id, ["a", "b"]).values()) == {"sent"}


def test_a_refused_line_ends_after_bounded_attempts_with_growing_jittered_pauses(node, far, link):
    link.refuse = True
    pauses = []
    with pytest.raises(errors.Unreachable):
        Replicator(far, node, local="target", wait=pauses.append, random=random.Random(3)).run()
    assert len(pauses) == 3
    assert pauses[0] < 1
    assert pauses[2] > pauses[0]


def test_a_replication_can_be_cancelled_while_it_waits(node, far, link):
    link.refuse = True
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(errors.Cancelled):
        Replicator(far, node, local="target", cancel=cancel).run()


# --- restores and swaps ----------------------------------------------------------------------------------------------


def restore(server, url, copy):
    """Put an old copy of the database's file in place, as a careless administrator does."""
    name = url.rpartition("/")[2]
    path = server.databases.path(name)
    server.databases.delete(name)
    shutil.copy(copy, path)


def backup(server, url, to):
    name = url.rpartition("/")[2]
    with server.databases.lease(name) as replica:
        replica.compact()
        shutil.copy(replica.path, to)
        wal = replica.path.with_name(replica.path.name + "-wal")
        if wal.exists():
            shutil.copy(wal, to.with_name(to.name + "-wal"))


@pytest.fixture
def keep(server, url, tmp_path):
    """keep() copies the hub's file now; the returned function puts that copy back."""

    def _keep():
        copy = tmp_path / f"copy{next(_numbers)}.replica"
        backup(server, url, copy)
        folded = LocalReplica.open(copy)
        folded.compact()
        folded.close()
        return lambda: restore(server, url, copy)

    return _keep


def test_a_hub_restored_from_an_old_copy_gets_again_what_it_lost(node, hub, keep):
    write(node, ["a"])
    in_step(node, hub)
    put_back = keep()
    write(node, ["b", "c"])
    in_step(node, hub)
    put_back()
    assert set(leaves(hub)) == {"a"}
    in_step(node, hub)
    assert set(leaves(hub)) == {"a", "b", "c"}


def test_a_restored_hub_that_went_on_writing_is_read_from_the_common_point(node, hub, keep):
    write(hub, ["a"])
    in_step(node, hub)
    put_back = keep()
    write(hub, ["b", "c"])
    in_step(node, hub)
    put_back()
    write(hub, ["d", "e", "f", "g"])        # the seqs of b and c are given to others
    in_step(node, hub)
    assert set(leaves(node)) == set("abcdefg")


def test_delivery_falls_back_as_soon_as_a_restore_is_noticed(node, hub, far, link, keep):
    write(node, ["a"])
    in_step(node, hub)
    put_back = keep()
    write(node, ["b"])
    in_step(node, hub)
    put_back()
    link.swallow_reply_to = b"_changes"
    with pytest.raises(errors.Unreachable):
        sync(node, far, attempts=1, **WITHOUT_PAUSES)
    assert delivery(node, hub.info().peer_id, ["a", "b"]) == {"a": "sent", "b": "pending"}


def test_a_source_restored_while_a_pull_was_cut_is_noticed_by_its_last_row(node, hub, far, link, keep):
    bulky(hub, [f"a{n:03}" for n in range(50)])
    in_step(node, hub)
    put_back = keep()
    bulky(hub, [f"b{n:03}" for n in range(200)])
    link.cut_after_down = 40_000
    with pytest.raises(errors.Unreachable):
        once(far, node, local="target").run()
    assert 50 < len(leaves(node)) < 250
    put_back()
    link.heal()
    bulky(hub, [f"c{n:03}" for n in range(250)])       # longer than before: the old resume point exists again
    once(far, node, local="target").run()
    assert {id for id in leaves(hub) if id.startswith("c")} <= set(leaves(node))


def test_a_node_restored_from_an_old_copy_gets_its_own_lost_documents_back(node, hub, tmp_path):
    own = {"$nor": [{"device": "t1"}]}
    node.bulk_docs([{"_id": "a", "device": "t1"}])
    sync(node, hub, own_filter=own, **WITHOUT_PAUSES)
    sync(node, hub, own_filter=own, **WITHOUT_PAUSES)
    node.compact()
    node.close()
    copy = tmp_path / "old.replica"
    shutil.copy(node.path, copy)
    again = LocalReplica.open(node.path)
    again.bulk_docs([{"_id": "b", "device": "t1"}])
    sync(again, hub, own_filter=own, **WITHOUT_PAUSES)
    again.close()
    old = LocalReplica.open(copy)
    sync(old, hub, own_filter=own, **WITHOUT_PAUSES)
    assert set(leaves(old)) == {"a", "b"}
    old.close()


def test_another_database_behind_the_same_address_is_noticed(node, server, url, hub):
    write(node, ["a", "b"])
    in_step(node, hub)
    name = url.rpartition("/")[2]
    server.databases.delete(name)
    server.databases.create(name)
    in_step(node, hub)
    assert len(leaves(hub)) == 2


def test_feeds_are_read_from_where_the_local_log_says_after_the_hub_moved(node, hub, url, link):
    write(hub, ["a"])
    in_step(node, hub)
    moved = RemotePeer(link.url(url))       # another address, the same database
    assert pull(node, moved).result.docs_read == 0
    assert len(list(moved.changes(ChangesRequest()))) == 1
    moved.close()
