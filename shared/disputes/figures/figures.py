"""The county's figures: definitions as data, counts and rates as pure functions over `Facts` (DOMAIN.md 1.9).

Every indicator has numerator, denominator, scope, period and source in `shared/data/figures.toml`; here is only how each
is counted. Nothing printed in a newspaper ever enters a figure. A rate without a denominator is none (无), never 0 or 100.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from shared.disputes.figures.facts import (
    ACCEPTANCE,
    MEDIATION,
    PETITION_ACCEPTANCE,
    PETITION_HANDLING,
    CaseFact,
    ClockFact,
    Facts,
)
from shared.ledger.days import date_of
from shared.ledger.published.lineage import Lineage
from shared.paths import DATA

LEVELS = ("village", "township", "county")
CHANNELS = ("letter_visit", "online")
_CLOSED = frozenset({"closed", "archived"})
# Outcomes that settle the dispute, and those that end mediating without a result of it.
RESOLVED = frozenset({"on_spot_settled", "agreement_written", "agreement_oral", "reconciled"})
_NO_RESULT = frozenset({"withdrawn", "refused", "not_accepted", "merged", "reconciled", "to_litigation", "to_arbitration",
                        "to_adjudication", "to_reconsideration", "to_police", "to_petition", "to_supervision"})
_MOST = {"small_cell": 50, "satisfied_from": 5, "repeat_months": 120}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One definition. `kind` is count or rate; all texts are Chinese and meant to be printed beside the figure."""

    id: str
    kind: str
    name: str
    unit: str
    numerator: str
    denominator: str
    scope: str
    period: str
    source: str


@dataclass(frozen=True, slots=True)
class Publication:
    """How figures may be published: cells from 1 to `small_cell` - 1 are suppressed."""

    small_cell: int
    small_cell_source: str
    satisfied_from: int
    repeat_months: int


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `end`, both included; `end` is never after the day the figures are made."""

    start: str
    end: str

    @staticmethod
    def year(year: int, today: str) -> Period:
        return Period(f"{year:04d}-01-01", min(f"{year:04d}-12-31", today))

    def __contains__(self, day: object) -> bool:
        return isinstance(day, str) and self.start <= day <= self.end


@dataclass(frozen=True, slots=True)
class Figure:
    """A count (`denominator` None) or a rate with both of its numbers."""

    numerator: int
    denominator: int | None = None

    @property
    def is_rate(self) -> bool:
        return self.denominator is not None

    def percent(self) -> Decimal | None:
        return percent(self.numerator, self.denominator or 0)

    def is_small(self, small_cell: int) -> bool:
        """Would it tell of so few that somebody could be known by it?"""
        base = self.numerator if self.denominator is None else self.denominator
        return 0 < base < small_cell


@dataclass(frozen=True, slots=True)
class Members:
    """What a figure counts, by the id of its case or matter: once for each time it counts. `denominator` None: a count."""

    numerator: Sequence[str]
    denominator: Sequence[str] | None = None

    @property
    def figure(self) -> Figure:
        return Figure(len(self.numerator), None if self.denominator is None else len(self.denominator))


@lru_cache(maxsize=1)
def _load() -> tuple[Publication, dict[str, Indicator]]:
    raw = tomllib.loads((DATA / "figures.toml").read_text(encoding="utf-8"))
    publication = raw["publication"]
    made = {
        key: Indicator(key, row["kind"], row["name"], row["unit"], row["numerator"], row["denominator"], row["scope"],
                       row["period"], row["source"])
        for key, row in raw["indicators"].items()
    }
    return Publication(publication["small_cell"], publication["small_cell_source"], publication["satisfied_from"],
                       publication["repeat_months"]), made


def indicators() -> dict[str, Indicator]:
    """Every definition by id, in the order in which a report shows them."""
    return _load()[1]


def publication() -> Publication:
    return _load()[0]


def publication_of(county: Mapping[str, Any] | None) -> Publication:
    """The shipped thresholds with those of the county's directory table "figures". Raises ValueError naming field and value."""
    made = publication()
    for name, value in (county or {}).items():
        known = getattr(made, name, None)
        if type(value) is not type(known) or (isinstance(value, int) and not 1 <= value <= _MOST.get(name, 1)):
            raise ValueError(f"figures.{name}: {value!r}; there are small_cell, satisfied_from, repeat_months (whole numbers"
                             f" from 1 to {_MOST}) and small_cell_source (a text)")
    return replace(made, **(county or {}))


def percent(part: int, whole: int) -> Decimal | None:
    """Per cent to one decimal, halves away from zero (四舍五入); None when there is nothing to divide by."""
    if whole == 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def compute(facts: Facts, period: Period, rules: Publication | None = None) -> dict[str, Figure]:
    """Every indicator of the period."""
    made = rules or publication()
    return {key: _COUNT[key](facts, period, made).figure for key in indicators()}


def members(facts: Facts, period: Period, key: str, rules: Publication | None = None) -> Members:
    """What one indicator counts; KeyError for an unknown one."""
    return _COUNT[key](facts, period, rules or publication())


# --- which facts belong to a period -------------------------------------------------------------------------------


def handled(facts: Facts, period: Period) -> list[CaseFact]:
    """调处: registered in the period, each dispute once."""
    return [case for case in facts.cases if case.registered_on in period and not case.merged]


def mediated(facts: Facts, period: Period) -> list[CaseFact]:
    """调解: formally accepted in the period, each dispute once."""
    return [case for case in facts.cases if case.accepted_on in period and not case.merged]


def resolved_locally(case: CaseFact, lineage: Lineage) -> bool:
    """Settled and closed by an office of the level that registered it (不出村 / 不出镇 / 不出县)."""
    return case.state in _CLOSED and case.outcome in RESOLVED and lineage.rank_of(case.holder) == lineage.rank_of(case.origin)


def repeated(facts: Facts, closed: Iterable[CaseFact], months: int) -> list[CaseFact]:
    """Those of `closed` that came within `months` after a case of the same place, category and people was closed."""
    ended: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for case in facts.cases:
        if case.closed_on is not None and case.names:
            ended.setdefault((case.place, case.category, case.names), []).append((case.closed_on, case.id))

    def came_back(case: CaseFact) -> bool:
        since = _months_before(case.registered_on, months)
        earlier = ended.get((case.place, case.category, case.names), ())
        return any(since <= day <= case.registered_on and id != case.id for day, id in earlier)

    return list(filter(came_back, closed))


def _months_before(day: str, months: int) -> str:
    date = date_of(day)
    index = date.year * 12 + date.month - 1 - months
    # the text only serves to compare, so the 31st of a short month needs no correction
    return f"{index // 12:04d}-{index % 12 + 1:02d}-{date.day:02d}"


def _in_time(clocks: Iterable[ClockFact], kinds: frozenset[str], period: Period) -> Members:
    due = [clock for clock in clocks if clock.kind in kinds and clock.due_date in period]
    return Members([c.subject for c in due if c.in_time], [c.subject for c in due])


def _completed(f: Facts, p: Period, r: Publication) -> Members:
    """Agreement or termination in time; what was withdrawn, refused or sent elsewhere before the end was no longer due."""
    otherwise = {case.id for case in f.cases if case.agreed_on is None and case.outcome in _NO_RESULT}
    due = [c for c in f.clocks if c.kind in MEDIATION and c.due_date in p
           and not (c.subject in otherwise and c.in_time)]
    return Members([c.subject for c in due if c.in_time], [c.subject for c in due])


def _late(f: Facts, p: Period, how: str) -> Members:
    """Clocks of intake and mediation due in the period that were late in deed (running on counts), or in report alone."""
    due = [c for c in f.clocks if c.kind in ACCEPTANCE | MEDIATION and c.due_date in p]
    return Members([c.subject for c in due
                    if c.late == how or (how == "action" and c.stopped is None and c.due_date < p.end)])


def _channel(facts: Facts, period: Period, channel: str, unit: str) -> Members:
    found = (p for p in facts.petitions if p.registered_on in period and p.channel == channel)
    return Members([petition.id for petition in found for _ in range(getattr(petition, unit))])


# --- how each is counted --------------------------------------------------------------------------------------------


def _ids(cases: Iterable[CaseFact]) -> list[str]:
    return [case.id for case in cases]


def _legal_aid(f: Facts, p: Period, r: Publication) -> Members:
    return Members([aid.id for aid in f.legal_aid if aid.granted and aid.decided_on in p])


def _petitions(f: Facts, p: Period, flag: str = "") -> list[str]:
    """Registered in the period; with `flag` those of which it is true."""
    return [one.id for one in f.petitions if one.registered_on in p and (not flag or getattr(one, flag))]


def _satisfaction(f: Facts, p: Period, r: Publication) -> Members:
    scores = [(case.id, score) for case in f.cases for _, score, day in case.ratings if day in p]
    return Members([id for id, score in scores if score >= r.satisfied_from], [id for id, _ in scores])


def _unverified(f: Facts, p: Period, r: Publication) -> Members:
    return Members([case.id for case in f.cases for day in case.unverified if day in p])


def _closed_in(f: Facts, p: Period) -> list[CaseFact]:
    return [case for case in f.cases if case.closed_on in p and not case.merged]


def _participation(f: Facts, p: Period, r: Publication) -> Members:
    closed = _closed_in(f, p)
    rated = [case.id for case in closed for _ in range(min(len({party for party, _, _ in case.ratings}), case.sides))]
    return Members(rated, [case.id for case in closed for _ in range(case.sides)])


def _mediation(f: Facts, p: Period, r: Publication) -> Members:
    accepted = mediated(f, p)
    return Members(_ids(case for case in accepted if case.sessions > 0), _ids(accepted))


def _success(f: Facts, p: Period, r: Publication) -> Members:
    agreed = [case.id for case in f.cases if case.agreed_on in p and not case.merged]
    failed = [case.id for case in f.cases if case.failed_on in p and not case.merged and case.agreed_on is None]
    return Members(agreed, [*agreed, *failed])


def _performance(f: Facts, p: Period, r: Publication) -> Members:
    due = [case for case in f.cases if case.promises_due in p and not case.merged]
    return Members(_ids(case for case in due if case.performed), _ids(due))


def _local(f: Facts, p: Period, r: Publication) -> Members:
    registered = handled(f, p)
    return Members(_ids(case for case in registered if resolved_locally(case, f.lineage)), _ids(registered))


def _repeat(f: Facts, p: Period, r: Publication) -> Members:
    closed = _closed_in(f, p)
    return Members(_ids(repeated(f, closed, r.repeat_months)), _ids(closed))


def _petition_satisfaction(f: Facts, p: Period, r: Publication) -> Members:
    scores = [(one.id, one.score) for one in f.petitions if one.rated_on in p and one.score is not None]
    return Members([id for id, score in scores if score >= r.satisfied_from], [id for id, _ in scores])


_COUNT: dict[str, Callable[[Facts, Period, Publication], Members]] = {
    "disputes_handled": lambda f, p, r: Members(_ids(handled(f, p))),
    "mediation_cases": lambda f, p, r: Members(_ids(mediated(f, p))),
    "petitions": lambda f, p, r: Members(_petitions(f, p)),
    "letter_visit_batches": lambda f, p, r: _channel(f, p, "letter_visit", "batches"),
    "letter_visit_person_times": lambda f, p, r: _channel(f, p, "letter_visit", "person_times"),
    "online_batches": lambda f, p, r: _channel(f, p, "online", "batches"),
    "online_person_times": lambda f, p, r: _channel(f, p, "online", "person_times"),
    "legal_aid_cases": _legal_aid,
    "timely_acceptance_rate": lambda f, p, r: _in_time(f.clocks, ACCEPTANCE, p),
    "on_time_completion_rate": _completed,
    "late_actions": lambda f, p, r: _late(f, p, "action"),
    "late_reports": lambda f, p, r: _late(f, p, "report"),
    "satisfaction_rate": _satisfaction,
    "ratings_unverified": _unverified,
    "participation_rate": _participation,
    "mediation_rate": _mediation,
    "success_rate": _success,
    "performance_rate": _performance,
    "local_resolution_rate": _local,
    "repeat_rate": _repeat,
    "petition_timely_acceptance_rate": lambda f, p, r: _in_time(f.clocks, PETITION_ACCEPTANCE, p),
    "petition_on_time_completion_rate": lambda f, p, r: _in_time(f.clocks, PETITION_HANDLING, p),
    "petition_satisfaction_rate": _petition_satisfaction,
    "petition_repeat_rate": lambda f, p, r: Members(_petitions(f, p, "repeat"), _petitions(f, p)),
    "abnormal_visits": lambda f, p, r: Members(_petitions(f, p, "abnormal_visit")),
    "skip_level_visits": lambda f, p, r: Members(_petitions(f, p, "skip_level_visit")),
}
