"""Only who is heard goes on: the router's part of it, with rules that could be anybody's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.errors import NotFound
from sync.router.router import quarantine_id
from tests.support.sample import SEED
from tests.support.sync.router import HEAD, Crash, World, crash_at, crash_points, note


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.rules.strict = True
    yield made
    made.close()


def tell(world: World) -> None:
    """A note of b before b was named, in the parcel of a; c is named by b alone."""
    world.write("b", note("p", 2, share=["post-c"]))
    world.write("c", note("p", 3))
    world.write("a", note("p", 1, founds=True, share=["post-b"]))


def test_what_is_not_heard_is_held_and_goes_nowhere(world: World) -> None:
    world.write("b", note("p", 2))
    router = world.router()
    router.run_pending()
    assert world.ids(HEAD) == []
    assert [(w.state, w.reason) for w in router.status().waiting] == [("held", "post-b is not heard")]
    assert world.rules.outcomes == {"note:p:2": "hold"}


def test_the_step_that_grows_the_row_takes_all_who_are_heard_by_it(world: World) -> None:
    tell(world)
    router = world.router()
    for post in ("post-c", "post-b"):
        router.step(post)
    assert world.ids(HEAD) == []
    router.step("post-a")
    assert world.ids(HEAD) == ["note:p:1", "note:p:2", "note:p:3"]
    router.run_pending()
    assert router.status().waiting == []
    for post in ("post-a", "post-b", "post-c"):
        assert world.ids(post) == world.ids(HEAD)
    assert router.sweep().repairs == 0


def test_a_person_may_let_it_in_or_refuse_it_and_the_word_outlives_the_file(world: World) -> None:
    world.write("a", note("p", 1, founds=True))
    world.write("b", note("p", 2), note("p", 3), note("p", 4))
    router = world.router()
    router.run_pending()
    router.release("note:p:2", "chief")
    router.refuse("note:p:3", "chief")
    with pytest.raises(NotFound):
        router.refuse("note:p:9", "chief")
    for store in ("router.sqlite", "fresh.sqlite"):
        router = world.router(store)
        router.run_pending()
        assert world.ids(HEAD) == ["note:p:1", "note:p:2"]
        assert world.rules.outcomes == {"note:p:1": "accept", "note:p:2": "accept", "note:p:3": "refuse", "note:p:4": "hold"}
        assert [w.doc["_id"] for w in router.status().waiting] == ["note:p:4"]
    [refused] = [doc for doc in world.docs("post-b") if doc["_id"] == "note:p:3"]
    router.release(quarantine_id(refused), "chief")
    router.run_pending()
    assert "note:p:3" in world.ids(HEAD), "a release counts more"


@pytest.mark.parametrize("points", ["one of each step", "every step"])      # on a server every step is for `make soak`
def test_a_crash_after_any_step_ends_in_the_same_places(tmp_path: Path, points: str) -> None:
    def played(name: str, count: int) -> tuple[object, str | None, list[str]]:
        world = World(tmp_path / name)
        world.rules.strict = True
        on_step, seen = crash_at(count)
        crash = None
        try:
            router = world.router(on_step=on_step)
            world.write("c", note("p", 3))
            router.run_pending()
            world.write("b", note("p", 2, share=["post-c"]))
            router.run_pending()
            world.write("a", note("p", 1, founds=True, share=["post-b"]))
            router.run_pending()
        except Crash as error:
            crash = str(error)
            for post, doc in (("b", note("p", 2, share=["post-c"])), ("a", note("p", 1, founds=True, share=["post-b"]))):
                if doc["_id"] not in world.ids(f"post-{post}"):
                    world.write(post, doc)
        router = world.router()
        router.run_pending()
        assert router.sweep().repairs == 0
        picture = (world.picture(), dict(sorted(world.rules.outcomes.items())), router.status().waiting)
        world.close()
        return picture, crash, seen

    print(f"SEED={SEED} chose the steps")
    expected, crash, steps = played("straight", 0)
    assert crash is None
    assert len(steps) > 15
    for count in crash_points(steps, points, SEED):
        picture, crash, _ = played(str(count), count)
        assert crash == steps[count - 1]
        assert picture == expected, f"crash at step {count} ({crash})"
