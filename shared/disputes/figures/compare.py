"""A year beside the year before, and beside what a newspaper printed. Pure.

A change is only as good as its base: where the year before has no events here, a base may be taken from print, and says so;
where there is neither, there is no change (无).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from shared.disputes.figures.figures import Figure, percent
from shared.paths import DATA


@dataclass(frozen=True, slots=True)
class Base:
    """The value of the year before. `derived` is empty when it was counted from events, else says where it was printed."""

    year: int
    figure: Figure
    derived: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Against `base`. `percent` is None for a base of zero; for a rate only `points` (percentage points) is given."""

    base: Base
    absolute: int | None = None
    percent: Decimal | None = None
    points: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """One statement of a newspaper about one indicator and year; None where it says nothing."""

    indicator: str
    year: int
    value: int | None = None
    change: int | None = None
    change_percent: Decimal | None = None
    percent: Decimal | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Newspaper:
    title: str
    url: str
    printed: tuple[Printed, ...]
    bases: Mapping[tuple[str, int], tuple[int, str]]
    county: str                         # office id of the county that it writes about
    remarks: tuple[tuple[frozenset[int], str], ...]     # (years, sentence)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where print and events differ. `field`: value | change | change_percent | percent; `computed` is None when it
    cannot be computed here."""

    indicator: str
    year: int
    field: str
    printed: str
    computed: str | None
    note: str


@lru_cache(maxsize=1)
def newspaper() -> Newspaper:
    raw = tomllib.loads((DATA / "newspaper_2020.toml").read_text(encoding="utf-8"))
    printed = tuple(
        Printed(row["indicator"], row["year"], row.get("value"), row.get("change"), _decimal(row.get("change_percent")),
                _decimal(row.get("percent")), row.get("note", ""))
        for row in raw["printed"]
    )
    bases = {(row["indicator"], row["year"]): (row["value"], row["derived"]) for row in raw["base"]}
    remarks = tuple((frozenset(row["years"]), row["text"]) for row in raw["remark"])
    return Newspaper(raw["title"], raw["url"], printed, bases, raw["county"], remarks)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def base_of(indicator: str, year: int, before: Figure, any_events: bool, paper: Newspaper | None) -> Base | None:
    """The base for `year`: counted when the year before has any events, else as printed, else none."""
    if any_events:
        return Base(year - 1, before)
    stated = paper.bases.get((indicator, year - 1)) if paper is not None else None
    return Base(year - 1, Figure(stated[0]), stated[1]) if stated else None


def change(now: Figure, base: Base | None) -> Change | None:
    """None when there is no base."""
    if base is None:
        return None
    if now.is_rate:
        here, there = now.percent(), base.figure.percent()
        return Change(base, points=here - there if here is not None and there is not None else None)
    difference = now.numerator - base.figure.numerator
    return Change(base, difference, percent(difference, base.figure.numerator))


def differences(year: int, figures: Mapping[str, Figure], changes: Mapping[str, Change | None],
                paper: Newspaper) -> Iterator[Difference]:
    """Every statement of print about `year` that the events do not bear out. A computed number is first rounded to the
    digits that print gives, so -19.3 agrees with -19 and not with -23."""
    for said in paper.printed:
        if said.year != year or said.indicator not in figures:
            continue
        figure, moved = figures[said.indicator], changes.get(said.indicator)
        pairs: list[tuple[str, int | Decimal | None, int | Decimal | None]] = [
            ("value", said.value, figure.numerator),
            ("percent", said.percent, figure.percent()),
            ("change", said.change, moved.absolute if moved else None),
            ("change_percent", said.change_percent, moved.percent if moved else None),
        ]
        for field, printed, computed in pairs:
            if printed is None or _agrees(printed, computed):
                continue
            yield Difference(said.indicator, year, field, _signed(printed, field), None if computed is None else
                             _signed(computed, field), said.note)


def _agrees(printed: int | Decimal, computed: int | Decimal | None) -> bool:
    if computed is None:
        return False
    if isinstance(printed, Decimal):
        exponent = Decimal(1).scaleb(int(printed.as_tuple().exponent))
        return Decimal(computed).quantize(exponent, rounding=ROUND_HALF_UP) == printed
    return computed == printed


def _signed(value: int | Decimal, field: str) -> str:
    return f"{value:+}" if field.startswith("change") else str(value)
