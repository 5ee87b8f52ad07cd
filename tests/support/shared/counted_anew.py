"""A second opinion of every figure, without marks and sums: each definition of DOMAIN.md 1.9 walks over all facts by itself. What
the tables keep counted must come to the same (`tests/shared/disputes/figures/test_kept_sums.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shared.disputes.figures.facts import Facts
from shared.disputes.figures.figures import LEVELS, Figure, Publication, indicators
from shared.disputes.figures.marks import BODIES, Period
from shared.disputes.figures.single import ACCEPTANCE, MEDIATION, PETITION_ACCEPTANCE, PETITION_HANDLING, CaseFact, ClockFact
from shared.disputes.figures.tables import region_of
from shared.ledger.days import date_of
from shared.ledger.published.lineage import Lineage

_CLOSED = frozenset({"closed", "archived"})
RESOLVED = frozenset({"on_spot_settled", "agreement_written", "agreement_oral", "reconciled"})
_NO_RESULT = frozenset({"withdrawn", "refused", "not_accepted", "merged", "reconciled", "to_litigation", "to_arbitration",
                        "to_adjudication", "to_reconsideration", "to_police", "to_petition", "to_supervision"})


@dataclass(frozen=True, slots=True)
class Members:
    """What a figure counts, by the id of its case or matter: once for each time it counts. `denominator` None: a count."""

    numerator: Sequence[str]
    denominator: Sequence[str] | None = None

    @property
    def figure(self) -> Figure:
        return Figure(len(self.numerator), None if self.denominator is None else len(self.denominator))


def figures(facts: Facts, period: Period, rules: Publication) -> dict[str, Figure]:
    """Every indicator of the period."""
    return {key: _COUNT[key](facts, period, rules).figure for key in indicators()}


def members(facts: Facts, period: Period, key: str, rules: Publication) -> Members:
    """What one indicator counts; KeyError for an unknown one."""
    return _COUNT[key](facts, period, rules)


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


def tables(facts: Facts, period: Period) -> dict[str, dict]:
    """The tables of a report without suppression: mediation cases by (region, category), disputes by month, by level (registered,
    mediated, resolved there), and the statistical form by (block, code)."""
    accepted, registered = mediated(facts, period), handled(facts, period)
    agreed = [case for case in facts.cases if case.agreed_on in period and not case.merged]
    level, where, months = facts.lineage.level_of, dict[tuple[str, str], int](), dict[str, int]()
    for case in accepted:
        key = (region_of(case.place, facts.lineage), case.category)
        where[key] = where.get(key, 0) + 1
    for case in registered:
        months[case.registered_on[:7]] = months.get(case.registered_on[:7], 0) + 1
    levels = {one: (sum(level(case.origin) == one for case in registered), sum(level(case.origin) == one for case in accepted),
                    sum(level(case.origin) == one and resolved_locally(case, facts.lineage) for case in registered))
              for one in LEVELS}
    form = {("total", "accepted"): len(accepted), ("total", "agreed"): len(agreed),
            ("total", "difficult"): sum(case.difficulty in ("difficult", "major") for case in accepted),
            ("total", "people"): sum(case.people for case in accepted),
            ("total", "amount"): sum(case.amount_fen // 100 for case in agreed),
            ("performance", "performed"): sum(case.performed for case in agreed),
            **{("source", code): sum(_source(case) == code for case in accepted)
               for code in ("by_application", "proactive", *BODIES)},
            **{("form", code): sum(case.form == code for case in agreed) for code in ("oral", "written")}}
    return {"where": where, "months": months, "levels": levels, "form": form}


def _source(case: CaseFact) -> str:
    if case.source in ("by_application", "window", "online", ""):
        return "by_application"
    if case.source in ("proactive", "grid_report", "hazard"):
        return "proactive"
    body = "court" if case.entrusting_body.startswith("court") else case.entrusting_body
    return body if body in BODIES else "other_dept"
