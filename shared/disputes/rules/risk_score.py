"""The quantitative half of risk (定量分析): ticked items -> points -> colour. A person may raise beyond it at will.

Pure configuration (`shared/data/risk.toml`, overlaid by the county's directory table "risk"). It scores one matter; nothing
here may look across the cases of a person (PIPL Art 24).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.ledger.wrong_table import WrongTable
from shared.paths import DATA

FULL = 100
LEVELS = range(2, 5)


@dataclass(frozen=True, slots=True)
class RiskItem:
    """`at_least`: the level that this item alone calls for. `fact` and `least`: what of the case shows it, and from where."""

    code: str
    name: str
    points: int
    group: str = ""
    at_least: int = 1
    fact: str = ""
    least: int = 0


@dataclass(frozen=True, slots=True)
class RiskScore:
    """`level` 1 blue ... 4 red; `unknown` are codes this version does not know (they score nothing)."""

    points: int
    level: int
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class RiskTable:
    """Items by code, the least points of each level, and the items that a subcategory implies."""

    items: Mapping[str, RiskItem]
    levels: Mapping[int, int]
    implied: Mapping[str, str]

    def score(self, ticked: Iterable[str]) -> RiskScore:
        """Points and level for the ticked items; order and repeats do not matter."""
        codes = set(ticked)
        if not codes:
            return _NOTHING
        chosen = [self.items[code] for code in sorted(codes & self.items.keys())]
        best: dict[str, int] = {}
        for item in chosen:
            key = item.group or item.code
            best[key] = max(item.points, best.get(key, 0))
        points = min(FULL, sum(best.values()))
        level = max((level for level, least in self.levels.items() if points >= least), default=1)
        level = max([level, *(item.at_least for item in chosen)])
        return RiskScore(points, level, tuple(sorted(codes - self.items.keys())))

    def implied_by(self, subcategory: str) -> tuple[str, ...]:
        """The items that a matter of this subcategory has by itself: domestic violence is violence."""
        item = self.implied.get(subcategory)
        return (item,) if item is not None else ()

    def suggested(self, facts: Mapping[str, int]) -> tuple[str, ...]:
        """Items that the facts of the case show (persons, amount_fen, open_days, vulnerable), to be ticked beforehand; of one
        group only the highest."""
        best: dict[str, RiskItem] = {}
        for item in self.items.values():
            if item.fact and facts.get(item.fact, 0) >= item.least:
                key = item.group or item.code
                if key not in best or item.points > best[key].points:
                    best[key] = item
        return tuple(item.code for item in best.values())


_NOTHING = RiskScore(0, 1)


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Any]:
    return tomllib.loads((DATA / "risk.toml").read_text(encoding="utf-8"))


def overlaid(county: Mapping[str, Any]) -> RiskTable:
    """The shipped table with single items (`items`) and levels (`levels`) replaced. Raises ValueError naming row and value."""
    raw = _shipped()
    parts = {name: {**raw[name], **_part(county, name)} for name in ("items", "levels", "implied")}
    items = {code: _item(code, row) for code, row in parts["items"].items()}
    levels: dict[int, int] = {}
    for name, points in parts["levels"].items():
        if str(name) not in map(str, LEVELS) or not _whole(points, FULL):
            raise WrongTable(f"risk.levels.{name}", f"{points!r}; levels are 2, 3, 4 with points from 0 to {FULL}", "level",
                             value=points, most=FULL)
        levels[int(name)] = points
    for subcategory, code in parts["implied"].items():
        if code not in items:
            raise WrongTable(f"risk.implied.{subcategory}", f"no item {code!r}", "no_item", value=code)
    return RiskTable(items, levels, parts["implied"])


def _part(county: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = county.get(name, {})
    if not isinstance(part, Mapping):
        raise WrongTable(f"risk.{name}", "must be an object", "object", fields="{...}")
    return part


def _item(code: str, row: Any) -> RiskItem:
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str) or not _whole(row.get("points"), FULL):
        raise WrongTable(f"risk.items.{code}", f"name and points (0 to {FULL}) are needed", "object",
                         fields=f"name, points (0-{FULL})")
    at_least, least = row.get("at_least", 1), row.get("least", 1)
    if not _whole(at_least, 4) or not _whole(least, 10**13):
        raise WrongTable(f"risk.items.{code}", f"at_least {at_least!r} must be 1 to 4, least {least!r} a whole number", "object",
                         fields=f"at_least (1-4), least (0-{10**13})")
    return RiskItem(code, row["name"], row["points"], str(row.get("group", "")), at_least, str(row.get("fact", "")), least)


def _whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


@lru_cache(maxsize=1)
def default_risk() -> RiskTable:
    return overlaid({})


def items() -> tuple[RiskItem, ...]:
    """What a form offers to tick, in the order of the shipped table."""
    return tuple(default_risk().items.values())


def score(ticked: Iterable[str]) -> RiskScore:
    """By the shipped table; a fold scores by the county's (`ClockRules.risk`)."""
    return default_risk().score(ticked)
