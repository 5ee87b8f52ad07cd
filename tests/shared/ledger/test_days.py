"""Days: one strict parser for what is given, and arithmetic that clamps and never raises."""

from __future__ import annotations

import argparse
import datetime as dt
import random

import pytest

from shared.commands.arguments import day_argument
from shared.ledger.days import (
    BadDay,
    between,
    date_of,
    is_day,
    later,
    local_date,
    local_time,
    moment,
    parse_day,
    plus_days,
)
from shared.ledger.workdays import DEFAULT, Calendar

NO_DAYS = [
    "2026-02-30", "20261130", "2026/11/30", "2026-11-3", "2026-W48-1", " 2026-11-30", "2026-11-30 ", "2026-11-30\n",
    "\uff12\uff10\uff12\uff16-11-30", "2026-\u00b21-30", "0000-01-01", "10000-01-01", "长期", "", "2026-13-01", "-026-11-30",
]


@pytest.mark.parametrize("text", NO_DAYS)
def test_what_is_no_day_of_the_calendar_is_refused_with_value_and_remedy(text: str) -> None:
    with pytest.raises(BadDay, match="2026-11-23") as wrong:
        parse_day(text)
    assert text in str(wrong.value)
    with pytest.raises(argparse.ArgumentTypeError):
        day_argument(text)
    assert not is_day(text)


def test_a_value_of_another_type_is_no_day() -> None:
    assert not any(is_day(value) for value in (None, 20261130, dt.date(2026, 11, 30), ["2026-11-30"]))


@pytest.mark.parametrize("text", ["2026-11-30", "2024-02-29", "0001-01-01", "9999-12-31"])
def test_a_day_is_given_back_as_it_is(text: str) -> None:
    assert parse_day(text) == day_argument(text) == text
    assert date_of(text).isoformat() == text


def test_arithmetic_ends_with_the_calendar() -> None:
    assert later("9999-12-31", 1) == later("9999-12-01", 10**9) == "9999-12-31"
    assert later("0001-01-01", -1) == later("0001-01-02", -(10**9)) == "0001-01-01"
    assert later("2026-02-28", 1) == "2026-03-01"
    assert between("2026-11-30", "2026-12-02") == 2
    assert between("9999-12-31", "0001-01-01") == -3652058
    assert plus_days(dt.date.max, 2**60) == dt.date.max
    assert date_of("no day") == dt.date.min


@pytest.mark.parametrize(("ms", "date", "time"), [
    (0, "1970-01-01", "1970-01-01 08:00"),
    (1_767_196_800_000, "2026-01-01", "2026-01-01 00:00"),
    (1_767_196_799_999, "2025-12-31", "2025-12-31 23:59"),
    (2**48 - 1, "9999-12-31", "9999-12-31 23:59"),
    (2**80, "9999-12-31", "9999-12-31 23:59"),
    (-(2**48), "0001-01-01", "0001-01-01 00:00"),
    (-(2**80), "0001-01-01", "0001-01-01 00:00"),
])
def test_an_instant_of_any_clock_has_a_date_and_a_time(ms: int, date: str, time: str) -> None:
    assert (local_date(ms), local_time(ms), moment(ms).date().isoformat()) == (date, time, date)


def test_working_days_between_are_those_counted_one_by_one() -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    print(f"seed {seed}")
    for _ in range(200):
        start = dt.date(2016, 1, 1) + dt.timedelta(days=dice.randrange(6000))
        end = start + dt.timedelta(days=dice.randrange(-40, 900))
        one_by_one = sum(DEFAULT.is_workday(start + dt.timedelta(days=n)) for n in range(1, (end - start).days + 1))
        assert DEFAULT.workdays_between(start, end) == one_by_one, (start, end)


def test_a_promise_to_the_end_of_the_calendar_is_counted_too() -> None:
    whole = DEFAULT.workdays_between(dt.date.min, dt.date.max)
    assert 2_500_000 < whole < 2_609_000
    begin, plain = dt.date(2100, 1, 1), Calendar()
    one_by_one = sum(plain.is_workday(dt.date.fromordinal(n)) for n in range(begin.toordinal() + 1, dt.date.max.toordinal() + 1))
    assert plain.workdays_between(begin, dt.date.max) == one_by_one
