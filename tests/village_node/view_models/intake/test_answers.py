"""What an intake holds: blank, kept, given back, also from an older program; people come and go without a trace."""

from __future__ import annotations

import json

from village_node.view_models.intake import answers as model

VILLAGE = "150822100203"


def test_a_form_that_nobody_touched_is_no_draft_wherever_one_stands_in_it() -> None:
    made = model.blank(VILLAGE)
    made["step"], made["open"], made["mediator"] = 3, "p2", "clerk-1"
    assert not model.is_touched(made, VILLAGE)
    made["people"][0]["name"] = "演示甲"
    assert model.is_touched(made, VILLAGE)


def test_what_is_kept_comes_back_the_same_after_a_trip_through_text() -> None:
    made = model.blank(VILLAGE)
    made["people"][0] |= {"name": "演示甲", "stands_for": ["p2"], "ward": True}
    made["strokes"]["p1"] = {"lines": [[[0.1, 0.2], [0.3, 0.4]]], "ratio": 0.25, "at": 5}
    made["signs"], made["count"], made["not_same"] = ["violence"], "4", ["A"]
    words = json.loads(json.dumps({"answers": made}))
    assert model.restored(words, VILLAGE) == made


def test_what_is_damaged_or_of_a_newer_program_costs_only_itself() -> None:
    people = [{"key": "p1", "name": 7}, "x", {"key": "q"}]
    kept = {"answers": {"summary": "DEMO", "signs": "violence", "new": 1, "people": people}}
    made = model.restored(kept, VILLAGE)
    assert (made["summary"], made["signs"], [p["name"] for p in made["people"]]) == ("DEMO", [], [""])
    assert model.restored({"answers": {"people": []}}, VILLAGE)["people"] == model.blank(VILLAGE)["people"]


def test_a_form_of_an_older_program_is_continued() -> None:
    fields = {"applicant_name": "演示甲", "respondent_name": "演示乙", "summary": "DEMO 堵沟", "category": "DC02", "risk": "3",
              "people": "5", "place": "三组"}
    old = {"fields": fields, "strokes": {"0": [[[0.1, 0.1], [0.2, 0.2]]]}}
    made = model.restored(old, VILLAGE)
    assert [p["name"] for p in made["people"]] == ["演示甲", "演示乙"]
    assert (made["risk"], made["count"], made["place"]) == (3, "5", "三组")
    assert list(made["strokes"]) == ["p1"]
    assert model.title(made) == "演示甲、演示乙　DEMO 堵沟"


def test_who_is_taken_out_leaves_no_stroke_and_nobody_who_stands_for_them() -> None:
    made = model.blank(VILLAGE)
    agent = model.add_person(made, "agent")
    agent["stands_for"] = ["p1", "p2"]
    made["strokes"]["p1"] = {"lines": [[[0, 0], [1, 1]]], "ratio": 0.3, "at": 1}
    model.remove_person(made, "p1")
    assert ([p["key"] for p in made["people"]], agent["stands_for"], made["strokes"]) == (["p2", "p3"], ["p2"], {})
    assert model.add_person(made, "applicant")["key"] == "p4", "a key is for life"
