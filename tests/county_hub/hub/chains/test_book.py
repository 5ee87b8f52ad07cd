"""The book of device chains: what is here and what lacks, numbers given twice, doubts that end; kept over a restart."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from county_hub.hub.chains.book import ChainBook, Forked
from shared.ledger.formats.envelope import Event
from tests.support.shared.shared_core import CASE, VILLAGE, draft

DEVICE = "dev-1"
PLACE = draft().directory


def event(seq: int, letter: str = "", prev: str | None = None, **more: Any) -> Event:
    """Number `seq` of the device; `letter` tells events of one number apart."""
    name = (letter or "abcdefgh"[seq]) * 26
    made = Event.trial(
        "case.note_added", CASE, {}, after=(), office=VILLAGE, actor="s-li", role="mediator", device=DEVICE, directory=PLACE,
        legal_date="2026-03-02", now=1)
    return replace(made, id=f"case:{CASE}:{seq:016x}:{name}", device_seq=seq, prev=prev, **more)


def chain(count: int) -> list[Event]:
    made: list[Event] = []
    for seq in range(1, count + 1):
        made.append(event(seq, prev=made[-1].h if made else None))
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chains.sqlite"


@pytest.fixture
def book(path: Path) -> Iterator[ChainBook]:
    with contextlib.closing(ChainBook(path, lambda device: ())) as made:
        yield made


def test_a_gap_below_a_number_is_seen_before_and_after_it_is_written(book: ChainBook, path: Path) -> None:
    first, second, third = chain(3)
    book.note(third, place_known=True)
    assert book.lacks(DEVICE, 3)
    book.note(first, place_known=True)
    book.flush()
    with contextlib.closing(ChainBook(path, lambda device: ())) as again:
        assert not again.lacks(DEVICE, 2)
        assert again.lacks(DEVICE, 3)
        again.note(second, place_known=True)
        assert not again.lacks(DEVICE, 4)


def test_a_doubt_ends_when_what_lacked_is_here(book: ChainBook) -> None:
    first, second, third = chain(3)
    book.note(third, place_known=True)
    book.doubt(third, below=True)
    assert book.flush() == []
    book.note(first, place_known=True)
    assert book.flush() == []
    book.note(second, place_known=True)
    assert book.flush() == [third.id]
    book.note(second, place_known=True)
    assert book.flush() == [], "said once"


def test_a_number_given_twice_is_named_with_both_hashes(book: ChainBook) -> None:
    for each in (*chain(2), event(2, "z")):
        book.note(each, place_known=True)
    book.flush()
    assert book.forks() == book.forks(DEVICE) == [Forked(DEVICE, 2, ("c" * 26, "z" * 26))]
    assert book.forks("dev-2") == []
    assert book.forks_at(DEVICE, [1, 2, 3]) == [2]


def test_prev_leads_down_from_the_last_event_and_not_to_a_branch(book: ChainBook) -> None:
    first, second, third = chain(3)
    end = (3, third.h)
    book.note(third, place_known=True)
    assert book.leads(DEVICE, end, 1, first.h) is None, "the second is not here"
    book.note(second, place_known=True)
    assert book.leads(DEVICE, end, 1, first.h) is True
    assert book.leads(DEVICE, end, 2, "z" * 26) is False


def test_places_of_the_directory_count_from_the_next_number_on(book: ChainBook) -> None:
    book.note(event(4), place_known=True)
    book.note(event(6), place_known=False)
    assert list(book.places(DEVICE, 4)) == []
    assert list(book.places(DEVICE, 5)) == [PLACE]
    book.flush()
    assert [tuple(place) for place in book.places(DEVICE, 9)] == [tuple(PLACE)]
    assert list(book.places("dev-2", 9)) == []
