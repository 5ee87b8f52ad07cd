"""The home of somebody of the grid without a window: households, five small matters, sweeps, reports, rooms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.ledger.texts import t
from tests.support.village_node.grid_village import GRID, GROUP, LEADER, MEMBER, VILLAGE_GRID, GridVillage
from tests.support.village_node.node_world import DRAFT
from village_node.desk.households import number_of
from village_node.view_models.around.households import LONG_DAYS, households
from village_node.view_models.grid_home import grid_home, spans


@pytest.fixture
def village(tmp_path) -> Iterator[GridVillage]:
    made = GridVillage(tmp_path / "world")
    yield made
    made.desk.close()


def cards(village: GridVillage, staff: str = MEMBER):
    return {card.title: card for card in grid_home(village.desk, staff).page.cards}


def test_a_member_sees_the_own_households_and_who_stands_above(village) -> None:
    card = cards(village)[t("grid_home.mine", n=10)]
    assert card.lines == ("演示一组网格", "户号　1–10", "交给　组级网格长 演示组长", "交给　村级网格长 演示村长")
    led = cards(village, GROUP)[t("grid_home.led", n=20)]
    assert "演示网格员　10 户" in led.lines
    assert t("grid_home.none") in cards(village, "clerk-1")[t("grid_home.title")].lines


def test_households_come_with_the_longest_unvisited_first_and_a_visit_moves_one_to_the_end(village) -> None:
    first = households(village.desk, MEMBER)
    assert [card.title for card in first.cards[:2]] == ["第 1 户", "第 2 户"]
    assert first.title == t("households.late", n=10, days=LONG_DAYS)
    for number, words in ((1, "1"), (2, "第02户")):
        village.desk.record_forms.act("small_service.recorded", MEMBER, "", {
            "type": "small_hazard", "text": "演示", "place": {"office": village.desk.office().id}, "grid": GRID,
            "household": words, "done": True})
        assert number_of(words) == number
    after = households(village.desk, MEMBER)
    assert [card.title for card in after.cards][-2:] == ["第 1 户", "第 2 户"]
    assert after.cards[-1].lines == (t("households.today"),)
    assert after.title == t("households.late", n=8, days=LONG_DAYS)
    village.world.clock.ms += (LONG_DAYS + 1) * 86_400_000
    assert households(village.desk, MEMBER).cards[-1].lines == (t("households.last", month=11, day=23, n=31),)
    assert number_of("3组2号") is None


def test_numbers_that_follow_one_another_are_drawn_together() -> None:
    assert spans((3, 1, 2, 7, 9, 10)) == "1–3、7、9–10"
    assert spans(()) == ""


def test_each_of_the_five_is_saved_with_what_its_button_knows(village) -> None:
    five = grid_home(village.desk, MEMBER).five
    assert len(five) == 5
    for one in five:
        kind, _, *filled = one.button.what
        village.desk.record_forms.act(kind, MEMBER, "", {
            **dict(pair.split("=", 1) for pair in filled), "place": {"office": village.desk.office().id}})
    kept = [row["data"] for row in village.desk.records("small_service")]
    assert {row["type"] for row in kept} == {one.code for one in five}
    assert {row["grid"] for row in kept} == {GRID}


def test_a_sweep_asks_until_every_household_of_the_grid_was_looked_at(village) -> None:
    assert t("grid_home.sweeps") in cards(village)
    village.plan_sweep("DEMO 烟道排查")
    card = cards(village)["DEMO 烟道排查"]
    assert card.lines == ("演示一组网格　查了 0 / 20 户",)
    assert card.pill == (t("app.deadline.left", days=4), "plain", "clock-outline")
    kind, record, *filled = card.buttons[0].what
    assert dict(pair.split("=") for pair in filled) == {"grid": GRID, "households": "10"}
    for _ in range(2):
        village.desk.record_forms.act(kind, MEMBER, record, {"grid": GRID, "households": 10})
    done = cards(village)["DEMO 烟道排查"]
    assert (done.lines, done.buttons, done.tone) == (("演示一组网格　查了 20 / 20 户",), (), "good")


def test_a_sweep_of_another_grid_is_not_mine(village) -> None:
    village.plan_sweep("DEMO 别组", grids=["OTHER"])
    assert "DEMO 别组" not in cards(village)


def test_a_report_says_who_has_it_on_every_step_up(village) -> None:
    desk = village.desk
    case = desk.register(MEMBER, {**DRAFT, "summary": "DEMO 狗咬了羊"}).id
    desk.register("clerk-1", {**DRAFT, "summary": "DEMO 村里自己的"})
    mine = cards(village)["DEMO 狗咬了羊"]
    assert mine.lines == (t("grid_home.mine_now"),)
    assert [button.act for button in mine.buttons] == ["case", "verb"]
    for role, asker, taker, name in (("group_grid_leader", MEMBER, GROUP, "组级网格长　演示组长"),
                                     ("village_grid_leader", GROUP, LEADER, "村级网格长　演示村长")):
        desk.act("pass_up_grid", asker, case, {"reason": "DEMO 劝不动", "to_role": role})
        assert any("已请" in line for line in cards(village, asker)["DEMO 狗咬了羊"].lines)
        asked = cards(village, taker)["DEMO 狗咬了羊"]
        assert asked.lines[-1] == t("grid_home.asks_you", reason="DEMO 劝不动")
        assert [button.what[-1] for button in asked.buttons[1:]] == ["return_to_grid", "take_from_grid"]
        desk.act("take_from_grid", taker, case)
        assert cards(village)["DEMO 狗咬了羊"].lines == (t("grid_home.with", who=name),)
    assert "DEMO 村里自己的" not in cards(village)
    assert [button.act for button in cards(village, LEADER)["DEMO 狗咬了羊"].buttons] == ["case"], "above is the township"


def test_the_rooms_say_when_somebody_sits_there_and_for_what(village) -> None:
    title = t("grid_home.rooms", office=village.desk.office().name)
    assert cards(village)[title].lines == (t("grid_home.no_post", room="法务室"), t("grid_home.no_post", room="法律诊所"))
    village.publish_duty("甲村法务室")
    lines = cards(village)[title].lines
    assert lines[0].startswith("法务室　12月1日 09:00–11:00　")
    assert lines[1] == t("grid_home.no_post", room="法律诊所")


def test_the_leader_of_the_village_sees_the_village_grid(village) -> None:
    assert VILLAGE_GRID in {grid.id for grid in village.desk.grids()}
    assert "演示村网格" in cards(village, LEADER)[t("grid_home.led", n=0)].lines
