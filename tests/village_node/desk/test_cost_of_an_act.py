"""What one act at the desk costs: how often its bytes are made canonical and how often its case is folded, counted in the real
desk on a real HOME (the interpreter says which functions were entered; nothing is replaced)."""

from __future__ import annotations

import collections
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from shared.disputes.fold.fold import drafted, finished
from shared.ledger.formats import canonical
from shared.ledger.formats.envelope import Event
from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node.desk.desk import Desk

COUNTED = {canonical.encode.__code__: "encodings",
           drafted.__code__: "folds", finished.__code__: "states", Event.from_doc.__code__: "shapes"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    world = World(tmp_path)
    with world.desk(world.home()) as made:
        made.staff()            # reads the directory, once per process
        yield made


def counts(work: Callable[[], Any]) -> tuple[Any, dict[str, int]]:
    """What `work` gives, and how often each function of `COUNTED` was entered in this thread."""
    found = collections.Counter[str]()

    def entered(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code in COUNTED:
            found[COUNTED[frame.f_code]] += 1

    sys.setprofile(entered)
    try:
        given = work()
    finally:
        sys.setprofile(None)
    return given, dict(found)


def test_a_registration_makes_its_bytes_canonical_five_times(desk: Desk) -> None:
    """The code of the citizen; id of the case, signature, id, revision; at the ingress the document is known. Folded for tables
    and screen."""
    _, cost = counts(lambda: desk.register(CLERK, DRAFT))
    assert cost == {"encodings": 5, "folds": 2, "states": 2, "shapes": 1}


def test_a_later_act_costs_the_same_however_many_came_before(desk: Desk) -> None:
    """Folded once to see that it moves something, which is what the screen shows then; for the tables it is folded on."""
    view = desk.register(CLERK, DRAFT)
    for _ in range(4):
        said, cost = counts(lambda: desk.act("add_note", CLERK, view.id, {"text": "DEMO"}))
        assert cost == {"encodings": 3, "folds": 1, "states": 2, "shapes": 1}
    assert len(said.timeline) == 5


def test_a_rehearsal_signs_nothing_and_writes_nothing(desk: Desk) -> None:
    view = desk.register(CLERK, DRAFT)
    before = desk.node.office.update_seq()
    _, cost = counts(lambda: desk.would_take("add_note", CLERK, view.id, {"text": "DEMO"}))
    assert cost == {"folds": 1, "states": 1}
    assert desk.node.office.update_seq() == before
