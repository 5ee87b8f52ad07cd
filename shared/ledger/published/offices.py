"""Offices of a county with their lineage, from the divisions CSV and from a directory. Ids are permanent.

An office id is the division code at founding, padded to 12 digits: county 150822000000, township
150822100000, village 150822100203. Level is fixed at founding; name, kind and parent are attributes that the
directory may change later. An organ (a department or merged centre: court, justice bureau ...) is an office of the county's level
with an id of its own, 9, the county's six digits and a serial number: no division code begins with 9, so a reform of divisions
never meets it. Who lies above whom, and at which level, is `lineage`. A name is never shown without its parent: five farms each
have a 一分场.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from shared.ledger.days import is_day
from shared.ledger.formats.characters import is_digits, replaced
from shared.ledger.published.lineage import FOUNDED, LEVELS, level_at
from shared.paths import DATA

_ORGAN = "9"

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
    valid_from: str | None = None       # first and last day (ISO) of this name and code; None: always
    valid_to: str | None = None

    def value(self) -> dict[str, object]:
        """The office as a value of the directory (ARCHITECTURE.md)."""
        return {"name": self.name, "kind": self.kind, "level": self.level, "parent": self.parent,
                "code": self.code, "rooms": list(self.rooms), "committee": self.committee,
                "valid_from": self.valid_from, "valid_to": self.valid_to}


@dataclass(frozen=True, slots=True)
class Organisation:
    """Offices by id, as they are called today. Unknown ids are answered from the shape of the id, so a newer
    office never breaks a screen. `history`: every period of an office, the oldest first."""

    offices: Mapping[str, Office] = field(default_factory=dict)
    history: Mapping[str, Sequence[Office]] = field(default_factory=dict)

    def get(self, office: str) -> Office | None:
        return self.offices.get(office)

    def parent(self, office: str) -> str | None:
        known = self.offices.get(office)
        return known.parent if known is not None else FOUNDED.parent_of(office)

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

    def then(self, office: str, on: str = "") -> Office | None:
        """The office as it was on a day (ISO; "": today); on a day of no period the nearest one."""
        periods = self.history.get(office, ())
        if not on or not periods:
            return self.offices.get(office)
        begun = [period for period in periods if (period.valid_from or "") <= on]
        return begun[-1] if begun else periods[0]

    def short_name(self, office: str, on: str = "") -> str:
        known = self.then(office, on)
        return known.name if known is not None else office

    def display_name(self, office: str, on: str = "") -> str:
        """The name with its parent: 巴彦高勒镇旧地村. A county stands alone; a township within its county
        needs none. Both names are those of the day `on` ("": today)."""
        known = self.then(office, on)
        if known is None:
            return office
        above = self.then(known.parent or "", on)
        return above.name + known.name if known.level == "village" and above is not None else known.name

    def names(self) -> list[tuple[str, tuple[str, ...]]]:
        """(id, every name it has or had, alone and with its parent): what an old paper may be looked up by."""
        return [(id, tuple({n for day in _days(self, id) for n in (self.short_name(id, day), self.display_name(id, day))}))
                for id in self.offices]

    def is_closed(self, office: str, on: str) -> bool:
        """Was it closed for good before this day?"""
        last = (self.history.get(office) or [self.offices[office]])[-1].valid_to if office in self.offices else None
        return last is not None and last < on

    def county(self) -> str:
        """The id of the (one) county."""
        return next(o.id for o in self.offices.values() if o.level == "county" and o.parent is None)

    def level_of(self, office: str) -> str:
        """As the directory has it; of an office that it does not know, as it was founded."""
        known = self.offices.get(office)
        return known.level if known is not None else FOUNDED.level_of(office)

    def organs(self) -> tuple[Office, ...]:
        return tuple(sorted((o for o in self.offices.values() if o.level == "county" and o.parent), key=lambda o: o.id))


def _days(known: Organisation, office: str) -> set[str]:
    """Days on which its name or its parent's began, and today."""
    here = known.offices[office]
    periods = [*known.history.get(office, ()), *known.history.get(here.parent or "", ())]
    return {"", "0000-00-00", *(period.valid_from for period in periods if period.valid_from)}


def organ_serial(office: str) -> int:
    """The serial number of an id that `organ` makes; 0 for any other id."""
    return int(office[7:]) if office.startswith(_ORGAN) else 0


def organ(county: str, serial: int, name: str, kind: str, start: str | None = None) -> Office:
    """A department of the county (its office id); `kind` of the table `organ_kind`, `start` its first day."""
    return Office(f"{_ORGAN}{county[:6]}{serial:05d}", replaced(name), kind, "county", county, valid_from=start)


def load_divisions(path: Path | str = DATA / "dengkou-divisions.csv", county: str = "150822") -> Organisation:
    """Offices of the county from a CSV `code,name,level,parent_code` and, if given, `valid_from,valid_to` (first and last
    day, ISO). Raises ValueError naming row and remedy."""
    found: dict[str, Office] = {}
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                code, name, level = row["code"].strip(), replaced(row["name"].strip()), row["level"].strip()
            except (KeyError, AttributeError):
                raise ValueError(f"{path} row {number}: columns code,name,level,parent_code expected") from None
            if not code.startswith(county) or level not in LEVELS:
                continue
            if not is_digits(code) or len(code) not in (6, 9, 12):
                raise ValueError(f"{path} row {number}: code {code!r} must have 6, 9 or 12 digits")
            if not name:
                raise ValueError(f"{path} row {number}: the name is empty")
            office = replace(_founded(code, name, level, found), valid_from=_day(path, number, row, "valid_from"),
                             valid_to=_day(path, number, row, "valid_to"))
            if office.valid_from and office.valid_to and office.valid_to < office.valid_from:
                raise ValueError(f"{path} row {number}: valid_to {office.valid_to} lies before valid_from {office.valid_from}")
            found[office.id] = office
    if not any(o.level == "county" for o in found.values()):
        raise ValueError(f"{path}: no county with code {county}; give the county's six digits")
    return Organisation(found)


def _day(path: Path | str, number: int, row: Mapping[str, str | None], column: str) -> str | None:
    text = (row.get(column) or "").strip()
    if text and not is_day(text):
        raise ValueError(f"{path} row {number}: {column} {text!r} is no date; write it as 2026-07-01")
    return text or None


def founded(code: str, name: str, level: str, town: Office | None) -> Office:
    """An office of this division code and official name, below `town` if it is a village."""
    return _founded(code, name, level, {town.id: town} if town is not None else {})


def _founded(code: str, name: str, level: str, above: Mapping[str, Office]) -> Office:
    office = code.ljust(12, "0")
    parent = FOUNDED.parent_of(office)
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


def organisation_of(
    offices: Iterable[tuple[str, Mapping[str, object]]], history: Mapping[str, Iterable[Mapping[str, object]]] | None = None,
) -> Organisation:
    """Offices as the directory gives them: (id, {name, kind, level, parent, code, rooms, committee,
    ...}); `history`: all their values."""
    past = {office: tuple(values) for office, values in (history or {}).items()}
    periods = {office: tuple(_of_value(office, value, values[0]) for value in values) for office, values in past.items()}
    return Organisation({office: _of_value(office, value, *past.get(office, ())[:1]) for office, value in offices}, periods)


def _of_value(office: str, value: Mapping[str, object], founded: Mapping[str, object] | None = None) -> Office:
    parent, rooms, start, end = value.get("parent"), value.get("rooms"), value.get("valid_from"), value.get("valid_to")
    return Office(
        office, str(value.get("name") or office), str(value.get("kind") or ""),
        level_at(office, founded or value), str(parent) if parent else None,
        str(value.get("code") or ""), tuple(map(str, rooms)) if isinstance(rooms, (list, tuple)) else (),
        str(value.get("committee") or ""), valid_from=str(start) if start else None, valid_to=str(end) if end else None,
    )
