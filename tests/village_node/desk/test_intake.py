"""What an intake asks of the desk: cases of the same people, and one transaction for the case and what its parties chose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node.desk.desk import Desk
from village_node.point.errors import NodeError, Refused


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    with world.desk(world.home()) as opened:
        yield opened


def test_the_case_and_the_choices_are_one_transaction(desk: Desk) -> None:
    view = desk.intake.register(CLERK, DRAFT, choices=[{"party": 0, "method": "people", "mediator": CLERK},
                                                       {"party": 1, "method": "people", "mediator": CLERK}])
    assert [line.kind for line in view.timeline] == ["case.registered", "case.choice_made", "case.choice_made"]
    assert all(not line.no_effect for line in view.timeline)
    assert desk.propose(view.id).mediators == (CLERK,)


@pytest.mark.parametrize("choice", [{"party": 7}, {"party": 0, "method": "shouting"}, {"party": "x"}])
def test_a_choice_that_does_not_fit_registers_nothing(desk: Desk, choice: dict[str, object]) -> None:
    before = desk.node.chain_seq(desk.node.config.device)
    with pytest.raises(NodeError):
        desk.intake.register(CLERK, DRAFT, choices=[{"party": 0}, choice])
    assert desk.list_cases() == []
    assert desk.node.chain_seq(desk.node.config.device) == before


def test_people_s_mediation_of_an_excluded_matter_is_no_choice(desk: Desk) -> None:
    draft = {**DRAFT, "category": "DC07", "subcategory": "ownership"}
    with pytest.raises(NodeError):
        desk.intake.register(CLERK, draft, choices=[{"party": 0, "method": "people"}])
    view = desk.intake.register(CLERK, draft, choices=[{"party": 0, "method": "administrative"}])
    assert len(view.timeline) == 2


def test_a_case_of_the_same_people_is_found_by_two_names_a_telephone_or_a_name_and_the_matter(desk: Desk) -> None:
    case = desk.register(CLERK, DRAFT)
    both = [("演示甲", ""), ("演示 乙", "")]
    assert [a.case for a in desk.intake.alike(both)] == [case.id]
    assert [a.number for a in desk.intake.alike([("别人", "138 0000 0000")])] == [case.number]
    assert desk.intake.alike([("演示甲", "")]) == [], "a name alone is no sign: there are many of one name"
    assert [a.case for a in desk.intake.alike([("演示甲", "")], "DC02")] == [case.id]
    assert desk.intake.alike([("演示甲", "")], "DC01") == []
    assert desk.intake.alike([("", ""), ("演示丙", "")]) == []


def test_an_ended_case_is_told_only_while_a_second_registration_is_likely(desk: Desk, world: World) -> None:
    case = desk.register(CLERK, DRAFT).id
    desk.settle_on_spot(CLERK, case, {"text": "DEMO", "agreed_by": [0, 1]})
    both = [("演示甲", ""), ("演示乙", "")]
    assert [a.open for a in desk.intake.alike(both)] == [False]
    world.clock.ms += (desk.intake.rules().limits.duplicate_days + 1) * 86_400_000
    assert desk.intake.alike(both) == []


def _register(desk: Desk, **changes: Any) -> Any:
    return desk.register(CLERK, {**DRAFT, **changes})


def test_nobody_without_full_capacity_is_registered_alone_and_who_reports_violence_is_not_turned_away(desk: Desk) -> None:
    child = {"name": "演示童", "age": 9, "role": "respondent"}
    with pytest.raises(Refused, match=r"演示童.*请登记监护人"):
        _register(desk, parties=[{"name": "演示甲"}, child])
    assert _register(desk, parties=[{"name": "演示甲"}, {**child, "guardian": "演示母"}]).id
    mother = {"name": "演示母", "role": "guardian", "mandate": {"principals": [1]}}
    assert _register(desk, parties=[{"name": "演示甲"}, child, mother]).id
    assert _register(desk, parties=[{"name": "演示童", "age": 9}], category="DC01", subcategory="violence").id
    case = desk.register(CLERK, DRAFT).id
    with pytest.raises(Refused, match=r"演示童.*请登记监护人"):
        desk.act("add_party", CLERK, case, {"no": 2, "party": child})
