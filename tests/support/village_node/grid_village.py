"""A village with a grid of three tiers, rooms, a sweep and a duty post, for tests of what somebody of the grid sees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.disputes.rules.grids import Grid, Member, values
from shared.ledger.published.directory_heads import change
from tests.support.village_node.node_world import COUNTY, DISPATCHER, OFFICER, TOWNSHIP, VILLAGE, World
from village_node.desk.desk import Desk

MEMBER, SECOND, GROUP, LEADER = "grid-m", "grid-n", "grid-g", "grid-v"
GRID, VILLAGE_GRID = f"G{VILLAGE}-01", f"V{VILLAGE}"
_PEOPLE = ((MEMBER, "演示网格员", "grid_member"), (SECOND, "演示邻组员", "grid_member"), (GROUP, "演示组长", "group_grid_leader"),
           (LEADER, "演示村长", "village_grid_leader"))


def people_and_grids() -> list[dict[str, Any]]:
    """What the county publishes."""
    grids = (
        Grid(VILLAGE_GRID, "village", VILLAGE, "", "演示村网格", "", LEADER),
        Grid(GRID, "group", VILLAGE, "01", "演示一组网格", VILLAGE_GRID, GROUP,
             (Member(MEMBER, tuple(range(1, 11))), Member(SECOND, tuple(range(11, 21))))),
    )
    return [
        *(change("staff", id, {"name": name, "office": VILLAGE, "roles": [role], "active": True, "from": None, "to": None})
          for id, name, role in _PEOPLE),
        *(change("table", key, value) for key, value in values(grids).items()),
        change("office", VILLAGE, {
            "name": "甲村", "kind": "village", "level": "village", "parent": TOWNSHIP, "code": VILLAGE, "valid_from": None,
            "valid_to": None, "rooms": ["legal_room", "legal_clinic"], "committee": "甲村人民调解委员会"}),
    ]


class GridVillage:
    """`desk` is the village's; what upper offices write is brought to it as the hub would."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.world.publish(people_and_grids())
        self.desk: Desk = self.world.desk(self.world.home())

    def plan_sweep(self, title: str, grids: Sequence[str] = (GRID,), due: str = "2026-11-27") -> str:
        return upper(self.world, self.desk, TOWNSHIP, OFFICER, "sweep.planned", {
            "title": title, "offices": [VILLAGE], "due": due, "grids": list(grids)})

    def publish_duty(self, place: str) -> str:
        return upper(self.world, self.desk, COUNTY, DISPATCHER, "duty.published", {
            "date": "2026-12-01", "start": "09:00", "end": "11:00", "service": "lawyer", "person": OFFICER, "place": place,
            "seats": 4, "quotas": [], "offices": []})


def upper(world: World, desk: Desk, office: str, staff: str, kind: str, body: dict[str, Any]) -> str:
    """A record that an office above opens, brought to this desk."""
    other = world.desk(world.home(office))
    made = other.record_forms.act(kind, staff, "", body)
    desk.node.office.bulk_docs([row.doc for row in other.node.office.all_docs(include_docs=True)], new_edits=False)
    other.close()
    return str(made)
