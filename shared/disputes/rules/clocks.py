"""Deadlines: from a start date to due and warning dates. Pure dates; no event, no screen, no present time
of its own.

Rules (DOMAIN.md 2.1, 7.5): the start day is not counted; deadlines are whole Shanghai dates; legal clocks start at
`legal_date`. What a last day that is not worked does is a column of the table, `last_day`, with its reason: it `moves` to the
next working day (a right: 民事诉讼法 Art 85), it `stays` (a duty, a danger, working days), or it stays and counts as missed
`late_from_workday`, from the first working day after it. A day that people named themselves keeps its date (民法典 Art 204).
All numbers are configuration (`shared/data/clocks.toml`), each with its source.
"""

from __future__ import annotations

import calendar as months
import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from shared.disputes.rules.limits import Limits, default_limits
from shared.disputes.rules.risk_score import RiskTable, default_risk
from shared.ledger.days import LAST_DAY, date_of, plus_days
from shared.ledger.workdays import DEFAULT, Calendar
from shared.paths import DATA

UNITS = ("workday", "day", "month")
MOVES, STAYS, LATE_FROM_WORKDAY = "moves", "stays", "late_from_workday"
LAST_DAYS = (MOVES, STAYS, LATE_FROM_WORKDAY)
UNCONFIRMED = "（未经核对）"     # the text could not be read here; every screen that shows the source says so
MEDIATION, CHOICE, OUTSIDE = "mediation", "choice", "outside_"
_CHOICES = ("entrusting_body", "category")
_MOST = 3660
_COUNTED_DAYS = 20 * 366   # twice the longest amount a rule may have


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How long one kind of clock runs. `amount` in `unit`; `source` says who set it."""

    kind: str
    amount: int
    unit: str
    source: str
    warn_percent: int
    counts_from: str = "acceptance"     # mediation clocks: acceptance | application
    alarm_hours: int = 0                # within the day; 0 = by dates alone
    # of a procedure outside mediation (`clocks_outside.toml`): information, nobody's duty here
    outside: bool = False
    extension: int = 0
    on: str = ""
    ends: str = ""
    categories: tuple[str, ...] = ()
    subcategories: tuple[str, ...] = ()
    last_day: str = STAYS
    last_day_why: str = ""
    confirmed: bool = True              # False: what the source says could not be read; shown with the mark


@dataclass(frozen=True, slots=True)
class Deadline:
    """A computed clock: overdue from `late_from` on, which is the day after `due_date` unless the rule waits for a working day;
    yellow from `warn_date` on."""

    start_date: str
    due_date: str
    warn_date: str
    provisional: bool
    late_from: str


@dataclass(frozen=True)
class ClockRules:
    """All numbers by which a case is folded: clock rules by kind, limits, the risk table. Hashable by identity so that
    deadlines can be cached."""

    rules: Mapping[str, ClockRule]
    grace_days: int
    choice: Mapping[str, Mapping[str, str]] = field(default_factory=dict)      # entrusting_body, category -> mediation clock
    outside: Mapping[str, tuple[ClockRule, ...]] = field(default_factory=dict)      # what starts them -> rules
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

    def mediation(self, entrusting_body: str, category: str) -> ClockRule:
        """The clock that mediating such a case has (DOMAIN.md 2.2, 2.4)."""
        by_body = self.choice.get("entrusting_body", {}).get(entrusting_body)
        return self.rule(by_body or self.choice.get("category", {}).get(category, MEDIATION))

    def mediation_kinds(self) -> frozenset[str]:
        """Every clock that mediating may have."""
        return frozenset({MEDIATION, *(kind for part in _CHOICES for kind in self.choice.get(part, {}).values())})


def read_rules(raw: Mapping[str, Any]) -> ClockRules:
    """Rules from the parsed table. Raises ValueError naming row, value and remedy."""
    percent, grace = raw.get("warn_percent"), raw.get("grace_days")
    if not isinstance(percent, int) or not 0 < percent <= 100 or not isinstance(grace, int):
        raise ValueError("clocks: warn_percent must be 1..100 and grace_days a whole number")
    rules = {kind: _rule(kind, row, percent) for kind, row in raw.items() if isinstance(row, Mapping) and kind != CHOICE}
    choice = raw.get(CHOICE, {})
    for part in _CHOICES:
        for code, kind in choice.get(part, {}).items():
            if kind not in rules:
                raise ValueError(f"clocks.choice.{part}.{code}: no clock {kind!r}")
    outside: dict[str, tuple[ClockRule, ...]] = {}
    for rule in rules.values():
        if rule.on:
            outside[rule.on] = (*outside.get(rule.on, ()), rule)
    return ClockRules(rules, grace, {part: choice.get(part, {}) for part in _CHOICES}, outside)


def _rule(kind: str, row: Mapping[str, Any], percent: int) -> ClockRule:
    amount, unit, source = row.get("amount"), row.get("unit"), row.get("source")
    for name, value in (("amount", amount), ("alarm_hours", row.get("alarm_hours", 0)), ("extension", row.get("extension", 0))):
        if not isinstance(value, int) or not 0 <= value <= _MOST:
            raise ValueError(f"clocks.{kind}: {name} {value!r} must be a whole number from 0 to {_MOST}")
    if unit not in UNITS:
        raise ValueError(f"clocks.{kind}: unit {unit!r} must be one of {', '.join(UNITS)}")
    if not source or not isinstance(source, str):
        raise ValueError(f"clocks.{kind}: source is missing; say who set this number")
    last_day, why = row.get("last_day"), row.get("last_day_why")
    if last_day not in LAST_DAYS:
        raise ValueError(f"clocks.{kind}: last_day {last_day!r} must be one of {', '.join(LAST_DAYS)}")
    if not why or not isinstance(why, str):
        raise ValueError(f"clocks.{kind}: last_day_why is missing; say by which rule the last day {last_day}")
    counts_from = row.get("counts_from", "acceptance")
    if counts_from not in ("acceptance", "application"):
        raise ValueError(f"clocks.{kind}: counts_from {counts_from!r} must be acceptance or application")
    confirmed = row.get("confirmed", True) is not False
    return ClockRule(
        kind, row["amount"], str(unit), source if confirmed else source + UNCONFIRMED, int(row.get("warn_percent", percent)),
        counts_from, row.get("alarm_hours", 0), kind.startswith(OUTSIDE), row.get("extension", 0), str(row.get("on", "")),
        str(row.get("ends", "")), tuple(map(str, row.get("categories", ()))), tuple(map(str, row.get("subcategories", ()))),
        str(last_day), why, confirmed)


@lru_cache(maxsize=1)
def default_rules() -> ClockRules:
    return overlaid({})


def overlaid(rows: Mapping[str, Mapping[str, Any]], *, limits: Limits | None = None, risk: RiskTable | None = None) -> ClockRules:
    """The default rules with single rows replaced by the county's tables. Of a shipped row that the county names, what it does
    not say stays: it gives the number, we know what starts the clock."""
    raw: dict[str, Any] = {}
    for name in ("clocks.toml", "clocks_outside.toml"):
        raw.update(tomllib.loads((DATA / name).read_text(encoding="utf-8")))
    for kind, row in rows.items():
        if not isinstance(row, Mapping):
            raise ValueError(f"clocks.{kind}: must be an object with amount, unit and source")
        if kind == CHOICE:
            row = {part: {**raw[CHOICE].get(part, {}), **row.get(part, {})} for part in _CHOICES}
        raw[kind] = over(raw.get(kind, {}), row)
    made = read_rules(raw)
    return replace(made, limits=limits or made.limits, risk=risk or made.risk)


def over(shipped: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """A shipped row with the county's laid over it. Who changes a number, or what the last day does, says by which rule."""
    changed = {"last_day_why": ""} if row.get("last_day", shipped.get("last_day")) != shipped.get("last_day") else {}
    return {**shipped, "source": "", **changed, **row}


@lru_cache(maxsize=20_000)
def deadline(kind: str, start: str, *, rules: ClockRules | None = None, calendar: Calendar = DEFAULT,
             paused_days: int = 0, until: str | None = None) -> Deadline:
    """The deadline of a clock of `kind` that starts on the ISO date `start`. `paused_days` (calendar days
    of lawful suspension) are added; `until` replaces the computed end (an agreed extension, an
    agreement's due date)."""
    rule = (rules or default_rules()).rule(kind)
    begin = date_of(start)
    end = date_of(until) if until is not None else plus_days(_end(rule, begin, calendar), paused_days)
    due = _last(rule, end, calendar) if until is None else end
    late_from = plus_days(due, 1)
    warn = _warn(rule, begin, due, calendar)
    counted = until is None and (rule.last_day == MOVES or rule.unit == "workday")
    provisional = counted and calendar.is_provisional(due)
    if rule.last_day == LATE_FROM_WORKDAY and not calendar.is_workday(due):
        late_from = calendar.next_workday(due)
        warn = max(begin, min(warn, calendar.last_workday(due)))
        provisional = provisional or calendar.is_provisional(late_from)
    return Deadline(start, due.isoformat(), warn.isoformat(), provisional, late_from.isoformat())


def latest(due: str, rule: ClockRule, calendar: Calendar = DEFAULT) -> str | None:
    """When it ends at the latest, its lawful extension included; None where there is none."""
    if not rule.extension:
        return None
    end = _end(replace(rule, amount=rule.extension), date_of(due), calendar)
    return _last(rule, end, calendar).isoformat()


def _last(rule: ClockRule, end: dt.date, calendar: Calendar) -> dt.date:
    return calendar.next_workday(end) if rule.last_day == MOVES else end


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


def state_of(dates: Deadline, stopped: str | None, today: str | None) -> str:
    """stopped | overdue | warning | running, as of the ISO date `today` (None: unknown, so running)."""
    if stopped is not None:
        return "stopped"
    if today is None or today < dates.warn_date:
        return "running"
    return "overdue" if today >= dates.late_from else "warning"
