"""Databases that have news at the same time go one step together, and a bad one holds up nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sync.errors import StorageError
from sync.router import tuning
from sync.router.follow import Dirty
from sync.router.rules import Outcome
from sync.router.work import Page
from tests.support.files import damage
from tests.support.sync.foreign import ForeignServer
from tests.support.sync.router import HEAD, World, note

POSTS = ["post-a", "post-b", "post-c"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_news_of_many_databases_are_one_step(world: World) -> None:
    steps = list[str]()
    router = world.router(on_step=steps.append)
    router.run_pending()
    for post in "abc":
        world.write(post, note(f"p{post}", 1, share=["post-a"]), note(f"p{post}", 2))
    steps.clear()
    router._drain_together([*POSTS, HEAD], threading.Event())
    assert steps.count("settled") == 1
    assert len(world.ids(HEAD)) == len(world.ids("post-a")) == 6
    assert router.sweep().repairs == 0


def test_a_page_that_is_full_is_followed_by_the_next(world: World) -> None:
    router = world.router(batch=4)
    router.run_pending()
    for post in "abc":
        world.write(post, *(note(f"p{post}", n) for n in range(9)))
    router._drain_together(POSTS, threading.Event())
    assert len(world.ids(HEAD)) == 27


def test_a_database_that_cannot_be_read_waits_alone(tmp_path: Path, served: ForeignServer | None) -> None:
    if served is not None:
        pytest.skip("only a file is damaged here")
    before = World(tmp_path)
    before.write("a", note("p", 1))
    before.write("b", note("q", 1))
    before.close()
    damage(before.databases.path("post-a"), "head")
    world = World(tmp_path, posts=())
    world.router()._drain_together(POSTS, threading.Event())
    assert world.ids(HEAD) == ["note:q:1"]
    world.close()


def test_a_step_that_fails_is_made_by_each_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    router = world.router()
    router.run_pending()
    for post in "abc":
        world.write(post, note(f"p{post}", 1))
    settled = world.rules.settled

    def refuses_b(outcomes: Sequence[Outcome]) -> None:
        if any(outcome.source == "post-b" for outcome in outcomes):
            raise ValueError("a mistake of the rules")
        settled(outcomes)

    monkeypatch.setattr(world.rules, "settled", refuses_b)
    router._drain_together(POSTS, threading.Event())
    assert sorted(world.rules.outcomes) == ["note:pa:1", "note:pc:1"]
    monkeypatch.undo()
    router.run_pending()
    assert sorted(world.rules.outcomes) == ["note:pa:1", "note:pb:1", "note:pc:1"]


def test_what_fails_while_the_router_follows_is_tried_again_soon_and_is_behind_until_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next look at everything is five minutes away, and a disk that has room again commits nothing."""
    router, stop = world.router(), threading.Event()
    read, settled, failures = router._page, world.rules.settled, list[str]()

    def unread(source: str) -> Page:
        if source == "post-a" and failures.count(source) < 6:       # the first look at everything reads it a few times
            failures.append(source)
            raise StorageError("disk I/O error")
        return read(source)

    def unwritten(outcomes: Sequence[Outcome]) -> None:
        if failures.count("post-b") < 2 and any(outcome.source == "post-b" for outcome in outcomes):
            failures.append("post-b")
            raise StorageError("disk full")
        settled(outcomes)

    monkeypatch.setattr(tuning, "ROUTER_RETRY_S", 0.05)
    for where in (router, router._joint):
        monkeypatch.setattr(where, "_page", unread)
    monkeypatch.setattr(world.rules, "settled", unwritten)
    world.write("a", note("p", 1))
    thread = threading.Thread(target=router.follow, args=(stop,))
    thread.start()
    until = time.monotonic() + 20
    try:
        while not router.caught_up:
            assert time.monotonic() < until
            stop.wait(0.02)
        world.write("b", note("q", 1))
        world.databases.notify("post-b")
        while len(world.ids(HEAD)) < 2 or router.behind() != (0, 0.0):
            assert time.monotonic() < until, (world.ids(HEAD), failures, router.behind())
            stop.wait(0.02)
    finally:
        stop.set()
        thread.join(20)
    assert (failures.count("post-a"), failures.count("post-b")) == (6, 2)


def test_what_failed_comes_again_after_growing_pauses_and_is_behind_all_the_time() -> None:
    now = [0.0]
    dirty = Dirty(lambda: now[0])
    dirty.add("post-a")
    pauses = list[float]()
    for _ in range(10):
        assert dirty.take(0) == ["post-a"]
        dirty.failed("post-a")
        dirty.done("post-a")
        failed = now[0]
        while not (come := dirty._come()):
            now[0] += 1
            assert dirty.behind() == (1, now[0])
        assert come == ["post-a"]
        pauses.append(now[0] - failed)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    dirty.take(0)
    dirty.done("post-a")
    assert (dirty.behind(), dirty.take(0)) == ((0, 0.0), [])
    dirty.failed("post-a")
    dirty.add("post-a")         # news meanwhile: it is taken at once
    assert dirty.take(0) == ["post-a"]
    dirty.done("post-a")
    assert dirty.behind() == (0, 0.0)
