"""The power fails after every step; two routers work at once; feeds repeat and change order: the sets are the same."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.databases import Databases
from sync.peer import ChangeRow, ChangesRequest
from sync.router import Router
from tests.support.sample import SEED
from tests.support.sync.router import Crash, World, chunk, chunk_id, crash_at, crash_points, note, show


def tell_the_story(world: World, part: int) -> None:
    """Some posts write, in two parts."""
    if part == 1:
        world.write("a", note("p", 1, files=[chunk_id("ditch")]), note("p", 2), note("q", 1, mark="bad"))
        world.write("b", note("r", 1, mark="later"), note("s", 1))
        world.write("a-files", chunk("ditch"))
    else:
        world.write("a", note("p", 3, share=["post-b"]), note("s", 2, share=["post-c"]))
        world.write("b", note("p", 4), note("s", 3))
        world.write("c", note("s", 4), note("t", 1, share=["post-a"]))
        world.write("head", note("p", 5), note("t", 2, mark="bad"))
        world.rules.knows.add("note:r:1")


def straight(tmp_path: Path) -> dict[str, dict[str, str]]:
    world = World(tmp_path)
    router = world.router()
    for part in (1, 2):
        tell_the_story(world, part)
        router.run_pending()
    picture = world.picture()
    world.close()
    return picture


def later(world: World, router: Router) -> None:
    """Let all retries become due."""
    for _ in range(8):
        world.clock.now += 4000
        router.run_pending()


def crashed(root: Path, count: int) -> tuple[dict[str, dict[str, str]], str | None]:
    """The story, with a crash at the `count`-th step; the picture after a restart, and where it crashed."""
    world = World(root)
    tell_the_story(world, 1)
    on_step, _ = crash_at(count)
    crash = None
    try:
        router = world.router(on_step=on_step)
        router.run_pending()
        tell_the_story(world, 2)
        router.run_pending()
    except Crash as error:
        crash = str(error)
        if len(world.ids("post-c")) == 0:
            tell_the_story(world, 2)
    router = world.router()
    router.run_pending()
    later(world, router)
    assert router.sweep().repairs == 0, f"crash at step {count} ({crash}) left something to repair"
    picture = world.picture()
    world.close()
    return picture, crash


def steps_of_the_story(root: Path) -> list[str]:
    """The names of its steps, when nothing fails."""
    world = World(root)
    on_step, seen = crash_at(0)
    router = world.router(on_step=on_step)
    for part in (1, 2):
        tell_the_story(world, part)
        router.run_pending()
    world.close()
    return seen


@pytest.mark.parametrize("points", ["one of each step", "every step"])      # on a server every step is for `make soak`
def test_a_crash_after_any_step_loses_nothing_and_doubles_nothing(tmp_path, points) -> None:
    print(f"SEED={SEED} chose the steps")
    expected, steps = straight(tmp_path / "straight"), steps_of_the_story(tmp_path / "steps")
    assert len(steps) > 40
    assert {*steps} >= {"judged", "consolidated", "admitted", "scanned", "grown", "granted", "distributed", "told", "settled"}
    for count in crash_points(steps, points, SEED):
        picture, crash = crashed(tmp_path / str(count), count)
        assert crash == steps[count - 1]
        assert picture == expected, f"crash at step {count} ({crash}): {show(picture)}\nnot {show(expected)}"


@pytest.mark.parametrize(("slow", "quick"), [("post-a", "post-c"), ("post-c", "post-a")])
def test_a_document_and_the_growth_of_its_audience_never_miss_each_other(tmp_path, slow, quick) -> None:
    """While one router brings a document (or grows the audience), another does the other, at every step."""
    count, met = 0, True
    while met:
        count, met = count + 1, False
        world = World(tmp_path / str(count))
        world.write("a", note("p", 1))
        world.router().run_pending()
        world.write("a", note("p", 2))
        world.write("c", note("p", 3, share=["post-b"]))
        other, seen = world.router(), list[str]()

        def on_step(name: str, seen: list[str] = seen, count: int = count, other: Router = other) -> None:
            seen.append(name)
            if len(seen) == count:
                other.step(quick)

        router = world.router(on_step=on_step)
        router.step(slow)
        met = len(seen) >= count
        router.run_pending()
        names = world.ids("post-b")
        assert names == ["note:p:1", "note:p:2", "note:p:3"], f"{quick} after {seen[count - 1 : count]} of {slow}"
        world.close()
    assert count > 6


class Unruly(Databases):
    """Databases whose feeds repeat rows and give each page in another order."""

    chance: random.Random

    @contextlib.contextmanager
    def lease(self, name: str) -> Iterator[Any]:
        with super().lease(name) as peer:
            yield UnrulyPeer(peer, self.chance)


class UnrulyPeer:
    def __init__(self, peer: Any, chance: random.Random) -> None:
        self._peer, self._chance = peer, chance

    def __getattr__(self, name: str) -> Any:
        return getattr(self._peer, name)

    def changes(self, request: ChangesRequest, **options: Any) -> Any:
        feed = self._peer.changes(request, **options)
        rows = list(feed)
        if rows:
            old = list(self._peer.changes(ChangesRequest(since=0, limit=3, style=request.style)))
            rows += self._chance.sample(old, min(len(old), self._chance.randrange(3)))
        self._chance.shuffle(rows)
        return UnrulyFeed(rows, feed.last_seq)


class UnrulyFeed:
    def __init__(self, rows: list[ChangeRow], last_seq: Any) -> None:
        self._rows, self.last_seq, self.pending = rows, last_seq, None

    def __iter__(self) -> Iterator[ChangeRow]:
        return iter(self._rows)

    def close(self) -> None:
        pass


class Stage:
    """Runs two routers in turns: each goes on from step to step only when chance says so; some crash on the way."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self._turn = [threading.Semaphore(0), threading.Semaphore(0)]
        self._paused = threading.Semaphore(0)
        self._crash = [False, False]
        self._done = [False, False]
        self.errors: list[BaseException] = []

    def play(self) -> None:
        threads = [threading.Thread(target=self._work, args=(i,)) for i in (0, 1)]
        for thread in threads:
            thread.start()
        while not all(self._done):
            who = self.chance.choice([i for i in (0, 1) if not self._done[i]])
            self._crash[who] = self.chance.random() < 0.02
            self._turn[who].release()
            self._paused.acquire()
        for thread in threads:
            thread.join()
        assert not self.errors, self.errors

    def _work(self, me: int) -> None:
        def on_step(name: str) -> None:
            self._paused.release()
            self._turn[me].acquire()
            if self._crash[me]:
                self._crash[me] = False
                raise Crash(name)

        self._turn[me].acquire()
        try:
            router = self.world.router(on_step=on_step, batch=self.chance.choice([1, 2, 5]))
            for _ in range(6):
                with contextlib.suppress(Crash):
                    router.run_pending()
        except BaseException as error:
            self.errors.append(error)
        finally:
            self._done[me] = True
            self._paused.release()


def write_at_random(world: World, chance: random.Random) -> None:
    for n in range(chance.randrange(4, 10)):
        post = chance.choice(["a", "b", "c", "head"])
        share = [f"post-{p}" for p in "abc" if chance.random() < 0.2]
        mark = chance.choice(["good", "good", "good", "bad", "later"])
        world.write(post, note(chance.choice("pq"), chance.randrange(10**9), mark=mark, share=share, at=n))


@pytest.mark.parametrize("seed", range(25))      # on a server a few of them, all with `make soak`
def test_two_routers_in_any_order_with_crashes_and_unruly_feeds_end_in_the_same_sets(tmp_path, seed) -> None:
    print(f"seed {seed}; SEED={SEED} chose the sample")
    chance = random.Random(seed)
    world = World(tmp_path / "wild")
    world.databases = Unruly(tmp_path / "wild" / "databases")
    world.databases.chance = random.Random(seed)
    calm = World(tmp_path / "calm")
    for _ in range(2):
        state = chance.getstate()
        write_at_random(world, chance)
        chance.setstate(state)
        write_at_random(calm, chance)
        Stage(world, chance).play()
        calm.router().run_pending()
    router = world.router()
    router.run_pending()
    later(world, router)
    assert router.sweep().repairs == 0
    assert world.picture() == calm.picture()
    world.close()
    calm.close()
