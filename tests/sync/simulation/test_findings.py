"""What the simulation has found, each as a small history of its own."""

from __future__ import annotations

import os
import random
import shutil

import pytest

from sync import errors
from sync.replica import LocalReplica
from sync.replicator import Replicator, delivery, rejections, sync
from sync.replicator.own_filter import still_good
from tests.support.simulation.faults import Crash, Faults, FaultyPeer, LocalSide
from tests.support.sync.replication import in_step, pull, push, write


class SpoiltAt(FaultyPeer):
    """A line on which the bodies of chosen `bulk_docs` requests (0 = the first) arrive unreadable."""

    def __init__(self, replica: LocalReplica, *numbers: int) -> None:
        super().__init__(replica, Faults(random.Random(0)))
        self._numbers, self.sent = numbers, 0

    def bulk_docs(self, docs, *, new_edits=True):
        self.sent += 1
        if self.sent - 1 in self._numbers:
            raise errors.BadRequest("invalid UTF-8 JSON")
        return super().bulk_docs(docs, new_edits=new_edits)


@pytest.fixture
def here(tmp_path):
    with LocalReplica.open(tmp_path / "here.replica") as replica:
        yield replica


@pytest.fixture
def hub(tmp_path):
    with LocalReplica.open(tmp_path / "hub.replica") as replica:
        yield replica


def test_a_request_that_was_spoilt_on_its_way_makes_no_document_refused(here, hub):
    write(here, ["a", "b", "c"])
    push(here, SpoiltAt(hub, 1), batch_size=1)
    assert [row.id for row in hub.all_docs()] == ["a", "b", "c"]
    assert rejections(here, hub.replica_id) == {}


def test_a_document_that_is_refused_twice_is_set_aside_and_told(here, hub):
    write(here, ["a", "b", "c"])
    run = push(here, SpoiltAt(hub, 1, 2), batch_size=1)
    assert [row.id for row in hub.all_docs()] == ["a", "c"]
    assert list(run.result.rejected) == list(rejections(here, hub.replica_id)) == ["b"]


def test_what_reached_the_other_side_another_way_is_no_longer_shown_as_refused(here, hub):
    write(here, ["a", "b", "c"])
    push(here, SpoiltAt(hub, 1, 2), batch_size=1)
    pull(hub, here)
    push(here, SpoiltAt(hub), retry_rejected=True, ask_first=True)
    assert rejections(here, hub.replica_id) == {}
    assert set(delivery(here, hub.replica_id, ["a", "b", "c"]).values()) == {"sent"}


class Silent(FaultyPeer):
    """A line that breaks whenever the remote side's log is to be written."""

    def put_local(self, local_id, doc):
        raise errors.Unreachable("cut before the log")


OWN = {"$nor": [{"by": "here", "text": {"$exists": True}}]}


def test_a_restored_device_gets_back_what_it_wrote_even_if_its_last_push_left_no_word(tmp_path, hub):
    path, copy = tmp_path / "here.replica", tmp_path / "copy"
    with LocalReplica.open(path) as here:
        here.put({"_id": "a", "by": "here", "text": "before"})
        sync(here, hub, own_filter=OWN)
    shutil.copyfile(path, copy)
    with LocalReplica.open(path) as here:
        here.put({"_id": "b", "by": "here", "text": "after the copy was made"})
        with pytest.raises(errors.Unreachable):
            push(here, Silent(hub, Faults(random.Random(0))))
    os.replace(copy, path)
    with LocalReplica.open(path) as here:
        sync(here, hub, own_filter=OWN)
        assert [row.id for row in here.all_docs()] == ["a", "b"]


class CutAfter(FaultyPeer):
    """A line that is cut within the feed, after so many rows, and before the remote side's log."""

    def __init__(self, replica: LocalReplica, rows: int) -> None:
        super().__init__(replica, Faults(random.Random(0)))
        self._rows = rows

    def changes(self, request, *, cancel=None):
        feed = super().changes(request, cancel=cancel)
        feed._left = self._rows
        return feed

    def put_local(self, local_id, doc):
        raise errors.Unreachable("cut before the log")


def test_a_restored_source_that_was_filled_alike_is_not_taken_for_the_one_that_was_read(tmp_path, here):
    """One document differs, and more rows than a proof asks for stand behind it where they stood before."""
    path, copy = tmp_path / "hub.replica", tmp_path / "copy"
    many = [{"_id": f"d{n:02}", "_rev": "1-a"} for n in range(30)]
    with LocalReplica.open(path) as hub:
        hub.put({"_id": "first"})
        sync(here, hub)
    shutil.copyfile(path, copy)
    with LocalReplica.open(path) as hub:
        hub.bulk_docs([{"_id": "lost", "_rev": "1-a"}, *many], new_edits=False)
        with pytest.raises(errors.Unreachable):
            pull(here, CutAfter(hub, 31), attempts=1)
    os.replace(copy, path)
    with LocalReplica.open(path) as hub:
        hub.bulk_docs([{"_id": "new", "_rev": "1-a"}, *many], new_edits=False)
        in_step(here, FaultyPeer(hub, Faults(random.Random(0))))
        assert here.get("new")
        assert hub.get("lost")


def test_a_restored_device_gets_back_what_only_a_third_place_held_at_its_next_contact(tmp_path, hub):
    path, copy = tmp_path / "here.replica", tmp_path / "copy"
    with LocalReplica.open(tmp_path / "relay.replica") as relay:
        with LocalReplica.open(path) as here:
            sync(here, hub, own_filter=OWN)
        shutil.copyfile(path, copy)
        with LocalReplica.open(path) as here:
            here.put({"_id": "a", "by": "here", "text": "only the relay has got it"})
            sync(here, relay, own_filter=OWN)
        os.replace(copy, path)
        with LocalReplica.open(path) as here:
            sync(here, hub, own_filter=OWN)
            sync(relay, hub)
            sync(here, hub, own_filter=OWN)
            assert here.get("a")
            renamed = {"$nor": [{"by": "here again", "text": {"$exists": True}}]}
            assert still_good(here, renamed)
            assert not still_good(here, OWN)


class CrashAfterTheLog(FaultyPeer):
    """The process ends when the remote side's log is written and before the local one says so."""

    def put_local(self, local_id, doc):
        super().put_local(local_id, doc)
        raise self._faults.crash("after the log")


def test_a_push_does_not_vouch_for_a_pull_that_is_still_to_be_proven(tmp_path, here):
    path, copy = tmp_path / "hub.replica", tmp_path / "copy"
    with LocalReplica.open(path) as hub:
        write(hub, ["a"])
    shutil.copyfile(path, copy)
    with LocalReplica.open(path) as hub:
        write(hub, ["lost"])
        faults = Faults(random.Random(0))
        pulls = Replicator(CrashAfterTheLog(hub, faults), LocalSide(here, faults), local="target", pipeline=False)
        with pytest.raises(Crash):
            pulls.run()
    os.replace(copy, path)
    with LocalReplica.open(path) as hub:
        write(hub, ["new"])         # at the seq that was read before
        write(here, ["mine"])
        push(here, FaultyPeer(hub, Faults(random.Random(0))))
        in_step(here, FaultyPeer(hub, Faults(random.Random(0))))
        assert here.get("new")
