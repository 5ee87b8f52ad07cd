"""The table of clocks: how long each kind runs and by whose rule (`data/clocks.toml`, DOMAIN.md 2.1, 7.5). How days are counted
stands in `shared.ledger.deadlines`.

Legal clocks start at `legal_date`. What a last day that is not worked does is a column of the table, `last_day`, with its reason:
it `moves` to the next working day (a right: 民事诉讼法 Art 85), it `stays` (a duty, a danger, working days), or it stays and
counts as missed `late_from_workday`, from the first working day after it. A day that people named themselves keeps its date
(民法典 Art 204). All numbers are configuration, each with its source.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from shared.disputes.rules.limits import Limits, default_limits
from shared.disputes.rules.risk_score import RiskTable, default_risk
from shared.ledger.deadlines import LAST_DAYS, UNITS, Deadline, Term, deadline_of, end_of
from shared.ledger.published.lineage import FOUNDED, Lineage
from shared.ledger.workdays import DEFAULT, Calendar
from shared.ledger.wrong_table import WrongTable
from shared.paths import DATA

UNCONFIRMED = "（未经核对）"     # the text could not be read here; every screen that shows the source says so
MEDIATION, CHOICE, OUTSIDE = "mediation", "choice", "outside_"
COUNTS_FROM = ("acceptance", "application")
_CHOICES = ("entrusting_body", "mediation_type", "category")
_MOST = 3660


@dataclass(frozen=True, slots=True)
class ClockRule(Term):
    """One kind of clock; `source` says who set the number."""

    kind: str = ""
    source: str = ""
    counts_from: str = "acceptance"     # mediation clocks: acceptance | application
    alarm_hours: int = 0                # within the day; 0 = by dates alone
    # of a procedure outside mediation (`clocks_outside.toml`): information, nobody's duty here
    outside: bool = False
    extension: int = 0
    on: str = ""
    ends: str = ""
    categories: tuple[str, ...] = ()
    subcategories: tuple[str, ...] = ()
    last_day_why: str = ""
    confirmed: bool = True              # False: what the source says could not be read; shown with the mark


@dataclass(frozen=True)
class ClockRules:
    """All that the county hands to a fold: clock rules by kind, limits, the risk table, the lineage of its offices. Hashable by
    identity so that deadlines can be cached."""

    rules: Mapping[str, ClockRule]
    grace_days: int
    choice: Mapping[str, Mapping[str, str]] = field(default_factory=dict)      # what decides -> mediation clock
    outside: Mapping[str, tuple[ClockRule, ...]] = field(default_factory=dict)      # what starts them -> rules
    limits: Limits = field(default_factory=default_limits)
    risk: RiskTable = field(default_factory=default_risk)
    lineage: Lineage = FOUNDED

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def rule(self, kind: str) -> ClockRule:
        try:
            return self.rules[kind]
        except KeyError:
            raise KeyError(f"no clock rule {kind!r} in clocks.toml") from None

    def mediation(self, entrusting_body: str, category: str, mediation_type: str = "people") -> ClockRule:
        """The clock that mediating such a case has (DOMAIN.md 2.2, 2.4)."""
        by_body = self.choice.get("entrusting_body", {}).get(entrusting_body)
        by_type = self.choice.get("mediation_type", {}).get(mediation_type)
        return self.rule(by_body or by_type or self.choice.get("category", {}).get(category, MEDIATION))

    def mediation_kinds(self) -> frozenset[str]:
        """Every clock that mediating may have."""
        return frozenset({MEDIATION, *(kind for part in _CHOICES for kind in self.choice.get(part, {}).values())})


def read_rules(raw: Mapping[str, Any]) -> ClockRules:
    """Rules from the parsed table. Raises ValueError naming row, value and remedy."""
    percent, days, grace = raw.get("warn_percent"), raw.get("warn_days"), raw.get("grace_days")
    if not isinstance(percent, int) or not 0 < percent <= 100 or not isinstance(days, int) or not isinstance(grace, int):
        raise WrongTable("clocks", "warn_percent must be 1..100, warn_days and grace_days whole numbers", "object",
                         fields="warn_percent (1-100), warn_days, grace_days")
    rules = {kind: _rule(kind, {"warn_percent": percent, "warn_days": days, **row}) for kind, row in raw.items()
             if isinstance(row, Mapping) and kind != CHOICE}
    choice = raw.get(CHOICE, {})
    for part in _CHOICES:
        for code, kind in choice.get(part, {}).items():
            if kind not in rules:
                raise WrongTable(f"clocks.choice.{part}.{code}", f"no clock {kind!r}", "no_item", value=kind)
    outside: dict[str, tuple[ClockRule, ...]] = {}
    for rule in rules.values():
        if rule.on:
            outside[rule.on] = (*outside.get(rule.on, ()), rule)
    return ClockRules(rules, grace, {part: choice.get(part, {}) for part in _CHOICES}, outside)


def _one_of(kind: str, field: str, value: object, choices: Iterable[str]) -> WrongTable:
    return WrongTable(f"clocks.{kind}", f"{field} {value!r} must be one of {(known := ', '.join(choices))}", "one_of",
                      field=field, value=value, known=known)


def _rule(kind: str, row: Mapping[str, Any]) -> ClockRule:
    """`row` with the table's own `warn_percent` and `warn_days` where it has none."""
    amount, unit, source = row.get("amount"), row.get("unit"), row.get("source")
    for name, value in (("amount", amount), ("alarm_hours", row.get("alarm_hours", 0)), ("extension", row.get("extension", 0)),
                        ("warn_percent", row["warn_percent"]), ("warn_days", row["warn_days"])):
        if not isinstance(value, int) or not 0 <= value <= _MOST:
            raise WrongTable(f"clocks.{kind}", f"{name} {value!r} must be a whole number from 0 to {_MOST}", "number",
                             field=name, value=value, least=0, most=_MOST)
    if unit not in UNITS:
        raise _one_of(kind, "unit", unit, UNITS)
    if not source or not isinstance(source, str):
        raise WrongTable(f"clocks.{kind}", "source is missing; say who set this number", "source")
    last_day, why = row.get("last_day"), row.get("last_day_why")
    if last_day not in LAST_DAYS:
        raise _one_of(kind, "last_day", last_day, LAST_DAYS)
    if not why or not isinstance(why, str):
        raise WrongTable(f"clocks.{kind}", f"last_day_why is missing; say by which rule the last day {last_day}", "last_day_why",
                         value=last_day)
    counts_from = row.get("counts_from", "acceptance")
    if counts_from not in COUNTS_FROM:
        raise _one_of(kind, "counts_from", counts_from, COUNTS_FROM)
    confirmed = row.get("confirmed", True) is not False
    return ClockRule(
        row["amount"], str(unit), row["warn_percent"], str(last_day), row["warn_days"], kind=kind,
        source=source if confirmed else source + UNCONFIRMED, counts_from=counts_from, alarm_hours=row.get("alarm_hours", 0),
        outside=kind.startswith(OUTSIDE), extension=row.get("extension", 0), on=str(row.get("on", "")),
        ends=str(row.get("ends", "")), categories=tuple(map(str, row.get("categories", ()))),
        subcategories=tuple(map(str, row.get("subcategories", ()))), last_day_why=why, confirmed=confirmed)


@lru_cache(maxsize=1)
def default_rules() -> ClockRules:
    return overlaid({})


@lru_cache(maxsize=16)
def under(rules: ClockRules, lineage: Lineage) -> ClockRules:
    """The same numbers for these offices; the same object for the same two."""
    return rules if lineage is rules.lineage else replace(rules, lineage=lineage)


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Any]:
    return {key: row for name in ("clocks.toml", "clocks_outside.toml")
            for key, row in tomllib.loads((DATA / name).read_text(encoding="utf-8")).items()}


def overlaid(rows: Mapping[str, Mapping[str, Any]], *, limits: Limits | None = None, risk: RiskTable | None = None) -> ClockRules:
    """The default rules with single rows replaced by the county's tables. Of a shipped row that the county names, what it does
    not say stays: it gives the number, we know what starts the clock."""
    raw = dict(_shipped())
    for kind, row in rows.items():
        if kind == CHOICE and isinstance(row, Mapping):
            row = {part: {**raw[CHOICE].get(part, {}), **row.get(part, {})} for part in _CHOICES}
        raw[kind] = over(kind, raw.get(kind, {}), row)
    made = read_rules(raw)
    return replace(made, limits=limits or made.limits, risk=risk or made.risk)


def over(kind: str, shipped: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """A shipped row with the county's laid over it. Who changes a number, or what the last day does, says by which rule."""
    if not isinstance(shipped, Mapping) or not isinstance(row, Mapping):        # `warn_percent` and `grace_days` are no rows
        raise WrongTable(f"clocks.{kind}", "must be an object with amount, unit and source", "object",
                         fields="amount, unit, source")
    changed = {"last_day_why": ""} if row.get("last_day", shipped.get("last_day")) != shipped.get("last_day") else {}
    return {**shipped, "source": "", **changed, **row}


@lru_cache(maxsize=20_000)
def deadline(kind: str, start: str, *, rules: ClockRules | None = None, calendar: Calendar = DEFAULT,
             paused_days: int = 0, until: str | None = None) -> Deadline:
    """The deadline of a clock of `kind` that starts on the ISO date `start`; the rest as in `deadlines.deadline_of`."""
    return deadline_of((rules or default_rules()).rule(kind), start, calendar, paused_days=paused_days, until=until)


def latest(due: str, rule: ClockRule, calendar: Calendar = DEFAULT) -> str | None:
    """When it ends at the latest, its lawful extension included; None where there is none."""
    return end_of(replace(rule, amount=rule.extension), due, calendar) if rule.extension else None
