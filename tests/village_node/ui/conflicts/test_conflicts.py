"""What was written differently in two places is decided by touch: both sides, what each choice means, the decision an event."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from shared.ledger.texts import t  # isort: skip
from tests.support.village_node.node_world import CLERK, COUNTY, DISPATCHER, OFFICER, TOWNSHIP, VILLAGE  # isort: skip
from tests.support.village_node.stages import AGREEMENT, Offices, build  # isort: skip
from village_node.point.clock import date_of  # isort: skip
from village_node.ui.app import ShuoshiApp  # isort: skip
from village_node.ui.services import AppServices  # isort: skip

PICTURES = Path(__file__).resolve().parents[4] / "test-output" / "app"
pytestmark = pytest.mark.gui


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[Offices]:
    made = Offices(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def driver(offices: Offices, tmp_path: Path) -> Iterator[Driver]:
    world = offices.world
    made = Driver(ShuoshiApp(AppServices(
        desk=offices.desks[TOWNSHIP], worker=None, now_ms=world.clock, today=lambda: date_of(world.clock.ms), demo=True,
        photo_folder=tmp_path / "photos", log_file=tmp_path / "app.log")))
    yield made
    made.close()


def test_both_sides_stand_beside_each_other_and_the_decision_is_recorded(offices: Offices, driver: Driver) -> None:
    desk = offices.desks[TOWNSHIP]
    renamed = build(offices, "a party renamed")
    agreed = build(offices, "mediating")
    offices.desks[VILLAGE].act("reach_agreement", CLERK, agreed, AGREEMENT)         # offline, at the same time
    offices.desks[COUNTY].act("recall", DISPATCHER, agreed, {"reason": "演示：县里来办"})
    offices.share()
    driver.app.sit_down(next(person for person in desk.staff() if person.id == OFFICER))
    driver.app.open_page("conflicts")
    page = driver.app.screens.get_screen("conflicts")
    driver.until(lambda: page.found, "what differs")
    driver.settle()
    driver.shot(PICTURES / "70-conflict.png")
    assert len(page.found) == 2
    mine, other = page.found
    assert (mine.case, mine.may, other.case, other.may) == (renamed, True, agreed, False)
    driver.tap(page.save_button)
    driver.find(part=t("conflict.must_choose"))
    driver.tap(page.choices["confirmed"])
    driver.tap(page.save_button)
    assert page.why.error, "a decision has its reason"
    driver.tap(t("conflict.phrases").split("|")[0])
    driver.tap(page.save_button)
    driver.until(lambda: desk.case(renamed).timeline[-1].kind == "case.review_resolved", "the decision is an event")
    body = desk.case(renamed).timeline[-1].body
    assert (body["decision"], body["text"]) == ("confirmed", "问过双方")
    driver.until(lambda: page.found and len(page.found) == 1, "the other is left")
    driver.settle()
    two = page.found[0]
    assert [side.stands for side in two.sides].count(True) >= 1
    assert {side.who for side in two.sides} == {"县里写的", "村里写的"}
    assert page.save_button.disabled, "the county decides it"
    driver.find(part="这件要由演示县定")
    driver.shot(PICTURES / "71-conflict-two.png")
