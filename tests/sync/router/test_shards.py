"""Workers whose number changes: nothing is lost, nothing read again that all of them had done."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.router.shards import furthest
from sync.router.values import Mark
from tests.support.sync.router import HEAD, World, note


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def mark(seq: int | str, epoch: str = "e") -> Mark:
    return Mark("a", "peer", epoch, seq)


@pytest.mark.parametrize(("worker", "marks", "expected"), [
    ("0/1", {}, None),
    ("0/1", {"0/1": 5}, 5),
    ("1/3", {"0/2": 7, "1/2": 4}, 4),
    ("1/3", {"0/2": 7}, None),                                  # the other of the two never came so far
    ("1/3", {"1/3": 3, "0/2": 7, "1/2": 4}, 4),
    ("1/3", {"1/3": 6, "0/2": 7, "1/2": 4}, 6),
    ("0/1", {"0/2": 7, "1/2": 4, "0/3": 9, "1/3": 9}, 4),
    ("0/2", {"files 0/1": 9}, None),
    ("files 0/2", {"files 0/3": 9, "0/1": 20}, 9),              # one worker copies the chunks of all
])
def test_a_worker_begins_where_all_of_another_number_had_come(worker: str, marks: dict[str, int], expected: int | None) -> None:
    found = furthest(worker, {name: mark(seq) for name, seq in marks.items()})
    assert (found.seq if found is not None else None) == expected


def test_other_lives_of_a_source_and_numbers_without_order_prove_nothing() -> None:
    assert furthest("0/1", {"0/2": mark(7), "1/2": mark(4, "other")}) is None
    assert furthest("0/1", {"0/2": mark("7-x"), "1/2": mark("4-y")}) is None
    assert furthest("0/1", {"0/1": mark(3), "0/2": mark(7, "other"), "1/2": mark(8, "other")}) == mark(3)


def test_another_number_of_workers_reads_nothing_again(world: World) -> None:
    world.write("a", *(note(f"p{n}", 1, share=["post-b"]) for n in range(30)))
    for shard in ((0, 2), (1, 2)):
        world.router(shard=shard).run_pending()
    for count in (3, 1):
        assert [world.router(shard=(n, count)).step("a") for n in range(count)] == [0] * count


def test_workers_come_go_and_change_their_number_and_nothing_is_lost_or_done_twice(world: World) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance, written = random.Random(seed), 0
    for _ in range(12):
        world.write("a", *(note(f"p{written + n}", 1, share=["post-b"]) for n in range(7)))
        written += 7
        count = chance.randrange(1, 5)
        for n in chance.sample(range(count), chance.randrange(1, count + 1)):      # some are killed before they begin
            router = world.router(shard=(n, count), batch=chance.randrange(2, 9))
            for _ in range(chance.randrange(1, 4)):
                router.step("a")
    world.router().run_pending()
    assert len(world.ids(HEAD)) == len(world.ids("post-b")) == written
    assert world.rules.judged == written


def test_a_worker_asks_for_its_own_waiting_documents_however_many_others_wait(world: World) -> None:
    world.closed.add("post-b")
    world.write("a", *(note(f"p{n}", 1, share=["post-b"]) for n in range(40)))
    first, second = world.router(shard=(0, 2)), world.router(shard=(1, 2))
    first.run_pending()
    second.run_pending()
    world.clock.now += 100
    own = {waiting.subject for waiting in second.store.due(world.clock.now, "", 3, second._is_mine)}
    assert len(own) == 3
    assert all(second._is_mine(subject) and not first._is_mine(subject) for subject in own)
