"""The quantitative half of risk (定量分析): ticked items -> points -> colour. A proposal to a person, who
may raise at will.

Pure configuration (`shared/data/risk.toml`). It scores one matter; nothing here may look across the cases
of a person.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
FULL = 100


@dataclass(frozen=True, slots=True)
class RiskItem:
    code: str
    name: str
    points: int
    group: str = ""
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class RiskScore:
    """`level` 1 blue ... 4 red; `unknown` are codes this version does not know (they score nothing)."""

    points: int
    level: int
    unknown: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, RiskItem], dict[int, int]]:
    raw = tomllib.loads((DATA / "risk.toml").read_text(encoding="utf-8"))
    items = {code: RiskItem(code, row["name"], row["points"], row.get("group", ""), row.get("at_least", 1))
             for code, row in raw["items"].items()}
    return items, {int(level): points for level, points in raw["levels"].items()}


def items() -> tuple[RiskItem, ...]:
    """What a form offers to tick, in the order of the table."""
    return tuple(_table()[0].values())


def score(ticked: Iterable[str]) -> RiskScore:
    """Points and proposed level for the ticked items; order and repeats do not matter."""
    known, levels = _table()
    codes = set(ticked)
    chosen = [known[code] for code in sorted(codes & known.keys())]
    best: dict[str, int] = {}
    for item in chosen:
        key = item.group or item.code
        best[key] = max(item.points, best.get(key, 0))
    points = min(FULL, sum(best.values()))
    level = max((level for level, least in levels.items() if points >= least), default=1)
    level = max([level, *(item.at_least for item in chosen)])
    return RiskScore(points, level, tuple(sorted(codes - known.keys())))


def suggested(*, persons: int = 0, amount_fen: int = 0, open_days: int = 0, vulnerable: bool = False) -> tuple[str, ...]:
    """Items that the case itself shows, to be ticked beforehand."""
    found = []
    if persons >= 10:
        found.append("persons_10")
    elif persons >= 5:
        found.append("persons_5")
    if amount_fen >= 10_000_000:
        found.append("sum_100k")
    elif amount_fen >= 5_000_000:
        found.append("sum_50k")
    if open_days > 60:
        found.append("unresolved_60")
    if vulnerable:
        found.append("vulnerable")
    return tuple(found)
