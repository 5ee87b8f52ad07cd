"""Pages about an office: what is due is told by matter, and what is not listed is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node.view_models.around import of_office

DAY_MS = 86_400_000


def test_a_matter_with_several_clocks_is_one_card_and_what_is_not_listed_is_counted(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    with world.desk(world.home()) as desk:
        cases = [desk.register(CLERK, {**DRAFT, "summary": f"DEMO 事{n}", "risk": 3}).id for n in range(3)]
        world.clock.ms += 4 * DAY_MS
        page = of_office.due(desk)
        assert page.title == t("around.due", n=3)
        assert sorted(button.what[0] for card in page.cards for button in card.buttons) == sorted(cases)
        clocks = [row for row in desk.due() if row["id"] == cases[0]]
        assert len(clocks) > 1, "one case with several clocks"
        for card in page.cards:
            assert len(card.lines) == 1 + len(clocks)
            assert card.mark in card.lines[1], "the gravest is first"
        assert page.more == ""
        monkeypatch.setattr(of_office, "MOST", 2)
        short = of_office.due(desk)
        assert (len(short.cards), short.title, short.more) == (2, page.title, t("around.more", n=1))
