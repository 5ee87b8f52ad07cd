"""A list that is longer than a page, chosen from by touch: looked through as one types, by pages, with its true length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT
from village_node.ui.kit.dialogs import PAGE, Picker
from village_node.ui.screens.action_dialog import ActionDialog, open_action

pytestmark = pytest.mark.gui
CASES = 130         # more than a form brings along
KIND = "case.duplicate_dismissed"


@pytest.fixture
def restored(table: Callable[..., Table]) -> Iterator[Table]:  # noqa: F811
    one = table()
    before = one.driver.window.size
    yield one
    one.driver.window.size = before


def dismissing(one: Table, case: str) -> ActionDialog:
    view = one.desk.case(case, staff_id=CLERK)
    dialog = open_action(one.app, view, next(a for a in view.actions if a.kind == KIND))
    one.driver.settle()
    return dialog


def picker_of(one: Table, dialog: ActionDialog, name: str = "other") -> Picker:
    one.driver.tap(dialog.fields[name].button)
    found: Any = dialog.fields[name].picker
    return found


def cut(one: Table, picker: Picker) -> list[str]:
    """What stands outside of the dialog or of the window."""
    parts = [picker.search, picker.count, picker.ids.scroll, *picker.ids.buttons.children]
    window = one.driver.window
    return [type(w).__name__ for w in parts if w.get_parent_window() is not None and not (
        w.to_window(w.x, w.y)[1] >= -1 and w.to_window(w.x, w.top)[1] <= window.height + 1 and w.right <= picker.right + 1)]


def test_a_case_far_down_is_found_by_its_words_initials_and_number_and_stays_chosen(restored: Table) -> None:
    one = restored
    this = one.desk.register(CLERK, DRAFT).id
    numbers = {n: one.desk.register(CLERK, {**DRAFT, "summary": f"演示：另一件 {n}"}).row.number for n in range(CASES - 1)}
    hidden = one.desk.register(CLERK, {**DRAFT, "summary": "演示：院墙滴水"})
    one.sit_down()
    dialog = dismissing(one, this)
    field = dialog.fields["other"]
    assert len(field.choices) < CASES
    for size, name in (((360, 740), "360"), ((740, 360), "flat"), ((800, 1280), "800"), ((1366, 768), "1366")):
        one.driver.window.size = size
        one.driver.settle()
        picker = picker_of(one, dialog)
        assert picker.count.text == t("app.pick.shown", n=CASES, shown=PAGE), "itself is none of them"
        one.shot(f"picker-{name}")
        assert cut(one, picker) == []
        one.driver.tap(t("app.cancel"))
    one.driver.window.size = (800, 1280)
    one.driver.settle()
    picker = picker_of(one, dialog)
    one.driver.tap(t("app.pick.more"))
    assert len(picker.grid.children) == 2 * PAGE
    one.driver.type(picker.search, "yqds")
    one.driver.until(lambda: picker.count.text == t("app.pick.count", n=1), "found by initials")
    picker.search.text = ""
    one.driver.type(picker.search, numbers[5])
    one.driver.until(lambda: picker.count.text == t("app.pick.count", n=1), "found by its number")
    picker.search.text = "没有这样的"
    one.driver.until(lambda: picker.count.text == t("app.list.nothing_found", text="没有这样的"), "nothing is said to be nothing")
    picker.search.text = "院墙"
    one.driver.until(lambda: picker.count.text == t("app.pick.count", n=1), "found by its words")
    one.shot("picker-found")
    one.driver.tap(picker.grid.children[0])
    assert field.value == hidden.id
    assert "院墙" in field.button.text
    again = picker_of(one, dialog)
    assert again.grid.children[-1].text.startswith("✓"), "what is chosen stands first, with its tick"
    one.driver.tap(t("app.cancel"))
    one.driver.tap(t("app.form.leave"))
    kept = dismissing(one, this)
    one.driver.until(lambda: "院墙" in kept.fields["other"].button.text, "the draft says in words what was chosen")


def test_all_pages_of_a_long_list_show_each_choice_once(restored: Table) -> None:
    one = restored
    this = one.desk.register(CLERK, DRAFT).id
    for n in range(CASES):
        one.desk.register(CLERK, {**DRAFT, "summary": f"演示：另一件 {n}"})
    one.sit_down()
    picker = picker_of(one, dismissing(one, this))
    while picker.more.parent is not None:
        shown = len(picker.grid.children)
        one.driver.tap(picker.more)
        one.driver.until(lambda shown=shown: len(picker.grid.children) > shown, "the next page")
    words = [button.text for button in picker.grid.children]
    assert len(words) == len(set(words)) == CASES
    assert picker.count.text == t("app.pick.count", n=CASES)
