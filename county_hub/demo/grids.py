"""DEMO grids: 315 of them, of three tiers, with invented people and a few planned gaps, so that the page of coverage has
something to show. `plan` makes the rows of a list as the county imports it and the people in it, `load_grids` publishes them.

315 is the number that the county's network is known by (DOMAIN.md 1.1); nothing says how it is divided, so the villages' and
townships' own grids are made and groups fill up the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from county_hub.demo.years import SETTING
from county_hub.hub.hub import Hub
from county_hub.hub.problems import UsageProblem
from shared.disputes.rules import grids
from shared.disputes.rules.grids import COLUMNS
from shared.ledger.days import local_date
from shared.ledger.formats.documents import Doc
from shared.ledger.published.directory_heads import Directory, change
from shared.ledger.texts import t

GRIDS = 315
MOST_GROUPS = 99            # of a village: two digits number them
HOUSEHOLDS = 10             # of one grid member
# every so many: a group without a member, a village without a police officer, a member whose last household is in no grid
NO_MEMBER, NO_POLICE, GAP = 50, 10, 9


@dataclass(frozen=True, slots=True)
class Plan:
    """`rows` by the columns of the list; `people`: id -> entry of the directory."""

    rows: tuple[dict[str, str], ...]
    people: Mapping[str, dict[str, Any]]


def plan(own: Sequence[Mapping[str, str]], since: str) -> Plan:
    """`own`: the grids of townships and villages (`rules.grids.template`)."""
    people = dict[str, dict[str, Any]]()

    def person(id: str, name: str, office: str, *roles: str) -> str:
        people[id] = {"name": f"演示{name}", "office": office, "roles": list(roles), "active": True, "from": since, "to": None}
        return id

    rows, villages = [dict(row) for row in own], [row for row in own if row["tier"] == "village"]
    for n, row in enumerate(row for row in rows if row["tier"] == "village"):
        office = row["office"]
        row["leader"] = person(f"demo-l{office}", "网格长", office, "village_grid_leader")
        police = "" if n % NO_POLICE == 3 else f"police={person(f'demo-p{office}', '管区民警', office, 'beat_police')}"
        judicial = f"judicial={person(f'demo-j{office}', '司法干警', office, 'judicial_officer')}"
        row["officers"] = ";".join(filter(None, (f"member={row['leader']}", police, judicial)))
    for n in range(min(max(0, GRIDS - len(rows)), MOST_GROUPS * len(villages))):
        village, group = villages[n % len(villages)], n // len(villages) + 1
        rows.append(_group(village, group, n, person))
    return Plan(tuple(rows), people)


def _group(village: Mapping[str, str], group: int, n: int, person: Any) -> dict[str, str]:
    office, first = village["office"], (group - 1) * HOUSEHOLDS + 1
    name = f"demo-g{office}-{group:02d}"
    leader = person(name, "组长", office, "group_grid_leader", "grid_member")
    last = first + HOUSEHOLDS - 1
    homes = f"{first:03d}-{last - 2:03d}+{last:03d}" if n % GAP == 4 else f"{first:03d}-{last:03d}"
    return dict.fromkeys(COLUMNS, "") | {
        "grid_id": f"G{office}-{group:02d}", "tier": "group", "office": office, "group": f"{group:02d}", "name": f"演示{group}组",
        "parent": village["grid_id"], "leader": leader, "members": "" if n % NO_MEMBER == 7 else f"{leader}:{homes}"}


def load_grids(hub: Hub) -> int:
    """Publish the DEMO grids and their people; how many grids. Raises `UsageProblem` where the county has grids already."""
    if any(key.startswith(grids.TABLE) for key in hub.directory.latest().keys("table")):
        raise UsageProblem(t("figures.demo.grids_there"))
    organisation = hub.directory.organisation()
    named = ((office, organisation.display_name(office)) for office in sorted(organisation.offices))
    made = plan(grids.template(named, hub.directory.latest().lineage), f"{local_date(hub.clock())[:4]}-01-01")

    def people(latest: Directory) -> list[Doc]:
        setting = {**(latest.setting(SETTING) or {}), "on": True}
        return [change("setting", SETTING, setting), *(change("staff", id, entry) for id, entry in made.people.items())]

    hub.directory.revise(people)
    found = grids.read(enumerate(made.rows, 2), hub.directory.latest())
    if found.problems:
        raise UsageProblem("\n".join(found.problems[:5]))
    tables = grids.values(found.grids)
    hub.directory.revise(lambda latest: [change("table", key, value) for key, value in tables.items()])
    return len(found.grids)
