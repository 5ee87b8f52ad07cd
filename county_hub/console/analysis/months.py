"""Which months are looked at: the last three or twelve, or a year, a half, a quarter, a month by its name."""

from __future__ import annotations

import calendar
from dataclasses import dataclass

from shared.ledger import periods
from shared.ledger.texts import t

SHORT = ("3", "12")
YEARS_BACK = 3


@dataclass(frozen=True, slots=True)
class Months:
    """`first`, `last`: months (2026-11), both included; `text` is what stands in the address."""

    text: str
    first: str
    last: str
    words: str

    @property
    def since(self) -> str:
        return f"{self.first}-01"

    @property
    def until(self) -> str:
        return last_day(self.last)

    def years_before(self, years: int) -> Months:
        first, last = moved(self.first, -12 * years), moved(self.last, -12 * years)
        return Months("", first, last, between(first, last))


def moved(month: str, by: int) -> str:
    index = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def last_day(month: str) -> str:
    return f"{month}-{calendar.monthrange(int(month[:4]), int(month[5:]))[1]:02d}"


def between(first: str, last: str) -> str:
    """2026年9月到11月."""
    if first == last:
        return t("analysis.month", year=first[:4], month=int(first[5:]))
    if first[:4] == last[:4]:
        return t("analysis.months", year=first[:4], first=int(first[5:]), last=int(last[5:]))
    return t("analysis.years", first_year=first[:4], first=int(first[5:]), last_year=last[:4], last=int(last[5:]))


def chosen(text: str, today: str) -> Months:
    """What is no period is the last three months."""
    month = today[:7]
    try:
        span = None if text in SHORT else periods.parse(text)
    except periods.BadPeriod:
        span, text = None, ""
    if span is not None and span.start <= today:
        last = min(span.end[:7], month)
        return Months(text, span.start[:7], last, span.words())
    text = text if text in SHORT else SHORT[0]
    first = moved(month, 1 - int(text))
    return Months(text, first, month, between(first, month))


def choices(today: str) -> list[tuple[str, str]]:
    """(text, words) of what can be chosen beside the last months: this and earlier years, and this year's quarters."""
    year = int(today[:4])
    spans = [f"{year}-Q{n}" for n in range(4, 0, -1)] + [str(year - n) for n in range(YEARS_BACK)]
    found = (periods.parse(text) for text in spans)
    return [(span.text, span.words()) for span in found if span.start <= today]
