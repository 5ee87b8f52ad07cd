"""The grid registry: 镇级, 村级 and 组级网格, who leads them, their members with the households each looks after, and the
officers of 一格五员 (DOMAIN.md 1.2, 1.3, 1.6).

The list is data that the county imports: it cannot be derived (no text breaks the 315 grids down). It travels in the
directory, one table `grid.<office>` an office, so a correction is small. Households are numbers, never names: every device
reads the directory (PIPL Art 6). Pure: rows in, values and Chinese sentences out; files are the program's.

    grid_id, tier, office, group, name, parent, leader, members, officers, valid_from, valid_to
    members    staff:household[-household];...      w01:001-010;w02:011-020
    officers   slot=staff;...                       police=p01;judicial=j01        slots: code table `grid_officer_slot`
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from shared.disputes.rules.limits import default_limits
from shared.ledger import codes
from shared.ledger.days import is_day
from shared.ledger.entry import name_fault
from shared.ledger.formats.characters import is_nfc
from shared.ledger.published.lineage import Lineage
from shared.ledger.texts import t
from shared.ledger.wrong_table import ODD

COLUMNS = ("grid_id", "tier", "office", "group", "name", "parent", "leader", "members", "officers", "valid_from", "valid_to")
TIERS = ("town", "village", "group")
_TIER_LEVEL = {"town": "township", "village": "village", "group": "village"}
_LEADER_ROLES = {"town": (), "village": ("village_grid_leader",), "group": ("group_grid_leader",)}
_ID = re.compile(r"[A-Z0-9][A-Z0-9-]{2,30}", re.ASCII)
_RANGE = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?", re.ASCII)
TABLE = "grid."


@dataclass(frozen=True, slots=True)
class Member:
    """A grid member and the numbers of the households linked to them."""

    staff: str
    households: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    id: str
    tier: str
    office: str
    group: str
    name: str
    parent: str
    leader: str = ""
    members: tuple[Member, ...] = ()
    officers: tuple[tuple[str, str], ...] = ()      # (slot, staff)
    valid_from: str = ""
    valid_to: str = ""

    @property
    def households(self) -> int:
        return len({number for member in self.members for number in member.households})

    def valid_on(self, day: str) -> bool:
        return (self.valid_from or "0000") <= day <= (self.valid_to or "9999")


@dataclass(slots=True)
class Import:
    """What the lines of a file gave. Nothing may be used while `problems` has entries; `warnings` are for a person to look at."""

    grids: list[Grid] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Knows(Protocol):
    """What the validation asks of a directory."""

    def office(self, id: str, on: str | None = None) -> Any: ...
    def staff(self, id: str) -> Any: ...

    @property
    def lineage(self) -> Lineage: ...


def template(offices: Iterable[tuple[str, str]], lineage: Lineage) -> list[dict[str, str]]:
    """Rows to start from: the town grids and village grids of these (office id, name); group grids are for the villages to
    add (tier `group`, two digits of the group, parent = the village's grid)."""
    rows = []
    for office, name in offices:
        level = lineage.level_of(office)
        if level == "county":
            continue
        tier = "town" if level == "township" else "village"
        town = lineage.at_level(office, "township")
        parent = f"T{town[:9]}" if tier == "village" else ""
        rows.append(dict.fromkeys(COLUMNS, "") | {
            "grid_id": f"T{office[:9]}" if tier == "town" else f"V{office}", "tier": tier, "office": office,
            "name": t("grids.name", place=name), "parent": parent,
        })
    return rows


def read(rows: Iterable[tuple[int, Mapping[str, str]]], known: Knows) -> Import:
    """The grids of (line number, cells). Every line is looked at; each mistake names line, field, value and remedy."""
    found = Import()
    by_id: dict[str, tuple[int, Grid]] = {}
    for line, cells in rows:
        grid = _row(line, {name: (cells.get(name) or "").strip() for name in COLUMNS}, known, found)
        if grid is None:
            continue
        if grid.id in by_id:
            found.problems.append(t("grids.twice", line=line, id=grid.id, first=by_id[grid.id][0]))
            continue
        by_id[grid.id] = (line, grid)
    for line, grid in by_id.values():
        _check_parent(line, grid, by_id, known.lineage, found)
    _check_households(by_id.values(), found)
    found.grids = [grid for _, grid in by_id.values()]
    return found


def _row(line: int, c: Mapping[str, str], known: Knows, found: Import) -> Grid | None:
    wrong: list[tuple[str, str]] = []
    if not _ID.fullmatch(c["grid_id"]):
        wrong.append(("grid_id", t("grids.bad_id")))
    if c["tier"] not in TIERS:
        wrong.append(("tier", t("grids.bad_tier")))
    elif known.office(c["office"]) is None or known.lineage.level_of(c["office"]) != _TIER_LEVEL[c["tier"]]:
        wrong.append(("office", t("grids.bad_office", tier=codes.name("grid_tier", c["tier"]))))
    if (c["tier"] == "group") != bool(re.fullmatch(r"[0-9]{2}", c["group"])) or (c["tier"] != "group" and c["group"]):
        wrong.append(("group", t("grids.bad_group")))
    if not c["name"] or not is_nfc(c["name"]) or len(c["name"]) > 60:
        wrong.append(("name", t("grids.bad_name")))
    elif name_fault(c["name"]):
        wrong.append(("name", name_fault(c["name"])))
    wrong += [(name, t("grids.bad_date")) for name in ("valid_from", "valid_to") if c[name] and not is_day(c[name])]
    members, officers = _members(c["members"], known, wrong), _officers(c["officers"], known, wrong)
    if c["leader"]:
        _check_leader(c["leader"], c["tier"], known, wrong)
    else:
        found.warnings.append(t("grids.no_leader", line=line, id=c["grid_id"]))
    for name, remedy in wrong:
        found.problems.append(t("grids.line", line=line, field=name, value=c[name], remedy=remedy))
    if wrong:
        return None
    for member in members:
        if len(member.households) > default_limits().households_per_member:      # a warning, not an error
            found.warnings.append(t("grids.many", line=line, staff=member.staff, n=len(member.households)))
    return Grid(c["grid_id"], c["tier"], c["office"], c["group"], c["name"], c["parent"], c["leader"], members, officers,
                c["valid_from"], c["valid_to"])


def _members(text: str, known: Knows, wrong: list[tuple[str, str]]) -> tuple[Member, ...]:
    made = []
    for part in _parts(text):
        staff, colon, numbers = part.partition(":")
        ranges = [_RANGE.fullmatch(piece) for piece in numbers.replace("+", " ").split()] if colon else []
        if not colon or not ranges or not all(ranges):
            wrong.append(("members", t("grids.bad_member", part=part)))
            continue
        if not _has_role(known, staff, ("grid_member", "law_literate", "village_grid_leader", "group_grid_leader")):
            wrong.append(("members", t("grids.no_staff", staff=staff)))
            continue
        households = {
            n for r in ranges if r for n in range(int(r[1]), int(r[2] or r[1]) + 1)
        }
        if not households:
            wrong.append(("members", t("grids.bad_member", part=part)))
            continue
        made.append(Member(staff, tuple(sorted(households))))
    return tuple(made)


def _officers(text: str, known: Knows, wrong: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    made: dict[str, str] = {}
    for part in _parts(text):
        slot, equals, staff = part.partition("=")
        if not equals or slot not in codes.table("grid_officer_slot") or slot in made:
            wrong.append(("officers", t("grids.bad_slot", part=part, known="、".join(codes.names("grid_officer_slot")))))
        elif known.staff(staff) is None:
            wrong.append(("officers", t("grids.no_staff", staff=staff)))
        else:
            made[slot] = staff
    return tuple(made.items())


def _check_leader(staff: str, tier: str, known: Knows, wrong: list[tuple[str, str]]) -> None:
    roles = _LEADER_ROLES.get(tier, ())
    if known.staff(staff) is None or (roles and not _has_role(known, staff, roles)):
        wrong.append(("leader", t("grids.bad_leader", roles="、".join(codes.name("role", role) for role in roles) or "—")))


def _has_role(known: Knows, staff: str, roles: Sequence[str]) -> bool:
    person = known.staff(staff)
    return person is not None and person.active and any(role in roles for role in person.roles)


def _check_parent(line: int, grid: Grid, by_id: Mapping[str, tuple[int, Grid]], lineage: Lineage, found: Import) -> None:
    """A group lies in its village's grid, a village in its town's; a town has none."""
    if grid.tier == "town":
        if grid.parent:
            found.problems.append(t("grids.line", line=line, field="parent", value=grid.parent, remedy=t("grids.town_parent")))
        return
    above = by_id.get(grid.parent)
    wanted = TIERS[TIERS.index(grid.tier) - 1]
    fits = above is not None and above[1].tier == wanted and (
        above[1].office == grid.office if grid.tier == "group" else above[1].office == lineage.at_level(grid.office, "township"))
    if not fits:
        remedy = t("grids.bad_parent", tier=codes.name("grid_tier", wanted))
        found.problems.append(t("grids.line", line=line, field="parent", value=grid.parent, remedy=remedy))


def _check_households(grids: Iterable[tuple[int, Grid]], found: Import) -> None:
    """Within a village a household belongs to one member."""
    taken: dict[tuple[str, int], str] = {}
    for line, grid in grids:
        for member in grid.members:
            for number in member.households:
                other = taken.setdefault((grid.office, number), member.staff)
                if other != member.staff:
                    found.problems.append(t("grids.household", line=line, number=number, one=other, other=member.staff))


def values(grids: Iterable[Grid]) -> dict[str, dict[str, Any]]:
    """Directory tables by key: `grid.<office>` -> {"grids": [...]}."""
    made: dict[str, list[dict[str, Any]]] = {}
    for grid in grids:
        row = {k: v for k, v in asdict(grid).items() if v not in ("", ())}
        row["members"] = [{"staff": m.staff, "households": list(m.households)} for m in grid.members]
        row["officers"] = dict(grid.officers)
        made.setdefault(f"{TABLE}{grid.office}", []).append(row)
    return {key: {"grids": sorted(rows, key=lambda r: str(r["id"]))} for key, rows in sorted(made.items())}


def of_table(table: Mapping[str, Any] | None) -> list[Grid]:
    """The grids in one directory table; what does not fit is passed over (a newer version may have written it)."""
    found = []
    rows = (table or {}).get("grids")
    for row in rows if isinstance(rows, list | tuple) else ():
        with contextlib.suppress(*ODD):
            if isinstance(row, Mapping) and row.get("id") and row.get("tier") in TIERS:
                found.append(_grid(row))
    return found


def _grid(row: Mapping[str, Any]) -> Grid:
    members = tuple(Member(str(m["staff"]), tuple(int(n) for n in m["households"])) for m in row.get("members", ()))
    officers = tuple((str(slot), str(staff)) for slot, staff in row.get("officers", {}).items())
    return Grid(str(row["id"]), str(row["tier"]), str(row.get("office", "")), str(row.get("group", "")), str(row.get("name", "")),
                str(row.get("parent", "")), str(row.get("leader", "")), members, officers,
                str(row.get("valid_from", "")), str(row.get("valid_to", "")))


def chain(grids: Iterable[Grid], grid_id: str) -> tuple[Grid, ...]:
    """From a grid up to its town: who stands behind whom in the escalation (member -> group -> village -> township)."""
    by_id, found, here = {grid.id: grid for grid in grids}, list[Grid](), grid_id
    while here in by_id and by_id[here] not in found:
        found.append(by_id[here])
        here = by_id[here].parent
    return tuple(found)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]
