"""The sweep finds nothing after ordinary work, and mends what somebody broke."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sync.router.values import Mark, Settlement
from tests.support.sync.router import HEAD, World, note


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path)
    yield made
    made.close()


def test_after_ordinary_work_there_is_nothing_to_repair(world) -> None:
    world.write("a", *(note("p", n, share=["post-b"]) for n in range(8)), note("p", 9, mark="bad"))
    world.write("b", note("q", 1, mark="later"))
    router = world.router()
    router.run_pending()
    report = router.sweep()
    assert report.repaired == {}
    assert report.subjects == 1
    assert "repairs" not in router.status().counters


def test_a_copy_that_vanished_is_made_again_and_counted(world) -> None:
    world.write("a", *(note("p", n, share=["post-b"]) for n in range(3)))
    router = world.router()
    router.run_pending()
    with world.databases.lease("post-b") as peer:
        peer.purge({"note:p:1": [peer.get("note:p:1")["_rev"]]})
    assert router.sweep().repaired == {"post-b": 1}
    assert len(world.ids("post-b")) == 3
    assert router.status().counters["repairs"] == 1
    assert router.sweep().repairs == 0


def test_a_document_that_a_checkpoint_jumped_over_is_found(world) -> None:
    router = world.router()
    router.run_pending()
    world.write("a", note("p", 1, share=["post-b"]))
    with world.databases.lease("post-a") as peer:
        info = peer.info()
        last = Mark("post-a", info.peer_id, info.epoch, info.update_seq)
    router.store.settle(Settlement([last]), "0/1")
    assert router.run_pending() == 0
    assert router.sweep().repaired == {"post-a": 1}
    assert world.ids(HEAD) == world.ids("post-b") == ["note:p:1"]


def test_following_routes_what_comes_and_what_is_released_until_it_is_told_to_stop(world) -> None:
    cancel, news = threading.Event(), threading.Condition()

    def told(name: str) -> None:
        with news:
            news.notify_all()

    def wait_for(what: Callable[[], object]) -> None:
        until = time.monotonic() + 20
        with news:
            while not what():
                assert time.monotonic() < until
                news.wait(0.1)      # a commit of another program over HTTP is told to nobody here

    world.databases.on_commit(told)
    router = world.router()
    world.write("a", note("p", 1, share=["post-b"]))
    thread = threading.Thread(target=router.follow, args=(cancel,))
    thread.start()
    try:
        world.write("a", note("p", 2), note("q", 1, mark="bad", share=["post-c"]))
        wait_for(lambda: len(world.ids("post-b")) == 2)
        wait_for(lambda: world.ids("quarantine", "quarantine:"))
        # Another program, with a router of its own, releases it.
        world.router().release(world.ids("quarantine", "quarantine:")[0], "chief")
        wait_for(lambda: world.ids("post-c"))
    finally:
        cancel.set()
        thread.join(20)
    assert not thread.is_alive()
