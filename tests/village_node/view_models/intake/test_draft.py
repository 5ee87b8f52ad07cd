"""An intake becomes a draft, or says by its step what is missing and what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from shared.disputes.rules.clocks import default_rules
from shared.ledger import identity
from shared.ledger.texts import t
from village_node.view_models.intake import answers as model
from village_node.view_models.intake import draft, matter, people, places, signing

VILLAGE = "150822100203"
RULES = default_rules()
WHOLE = "11010519491231002X"            # the example of GB 11643


def filled() -> dict[str, Any]:
    made = model.blank(VILLAGE)
    for one, name in zip(made["people"], ("演示甲", "演示乙"), strict=True):
        one["name"] = name
    return made | {"tile": "neighbour", "category": "DC02", "summary": "DEMO 堵沟", "group": "三组", "place": "水渠"}


def test_the_form_becomes_a_draft() -> None:
    made = filled()
    made["people"][0]["phone"] = "138 0000-0001"
    assert not draft.faults(made, RULES).all
    body = draft.to_draft(made, RULES)
    assert body["parties"] == [{"name": "演示甲", "role": "applicant", "phone": "13800000001"},
                               {"name": "演示乙", "role": "respondent"}]
    assert body["place"] == {"office": VILLAGE, "text": "三组 水渠"}
    assert (body["risk"], body["source"]) == (1, "by_application")


@pytest.mark.parametrize(("name", "path", "step"), [
    ("category", "category", "matter"), ("summary", "summary", "matter"), ("place", "place", "place")])
def test_what_is_left_empty_is_named_in_its_step(name: str, path: str, step: str) -> None:
    made = filled() | {name: ""} | ({"group": ""} if name == "place" else {})
    found = draft.faults(made, RULES)
    assert (set(found.missing), found.wrong) == ({path}, {})
    assert set(draft.faults(made, RULES, step).missing) == {path}
    assert draft.first_step_with(found.all) == model.STEPS.index(step)


def test_a_side_without_a_name_is_missing_and_a_blank_third_person_is_left_out() -> None:
    made = filled()
    model.add_person(made, "third_party")
    assert not draft.faults(made, RULES).all
    assert len(draft.to_draft(made, RULES)["parties"]) == 2
    made["people"][1]["name"] = ""
    assert set(draft.faults(made, RULES).missing) == {"people.p2.name"}
    model.remove_person(made, "p2")
    assert set(draft.faults(made, RULES).missing) == {"people"}


def test_a_wrong_phone_is_shown_with_its_value() -> None:
    made = filled()
    made["people"][1]["phone"] = "12a"
    found = draft.faults(made, RULES)
    assert "12a" in found.wrong["people.p2.phone"]
    assert draft.step_states(made | {"step": 1}, RULES)[:2] == ("wrong", "now")


def test_what_is_too_long_is_said_where_it_was_typed_before_the_step_is_left() -> None:
    made = filled() | {"summary": "长" * 5000, "place": "渠" * 121, "other_system": "12345", "other_number": "1" * 200}
    model.add_person(made, "third_party")
    made["people"][1]["name"], made["people"][0]["address"], made["people"][2]["name"] = "演示" * 61, "村" * 121, "演示丙"
    found = draft.faults(made, RULES, by_body=True)
    assert set(found.wrong) == {"summary", "place", "other_number", "people.p2.name", "people.p1.address"}
    assert "120" in found.wrong["people.p2.name"]
    assert set(draft.faults(made, RULES, "people", by_body=True).wrong) == {"people.p2.name", "people.p1.address"}
    assert not draft.faults(filled(), RULES, by_body=True).all
    nothing = draft.faults(model.blank(VILLAGE), RULES, by_body=True)
    assert nothing.wrong == {}, "what is missing is no fault while one writes"


def test_numbers_typed_in_full_width_are_the_same_numbers_and_too_much_money_is_called_that() -> None:
    made = filled() | {"count": "１２", "amount": "１２００．５"}
    made["people"][0]["age"] = "４５"
    assert not draft.faults(made, RULES, by_body=True).all
    body = draft.to_draft(made, RULES)
    assert (body["people"], body["amount_fen"], body["parties"][0]["age"]) == (12, 120050, 45)
    found = draft.faults(made | {"amount": "1000000000000"}, RULES).wrong
    assert found == {"amount": t("app.action.money_large", value="1000000000000", most=10**11 - 1)}


def test_a_child_is_registered_with_a_guardian_or_not_at_all() -> None:
    made = filled()
    made["people"][1]["age"] = "9"
    assert set(draft.faults(made, RULES).missing) == {"people.p2.guardian"}
    made["people"][1]["age"] = "九"
    assert set(draft.faults(made, RULES).wrong) == {"people.p2.age"}
    made["people"][1] |= {"age": "9", "guardian": "演示丁"}
    assert draft.to_draft(made, RULES)["parties"][1] == {"name": "演示乙", "role": "respondent", "age": 9, "guardian": "演示丁"}
    made["people"][1]["guardian"] = ""
    guardian = model.add_person(made, "guardian")
    guardian |= {"name": "演示丁", "stands_for": ["p2"]}
    assert not draft.faults(made, RULES).all
    assert draft.to_draft(made, RULES)["parties"][2]["mandate"] == {"principals": [1], "scope": "general"}


def test_an_agent_says_for_whom_and_a_unit_who_acts_for_it() -> None:
    made = filled()
    agent = model.add_person(made, "agent")
    agent["name"] = "演示代"
    assert set(draft.faults(made, RULES).missing) == {"people.p3.stands_for"}
    agent |= {"stands_for": ["p1"], "special": True}
    unit = model.add_person(made, "respondent", "unit")
    unit |= {"name": "演示农资店", "head": "演示周", "post": "店长", "last4": "1234"}
    parties = draft.to_draft(made, RULES)["parties"]
    assert parties[2]["mandate"] == {"principals": [0], "scope": "special"}
    assert parties[3] == {"name": "演示农资店", "role": "respondent", "kind": "unit", "representative": "演示周", "post": "店长"}


def test_a_whole_identity_number_says_birthday_sex_and_age_and_leaves_its_end_alone() -> None:
    read = people.read_identity(WHOLE.lower(), "2026-11-29")
    assert read.known == {"last4": "002X", "gender": "female", "age": "76"}
    assert "1949 年 12 月 31 日" in read.words
    made = filled()
    made["people"][0] |= {"number": WHOLE, **read.known}
    assert draft.to_draft(made, RULES)["parties"][0] == {
        "name": "演示甲", "role": "applicant", "id_number": WHOLE, "gender": "female", "age": 76}
    assert WHOLE in str(model.kept(made, encrypted=True))
    assert WHOLE[:14] not in str(model.kept(made, encrypted=False)), "a device that cannot encrypt keeps the end alone"
    assert model.kept(made, encrypted=False)["people"][0]["number"] == "002X"


@pytest.mark.parametrize(("typed", "place"), [
    (WHOLE[:17] + "1", (17, 18)), ("0" + WHOLE[1:], (0, 1)), (WHOLE[:10] + "1332" + WHOLE[14:], (6, 14)), (WHOLE, None)])
def test_a_wrong_character_of_an_identity_number_is_found(typed: str, place: tuple[int, int] | None) -> None:
    assert identity.fault_at(typed) == place
    read = people.read_identity(typed, "2026-11-29")
    assert (read.place, bool(read.wrong)) == (place, place is not None)
    assert typed not in read.wrong


def test_the_end_of_an_identity_number_will_do_and_a_half_one_is_told_its_length() -> None:
    assert people.read_identity("123x", "2026-11-29").known == {"last4": "123X"}
    assert "17" in people.read_identity(WHOLE[:17], "2026-11-29").wrong
    assert people.read_identity("", "2026-11-29").known == {"last4": ""}


def test_what_the_registers_ask_besides_goes_along() -> None:
    made = filled() | {"count": "12", "amount": "3500.5", "language": "mongolian", "stability": "no",
                       "other_system": "hotline_12345", "other_number": "DEMO-1"}
    body = draft.to_draft(made, RULES)
    assert {name: body[name] for name in ("people", "amount_fen", "language", "stability", "elsewhere")} == {
        "people": 12, "amount_fen": 350050, "language": "mongolian", "stability": False,
        "elsewhere": [{"system": "hotline_12345", "number": "DEMO-1"}]}
    assert "foreign" not in body
    spoilt = made | {"count": "0", "amount": "很多", "other_number": ""}
    assert set(draft.faults(spoilt, RULES).wrong) == {"count", "amount", "other_number"}


def test_the_signs_give_the_colour_while_one_writes() -> None:
    made = filled()
    assert matter.risk(made, RULES.risk) == 1
    assert matter.risk_line(made, RULES) == t("intake.risk.computed", when=t("intake.risk.days", n=7))
    made["signs"] = ["violence"]
    assert matter.risk(made, RULES.risk) == 3
    made["count"], made["amount"] = "12", "100000"
    assert set(draft.to_draft(made, RULES)["risk_items"]) == {"violence", "persons_10", "sum_100k"}
    made["risk"] = 4
    assert matter.risk_line(made, RULES) == t("intake.risk.said", when=t("intake.risk.hours", n=2))
    made["risk"] = 2
    assert matter.risk(made, RULES.risk) == 3, "a person may say a graver colour, never a lighter one"


def test_every_tile_means_a_category_its_words_and_an_icon() -> None:
    from fonticon_mdi7.mdi7 import MDI7

    from shared.disputes.rules import excluded_matters
    from shared.ledger import codes

    for tile in matter.TILES:
        assert hasattr(MDI7, tile.icon.replace("-", "_")), tile
        assert matter.phrases(tile.code)
        if tile.category:
            assert tile.category in codes.names("category")
        if tile.subcategory:
            assert tile.subcategory in excluded_matters.table().of_category(tile.category)
    assert matter.tile_for(filled() | {"tile": "", "category": "DC15"}) == "other"


def test_places_are_found_by_a_part_of_the_name_or_its_initials() -> None:
    known = (("1", "甲村"), ("2", "乙村"), ("3", "甲水渠村"))
    assert [c[0] for c in places.found(known, "水")[0]] == ["3"]
    assert [c[0] for c in places.found(known, "jc")[0]] == ["1"]
    assert places.found(known, "没有") == ((), 0)
    assert places.groups(VILLAGE, (), "2026-11-23")[2] == "三组"
    assert places.groups(VILLAGE, (), "2026-11-23")[9] == "十组"


def test_who_signed_chooses_and_nobody_chooses_for_one_who_is_away() -> None:
    made = filled()
    made["people"][1] |= {"age": "9", "guardian": "演示丁"}
    assert [s.hand for s in signing.signers(made, 18)] == ["演示甲", "演示丁"]
    numbers = model.keys_of(model.named(made))
    assert signing.choices(made, numbers, "clerk-1", 18) == []
    made["strokes"]["p2"] = {"lines": [[[0, 0], [1, 1]]], "ratio": 0.3, "at": 1}
    assert signing.choices(made, numbers, "clerk-1", 18) == [{"party": 1, "method": "people", "mediator": "clerk-1"}]
    made["method"] = "judicial"
    assert signing.choices(made, numbers, "clerk-1", 18) == [{"party": 1, "method": "judicial", "mediator": ""}]
