"""Pages about an office: what is due is told by matter, and what is not listed is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.disputes.case.state import CaseState
from shared.ledger.formats.envelope import Event
from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP, World
from village_node.desk.cases import Cases
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
            assert card.pill[0] in card.lines[1], "the gravest is first"
            assert card.pill[1:] == ("bad", "alert"), "overdue has its colour and its shape"
        assert page.more == ""
        monkeypatch.setattr(of_office, "MOST", 2)
        short = of_office.due(desk)
        assert (len(short.cards), short.title, short.more) == (2, page.title, t("around.more", n=1))


def test_what_waits_for_a_decision_is_folded_once_while_records_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[str] = []

    def counted(self: Cases, events: list[Event], **how: bool) -> CaseState:
        folded.append(events[0].subject)
        return fold(self, events, **how)

    fold = Cases.fold
    world = World(tmp_path)
    with world.desk(world.home()) as village, world.desk(world.home(TOWNSHIP)) as town:
        for n in range(3):
            case = village.register(CLERK, {**DRAFT, "summary": f"DEMO {n}"}).id
            village.escalate(CLERK, case, {"reason": "双方谈不拢"})
        docs = [row.doc for row in village.node.office.all_docs(startkey="case:", endkey="case:\uffff", include_docs=True)]
        town.node.office.bulk_docs([doc for doc in docs if doc is not None], new_edits=False)
        monkeypatch.setattr(Cases, "fold", counted)
        page = of_office.tasks(town, OFFICER)
        assert len(page.cards) == 3
        assert len(folded) == 3, "not once for the page and once for what this one may do"
        assert of_office.tasks(town, OFFICER) == page
        assert len(folded) == 3
        world.clock.ms += DAY_MS
        of_office.tasks(town, OFFICER)
        assert len(folded) == 6, "another day may bring another task"
        monkeypatch.setattr(of_office, "MOST", 1)
        short = of_office.tasks(town, OFFICER)
        assert (len(short.cards), short.more) == (1, t("around.more", n=2))
