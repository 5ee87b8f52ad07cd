"""The rules of entry in every kind alike, and the rules of registration in a correction."""

from __future__ import annotations

from typing import Any

import pytest

from shared.disputes.fold.fold import fold_case
from shared.disputes.kinds import registry as bodies
from tests.support.shared.domain_events import VILLAGE, World

PARTY = {"name": "演示甲", "phone": "（0478）786 2134", "id_last4": "123x"}


def build(kind: str, **fields: Any) -> dict[str, Any]:
    return bodies.build(kind, fields)


def corrected(field: str, value: str) -> dict[str, Any]:
    return build("case.party_corrected", party=0, field=field, value=value)


def test_what_was_typed_is_kept_in_one_form() -> None:
    party = build("case.party_added", no=2, party=PARTY)["party"]
    assert (party["phone"], party["id_last4"]) == ("0478-7862134", "123X")
    assert corrected("phone", "+86 138 0000 0000")["value"] == "+86 13800000000"
    assert corrected("id_last4", "123x")["value"] == "123X"
    assert corrected("age", "047")["value"] == "47"
    assert build("case.note_added", text="一\u202e二\x00\r\n三")["text"] == "一二\n三"


@pytest.mark.parametrize(("field", "value", "code"), [
    ("id_last4", "150822199001011234", "id_end"), ("id_last4", "12ab", "id_end"), ("age", "151", "age"),
    ("age", "\u00b2", "age"), ("age", "\u2463", "age"), ("age", "\uff14\uff17", "age"), ("age", "-1", "age"),
    ("gender", "robot", "gender"), ("gender", "丁", "gender"),
    ("phone", "12", "phone"), ("phone", "见备注", "phone"), ("name", "", "name_blank"), ("name", "演\u200b示", "name_invisible"),
    ("guardian", "演\x07示", "name_control"), ("representative", "\u3164", "name_invisible"),
])
def test_a_correction_obeys_the_rules_of_registration(field: str, value: str, code: str) -> None:
    with pytest.raises(bodies.InvalidBody) as wrong:
        corrected(field, value)
    assert (wrong.value.field, wrong.value.reason) == ("value", code)
    assert wrong.value.words


@pytest.mark.parametrize(("kind", "fields", "field"), [
    ("case.party_added", {"no": 2, "party": {"name": "演\u200b示"}}, "party.name"),
    ("case.party_added", {"no": 2, "party": {"name": "演示", "phone": "12"}}, "party.phone"),
    ("appointment.requested", {"asker": "演\u202e示", "topic": "DEMO"}, "asker"),
    ("legal_aid.appointed", {"lawyer": "演\u200b示"}, "lawyer"),
    ("talk_item.discussed", {"attendees": ["演示", "演\u2060示"]}, "attendees.1"),
])
def test_a_name_or_a_telephone_is_judged_in_every_kind(kind: str, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(bodies.InvalidBody) as wrong:
        build(kind, **fields)
    assert wrong.value.field == field


@pytest.mark.parametrize(("field", "value"), [
    ("age", "\u00b2"), ("age", "\u2463"), ("age", "151"), ("age", "9" * 100), ("id_last4", "150822199001011234"),
    ("gender", "robot"), ("phone", "\u00b2" * 8), ("name", ""),
])
def test_what_an_older_program_let_in_is_shown_and_moves_nothing(field: str, value: str) -> None:
    world = World()
    case = world.register(VILLAGE).subject
    before = fold_case(world.events[case])
    event = world.event(case, "case.party_corrected", {"party": 0, "field": field, "value": value}, schema=1)
    after = fold_case(world.events[case])
    assert after.parties == before.parties
    assert next(line for line in after.timeline if line.event == event.id).effect == "none"
