"""Which matters a people's committee may decide, and how: `shared/data/matters.toml`, each row with its source.

A *matter* is a category with its subcategory (code tables of these names). Pure configuration: `guards` asks it before an act
and when the act is folded; `case_notice` says it in words. An unknown code of a newer version is excluded from nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from shared.paths import DATA

ANY = "*"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """`reason`: key of the catalogue section `effect`; `channel`: code of the table `outcome`; banners: section `banner`."""

    reason: str
    channel: str
    banner: str
    banner_vulnerable: str
    categories: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What may be settled on the spot: levels of the table `risk`, codes of the table `difficulty`."""

    difficulties: frozenset[str]
    risk: int
    grid_risk: int


@dataclass(frozen=True)
class Matters:
    """The whole table. Keys are subcategories."""

    belongs: Mapping[str, frozenset[str]]
    excluded: Mapping[str, Exclusion]
    not_confirmable: frozenset[str]
    not_confirmable_banner: str
    settlement: Settlement
    county_transfers: frozenset[str]        # codes of the table `outcome` that only the county sends a case to
    written_only: Mapping[str, tuple[str, frozenset[str]]] = field(default_factory=dict)    # -> (reason, categories)
    written_category: Mapping[str, tuple[str, bool]] = field(default_factory=dict)      # -> (reason, only while nothing is named)

    def fits(self, category: str, subcategory: str) -> bool:
        """May this subcategory be given in this category? An empty one always; one that the table does not know, too."""
        return not subcategory or _within(category, self.belongs.get(subcategory, frozenset({ANY})))

    def of_category(self, category: str) -> tuple[str, ...]:
        """The subcategories to offer for a category, in the order of the table."""
        return tuple(code for code, categories in self.belongs.items() if _within(category, categories))

    def exclusion(self, category: str, subcategory: str) -> Exclusion | None:
        found = self.excluded.get(subcategory)
        return found if found is not None and _within(category, found.categories) else None

    def must_be_named(self, category: str) -> bool:
        """Some matters of this category are excluded, so nobody may decide one without saying which it is."""
        return any(category in self.belongs.get(code, ()) and _within(category, row.categories)
                   for code, row in self.excluded.items())

    def written(self, category: str, subcategory: str) -> str:
        """Why an agreement on it must be written, or "". What the subcategory does not say, the category says."""
        reason, categories = self.written_only.get(subcategory, ("", frozenset()))
        if reason and _within(category, categories):
            return reason
        reason, unnamed = self.written_category.get(category, ("", False))
        return "" if unnamed and subcategory else reason


@lru_cache(maxsize=1)
def table() -> Matters:
    raw = tomllib.loads((DATA / "matters.toml").read_text(encoding="utf-8"))
    spot = raw["settlement"]
    excluded = {
        code: Exclusion(row["reason"], row["channel"], row["banner"], row.get("banner_vulnerable", row["banner"]),
                        frozenset(row["categories"]), row["source"])
        for code, row in raw["excluded"].items()
    }
    written = {code: (row["reason"], frozenset(row["categories"])) for code, row in raw["written_only"].items()}
    return Matters(
        {code: frozenset(categories) for code, categories in raw["subcategories"].items()}, excluded,
        frozenset(raw["not_confirmable"]["subcategories"]), raw["not_confirmable"]["banner"],
        Settlement(frozenset(spot["difficulties"]), spot["risk"], spot["grid_risk"]),
        frozenset(raw["transfer"]["county_only"]), written,
        {code: (row["reason"], row.get("unnamed", False)) for code, row in raw["written_category"].items()},
    )


def _within(category: str, categories: frozenset[str]) -> bool:
    return ANY in categories or category in categories
