"""What the simulation has found, each as a small history of its own."""

from __future__ import annotations

import random

import pytest

from sync import errors
from sync.replica import LocalReplica
from sync.replicator import delivery, rejections
from tests.support.sync_replication import pull, push, write
from tests.support.sync_simulation_faults import Faults, FaultyPeer


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
