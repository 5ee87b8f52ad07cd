"""The county's figures: definitions as data, counts and rates as sums of marks (DOMAIN.md 1.9).

Every indicator has numerator, denominator, scope, period and source in `shared/data/figures.toml`; here is only which marks
(`marks`) each adds up. Nothing printed in a newspaper ever enters a figure. A rate without a denominator is none (无), never 0 or
100.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from shared.disputes.figures.facts import Facts
from shared.disputes.figures.marks import MOST_MONTHS, RUNNING, Period, Tally
from shared.ledger.published.lineage import Lineage
from shared.ledger.wrong_table import WrongTable, in_force
from shared.paths import DATA

LEVELS = ("village", "township", "county")
CHANNELS = ("letter_visit", "online")
_MOST = {"small_cell": 50, "satisfied_from": 5, "repeat_months": MOST_MONTHS}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One definition. `kind` is count or rate; all texts are Chinese and meant to be printed beside the figure."""

    id: str
    kind: str
    name: str
    unit: str
    numerator: str
    denominator: str
    scope: str
    period: str
    source: str


@dataclass(frozen=True, slots=True)
class Publication:
    """How figures may be published: cells from 1 to `small_cell` - 1 are suppressed."""

    small_cell: int
    small_cell_source: str
    satisfied_from: int
    repeat_months: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A count (`denominator` None) or a rate with both of its numbers."""

    numerator: int
    denominator: int | None = None

    @property
    def is_rate(self) -> bool:
        return self.denominator is not None

    def percent(self) -> Decimal | None:
        return percent(self.numerator, self.denominator or 0)

    def is_small(self, small_cell: int) -> bool:
        """Would it tell of so few that somebody could be known by it?"""
        base = self.numerator if self.denominator is None else self.denominator
        return 0 < base < small_cell


@lru_cache(maxsize=1)
def _load() -> tuple[Publication, dict[str, Indicator]]:
    raw = tomllib.loads((DATA / "figures.toml").read_text(encoding="utf-8"))
    publication = raw["publication"]
    made = {
        key: Indicator(key, row["kind"], row["name"], row["unit"], row["numerator"], row["denominator"], row["scope"],
                       row["period"], row["source"])
        for key, row in raw["indicators"].items()
    }
    return Publication(publication["small_cell"], publication["small_cell_source"], publication["satisfied_from"],
                       publication["repeat_months"]), made


def indicators() -> dict[str, Indicator]:
    """Every definition by id, in the order in which a report shows them."""
    return _load()[1]


def publication() -> Publication:
    return _load()[0]


def publication_of(county: Mapping[str, Any] | None) -> Publication:
    """The shipped thresholds with those of the county's directory table "figures". Raises ValueError naming field and value."""
    made = publication()
    for name, value in (county or {}).items():
        known = getattr(made, name, None)
        if type(value) is not type(known) or (isinstance(value, int) and not 1 <= value <= _MOST.get(name, 1)):
            raise WrongTable(f"figures.{name}", f"{value!r}; there are small_cell, satisfied_from, repeat_months (whole numbers"
                             f" from 1 to {_MOST}) and small_cell_source (a text)", "object",
                             fields=", ".join(f"{known} (1-{most})" for known, most in _MOST.items()) + ", small_cell_source")
    return replace(made, **(county or {}))


def publication_in_force(county: Mapping[str, Any] | None) -> tuple[Publication, str]:
    """The same of whatever was published: a table that cannot hold is left out, with the sentence that says so."""
    return in_force("figures", publication_of, county)


def percent(part: int, whole: int) -> Decimal | None:
    """Per cent to one decimal, halves away from zero (四舍五入); None when there is nothing to divide by."""
    if whole == 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def compute(tally: Tally, rules: Publication | None = None) -> dict[str, Figure]:
    """Every indicator of the tally's period."""
    made = rules or publication()
    parts = {key: _COUNT[key] for key in indicators()}
    return {key: Figure(upper.total(tally, made), None if lower is None else lower.total(tally, made))
            for key, (upper, lower) in parts.items()}


def part_of(key: str, part: str) -> Part | None:
    """`part`: numerator | denominator; None where the indicator has none, KeyError for an unknown indicator."""
    return _COUNT[key][("numerator", "denominator").index(part)]


# --- how each is counted --------------------------------------------------------------------------------------------

Counts = Callable[[str, Publication, Lineage], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """Which marks: of these names, whose key `counts`."""

    whats: tuple[str, ...]
    counts: Counts = lambda key, rules, lineage: True

    def total(self, tally: Tally, rules: Publication) -> int:
        return sum(n for what in self.whats for key, n in tally.by(what).items() if self.counts(key, rules, tally.lineage))

    def of(self, facts: Facts, period: Period, rules: Publication) -> Iterator[tuple[str, str, int]]:
        """What it counts: (day, id of the case or matter, how many times)."""
        days = {what: period.counted(what) for what in self.whats}
        for id, mark in facts.marks():
            if mark.what in days and mark.day in days[mark.what] and self.counts(mark.key, rules, facts.lineage):
                yield mark.day, id, mark.n


def resolved_locally(key: str, lineage: Lineage) -> bool:
    """By an office of the level that registered it (不出村 / 不出镇 / 不出县); `key` of the mark "resolved"."""
    origin, _, holder = key.partition(" ")
    return lineage.rank_of(holder) == lineage.rank_of(origin)


def _all(*whats: str) -> Part:
    return Part(whats)


def _of(what: str, wanted: str) -> Part:
    return Part((what,), lambda key, rules, lineage: key == wanted)


def _satisfied(what: str) -> Part:
    return Part((what,), lambda key, rules, lineage: int(key) >= rules.satisfied_from)


# indicator -> numerator, and denominator of a rate
_COUNT: dict[str, tuple[Part, Part | None]] = {
    "disputes_handled": (_all("handled"), None),
    "mediation_cases": (_all("accepted"), None),
    "petitions": (_all("petitions"), None),
    **{f"{channel}_{unit}": (_of(unit, channel), None) for channel in CHANNELS for unit in ("batches", "person_times")},
    "legal_aid_cases": (_all("aid_granted"), None),
    "timely_acceptance_rate": (_of("acceptance_due", "in_time"), _all("acceptance_due")),
    "on_time_completion_rate": (_of("mediation_due", "in_time"), _all("mediation_due")),
    # late in deed, running on counts; and late in report alone
    "late_actions": (Part(("late", RUNNING), lambda key, rules, lineage: key != "report"), None),
    "late_reports": (_of("late", "report"), None),
    "satisfaction_rate": (_satisfied("rated"), _all("rated")),
    "ratings_unverified": (_all("unverified"), None),
    "participation_rate": (_all("took_part"), _all("asked")),
    "mediation_rate": (_all("mediated"), _all("accepted")),
    "success_rate": (_all("agreed"), _all("agreed", "failed")),
    "performance_rate": (_of("promised", "kept"), _all("promised")),
    "local_resolution_rate": (Part(("resolved",), lambda key, rules, lineage: resolved_locally(key, lineage)), _all("handled")),
    "repeat_rate": (Part(("again",), lambda key, rules, lineage: int(key) <= rules.repeat_months), _all("closed")),
    "petition_timely_acceptance_rate": (_of("petition_accept_due", "in_time"), _all("petition_accept_due")),
    "petition_on_time_completion_rate": (_of("petition_handle_due", "in_time"), _all("petition_handle_due")),
    "petition_satisfaction_rate": (_satisfied("petition_rated"), _all("petition_rated")),
    "petition_repeat_rate": (_all("repeat"), _all("petitions")),
    "abnormal_visits": (_all("abnormal_visit"), None),
    "skip_level_visits": (_all("skip_level_visit"), None),
}
