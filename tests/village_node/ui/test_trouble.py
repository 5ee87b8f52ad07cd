"""Nothing that happens in a touch ends the app, no touch is taken by a notice, and what is saved is saved once."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from tests.village_node.ui.test_window import PICTURES, Table, table  # noqa: F401  isort: skip
from shared.ledger.texts import t  # isort: skip
from tests.support.village_node import intake_filler as filler  # isort: skip
from village_node.ui.kit.once import Once  # isort: skip
from village_node.ui.trouble import where  # isort: skip

pytestmark = pytest.mark.gui


def fill(one: Table) -> None:
    driver: Driver = one.driver
    driver.tap(driver.find(t("app.list.new")))
    filler.to_review(driver, one.app.intake)


@pytest.mark.parametrize("between", [0, 1, 3, 6])
def test_a_double_tap_on_save_registers_one_case(table: Callable[..., Table], between: int) -> None:  # noqa: F811
    one = table()
    one.sit_down()
    fill(one)
    screen = one.app.intake
    screen.save()
    one.driver.frames(between)
    screen.save()
    one.driver.frames(5)
    assert len(one.desk.list_cases()) == 1
    assert one.app.screens.current == "case"


def test_a_form_with_a_fault_can_be_saved_after_it_is_mended(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.sit_down()
    fill(one)
    form = one.app.intake
    form.answers["summary"] = ""
    form.save()
    assert (one.app.screens.current, form.step) == ("intake", 1)
    assert not form.ids.save.disabled
    form.fields["summary"].entry.text = "水渠堵了。"
    form.save()
    assert len(one.desk.list_cases()) == 1


def test_a_touch_on_a_notice_reaches_what_lies_there_and_the_notice_stays(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.sit_down()
    one.app.notices.seconds = 600       # a slow machine must not end it meanwhile
    one.app.notices.show("已保存在本机。", "good")
    one.driver.frames(3)
    strip = one.app.notices.strip
    button = one.driver.find(t("app.list.new"))
    assert button.to_window(button.x, button.top)[1] <= strip.y, "nothing lies under it"
    assert not strip.dispatch("on_touch_down", object())
    one.driver.tap(button)
    one.driver.find(t("app.form.leave"))
    assert one.app.notices.strip is strip
    one.driver.shot(PICTURES / "notice-strip.png")


def test_two_notices_at_once_show_the_newer_and_leave_nothing_behind(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.app.notices.show("第一句")
    one.app.notices.show("第二句", "bad")
    assert [word for word in one.driver.words() if word.endswith("句")] == ["第二句"]
    one.app.notices.clear()
    one.app.notices.clear()
    assert one.app.notices.height == 0
    assert not [word for word in one.driver.words() if word.endswith("句")]


def test_an_exception_in_a_touch_is_told_and_logged_without_its_words(
    table: Callable[..., Table], caplog: pytest.LogCaptureFixture  # noqa: F811
) -> None:
    from kivy.base import ExceptionManager

    one = table()
    one.sit_down()
    ExceptionManager.add_handler(one.app._keep_running)
    try:
        with caplog.at_level(logging.ERROR, logger="village_node.app"):
            with pytest.raises(ValueError, match="138") as caught:
                raise ValueError("演示甲 138 0000 0000")
            assert ExceptionManager.handle_exception(caught.value) == ExceptionManager.PASS
    finally:
        ExceptionManager.remove_handler(one.app._keep_running)
    one.driver.find(part=t("app.bug", file="|").split("|")[0])
    assert "ValueError at test_trouble.py" in caplog.text
    assert "138" not in caplog.text
    assert "演示" not in caplog.text


def test_where_names_places_and_causes_but_no_values() -> None:
    try:
        try:
            int("身份证152822")
        except ValueError as cause:
            raise KeyError("张三") from cause
    except KeyError as error:
        told = where(error)
    assert told.startswith("KeyError at test_trouble.py:")
    assert " from ValueError at " in told
    assert "152822" not in told
    assert "张三" not in told


def test_once_saves_once_and_an_exception_leaves_the_form_open() -> None:
    calls: list[str] = []

    def fails() -> bool:
        calls.append("fails")
        raise RuntimeError

    once = Once(fails)
    with pytest.raises(RuntimeError):
        once()
    with pytest.raises(RuntimeError):
        once()
    assert calls == ["fails", "fails"]
    good = Once(lambda: not calls.append("saved"))
    good()
    good()
    assert calls.count("saved") == 1
