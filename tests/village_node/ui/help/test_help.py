"""The question mark on each screen, the settings page, the clerk's card: by touch."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest

from shared.ledger.texts import names, t
from tests.support.village_node.node_world import CLERK, DRAFT
from village_node.ui.help.sheet import HelpSheet, TourSheet
from village_node.ui.papers.preview import Preview

pytestmark = pytest.mark.gui


def top(one: Table, kind: type) -> object:
    from kivy.core.window import Window

    return one.driver.until(lambda: next((w for w in Window.children if isinstance(w, kind)), None), f"{kind.__name__} is open")


def test_every_screen_has_a_question_mark_with_words_of_its_own(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    lacking = {screen.name for screen in one.app.screens.screens} - {name for name in one.app.screens.screen_names
                                                                      if names(f"help.{name}")}
    assert not lacking, "a screen without a line of help"
    one.sit_down()
    for name, go in (("home", lambda: None), ("cases", one.open_list), ("case", lambda: one.app.open_case(case)),
                     ("settings", lambda: one.app.open_page("settings"))):
        go()
        one.driver.settle()
        one.driver.tap(one.app.top.ids.help)
        sheet = top(one, HelpSheet)
        assert next(iter(names(f"help.{name}").values())) in one.driver.words()
        one.shot(f"70-help-{name}")
        one.driver.tap(t("help.back"))
        assert sheet.parent is None
    one.driver.tap(one.app.top.ids.help)
    one.driver.tap(t("help.tour"))
    top(one, TourSheet)
    one.shot("71-tour")
    one.app._key(None, 27)
    one.driver.settle()
    one.driver.tap(top(one, HelpSheet).card_button)
    preview = top(one, Preview)
    one.driver.until(lambda: preview.pages, "the card is drawn")
    assert preview.pages == 2
    one.driver.settle()
    one.shot("72-card")


def test_the_size_of_letters_is_chosen_on_the_settings_page_and_kept(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.sit_down()
    one.app.open_tab("mine")
    one.driver.settle()
    one.driver.tap(t("help.setting.open"))
    page = one.app.screens.get_screen("settings")
    one.shot("73-settings")
    one.driver.tap(page.chips["larger"])
    assert page.chips["larger"].chosen
    assert json.loads(one.desk.node.home.app_file.read_text())["type"] == "larger"
    one.app.go_back()
    assert one.app.screens.current == "mine"
