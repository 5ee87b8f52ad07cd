"""The list of cases in a window: the names of the lists on a telephone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.village_node.app_driver import Driver  # noqa: F401  first: it prepares Kivy's environment

from tests.support.village_node.node_world import CLERK, DRAFT  # isort: skip
from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

from village_node.ui.kit import theme  # isort: skip
from village_node.ui.kit.marks import Mark  # isort: skip
from village_node.ui.screens import case_parts  # isort: skip
from village_node.view_models.case_page import MarkModel  # isort: skip

pytestmark = pytest.mark.gui


def test_the_chosen_list_stands_whole_in_the_strip_of_a_telephone(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    before, one.driver.window.size = one.driver.window.size, (360, 740)
    try:
        for _ in range(12):
            one.desk.register(CLERK, DRAFT)
        one.driver.settle()
        one.sit_down()
        for name in ("mine", "all", "turned", "waiting", "mine"):
            if name == "turned":
                for one.driver.window.size in ((740, 360), (360, 740)):
                    one.driver.settle()
                name = "all"
            else:
                one.open_list(name)
            page = one.app.screens.current_screen
            strip, chip = page.ids.filter_strip, page._chips[name]
            left = chip.to_window(chip.x, chip.y)[0] - strip.to_window(strip.x, strip.y)[0]
            assert left >= 0, name
            assert [other for other, c in page._chips.items() if c.text.startswith("✓")] == [name], "a tick, not the colour alone"
            assert left + chip.width <= strip.width + 1, name
            assert page.ids.filters.width > strip.width, "it does not fit as a whole"
    finally:
        one.driver.window.size = before


def test_a_card_keeps_its_marks_and_the_names_stand_at_the_left_when_a_telephone_is_turned(
        table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    before = one.driver.window.size
    try:
        one.desk.register(CLERK, DRAFT)
        one.sit_down()
        one.open_list("all")
        for one.driver.window.size, holder in (((360, 740), "second"), ((1280, 800), "first")):
            one.driver.settle()
            card = one.driver.find(cls="CaseCard")
            assert card.ids.deadline.parent is card.ids[holder].__self__
            marks = [type(w).__name__ for w in card.walk(restrict=True)
                     if type(w).__name__ in ("Mark", "DeliveryMark") and w.words]
            assert sorted(marks) == ["DeliveryMark", "Mark", "Mark", "Mark"], "each stands there once"
        page = one.app.screens.current_screen
        strip, row = page.ids.filter_strip, page.ids.filters
        assert row.width < strip.width
        one.driver.until(lambda: abs(row.to_window(row.x, row.y)[0] - strip.to_window(strip.x, strip.y)[0]) <= 1,
                         "the names run back to the left")
    finally:
        one.driver.window.size = before


def test_a_deadline_is_whole_on_a_telephone_with_large_letters(
        table: Callable[..., Table], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    one = table()
    before = one.driver.window.size
    monkeypatch.setattr(theme, "SMALL", theme.SMALL * 1.3)
    try:
        one.driver.window.size = (360, 740)
        one.driver.settle()
        made = case_parts.clocks([MarkModel("信访受理告知（15日）　还有 15 天", "plain", "clock-outline")])
        made.size_hint_x, made.width = None, 320
        one.driver.settle()
        assert [type(w).__name__ for w in made.walk(restrict=True) if isinstance(w, Mark) and w.width > 320] == []
        said = [w.words for w in made.walk(restrict=True) if isinstance(w, Mark)]
        assert said == ["还有 15 天"], "the name stands beside it, where it can wrap"
    finally:
        one.driver.window.size = before
