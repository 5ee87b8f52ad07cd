"""The township's laptop by touch and keyboard: lists, cases, the case; the board; the figures; who was not in touch."""

from __future__ import annotations

from collections.abc import Callable

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest
from kivy.core.window import Window

from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, OTHER_VILLAGE, TOWNSHIP, VILLAGE, Hub
from village_node.desk.desk import Desk
from village_node.point.sync_round import run_round
from village_node.ui.township.desk_page import DOWN, ENTER

pytestmark = pytest.mark.gui
DAY_MS = 86_400_000


@pytest.fixture
def one(table: Callable[..., Table]) -> Table:  # noqa: F811
    """Two cases handed up, one that a village let pass; a village silent for five days."""
    made = table(TOWNSHIP)
    village: Desk = made.world.desk(made.world.home())
    made.late = village.register(CLERK, {**DRAFT, "summary": "DEMO 羊进了苜蓿地", "risk": 3}).id
    made.up = [village.register(CLERK, {**DRAFT, "summary": f"DEMO {word}"}).id for word in ("流转费没给", "草场边界")]
    for case in made.up:
        village.act("triage", CLERK, case, {})
        village.act("escalate", CLERK, case, {"reason": "DEMO 双方谈不拢"})
    made.desk.node.office.bulk_docs([row.doc for row in village.node.office.all_docs(include_docs=True)], new_edits=False)
    village.close()
    made.world.clock.ms += 5 * DAY_MS
    hub = Hub(made.world, TOWNSHIP)
    hub.heard = {VILLAGE: made.world.clock.ms - 60_000, OTHER_VILLAGE: made.world.clock.ms - 5 * DAY_MS}
    assert run_round(made.desk.node, hub=hub, receipt_wait_s=0).ok
    hub.close()
    size, Window.size = Window.size, (1366, 768)
    made.driver.settle()
    person = next(p for p in made.desk.staff() if p.id == OFFICER)
    made.app.sit_down(person)
    made.driver.until(lambda: made.app.screens.get_screen("township").cards, "what is to be taken")
    made.driver.settle()
    yield made
    Window.size = size
    made.driver.settle()


def test_what_came_in_is_looked_through_by_keyboard_and_opened(one: Table) -> None:
    page = one.app.screens.get_screen("township")
    assert set(page.cards) == set(one.up)
    assert page.title.text == t("township.count", what=t("township.taken"), n=2)
    first = next(iter(page.cards))
    Window.dispatch("on_key_down", DOWN, 0, "", [])
    one.driver.until(lambda: page.case == first and page.page.children, "the first is shown")
    Window.dispatch("on_key_down", DOWN, 0, "", [])
    second = page.case
    assert second != first
    one.driver.settle()
    one.shot("80-township")
    assert page.page.narrow
    assert one.desk.case(second).timeline[-1].kind == "case.acknowledged", "shown is seen"
    Window.dispatch("on_key_down", ENTER, 0, "", [])
    one.driver.until(lambda: one.app.screens.current == "case", "opened whole")
    one.app._key(None, 27)
    assert one.app.screens.current == "township"


def test_a_case_that_a_village_let_pass_and_a_village_that_is_silent_are_told(one: Table) -> None:
    page = one.app.screens.get_screen("township")
    assert page.rail.contact_words.text == t("township.silent", n=1, days=5)
    assert "乙村" in page.rail.contact_line.text
    one.driver.tap(page.rail.rows["watch"])
    one.driver.until(lambda: set(page.cards) >= {one.late}, "the one that is overdue")
    one.driver.tap(page.rail.rows["review"])
    one.driver.until(lambda: page.title.text == t("township.empty_review"), "nothing to decide is said")


def test_the_board_and_the_figures_open_from_the_rail(one: Table) -> None:
    page = one.app.screens.get_screen("township")
    one.driver.tap(page.rail.pages["board"])
    one.driver.find(t("township.by_village"))
    one.shot("81-board")
    village = next(row for row in one.desk.town.board()[0] if row.office == VILLAGE)
    assert village.total == 3
    assert village.counts[0] == 3, "all three are overdue after five days"
    one.app.go_back()
    one.driver.settle()
    one.driver.tap(page.rail.pages["figures"])
    one.driver.find(t("township.by_origin"))
    one.shot("82-town-figures")
    assert dict(one.desk.town.counts(2026)[0]) == {"演示镇甲村": 3}
    one.app.go_back()
    assert one.app.screens.current == "township"
