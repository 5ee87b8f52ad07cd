"""Pages around a case: of many pairs that look alike only those that are shown are looked at, and all are counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP, World
from village_node.desk import duplicates as desk_duplicates
from village_node.view_models.around import of_case


def test_of_many_pairs_that_look_alike_those_that_are_shown_are_folded_and_all_are_counted(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[str] = []
    state = desk_duplicates.Duplicates._state

    def counted(self: desk_duplicates.Duplicates, case: str) -> Any:
        folded.append(case)
        return state(self, case)

    monkeypatch.setattr(desk_duplicates.Duplicates, "_state", counted)
    world = World(tmp_path)
    with world.desk(world.home(TOWNSHIP)) as desk:
        cases = [desk.register(OFFICER, {**DRAFT, "summary": f"DEMO {n}"}).id for n in range(5)]
        whole = of_case.duplicates(desk)
        assert (len(whole.cards), whole.title, whole.more) == (10, t("around.duplicates_n", n=10), "")
        assert len(folded) == 5
        folded.clear()
        monkeypatch.setattr(of_case, "MOST", 1)
        short = of_case.duplicates(desk)
        assert (short.cards, short.title, short.more) == (whole.cards[:1], whole.title, t("around.more_pairs", n=9))
        assert len(folded) == 2, "of the other pairs no case is folded"
        desk.dismiss_duplicate_of(OFFICER, cases[0], cases[1], "DEMO 两件事")
        assert of_case.duplicates(desk).title == t("around.duplicates_n", n=9)
        desk.merge_cases(OFFICER, cases[2], cases[3], "DEMO 一件事")
        left = desk.duplicates()
        page = of_case.duplicates(desk)
        assert (page.title, page.more) == (t("around.duplicates_n", n=len(left)), t("around.more_pairs", n=len(left) - 1))


def test_where_nothing_looks_alike_the_page_says_so(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.desk(world.home()) as desk:
        desk.register(CLERK, DRAFT)
        page = of_case.duplicates(desk)
        assert (page.cards, page.empty, page.more) == ((), t("around.no_duplicates"), "")
