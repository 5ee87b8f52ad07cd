"""How far the grids reach: how many there are, which have no member, which posts of the five officers are
empty. From the directory; it must not know HTTP or HTML.
"""

from __future__ import annotations

from dataclasses import dataclass

from county_hub.county.desk import CountyDesk
from shared.disputes.rules.grids import TABLE, Grid, of_table
from shared.ledger import codes


@dataclass(frozen=True, slots=True)
class OfficeCoverage:
    """Of one office. `gaps`: households of no member, between the first and the last number that any member has."""

    office: str
    grids: int
    households: int
    without_member: tuple[str, ...]
    without_leader: tuple[str, ...]
    empty_posts: tuple[tuple[str, str], ...]        # (grid, slot)
    gaps: int

    @property
    def lacks(self) -> bool:
        return bool(self.without_member or self.without_leader or self.empty_posts or self.gaps)


@dataclass(frozen=True, slots=True)
class Coverage:
    offices: tuple[OfficeCoverage, ...]
    without_grid: int                               # villages that have none

    @property
    def grids(self) -> int:
        return sum(one.grids for one in self.offices)

    def count(self, name: str) -> int:
        return sum(len(getattr(one, name)) for one in self.offices)

    @property
    def gaps(self) -> int:
        return sum(one.gaps for one in self.offices)


def coverage(desk: CountyDesk) -> Coverage:
    latest, today = desk.hub.directory.latest(), desk.acts.today()
    slots = tuple(codes.names("grid_officer_slot"))[:3]
    made, without = list[OfficeCoverage](), 0
    for office in sorted(latest.offices(), key=lambda o: o.id):
        grids = [g for g in of_table(latest.table(TABLE + office.id)) if g.valid_on(today)]
        without += office.level == "village" and not grids
        if grids:
            made.append(_of(office.id, grids, slots))
    return Coverage(tuple(made), without)


def _of(office: str, grids: list[Grid], slots: tuple[str, ...]) -> OfficeCoverage:
    households = {number for grid in grids for member in grid.members for number in member.households}
    groups = [grid for grid in grids if grid.tier == "group"]
    gaps = max(households) - min(households) + 1 - len(households) if households else 0
    return OfficeCoverage(
        office, len(grids), len(households), tuple(g.name for g in groups if not g.members),
        tuple(g.name for g in grids if not g.leader and g.tier != "town"),
        tuple((g.name, slot) for g in grids if g.tier == "village" for slot in slots if slot not in dict(g.officers)), gaps)
