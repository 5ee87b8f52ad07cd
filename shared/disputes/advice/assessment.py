"""A mediator's score from the cases of a period (DOMAIN.md 8.4, D7): computed indicators, weights by configuration. Pure.

What events cannot show (file quality, training) is left to the county's check; a veto makes the whole zero. Fewer cases than
`least_cases` are not ranked, merged ones do not count twice, and the mediator can see and contest the score.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.disputes.case.state import CaseState
from shared.disputes.fold.agreement import DONE, is_due
from shared.ledger.wrong_table import WrongTable, in_force
from shared.paths import DATA

_AGREED = frozenset({"agreement_written", "agreement_oral", "on_spot_settled"})
_FAILED = frozenset({"failed", "terminated"})


@dataclass(frozen=True, slots=True)
class Indicator:
    """`numerator / denominator` of what was counted; `points` of `weight`, None when there is nothing to count."""

    code: str
    numerator: int
    denominator: int
    weight: int
    points: float | None


@dataclass(frozen=True, slots=True)
class Assessment:
    mediator: str
    cases: int
    indicators: tuple[Indicator, ...]
    ranked: bool
    total: float


MOST_POINTS, MOST_CASES = 100, 100_000       # a weight is a part of 100 points; no mediator has more cases in a period


@lru_cache(maxsize=1)
def default_table() -> Mapping[str, Any]:
    return tomllib.loads((DATA / "assessment.toml").read_text(encoding="utf-8"))


def rules_of(county: Mapping[str, Any] | None) -> dict[str, Any]:
    """The shipped table with the county's rows. Raises `WrongTable`."""
    rules = {**default_table(), **(county or {})}
    for name in ("weights", "difficulty"):
        rows = rules[name]
        if not isinstance(rows, Mapping) or not all(type(one) is int and 0 <= one <= MOST_POINTS for one in rows.values()):
            raise WrongTable(f"assessment.{name}", f"whole points from 0 to {MOST_POINTS} by name", "object",
                             fields=f"{name} {{...: 0-{MOST_POINTS}}}")
    for name in ("least_cases", "full_load"):
        if type(rules[name]) is not int or not 1 <= rules[name] <= MOST_CASES:
            raise WrongTable("assessment", f"{name} {rules[name]!r} must be a whole number from 1 to {MOST_CASES}", "number",
                             field=name, value=str(rules[name])[:40], least=1, most=MOST_CASES)
    return rules


def assess(mediator: str, cases: Iterable[CaseState], table: Mapping[str, Any] | None = None, *, vetoes: int = 0) -> Assessment:
    """The computed half of the score over these cases (of the period); others are passed over. A published table that cannot hold
    is left out."""
    rules, _ = in_force("assessment", rules_of, table)
    own = [c for c in cases if mediator in (c.mediators or c.handlers) and c.state != "merged"]
    weights: Mapping[str, int] = rules["weights"]
    load = sum(rules["difficulty"].get(c.difficulty, 1) for c in own)
    counted = {
        "handled": (min(load, rules["full_load"]), rules["full_load"]),
        "success": _ratio(own, lambda c: c.outcome in _AGREED, lambda c: c.outcome in _AGREED | _FAILED),
        "performance": _promises(own),
        "on_time": _ratio(own, lambda c: not _late(c), lambda c: c.accepted_on is not None and not c.is_open),
        "satisfaction": _ratings(own),
        "visits": _ratio(own, lambda c: bool(c.visits), lambda c: c.agreement is not None),
    }
    found = []
    for code, weight in weights.items():
        part, whole = counted.get(code, (0, 0))
        found.append(Indicator(code, part, whole, weight, round(weight * part / whole, 2) if whole else None))
    total = 0.0 if vetoes else round(sum(i.points or 0.0 for i in found), 2)
    return Assessment(mediator, len(own), tuple(found), len(own) >= rules["least_cases"], total)


def _ratio(cases: list[CaseState], part: Any, whole: Any) -> tuple[int, int]:
    base = [c for c in cases if whole(c)]
    return sum(bool(part(c)) for c in base), len(base)


def _promises(cases: list[CaseState]) -> tuple[int, int]:
    """Promises kept of those that are due (on the day of which the cases were folded)."""
    items = [item for c in cases if c.agreement for item in c.agreement.items if is_due(item, c.agreement)]
    return sum(item.status in DONE and not item.disputed for item in items), len(items)


def _ratings(cases: list[CaseState]) -> tuple[int, int]:
    """Ratings that count and were not entered by the handler: satisfied or better (3.8) of all."""
    ratings = [(c, r) for c in cases for r in c.ratings if r.counts]
    return sum(r.score >= c.limits.satisfied_from for c, r in ratings), len(ratings)


def _late(case: CaseState) -> bool:
    """Late in deed (late_action): the mediation clock stopped after it was due."""
    return any(clock.late for clock in case.clocks if clock.kind.startswith(("mediation", "court_")))
