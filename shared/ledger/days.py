"""Days and moments: one strict parser for what a person or a program gives, and arithmetic that clamps and never raises.

A day is the text `2026-11-23`, in ASCII digits, of the calendar in Asia/Shanghai. What enters (command lines, forms, addresses,
CSV files) goes through `parse_day`. What is read from accepted events goes through everything else here: an event stays for ever,
so a day at the end of the calendar or a clock of the year 10888 must never stop a fold, a row or a page.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from shared.ledger.texts import t

# Legal dates and the year of a number are China's. No summer time since 1991, so a fixed offset is exact and needs no tables.
SHANGHAI = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")
FIRST_DAY, LAST_DAY = dt.date.min, dt.date.max
_DAY_MS, _SHANGHAI_MS, _EPOCH = 86_400_000, 8 * 3_600_000, dt.date(1970, 1, 1).toordinal()
_FIRST_MS = (1 - _EPOCH) * _DAY_MS - _SHANGHAI_MS
_LAST_MS = (LAST_DAY.toordinal() + 1 - _EPOCH) * _DAY_MS - _SHANGHAI_MS - 1
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class BadDay(ValueError):
    """A text that is no day; `str()` is one Chinese sentence with the value and how a day is written."""


# --- what is given


def parse_day(text: str) -> str:
    """The text itself when it is a day of the calendar written `2026-11-23`. Raises `BadDay` for all else: `20261123`,
    `2026/11/23`, `2026-02-30`, digits that are not ASCII, spaces."""
    if not is_day(text):
        raise BadDay(t("common.bad_day", value=text if len(text) <= 40 else text[:39] + "…"))
    return text


def is_day(text: object) -> bool:
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


# --- what is known


@lru_cache(maxsize=8192)
def date_of(day: str) -> dt.date:
    """The date of a day; the first of the calendar for a text that is none."""
    return dt.date.fromisoformat(day) if is_day(day) else FIRST_DAY


def later(day: str, count: int) -> str:
    """`count` calendar days after `day` (before it, when negative), cut to the calendar."""
    return plus_days(date_of(day), count).isoformat()


def plus_days(date: dt.date, count: int) -> dt.date:
    """`count` calendar days later (earlier, when negative), cut to the calendar."""
    return dt.date.fromordinal(min(max(date.toordinal() + count, 1), LAST_DAY.toordinal()))


def between(start: str, end: str) -> int:
    """Days from `start` to `end`; negative when `end` is earlier."""
    return date_of(end).toordinal() - date_of(start).toordinal()


def moment(ms: int) -> dt.datetime:
    """The instant (milliseconds since 1970 UTC) in Shanghai, cut to the calendar's first and last second."""
    whole = min(max(ms, _FIRST_MS), _LAST_MS) - _FIRST_MS
    # counted from the calendar's own first day: a platform's `fromtimestamp` knows fewer years
    return dt.datetime.combine(FIRST_DAY, dt.time(), SHANGHAI) + dt.timedelta(milliseconds=whole)


def local_date(ms: int) -> str:
    """The Shanghai date of an instant in milliseconds since 1970 UTC, cut to the calendar's first and last day."""
    return _iso((ms + _SHANGHAI_MS) // _DAY_MS)


def local_time(ms: int) -> str:
    """`2026-11-23 08:12` of an instant, cut likewise."""
    return moment(ms).isoformat(" ", "minutes")[:16]


def said_day(text: str, today: str) -> str:
    """A day as people say it: `11月23日`, of another year than today's `2025年11月23日`; a clock behind it (`2026-11-23 08:12`)
    stays. What is no day is given back."""
    day, rest = text[:10], text[10:]
    if not is_day(day) or (rest and not rest.startswith(" ")):
        return text
    date, key = date_of(day), "common.day" if day[:4] == today[:4] else "common.day_of_year"
    return t(key, year=date.year, month=date.month, day=date.day) + rest


def full_day(value: object) -> str:
    """The same with its year, where nobody knows of which day it is read: `2026年11月23日` (`texts.t` does so)."""
    return said_day(str(value), "")


def instant(today: str, now: int | None = None) -> int:
    """The moment that is asked about, ms since 1970: `now`, or the last one of the Shanghai day `today` where only a day is asked
    about, so that no alarm of that day is passed over."""
    return now if now is not None else (date_of(today).toordinal() - _EPOCH + 1) * _DAY_MS - _SHANGHAI_MS - 1


@lru_cache(maxsize=4096)
def _iso(day: int) -> str:
    return dt.date.fromordinal(min(max(day + _EPOCH, 1), LAST_DAY.toordinal())).isoformat()
