"""What each role sees of the app: the tiles of the home, the pages, and the acts of a case."""

from __future__ import annotations

import pytest

from shared.disputes.kinds import policy
from shared.disputes.records import aggregates
from shared.disputes.rules.roles import EVERYBODY
from shared.ledger.published.directory_heads import change
from tests.support.village_node.node_world import CLERK, DRAFT, VILLAGE, World
from village_node.view_models import home, shown

IN_THE_GRID = {"hazard", "sweep", "small_service", "talk_item", "referral", "appointment", "online_consultation"}
CARRYING = IN_THE_GRID | {"assessment", "consultation", "legal_aid"}
# (role, level) -> records whose tiles are there
SEEN = {
    ("grid_member", "village"): IN_THE_GRID,
    ("group_grid_leader", "village"): IN_THE_GRID,
    ("law_literate", "village"): IN_THE_GRID,
    ("village_grid_leader", "village"): CARRYING,
    ("window_clerk", "village"): CARRYING,
    ("mediator", "village"): CARRYING,
    ("judicial_officer", "township"): CARRYING | {"petition", "public_qa"},
    ("legal_aid_officer", "township"): IN_THE_GRID | {"legal_aid"},
}


@pytest.mark.parametrize(("role", "level"), SEEN)
def test_the_tiles_of_a_role_are_of_what_it_may_write(role, level):
    assert {name for name in aggregates.NAMES if shown.sees(name, (role,), level)} - {"duty"} == SEEN[role, level]


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_everybody_has_a_home_to_work_from(role):
    for level in ("village", "township", "county"):
        for page in ("due", "calendar", "directory", "sync", "all"):
            assert shown.sees(page, (role,), level)
        tiles = [name for name, _, _ in home.GRID if shown.sees(name, (role,), level)]
        assert len(tiles) >= 3, (role, level)


def test_what_waits_for_a_decision_and_the_figures_are_of_those_who_carry_cases():
    for role, sees in (("grid_member", False), ("group_grid_leader", False), ("mediator", True), ("judicial_officer", True)):
        assert shown.sees("figures", (role,), "village") is sees
        assert shown.sees("tasks", (role,), "village") is sees
    for role, sees in (("grid_member", True), ("law_literate", True), ("village_grid_leader", True), ("window_clerk", False)):
        assert shown.sees("my_grid", (role,), "village") is sees
    assert not shown.sees("duplicates", ("grid_member",), "village")
    assert shown.sees("duplicates", ("judicial_officer",), "township")
    assert shown.sees("figures", ("grid_member", "mediator"), "village"), "more roles see more"


@pytest.mark.parametrize("role", ["grid_member", "group_grid_leader", "village_grid_leader", "mediator", "window_clerk"])
def test_the_acts_of_a_case_are_those_that_one_of_the_roles_may_do(tmp_path, role):
    world = World(tmp_path / "world")
    person = {"name": "演示人", "office": VILLAGE, "roles": [role], "active": True, "from": None, "to": None}
    world.publish([change("staff", "someone", person)])
    with world.desk(world.home()) as desk:
        case = desk.register(CLERK, DRAFT).id
        offered = {action.kind for action in desk.actions(case, staff_id="someone")}
        assert offered
        assert all(policy.allows(kind, "village", role) for kind in offered)
        if role in ("grid_member", "group_grid_leader"):
            assert not offered & {"case.accepted", "case.sealed", "case.archived", "case.escalate_accepted"}
