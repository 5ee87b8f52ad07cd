"""Both directions at once: what was written here goes out while the pull comes in, and is not read back."""

from __future__ import annotations

import random

import pytest

from sync.errors import Cancelled
from sync.peer import ChangesRequest
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import ReplicationResult, sync
from sync.replicator.early import UpTo, one_at_a_time
from tests.support.sync.faulty_link import link_to
from tests.support.sync.replication import WITHOUT_PAUSES, edit, in_step, leaves, write


def peer(hub) -> RemotePeer:
    return RemotePeer(f"{hub.url}/db")


def requests(result) -> int:
    return result.pull.requests + result.push.requests


def test_a_daily_sync_is_not_read_back_and_leaves_nothing_for_the_next(hub, here):
    with hub.databases.lease("db") as there:
        write(there, (f"old{n}" for n in range(30)))
        in_step(here, peer(hub))
        write(there, (f"there{n}" for n in range(20)))
        write(here, (f"here{n}" for n in range(20)))
        done = in_step(here, peer(hub))
        assert (done.pull.docs_read, done.pull.docs_written) == (20, 20)
        assert (done.push.docs_read, done.push.docs_written) == (20, 20)
        again = sync(here, peer(hub))
    assert (requests(again), again.pull.docs_read, again.push.docs_read) == (2, 0, 0)


def test_an_edit_of_the_same_document_on_both_sides_arrives_in_one_sync(hub, here):
    with hub.databases.lease("db") as there:
        write(there, ["both", "other"])
        in_step(here, peer(hub))
        edit(here, "both", side="here")
        edit(there, "both", side="there")
        in_step(here, peer(hub))
        assert len(leaves(here)["both"]) == 2


def test_what_is_written_while_it_runs_is_taken_along_or_left_to_the_next(hub, here):
    with hub.databases.lease("db") as there:
        write(there, (f"old{n}" for n in range(300)))
        in_step(here, peer(hub))
        write(here, (f"first{n}" for n in range(5)))
        write(there, (f"news{n}" for n in range(50)))
        wrote: list[int] = []

        def meanwhile(step) -> None:
            if len(wrote) < 3:
                wrote.append(1)
                write(here, [f"meanwhile{len(wrote)}"])
                write(there, [f"elsewhere{len(wrote)}"])

        sync(here, peer(hub), progress=meanwhile, **WITHOUT_PAUSES)
        in_step(here, peer(hub))


def test_random_days_of_three_offices_end_alike(hub, tmp_path):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    offices = [LocalReplica.open(tmp_path / f"office{n}.replica") for n in range(3)]
    with hub.databases.lease("db") as there:
        for day in range(25):
            office = dice.choice(offices)
            for _ in range(dice.randrange(6)):
                _some_write(dice, dice.choice([office, there]), day)
            sync(office, peer(hub), **WITHOUT_PAUSES)
        for office in offices * 2:
            in_step(office, peer(hub))
        assert requests(sync(offices[-1], peer(hub), **WITHOUT_PAUSES)) == 2
    for office in offices:
        office.close()


def _some_write(dice: random.Random, where: LocalReplica, day: int) -> None:
    held = [row.id for row in where.all_docs()]
    act = dice.choice(["new", "new", "edit", "delete"])
    if act == "new" or not held:
        write(where, [f"{dice.randrange(10**9)}"])
    elif act == "edit":
        edit(where, dice.choice(held), day=day, n=dice.randrange(100))
    else:
        id = dice.choice(held)
        where.delete(id, where.get(id)["_rev"])


@pytest.mark.parametrize("cut", range(200, 4000, 633))
def test_a_cut_at_any_byte_loses_nothing(hub, here, cut):
    with hub.databases.lease("db") as there:
        write(there, (f"old{n}" for n in range(30)))
        in_step(here, peer(hub))
        write(there, (f"there{n}" for n in range(40)))
        write(here, (f"here{n}" for n in range(40)))
        with link_to(f"{hub.url}/db") as link:
            link.cut_after_up = link.cut_after_down = cut
            sync(here, RemotePeer(link.url(f"{hub.url}/db")), **WITHOUT_PAUSES)
        assert len(leaves(here)) == 110
        assert leaves(here) == leaves(there)


def test_cancelling_ends_both_directions(hub, here):
    import threading

    with hub.databases.lease("db") as there:
        write(there, (f"old{n}" for n in range(30)))
        in_step(here, peer(hub))
        write(here, ["new"])
        cancel = threading.Event()
        cancel.set()
        with pytest.raises(Cancelled):
            sync(here, peer(hub), cancel=cancel)
        assert not [one for one in threading.enumerate() if one.name == "sync-early-push"]
        in_step(here, peer(hub))


def test_what_the_peer_refuses_is_told_once(hub, here):
    from sync.errors import Forbidden

    with hub.databases.lease("db") as there:
        write(there, ["old"])
        in_step(here, peer(hub))

        def refuse(doc) -> None:
            if "bad" in doc["_id"]:
                raise Forbidden("not here")

        there._validators = (refuse,)
        write(here, ["good", "bad"])
        done = sync(here, peer(hub), **WITHOUT_PAUSES)
    assert (done.push.docs_written, done.push.doc_write_failures, list(done.push.rejected)) == (1, 1, ["bad"])


def test_a_replica_as_it_stood_shows_nothing_later(here):
    write(here, ["a", "b"])
    view = UpTo(here, here.update_seq())
    write(here, ["c"])
    feed = view.changes(ChangesRequest())
    assert [row.id for row in feed] == ["a", "b"]
    assert feed.last_seq == 2
    assert view.replica_id == here.replica_id


def test_two_results_add_up():
    first = ReplicationResult(docs_read=2, requests=1, start_seq=5, rejected={"a": "x"})
    both = first.followed_by(ReplicationResult(docs_read=3, last_seq=9))
    assert (both.docs_read, both.requests, both.start_seq, both.last_seq, both.rejected) == (5, 1, 5, 9, {"a": "x"})


def test_without_a_listener_there_is_nothing_to_serialise():
    assert one_at_a_time(None) is None


def test_a_touched_connection_is_used_again(hub, here):
    with link_to(f"{hub.url}/db") as link:
        remote = RemotePeer(link.url(f"{hub.url}/db"))
        remote.touch()
        remote.info()
        assert link.connections == 1
        assert remote.twin().url == remote.url
