"""Audiences that grow and shrink."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.errors import ServerError
from tests.support.sync.router import HEAD, World, note


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path)
    yield made
    made.close()


def test_who_joins_gets_everything_and_a_grant_that_counts_it(world) -> None:
    router = world.router()
    world.write("a", *(note("p", n) for n in range(5)))
    router.run_pending()
    assert world.ids("post-b") == []
    world.write("a", note("p", 9, share=["post-b"]))
    router.run_pending()
    assert len(world.ids("post-b")) == 6
    [grant] = world.docs("post-b", "grant:")
    assert grant["count"] == 6
    assert world.ids("post-a", "grant:") == []


def test_the_first_audience_of_a_subject_needs_no_grant(world) -> None:
    world.write("a", note("p", 1, share=["post-b"]))
    world.router().run_pending()
    assert world.ids("post-b", "grant:") == []


def test_what_nobody_has_judged_yet_is_not_copied_to_a_new_member(world) -> None:
    router = world.router()
    world.write("a", note("p", 1))
    router.run_pending()
    world.write("head", note("p", 2, mark="bad"), note("p", 3))
    world.write("a", note("p", 4, share=["post-b"]))
    router.step("post-a")
    assert world.ids("post-b") == ["note:p:1", "note:p:4"]
    router.run_pending()
    assert world.ids("post-b") == ["note:p:1", "note:p:3", "note:p:4"]


def test_who_leaves_is_told_and_emptied_and_stays_so(world) -> None:
    router = world.router()
    world.write("a", note("p", 1, share=["post-b"]), note("q", 1, share=["post-b"]))
    router.run_pending()
    world.write("a", note("p", 2, unshare=["post-b"]))
    router.run_pending()
    assert world.ids("post-b") == ["note:q:1"]
    [withdrawal] = world.docs("post-b", "withdraw:")
    assert withdrawal["ids"] == ["note:p:1", "note:p:2"]
    assert len(world.ids(HEAD)) == 3
    world.write("a", note("p", 3))
    router.run_pending()
    assert world.ids("post-b") == ["note:q:1"]
    assert router.sweep().repairs == 0


def test_work_that_the_leaving_member_has_not_seen_judged_is_kept(world) -> None:
    router = world.router()
    world.write("a", note("p", 1, share=["post-b"]))
    router.run_pending()
    world.write("b", note("p", 7))
    world.write("a", note("p", 2, unshare=["post-b"]))
    router.step("post-a")
    assert world.ids("post-b") == ["note:p:7"]
    router.run_pending()
    assert "note:p:7" in world.ids(HEAD)


def test_a_grant_that_cannot_be_made_now_is_made_later(world, monkeypatch) -> None:
    router = world.router()
    world.write("a", note("p", 1))
    router.run_pending()

    def fails(*args: object) -> None:
        raise ServerError("the key is away")

    original, world.rules.granted = world.rules.granted, fails
    world.write("a", note("p", 2, share=["post-b"]), note("q", 1))
    router.run_pending()
    assert world.ids("post-b", "grant:") == []
    assert "note:q:1" in world.ids(HEAD)
    world.rules.granted = original
    world.clock.now += 100
    router.run_pending()
    assert world.docs("post-b", "grant:")[0]["count"] == 2
