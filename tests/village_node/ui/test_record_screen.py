"""What is no case, by touch in a real window: a petition is registered, accepted and seen again; a hazard from list to page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest
from kivy.core.window import Window

from shared.ledger.texts import t
from tests.support.village_node.node_world import OFFICER, TOWNSHIP
from village_node.ui.screens import records
from village_node.ui.screens.record import RecordDialog

pytestmark = pytest.mark.gui


def dialog_of(one: Table) -> RecordDialog:
    return one.driver.until(lambda: next((w for w in Window.children if isinstance(w, RecordDialog)), None), "the sheet is open")


def fill(one: Table, dialog: RecordDialog, **answers: Any) -> None:
    for name, value in answers.items():
        field = dialog.fields[name]
        if hasattr(field, "chips"):
            one.driver.tap(field.chips[value])
        elif not hasattr(field, "entry"):
            one.driver.choose(field, value)
        else:
            one.driver.type(field.entry, value)


def test_who_the_law_protects_is_shown_to_who_may_open_it(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table(TOWNSHIP)
    made = one.desk.record_forms.act("petition.registered", OFFICER, "", {
        "persons": ["演示丙"], "phone": "13800000007", "protected": True, "channel": "letter_visit", "form": "visit",
        "category": "agriculture", "summary": "演示：检举"})
    one.sit_down(OFFICER)
    one.app.open_record(made)
    one.driver.until(lambda: one.app.record.buttons, "the page is there")
    one.driver.settle()
    assert one.driver.look(part="演示丙") is None
    one.driver.tap(one.app.record.open_name)
    one.driver.find(part="信访人：演示丙、13800000007")
    one.shot("44-protected")


def test_a_petition_is_registered_accepted_and_found_to_come_again_by_touch(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table(TOWNSHIP)
    one.sit_down(OFFICER)
    one.app.open_records("petition")
    for _ in range(2):
        one.driver.until(lambda: one.app.screens.current == "records" and one.app.records.children, "the list is there")
        one.driver.settle()
        one.driver.tap(one.app.records.new_button)
        dialog = dialog_of(one)
        fill(one, dialog, persons="演示甲", phone="13800000001", channel="letter_visit", form="visit", category="农村农业",
             summary="演示：渠水分得不公")
        one.shot("40-petition-form")
        one.driver.tap(dialog.save_button)
        one.driver.until(lambda: one.app.screens.current == "record" and one.app.record.buttons, "its page is open")
        one.driver.settle()
        one.app.open_records("petition")
    one.driver.until(lambda: one.driver.look(part="演示：渠水"), "both stand in the list")
    one.shot("41-petition-list")
    newest = one.desk.records("petition")
    again = next(row for row in newest if one.desk.came_again("petition", row["record_id"])["findings"])
    one.app.open_record(again["record_id"])
    one.driver.until(lambda: one.app.record.buttons, "the page of the second")
    one.driver.find(part="重复信访")
    one.driver.until(lambda: one.driver.look(part="存在本机") is None, "the notice has gone, so nothing moves under the finger")
    one.driver.settle()
    one.shot("42-petition-page")
    one.driver.tap(one.app.record.buttons["petition.accepted"])
    dialog = dialog_of(one)
    one.driver.tap(dialog.save_button)
    one.driver.until(lambda: "petition.answered" in one.app.record.buttons, "it is accepted and can be answered")
    one.shot("43-petition-accepted")
    assert one.desk.record(again["record_id"]).state == "accepted"


def test_a_list_says_how_many_there_are_and_a_tap_brings_more(table: Callable[..., Table], monkeypatch: pytest.MonkeyPatch  # noqa: F811
                                                              ) -> None:
    monkeypatch.setattr(records, "PAGE", 3)
    one = table(TOWNSHIP)
    for n in range(7):
        one.desk.record_forms.act("hazard.reported", OFFICER, "", {
            "title": f"DEMO 第{n + 1}处", "level": 2, "text": "DEMO", "category": "DC02", "place": {"office": TOWNSHIP}})
    one.sit_down(OFFICER)
    one.app.open_records("hazard")
    for shown in (3, 6):
        one.driver.until(lambda shown=shown: one.app.records.more is not None and one.app.records.more.text == t(
            "app.records.more", shown=shown, n=7), f"{shown} of seven are shown")
        one.driver.find(t("app.records.count", n=7))
        one.app.records.more.dispatch("on_release")
    one.driver.until(lambda: one.app.records.more is None, "all are shown")
    one.driver.settle()
    assert len([w for w in one.app.records.walk() if isinstance(w, records.RecordCard)]) == 7
