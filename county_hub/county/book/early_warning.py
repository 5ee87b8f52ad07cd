"""Early warning by a stated rule: in each township and kind of dispute, the registrations of the last 30 days against what the 12
months before would let expect. It must not write, and must not know HTTP or HTML.

The rule. m cases in the D days before the 30 (D = 365, less where the county has no cases yet, never under `LEAST_DAYS`) let
expect mu = max(m, 0.5) * 30 / D. The normal band is 0 .. k, k the smallest number that a Poisson count of mean mu goes beyond
with a probability of at most `ALPHA`. A cell warns when its count is beyond k and is at least `LEAST`.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.disputes.tables.cases import AT
from shared.ledger.days import between, later

RECENT_DAYS, BASE_DAYS, LEAST_DAYS = 30, 365, 180
ALPHA = 0.001
LEAST = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One region and category. `base`: cases of the time before; `most`: the last count within the band; `warns`: beyond it."""

    region: str
    category: str
    count: int
    base: int
    expected: float
    most: int
    warns: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """`first`, `last`: days (ISO) of the recent count; `base_days`: how many days before it are compared with; `cells` by
    (region, category); `enough`: whether they allow a warning; `unplaced`: cases of the recent days without category or
    known place; `false_alarms`: how many cells of a calm county would warn by chance at one look."""

    first: str
    last: str
    base_days: int
    enough: bool
    cells: Mapping[tuple[str, str], Cell]
    unplaced: int
    false_alarms: float


def _at(mean: float, n: int) -> float:
    """The probability that a Poisson count of this mean is n."""
    return math.exp(n * math.log(mean) - mean - math.lgamma(n + 1))


def beyond(mean: float, n: int) -> float:
    """The probability that it is larger than n."""
    return max(0.0, 1.0 - math.fsum(_at(mean, i) for i in range(n + 1)))


def band(mean: float) -> int:
    """The smallest count that is exceeded with a probability of at most `ALPHA`."""
    n, within = 0, _at(mean, 0)
    while within < 1.0 - ALPHA:
        n += 1
        within += _at(mean, n)
    return n


def look(db: sqlite3.Connection, today: str, regions: Mapping[str, str], categories: Sequence[str]) -> Looked:
    """`regions`: office -> the region that it counts for. One grouped question within an index (`cases_registered`)."""
    first = later(today, 1 - RECENT_DAYS)
    start, end = later(first, -BASE_DAYS), later(first, -1)
    oldest = db.execute("SELECT min(registered_on) FROM cases WHERE registered_on BETWEEN ? AND ?", (start, end)).fetchone()[0]
    days = between(oldest, end) + 1 if oldest else 0
    counts: dict[tuple[str, str], list[int]] = {}
    unplaced = 0
    for office, category, recent, n in db.execute(
            f"SELECT {AT}, category, registered_on >= ?, count(*) FROM cases WHERE registered_on BETWEEN ? AND ?"
            " GROUP BY 1, 2, 3", (first, start, today)):
        if office in regions and category in categories:
            counts.setdefault((regions[office], category), [0, 0])[recent] += n
        elif recent:
            unplaced += n
    enough = days >= LEAST_DAYS
    cells = {key: _cell(*key, recent, base, days, enough) for key, (base, recent) in counts.items()}
    every = len(set(regions.values())) * len(categories)
    return Looked(first, today, days, enough, cells, unplaced, _by_chance(cells.values(), every, days) if enough else 0.0)


def _expected(base: int, days: int) -> float:
    return max(base, 0.5) * RECENT_DAYS / max(days, 1)


def _cell(region: str, category: str, recent: int, base: int, days: int, enough: bool) -> Cell:
    expected = _expected(base, days)
    most = band(expected) if enough else 0
    return Cell(region, category, recent, base, expected, most, enough and recent > most and recent >= LEAST)


def _by_chance(cells: Iterable[Cell], every: int, days: int) -> float:
    """Sum over all cells, those without a case of the year included, of the chance to warn while nothing has changed."""
    found = [beyond(cell.expected, max(cell.most, LEAST - 1)) for cell in cells]
    empty = _expected(0, days)
    return math.fsum(found) + (every - len(found)) * beyond(empty, max(band(empty), LEAST - 1))
