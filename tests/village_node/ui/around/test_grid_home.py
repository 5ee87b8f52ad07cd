"""The home of somebody of the grid by touch: a small matter in two taps, a sweep, a report handed up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest
from kivy.core.window import Window

from shared.ledger.texts import t
from tests.support.village_node.finger import fill, save, sheet
from tests.support.village_node.grid_village import GRID, GROUP, MEMBER, GridVillage
from tests.support.village_node.node_world import CLERK, DRAFT
from village_node.ui.kit.basic import PrimaryButton

pytestmark = pytest.mark.gui


@pytest.fixture
def village(tmp_path: Path) -> Iterator[GridVillage]:
    made = GridVillage(tmp_path / "world")
    yield made
    made.desk.close()


def test_a_grid_member_does_the_daily_work_from_the_home(village: GridVillage, tmp_path: Path) -> None:
    case = village.desk.register(MEMBER, {**DRAFT, "summary": "DEMO 狗咬了羊"}).id
    sweep = village.plan_sweep("DEMO 烟道排查")
    village.publish_duty("甲村法务室")
    one = Table(village.world, village.desk, tmp_path / "photos")
    before, Window.size = Window.size, (360, 740)
    try:
        one.app.sit_down(next(p for p in one.desk.staff() if p.id == MEMBER))
        grid = one.app.home.grid
        one.driver.until(lambda: grid.tiles, "the five buttons")
        one.driver.settle()
        one.shot("80-grid-home")
        scroll = one.app.home.children[0]
        scroll.scroll_y = .35
        one.driver.settle()
        one.shot("80-grid-home-below")
        scroll.scroll_y = 1
        one.driver.settle()
        one.driver.find(t("grid_home.mine", n=10))
        filled = [w for w in one.app.home.walk() if isinstance(w, PrimaryButton) or getattr(w, "primary", 0)]
        assert [w.text for w in filled] == [t("households.open", n=10)], "one main action: the visit"
        assert not [word for word in one.driver.words() if word.isascii() and word.replace("_", "").isalpha()]

        one.driver.tap(grid.tiles["small_sign"])
        dialog = sheet(one.driver)
        one.driver.settle()
        one.shot("80-grid-small")
        assert save(one.driver, dialog) == "", "nothing else has to be filled in"
        assert [row["data"]["type"] for row in one.desk.records("small_service")] == ["small_sign"]

        one.app.open_tab("home")
        one.driver.settle()
        one.driver.tap(grid.buttons[("page", "households")])
        page = one.app.screens.get_screen("households")
        one.driver.until(lambda: ("visit", GRID, "1") in page.buttons, "the households are there")
        one.driver.settle()
        one.shot("81-households")
        one.driver.tap(page.buttons[("visit", GRID, "1")])
        one.driver.until(lambda: page.page.cards[-1].title == t("households.title", n=1), "it has gone to the end")
        assert "1" in [row["data"].get("household") for row in one.desk.records("small_service")]
        one.driver.settle()
        one.shot("82-households-visited")

        one.app.open_tab("home")
        one.driver.settle()
        one.driver.tap(grid.buttons[("step", "sweep.item_done", sweep, f"grid={GRID}", "households=10")])
        dialog = sheet(one.driver)
        assert save(one.driver, dialog) == ""
        one.app.open_tab("home")
        one.driver.until(lambda: any(t("grid_home.swept", grid="演示一组网格", done=10, all=20) in card.lines
                                     for card in grid.model.page.cards), "the sweep has come on")

        one.driver.settle()
        one.driver.tap(grid.buttons[("verb", case, "pass_up_grid")])
        dialog = sheet(one.driver)
        fill(dialog, {"reason": "演示：劝不动", "to_role": "group_grid_leader"})
        assert save(one.driver, dialog) == ""
        one.app.open_tab("home")
        one.driver.until(lambda: any("已请组级网格长" in line for card in grid.model.page.cards for line in card.lines),
                         "the leader is asked")
        one.driver.settle()
        one.shot("80-grid-handed-up")

        one.app.stand_up()
        one.app.sit_down(next(p for p in one.desk.staff() if p.id == GROUP))
        one.driver.until(lambda: ("verb", case, "take_from_grid") in grid.buttons, "the group leader is asked at home")
        one.driver.settle()
        button = grid.buttons[("verb", case, "take_from_grid")]
        one.driver.show(button)
        one.shot("80-grid-asked")
        one.driver.tap(button)
        dialog = sheet(one.driver)
        assert save(one.driver, dialog) == ""
        assert one.desk.chain(case)[-1].actor == GROUP
    finally:
        Window.size = before
        one.driver.close()


def test_who_is_not_of_the_grid_has_the_home_as_before(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.sit_down(CLERK)
    one.driver.settle()
    assert not one.app.home.grid.children
