"""The sheet of an act in a real window: rows, people, phrases, what may be left out, red sentences, several signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest

from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT
from village_node.ui.screens.action_dialog import ActionDialog, open_action

pytestmark = pytest.mark.gui
MEDIATING = (("triage", {}), ("accept", {"rights_told": True, "parties_willing": True}),
             ("hold_session", {"place": "说事室", "rights_told": True}))


def sheet(one: Table, verb: str, steps: tuple[tuple[str, dict[str, Any]], ...] = ()) -> ActionDialog:
    case = one.desk.register(CLERK, DRAFT).id
    for before, draft in steps:
        one.desk.act(before, CLERK, case, draft)
    one.sit_down()
    view = one.desk.case(case, staff_id=CLERK)
    dialog = open_action(one.app, view, next(a for a in view.actions if a.verb == verb))
    one.driver.settle()
    return dialog


def last(one: Table) -> Any:
    return one.desk.case(one.desk.list_cases()[0].id).timeline[-1]


def test_an_agreement_of_two_promises_is_filled_in_signed_and_saved_by_touch(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    dialog = sheet(one, "reach_agreement", MEDIATING)
    one.driver.tap(t("form.option.form.written"))
    one.driver.type(dialog.fields["facts"].entry, "演示：水渠堵了")
    items = dialog.fields["items"]
    one.driver.tap(t("form.add_row"))
    for group, (who, what) in zip(items.groups, (("0", "演示：修水渠"), ("1", "演示：出一半工钱")), strict=True):
        one.driver.tap(group.fields["who"].chips[who])
        one.driver.type(group.fields["what"].entry, what)
    one.driver.type(items.groups[1].fields["amount_fen"].entry, "200.50")
    for _, pad in dialog.pads:
        one.driver.sign(pad.ids.pad)
    one.shot("12-agreement")
    one.driver.tap(dialog.save_button)
    one.driver.until(lambda: last(one).kind == "case.agreement_reached", "the agreement is saved")
    body = last(one).body
    assert [(item["who"], item["what"], item.get("amount_fen")) for item in body["items"]] == [
        (0, "演示：修水渠", None), (1, "演示：出一半工钱", 20_050)]
    assert [s.get("party") for s in body["signatures"]] == [0, 1, None]
    assert all(s["file"] for s in body["signatures"][:2])


def test_what_is_wrong_stands_in_red_at_its_field_and_nothing_is_saved(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    dialog = sheet(one, "reach_agreement", MEDIATING)
    group = dialog.fields["items"].groups[0]
    one.driver.type(group.fields["what"].entry, "演示：修水渠")
    one.driver.type(group.fields["amount_fen"].entry, "abc")
    one.driver.tap(dialog.save_button)
    one.shot("13-agreement-wrong")
    assert dialog.fields["form"].error == t("app.form.missing", field=t("form.field.form"))
    assert group.fields["who"].error == t("app.form.missing", field=t("form.field.who"))
    assert group.fields["amount_fen"].error == t("app.action.money_wrong", value="abc")
    assert last(one).kind == "case.session_held"
    assert not dialog.save_button.disabled


def test_a_new_party_is_written_with_what_may_be_left_out(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    dialog = sheet(one, "add_party")
    party = dialog.fields["party"]
    one.driver.tap(dialog.save_button)
    assert party.fields["name"].error == t("app.form.missing", field=t("node.field.name"))
    assert party.error == "", "it is told once, at the field itself"
    assert dialog.ids.scroll.scroll_y > 0.5, "the field that is wrong is in view"
    one.driver.type(party.fields["name"].entry, "演示丙")
    one.driver.choose(party.fields["role"], "第三人")
    one.driver.type(party.fields["id_last4"].entry, "12")
    one.driver.tap(dialog.save_button)
    assert "证件后四位" in party.fields["id_last4"].error, "what the desk finds wrong stands at its field too"
    party.fields["id_last4"].entry.text = "000X"
    one.driver.tap(dialog.save_button)
    one.driver.until(lambda: last(one).kind == "case.party_added", "the party is saved")
    assert last(one).body["party"] == {"name": "演示丙", "role": "third_party", "id_last4": "000X"}


def test_the_subcategories_follow_the_category(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    dialog = sheet(one, "triage")
    assert dialog.fields["subcategory"].value == "drainage"
    one.driver.choose(dialog.fields["category"], "婚姻家庭纠纷")
    assert dialog.fields["subcategory"].value == ""
    assert "divorce" in dict(dialog.fields["subcategory"].choices)


def test_what_is_asked_at_one_answer_only_comes_with_it(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    dialog = sheet(one, "correct_party")
    mandate = dialog.fields["mandate"]
    assert mandate.parent is None
    one.driver.choose(dialog.fields["field"], t("form.option.field.mandate"))
    assert mandate.parent is not None
    one.driver.choose(dialog.fields["field"], t("form.option.field.name"))
    assert mandate.parent is None


def test_rows_and_choices_that_were_left_unfinished_are_there_again(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    dialog = sheet(one, "reach_agreement", MEDIATING)
    one.driver.tap(t("form.option.form.oral"))
    one.driver.tap(t("form.add_row"))
    second = dialog.fields["items"].groups[1]
    one.driver.tap(second.fields["who"].chips["1"])
    one.driver.type(second.fields["what"].entry, "演示：修水渠")
    before = dialog.answers()
    one.driver.tap(t("app.form.leave"))
    view = one.desk.case(one.desk.list_cases()[0].id, staff_id=CLERK)
    again = open_action(one.app, view, next(a for a in view.actions if a.verb == "reach_agreement"))
    one.driver.settle()
    assert again.answers() == before
    assert [row["who"] for row in before["items"]] == ["", "1"]
    assert before["form"] == "oral"
