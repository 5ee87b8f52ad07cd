"""Numbers of the domain that are no clock, no amount and no score (`shared/data/limits.toml`), each with its source.

Pure configuration. The county overlays single rows with its directory table "limits"; a fold is given the result as part of
its `ClockRules`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.ledger.wrong_table import WrongTable
from shared.paths import DATA

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Limits:
    """One number per field, in the unit that its name says."""

    duplicate_days: int
    rating_window_days: int
    satisfied_from: int
    bounces: int
    clock_tolerance_hours: int
    backdating_days: int
    panel_experts: int
    households_per_member: int
    committee_members_least: int
    committee_members_most: int
    committee_term_years: int
    lower_from_1: int
    lower_from_2: int
    lower_from_3: int
    lower_from_4: int
    adult_age: int

    def lower_rank(self, level: int) -> int:
        """Level of the office (0 village, 1 township, 2 county) that may lower a matter from this colour (1-4)."""
        return (self.lower_from_1, self.lower_from_2, self.lower_from_3, self.lower_from_4)[min(max(level, 1), 4) - 1]


def rows() -> Mapping[str, Mapping[str, Any]]:
    """The shipped rows as they stand in the file: {name: {"value", "source"}}."""
    return {name: row for name, row in _raw().items() if isinstance(row, Mapping)}


def overlaid(county: Mapping[str, Mapping[str, Any]]) -> Limits:
    """The shipped numbers with single rows replaced. Raises ValueError naming row, value and remedy."""
    known = rows()
    values = {}
    for name in county:
        if name not in known:
            raise WrongTable(f"limits.{name}", f"no such number; there are {(there := ', '.join(known))}", "unknown", known=there)
    for name, row in {**known, **county}.items():
        value = row.get("value") if isinstance(row, Mapping) else None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
            raise WrongTable(f"limits.{name}", f"value {value!r} must be a whole number from 0 to {_MOST}", "number",
                             field="value", value=value, least=0, most=_MOST)
        if not isinstance(row.get("source"), str) or not row["source"]:
            raise WrongTable(f"limits.{name}", "source is missing; say who set this number", "source")
        values[name] = value
    return Limits(**values)


@lru_cache(maxsize=1)
def default_limits() -> Limits:
    return overlaid({})


@lru_cache(maxsize=1)
def _raw() -> Mapping[str, Any]:
    return tomllib.loads((DATA / "limits.toml").read_text(encoding="utf-8"))
