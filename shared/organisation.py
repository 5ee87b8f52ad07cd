"""Offices of a county with their lineage, from the divisions CSV and from a directory. Ids are permanent.

An office id is the division code at founding, padded to 12 digits: county 150822000000, township
150822100000, village 150822100203. Level is fixed at founding and so follows from the id; name, kind and
parent are attributes that the directory may change later. A name is never shown without its parent: five
farms each have a 一分场.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

DATA = Path(__file__).parent / "data"

LEVELS = ("village", "township", "county")         # from the bottom up
_RANK = {level: rank for rank, level in enumerate(LEVELS)}

_FARM_PREFIX, _FARM_SUFFIX = "磴口县农垦", "有限责任公司"


@dataclass(frozen=True, slots=True)
class Office:
    """One unit. `rooms` are function rooms (table `room`); `committee` is the legal body that owns the
    seal."""

    id: str
    name: str
    kind: str                           # table `office_kind`
    level: str                          # county | township | village
    parent: str | None
    code: str = ""                      # current division code
    rooms: tuple[str, ...] = ()
    committee: str = ""
    committee_kind: str = ""            # table `committee_kind`

    def value(self) -> dict[str, object]:
        """The office as a value of the directory (ARCHITECTURE.md)."""
        return {"name": self.name, "kind": self.kind, "level": self.level, "parent": self.parent,
                "code": self.code, "rooms": list(self.rooms), "committee": self.committee,
                "valid_from": None, "valid_to": None}


@dataclass(frozen=True, slots=True)
class Organisation:
    """Offices by id. Unknown ids are answered from the shape of the id, so a newer office never breaks a
    screen."""

    offices: Mapping[str, Office] = field(default_factory=dict)

    def get(self, office: str) -> Office | None:
        return self.offices.get(office)

    def parent(self, office: str) -> str | None:
        known = self.offices.get(office)
        return known.parent if known is not None else parent_of(office)

    def ancestors(self, office: str) -> tuple[str, ...]:
        """From the parent up to the county."""
        found: list[str] = []
        here = self.parent(office)
        while here is not None and here not in found:
            found.append(here)
            here = self.parent(here)
        return tuple(found)

    def children(self, office: str) -> tuple[str, ...]:
        return tuple(sorted(o.id for o in self.offices.values() if o.parent == office))

    def short_name(self, office: str) -> str:
        known = self.offices.get(office)
        return known.name if known is not None else office

    def display_name(self, office: str) -> str:
        """The name with its parent: 巴彦高勒镇旧地村. A county stands alone; a township within its county
        needs none."""
        known = self.offices.get(office)
        if known is None:
            return office
        above = self.offices.get(known.parent or "")
        return above.name + known.name if known.level == "village" and above is not None else known.name

    def county(self) -> str:
        """The id of the (one) county."""
        return next(o.id for o in self.offices.values() if o.level == "county")


def level_of(office: str) -> str:
    """county | township | village, from the permanent id alone."""
    if office.endswith("000000"):
        return "county"
    return "township" if office.endswith("000") else "village"


def rank_of(office: str) -> int:
    """0 village, 1 township, 2 county."""
    return _RANK[level_of(office)]


def parent_of(office: str) -> str | None:
    """The parent at founding, from the id alone; None for a county."""
    level = level_of(office)
    if level == "county":
        return None
    return office[:9] + "000" if level == "village" else office[:6] + "000000"


def ancestors_of(office: str) -> tuple[str, ...]:
    """All ancestors at founding, from the id alone, nearest first."""
    found: list[str] = []
    here = parent_of(office)
    while here is not None:
        found.append(here)
        here = parent_of(here)
    return tuple(found)


def covers(upper: str, lower: str) -> bool:
    """Is `upper` an ancestor of `lower`, or the same office?"""
    return upper == lower or upper in ancestors_of(lower)


def load_divisions(path: Path | str = DATA / "dengkou-divisions.csv", county: str = "150822") -> Organisation:
    """Offices of the county from a CSV `code,name,level,parent_code`. Raises ValueError naming row and
    remedy."""
    found: dict[str, Office] = {}
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                code, name, level = row["code"].strip(), row["name"].strip(), row["level"].strip()
            except (KeyError, AttributeError):
                raise ValueError(f"{path} row {number}: columns code,name,level,parent_code expected") from None
            if not code.startswith(county) or level not in _RANK:
                continue
            if not code.isascii() or not code.isdigit() or len(code) not in (6, 9, 12):
                raise ValueError(f"{path} row {number}: code {code!r} must have 6, 9 or 12 digits")
            if name != unicodedata.normalize("NFC", name) or not name:
                raise ValueError(f"{path} row {number}: name {name!r} must be non-empty NFC text")
            office = _founded(code, name, level, found)
            found[office.id] = office
    if not any(o.level == "county" for o in found.values()):
        raise ValueError(f"{path}: no county with code {county}; give the county's six digits")
    return Organisation(found)


def _founded(code: str, name: str, level: str, above: Mapping[str, Office]) -> Office:
    office = code.ljust(12, "0")
    parent = parent_of(office)
    kind = _kind(code, name, level)
    shown = _shown_name(name, kind)
    rooms: tuple[str, ...] = {
        "county": ("command_centre", "governance_centre"),
        "township": ("judicial_office", "governance_centre", "mediation_committee"),
        "village": ("governance_centre", "talk_room", "legal_room", "mediation_committee"),
    }[level]
    town = above.get(parent or "") if level == "village" else None
    prefix = town.name if town is not None else ""
    committee = "" if level == "county" else f"{prefix}{shown}人民调解委员会"
    return Office(office, shown, kind, level, parent, code, rooms, committee, _committee_kind(kind))


def _kind(code: str, name: str, level: str) -> str:
    if level == "county":
        return "county"
    if level == "township":
        if name.endswith("苏木"):
            return "sumu"
        if name.endswith("镇"):
            return "town"
        return "farm" if name.endswith(_FARM_SUFFIX) else "experiment_centre"
    if "嘎查" in name:
        return "gacha"
    if name.endswith(("居委会", "社区")):
        return "community"
    if "实验场" in name:
        return "experiment_field"
    return "subfarm" if code[6] in "45" else "village"


def _shown_name(name: str, kind: str) -> str:
    if kind == "farm":
        return name.removeprefix(_FARM_PREFIX).removesuffix(_FARM_SUFFIX)
    if kind in ("subfarm", "gacha", "experiment_field"):
        return name.removesuffix("村委会")
    if kind == "village" and name.endswith("村委会"):
        return name.removesuffix("委会")
    return name


def _committee_kind(kind: str) -> str:
    return {"village": "village", "gacha": "village", "community": "residents", "town": "township",
            "sumu": "township", "county": ""}.get(kind, "enterprise")


def organisation_of(offices: Iterable[tuple[str, Mapping[str, object]]]) -> Organisation:
    """Offices as the directory gives them: (id, {name, kind, level, parent, code, rooms, committee,
    ...})."""
    made: dict[str, Office] = {}
    for office, value in offices:
        parent = value.get("parent")
        rooms = value.get("rooms")
        made[office] = Office(
            office, str(value.get("name") or office), str(value.get("kind") or ""),
            str(value.get("level") or level_of(office)), str(parent) if parent else None,
            str(value.get("code") or ""), tuple(map(str, rooms)) if isinstance(rooms, (list, tuple)) else (),
            str(value.get("committee") or ""),
        )
    return Organisation(made)
