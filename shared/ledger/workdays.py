"""Working days of China, known offline: State Council holidays and make-up workdays (调休), Asia/Shanghai
dates.

Three sources, the first that covers the year answers: a calendar document of the directory, the published
data of the `chinesecalendar` package, and, beyond both, Monday to Friday without the holidays whose dates the law itself fixes,
marked *provisional* (DOMAIN.md 2.1): such a date may move when the State Council publishes that year.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from chinese_calendar import constants

from shared.ledger.days import LAST_DAY, is_day
from shared.ledger.wrong_table import WrongTable

DAY = dt.timedelta(days=1)
# Off in every year, whatever is published (全国年节及纪念日放假办法 as of 2025, Art 2); the moon's festivals have no fixed date.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


@dataclass(frozen=True, slots=True)
class YearCalendar:
    """One year as published: days off on weekdays, and weekend days worked."""

    holidays: frozenset[dt.date]
    workdays: frozenset[dt.date]


@dataclass(frozen=True)
class Calendar:
    """Working days. Hashable, so results can be cached; `overrides` come from the directory."""

    overrides: tuple[tuple[int, YearCalendar], ...] = ()
    _years: dict[int, YearCalendar] = field(default_factory=dict, compare=False, repr=False)

    def __hash__(self) -> int:
        return hash(self.overrides)

    def year(self, year: int) -> YearCalendar | None:
        """What is published for a year, or None."""
        if not self._years:
            self._years.update(_published())
            self._years.update(dict(self.overrides))
        return self._years.get(year)

    def is_provisional(self, day: dt.date) -> bool:
        return self.year(day.year) is None

    def is_workday(self, day: dt.date) -> bool:
        known = self.year(day.year)
        if known is not None and day in known.holidays:
            return False
        if known is not None and day in known.workdays:
            return True
        return day.weekday() < 5 and (known is not None or (day.month, day.day) not in FIXED_HOLIDAYS)

    def next_workday(self, day: dt.date) -> dt.date:
        """`day` itself if worked, else the first working day after it (民诉法 Art 85)."""
        while not self.is_workday(day) and day < LAST_DAY:
            day += DAY
        return day

    def last_workday(self, day: dt.date) -> dt.date:
        """`day` itself if worked, else the last working day before it."""
        while not self.is_workday(day) and day > dt.date.min:
            day -= DAY
        return day

    def add_workdays(self, start: dt.date, count: int) -> dt.date:
        """The `count`-th working day after `start`; `start` is not counted. Ends with the calendar."""
        day = start
        while count > 0 and day < LAST_DAY:
            day += DAY
            count -= self.is_workday(day)
        return day

    def workdays_between(self, start: dt.date, end: dt.date) -> int:
        """Working days after `start` up to and with `end`. Costs no more for a promise until the year 9999 than for a month."""
        first, last = start.toordinal() + 1, end.toordinal()
        if last < first:
            return 0
        found = _mondays_to_fridays(last) - _mondays_to_fridays(first - 1)
        for year in range(start.year, end.year + 1):
            known = self.year(year)
            if known is not None:
                found -= sum(day.weekday() < 5 and start < day <= end for day in known.holidays)
                found += sum(day.weekday() >= 5 and start < day <= end for day in known.workdays - known.holidays)
            elif start.year < year < end.year:
                found -= _fixed_off(dt.date(year, 1, 1).weekday(), calendar.isleap(year))
            else:
                found -= sum(day.weekday() < 5 and start < day <= end for day in _fixed(year))
        return found


def _mondays_to_fridays(ordinal: int) -> int:
    """From the first day of the calendar, a Monday, up to and with the day of this ordinal."""
    weeks, rest = divmod(ordinal, 7)
    return weeks * 5 + min(rest, 5)


def _fixed(year: int) -> list[dt.date]:
    return [dt.date(year, month, day) for month, day in FIXED_HOLIDAYS]


@lru_cache(maxsize=14)
def _fixed_off(first_weekday: int, leap: bool) -> int:
    """Days fixed by law that fall on Monday to Friday, in a year of this shape; there are fourteen shapes."""
    year = next(y for y in range(2000, 2028) if (dt.date(y, 1, 1).weekday(), calendar.isleap(y)) == (first_weekday, leap))
    return sum(day.weekday() < 5 for day in _fixed(year))


@lru_cache(maxsize=1)
def _published() -> dict[int, YearCalendar]:
    years = sorted({day.year for day in constants.holidays})
    return {
        year: YearCalendar(
            frozenset(day for day in constants.holidays if day.year == year),
            frozenset(day for day in constants.workdays if day.year == year),
        )
        for year in years
    }


def calendar_from(documents: Iterable[Mapping[str, Any]] = ()) -> Calendar:
    """Calendar with the directory's documents `{"year": 2027, "holidays": [iso dates], "workdays": [...]}`
    over the published data. Raises ValueError naming the bad value."""
    found: dict[int, YearCalendar] = {}
    for document in documents:
        year = document.get("year")
        if not isinstance(year, int):
            raise WrongTable("calendar", f"year {year!r} must be a whole number", "calendar_year",
                             value="—" if year is None else year)
        found[year] = YearCalendar(_dates(document, "holidays", year), _dates(document, "workdays", year))
    return Calendar(tuple(sorted(found.items(), key=lambda pair: pair[0])))


def _dates(document: Mapping[str, Any], field_name: str, year: int) -> frozenset[dt.date]:
    days = set()
    for text in document.get(field_name, ()):
        if not is_day(text):
            raise WrongTable(f"calendar {year}", f"{field_name} {text!r} is no day; write it as 2026-10-01", "day",
                             field=field_name, value=text)
        day = dt.date.fromisoformat(text)
        if day.year != year:
            raise WrongTable(f"calendar {year}", f"{field_name} {text} lies in another year", "other_year",
                             field=field_name, value=text)
        days.add(day)
    return frozenset(days)


DEFAULT = Calendar()
