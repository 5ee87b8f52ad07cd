"""Databases that have news at the same time go one step together, and a bad one holds up nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sync.router.rules import Outcome
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
