"""Periods as people name them: `2026`, `2026-H2`, `2026-Q4`, `2026-11`. One parser for all that goes by period."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

from shared.ledger.days import date_of
from shared.ledger.formats.characters import is_digits
from shared.ledger.texts import t

_MONTHS = {"H1": (1, 6), "H2": (7, 12), "Q1": (1, 3), "Q2": (4, 6), "Q3": (7, 9), "Q4": (10, 12)}
_PERIOD = re.compile(r"([1-9][0-9]{3})(?:-(H[12]|Q[1-4]|0[1-9]|1[0-2]))?")


class BadPeriod(ValueError):
    """`str()` is one Chinese sentence with value and remedy."""


FIRST_YEAR = 1000          # of four digits, as a period is written


@dataclass(frozen=True, slots=True)
class Span:
    """`start` and `end`: its first and last ISO day. `part`: H1, Q4, 11, "" of a whole year."""

    text: str
    year: int
    part: str
    start: str
    end: str

    def a_year_before(self) -> Span:
        return _span(self.year - 1, self.part)

    def words(self) -> str:
        """2026年, 2026年下半年, 2026年第四季度, 2026年11月."""
        return t(f"common.period.{self.part if self.part in _MONTHS else 'month' if self.part else 'year'}", year=self.year,
                 month=int(self.part) if is_digits(self.part) else 0)


def parse(text: str) -> Span:
    """Raises `BadPeriod`."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise BadPeriod(t("common.bad_period", value=text if len(text) <= 40 else text[:39] + "…"))
    return _span(int(found[1]), found[2] or "")


def _span(year: int, part: str) -> Span:
    first, last = _MONTHS[part] if part in _MONTHS else (int(part), int(part)) if part else (1, 12)
    text = f"{year:04d}-{part}" if part else f"{year:04d}"
    return Span(text, year, part, f"{year:04d}-{first:02d}-01", f"{year:04d}-{last:02d}-{calendar.monthrange(year, last)[1]:02d}")


def same_day_before(day: str) -> str:
    """The same day of the year before; of a 29 February the 28th."""
    date = date_of(day)
    last = calendar.monthrange(date.year - 1, date.month)[1]
    return f"{date.year - 1:04d}-{date.month:02d}-{min(date.day, last):02d}"
