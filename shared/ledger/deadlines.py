"""Deadlines: from a start date to due and warning dates. Pure dates; no event, no screen, no present time of its own.

The start day is not counted; deadlines are whole Shanghai dates. What a last day that is not worked does is said by the term:
it `moves` to the next working day, it `stays`, or it stays and counts as missed `late_from_workday`, from the first working day
after it. A day that people named themselves (`until`) keeps its date.
"""

from __future__ import annotations

import calendar as months
import datetime as dt
from dataclasses import dataclass

from shared.ledger.days import LAST_DAY, date_of, plus_days
from shared.ledger.workdays import DEFAULT, Calendar

UNITS = ("workday", "day", "month")
MOVES, STAYS, LATE_FROM_WORKDAY = "moves", "stays", "late_from_workday"
LAST_DAYS = (MOVES, STAYS, LATE_FROM_WORKDAY)
_COUNTED_DAYS = 20 * 366   # twice the longest term that a table may name


@dataclass(frozen=True, slots=True)
class Term:
    """How long something may take: `amount` in `unit`, a warning when `warn_percent` of it is used and `warn_days` before its end
    at the latest, what its last day does."""

    amount: int
    unit: str
    warn_percent: int
    last_day: str = STAYS
    warn_days: int = 0


@dataclass(frozen=True, slots=True)
class Deadline:
    """A computed clock: overdue from `late_from` on, which is the day after `due_date` unless the term waits for a working day;
    yellow from `warn_date` on; `provisional`: counted beyond the published calendar."""

    start_date: str
    due_date: str
    warn_date: str
    provisional: bool
    late_from: str


def deadline_of(term: Term, start: str, calendar: Calendar = DEFAULT, *, paused_days: int = 0,
                until: str | None = None) -> Deadline:
    """The deadline of a term that starts on the ISO date `start`. `paused_days` (calendar days of lawful suspension) are added;
    `until` replaces the computed end (an agreed extension, an agreement's due date)."""
    begin = date_of(start)
    end = date_of(until) if until is not None else plus_days(_end(term, begin, calendar), paused_days)
    due = _last(term, end, calendar) if until is None else end
    late_from = plus_days(due, 1)
    warn = _warn(term, begin, due, calendar)
    counted = until is None and (term.last_day == MOVES or term.unit == "workday")
    provisional = counted and calendar.is_provisional(due)
    if term.last_day == LATE_FROM_WORKDAY and not calendar.is_workday(due):
        late_from = calendar.next_workday(due)
        warn = max(begin, min(warn, calendar.last_workday(due)))
        provisional = provisional or calendar.is_provisional(late_from)
    return Deadline(start, due.isoformat(), warn.isoformat(), provisional, late_from.isoformat())


def end_of(term: Term, start: str, calendar: Calendar = DEFAULT) -> str:
    """The last day of a term alone."""
    return _last(term, _end(term, date_of(start), calendar), calendar).isoformat()


def state_of(dates: Deadline, stopped: str | None, today: str | None) -> str:
    """stopped | overdue | warning | running, as of the ISO date `today` (None: unknown, so running)."""
    if stopped is not None:
        return "stopped"
    if today is None or today < dates.warn_date:
        return "running"
    return "overdue" if today >= dates.late_from else "warning"


def _last(term: Term, end: dt.date, calendar: Calendar) -> dt.date:
    return calendar.next_workday(end) if term.last_day == MOVES else end


def _end(term: Term, start: dt.date, calendar: Calendar) -> dt.date:
    if term.unit == "workday":
        return calendar.add_workdays(start, term.amount)
    if term.unit == "day":
        return plus_days(start, term.amount)
    return _add_months(start, term.amount)


def _add_months(start: dt.date, count: int) -> dt.date:
    """Same day of a later month, or that month's last day."""
    index = start.year * 12 + start.month - 1 + count
    year, month = divmod(index, 12)
    if year > LAST_DAY.year:
        return LAST_DAY
    last = months.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(start.day, last))


def _warn(term: Term, start: dt.date, due: dt.date, calendar: Calendar) -> dt.date:
    """The first day on which `warn_percent` of the time is used (rounded up), or the last working day that lies `warn_days`
    before the due date, whichever comes first; never before the start."""
    # Of a term of a day or two the share rounds up to its last day: nobody would be warned of what is due tomorrow.
    near = calendar.last_workday(plus_days(due, -term.warn_days)) if term.warn_days else due
    return min(due, max(start, near), _used(term, start, due, calendar))


def _used(term: Term, start: dt.date, due: dt.date, calendar: Calendar) -> dt.date:
    # A date agreed centuries ahead (a slip of the pen) is not counted day by day.
    if term.unit == "workday" and (due - start).days <= _COUNTED_DAYS:
        whole = calendar.workdays_between(start, due)
        return calendar.add_workdays(start, -(-whole * term.warn_percent // 100))
    whole = (due - start).days
    return plus_days(start, max(0, -(-whole * term.warn_percent // 100)))
