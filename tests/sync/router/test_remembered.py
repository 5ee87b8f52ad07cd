"""What a router remembers of what it has settled counts only for the file in which it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.errors import Corrupt
from sync.router.store import AnotherLife, RouterStore
from sync.router.values import Settlement

ONE, OTHER = b"1" * 16, b"2" * 16


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RouterStore]:
    made = RouterStore(tmp_path / "router.sqlite")
    made.bind("one life")
    made.settle(Settlement(settled=[ONE]), "0/1")
    yield made
    made.close()


def test_what_was_settled_is_known_and_nothing_else(store: RouterStore) -> None:
    assert store.known([ONE, OTHER], settled=True) == {ONE}
    assert store.known([ONE, OTHER], settled=False) == {ONE}


def test_another_life_of_the_county_forgets_it(store: RouterStore) -> None:
    assert store.bind("another life")
    assert store.known([ONE], settled=True) == set()


def test_so_does_another_worker_that_found_another_life(store: RouterStore, tmp_path: Path) -> None:
    other = RouterStore(tmp_path / "router.sqlite")
    other.bind("another life")
    other.close()
    with pytest.raises(AnotherLife):
        store.settle(Settlement(settled=[OTHER]), "0/1")
    assert store.known([ONE, OTHER], settled=True) == set()


def test_a_file_that_was_made_anew_knows_nothing_of_it(store: RouterStore, tmp_path: Path) -> None:
    for path in tmp_path.glob("router.sqlite*"):
        path.unlink()
    RouterStore(tmp_path / "router.sqlite").close()
    with pytest.raises(Corrupt):
        store.settle(Settlement(settled=[OTHER]), "0/1")
    assert store.known([ONE, OTHER], settled=True) == set()
    store.settle(Settlement(settled=[OTHER]), "0/1")
    assert store.known([ONE, OTHER], settled=True) == {OTHER}


def test_the_oldest_are_asked_of_the_file_again(store: RouterStore) -> None:
    many = [n.to_bytes(16, "big") for n in range(25_000)]
    store.settle(Settlement(settled=many), "0/1")
    assert store.known([ONE, *many, OTHER], settled=True) == {ONE, *many}
