"""Deadlines: from a start date to due and warning dates. Pure dates; no event, no screen, no present time
of its own.

Rules (DOMAIN.md 2.1, 7.5): the start day is not counted; if the last day is not worked the end moves to
the next working day (民事诉讼法 Art 85); deadlines are whole Shanghai dates; legal clocks start at
`legal_date`. All numbers are configuration (`shared/data/clocks.toml`), each with its source.
"""

from __future__ import annotations

import calendar as months
import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from shared.calendar_cn import DEFAULT, LAST_DAY, Calendar, plus_days
from shared.limits import Limits, default_limits
from shared.risk_score import RiskTable, default_risk

DATA = Path(__file__).parent / "data"
UNITS = ("workday", "day", "month")
_COUNTED_DAYS = 20 * 366   # twice the longest amount a rule may have


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How long one kind of clock runs. `amount` in `unit`; `source` says who set it."""

    kind: str
    amount: int
    unit: str
    source: str
    warn_percent: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """A computed clock: overdue from the day after `due_date`; yellow from `warn_date` on."""

    start_date: str
    due_date: str
    warn_date: str
    provisional: bool


@dataclass(frozen=True)
class ClockRules:
    """All numbers by which a case is folded: clock rules by kind, limits, the risk table. Hashable by identity so that
    deadlines can be cached."""

    rules: Mapping[str, ClockRule]
    grace_days: int
    limits: Limits = field(default_factory=default_limits)
    risk: RiskTable = field(default_factory=default_risk)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def rule(self, kind: str) -> ClockRule:
        try:
            return self.rules[kind]
        except KeyError:
            raise KeyError(f"no clock rule {kind!r} in clocks.toml") from None


def read_rules(raw: Mapping[str, Any]) -> ClockRules:
    """Rules from the parsed table. Raises ValueError naming row, value and remedy."""
    percent, grace = raw.get("warn_percent"), raw.get("grace_days")
    if not isinstance(percent, int) or not 0 < percent <= 100 or not isinstance(grace, int):
        raise ValueError("clocks: warn_percent must be 1..100 and grace_days a whole number")
    rules = {}
    for kind, row in raw.items():
        if not isinstance(row, Mapping):
            continue
        amount, unit, source = row.get("amount"), row.get("unit"), row.get("source")
        if not isinstance(amount, int) or not 0 <= amount <= 3660:
            raise ValueError(f"clocks.{kind}: amount {amount!r} must be a whole number from 0 to 3660")
        if unit not in UNITS:
            raise ValueError(f"clocks.{kind}: unit {unit!r} must be one of {', '.join(UNITS)}")
        if not source or not isinstance(source, str):
            raise ValueError(f"clocks.{kind}: source is missing; say who set this number")
        rules[kind] = ClockRule(kind, amount, unit, source, int(row.get("warn_percent", percent)))
    return ClockRules(rules, grace)


@lru_cache(maxsize=1)
def default_rules() -> ClockRules:
    return read_rules(tomllib.loads((DATA / "clocks.toml").read_text(encoding="utf-8")))


def overlaid(rows: Mapping[str, Mapping[str, Any]]) -> ClockRules:
    """The default rules with single rows replaced by the county's table."""
    raw = tomllib.loads((DATA / "clocks.toml").read_text(encoding="utf-8"))
    return read_rules({**raw, **rows})


@lru_cache(maxsize=20_000)
def deadline(kind: str, start: str, *, rules: ClockRules | None = None, calendar: Calendar = DEFAULT,
             paused_days: int = 0, until: str | None = None) -> Deadline:
    """The deadline of a clock of `kind` that starts on the ISO date `start`. `paused_days` (calendar days
    of lawful suspension) are added; `until` replaces the computed end (an agreed extension, an
    agreement's due date)."""
    rule = (rules or default_rules()).rule(kind)
    begin = dt.date.fromisoformat(start)
    end = dt.date.fromisoformat(until) if until is not None else plus_days(_end(rule, begin, calendar), paused_days)
    due = calendar.next_workday(end)
    warn = _warn(rule, begin, due, calendar)
    provisional = calendar.is_provisional(due)
    return Deadline(start, due.isoformat(), warn.isoformat(), provisional)


def _end(rule: ClockRule, start: dt.date, calendar: Calendar) -> dt.date:
    if rule.unit == "workday":
        return calendar.add_workdays(start, rule.amount)
    if rule.unit == "day":
        return plus_days(start, rule.amount)
    return _add_months(start, rule.amount)


def _add_months(start: dt.date, count: int) -> dt.date:
    """Same day of a later month, or that month's last day."""
    index = start.year * 12 + start.month - 1 + count
    year, month = divmod(index, 12)
    if year > LAST_DAY.year:
        return LAST_DAY
    last = months.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(start.day, last))


def _warn(rule: ClockRule, start: dt.date, due: dt.date, calendar: Calendar) -> dt.date:
    """The first day on which `warn_percent` of the time is used (rounded up), never after the due date."""
    # A date agreed centuries ahead (a slip of the pen) is not counted day by day.
    if rule.unit == "workday" and (due - start).days <= _COUNTED_DAYS:
        whole = calendar.workdays_between(start, due)
        return min(due, calendar.add_workdays(start, -(-whole * rule.warn_percent // 100)))
    whole = (due - start).days
    return min(due, plus_days(start, max(0, -(-whole * rule.warn_percent // 100))))


def state_of(due_date: str, warn_date: str, stopped: str | None, today: str | None) -> str:
    """stopped | overdue | warning | running, as of the ISO date `today` (None: unknown, so running)."""
    if stopped is not None:
        return "stopped"
    if today is None or today < warn_date:
        return "running"
    return "overdue" if today > due_date else "warning"
