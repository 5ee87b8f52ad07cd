"""What figures count, once for all of them: every case, petition and legal-aid matter makes marks, each with its day.

    Mark(what="accepted", day="2026-03-02", key="150822100203", n=1)
A figure of a period is a sum of the marks of its days (`figures`, `tables`, `bureau`); which marks there are is said here alone.
So they can be counted anew from all facts, or kept as sums of days and months that change with each event; the sums are the same.
What the county may set (from which score on somebody is satisfied, within which months a case comes again, which office is a
township) is in the key, not in the sum: another rule adds up other sums. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from shared.disputes.figures.single import (
    ACCEPTANCE,
    MEDIATION,
    PETITION_ACCEPTANCE,
    PETITION_HANDLING,
    CaseFact,
    ClockFact,
    LegalAidFact,
    PetitionFact,
)
from shared.ledger.days import date_of, later
from shared.ledger.published.lineage import Lineage

CLOSED = frozenset({"closed", "archived"})
# Outcomes that settle the dispute, and those that end mediating without a result of it.
RESOLVED = frozenset({"on_spot_settled", "agreement_written", "agreement_oral", "reconciled"})
_NO_RESULT = frozenset({"withdrawn", "refused", "not_accepted", "merged", "reconciled", "to_litigation", "to_arbitration",
                        "to_adjudication", "to_reconsideration", "to_police", "to_petition", "to_supervision"})
DIFFICULT = frozenset({"difficult", "major"})
MOST_MONTHS = 120       # further back nobody asks whether a case came again
RUNNING = "running"     # the clocks that run on: of their last day alone it is not known yet whether they are late
_SOURCES = {**dict.fromkeys(("by_application", "window", "online", ""), "by_application"),
            **dict.fromkeys(("proactive", "grid_report", "hazard"), "proactive")}
BODIES = ("court", "procuratorate", "police", "petition_office", "other_dept")


class Mark(NamedTuple):
    """`n` counts under `what` and `key` on an ISO day."""

    what: str
    day: str
    key: str = ""
    n: int = 1


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

    def counted(self, what: str) -> Period:
        """The days on which these marks count: a clock that runs on its last day is not late yet."""
        return Period(self.start, later(self.end, -1)) if what == RUNNING else self


class Tally(Protocol):
    """The sums of a period."""

    @property
    def period(self) -> Period: ...

    @property
    def lineage(self) -> Lineage:
        """Who is over whom today."""
        ...

    def by(self, what: str) -> Mapping[str, int]:
        """key -> sum."""
        ...

    def by_month(self, what: str) -> Mapping[str, int]:
        """2026-03 -> sum, of the months that have any."""
        ...


@dataclass(slots=True)
class Summed:
    """A `Tally` added up here and now."""

    period: Period
    lineage: Lineage
    sums: dict[str, Counter[str]] = field(default_factory=dict)
    months: dict[str, Counter[str]] = field(default_factory=dict)

    def by(self, what: str) -> Mapping[str, int]:
        return self.sums.get(what, {})

    def by_month(self, what: str) -> Mapping[str, int]:
        return self.months.get(what, {})

    def add(self, mark: Mark) -> None:
        if mark.day in self.period.counted(mark.what):
            self.sums.setdefault(mark.what, Counter())[mark.key] += mark.n
            self.months.setdefault(mark.what, Counter())[mark.day[:7]] += mark.n


# --- the marks of one matter --------------------------------------------------------------------------------------


def of_case(case: CaseFact | None, clocks: Iterable[ClockFact]) -> Iterator[Mark]:
    """`case` None: nothing is known of it but its clocks. Whether it came again is told by others: `again`."""
    if case is not None:
        yield from _of_ratings(case)
        yield Mark("registered", case.registered_on)
        if not case.merged:
            yield from _of_dispute(case)
    otherwise = case is not None and case.agreed_on is None and case.outcome in _NO_RESULT
    for clock in clocks:
        yield from _of_clock(clock, otherwise)


def _of_ratings(case: CaseFact) -> Iterator[Mark]:
    yield from (Mark("rated", day, str(score)) for _, score, day in case.ratings)
    yield from (Mark("unverified", day) for day in case.unverified)


def _of_dispute(case: CaseFact) -> Iterator[Mark]:
    """Of a dispute that counts once: a merged one counts with the other."""
    yield Mark("handled", case.registered_on, case.origin)
    if case.state in CLOSED and case.outcome in RESOLVED:
        yield Mark("resolved", case.registered_on, f"{case.origin} {case.holder}")
    if case.accepted_on is not None:
        yield from _of_mediation(case, case.accepted_on)
    if case.agreed_on is not None:
        yield from _of_agreement(case, case.agreed_on)
    elif case.failed_on is not None:
        yield Mark("failed", case.failed_on)
    if case.promises_due is not None:
        yield Mark("promised", case.promises_due, "kept" if case.performed else "")
    if case.closed_on is not None:
        yield Mark("closed", case.closed_on)
        yield Mark("asked", case.closed_on, n=case.sides)
        yield Mark("took_part", case.closed_on, n=min(len({party for party, _, _ in case.ratings}), case.sides))


def _of_mediation(case: CaseFact, day: str) -> Iterator[Mark]:
    yield Mark("accepted", day, case.origin)
    yield Mark("accepted_where", day, f"{case.place} {case.category}")
    if case.sessions > 0:
        yield Mark("mediated", day)
    if case.difficulty in DIFFICULT:
        yield Mark("difficult", day)
    yield Mark("people", day, n=case.people)
    yield Mark("source", day, source_of(case))
    yield from (Mark("prevented", day, code) for code in sorted(set(case.prevented)))


def _of_agreement(case: CaseFact, day: str) -> Iterator[Mark]:
    yield Mark("agreed", day, case.form)
    yield Mark("amount", day, n=case.amount_fen // 100)
    if case.performed:
        yield Mark("performed", day)


def source_of(case: CaseFact) -> str:
    """As the statistical form names it: 依申请, 主动调解, or who entrusted it."""
    if case.source in _SOURCES:
        return _SOURCES[case.source]
    body = "court" if case.entrusting_body.startswith("court") else case.entrusting_body
    return body if body in BODIES else "other_dept"


def _of_clock(clock: ClockFact, otherwise: bool) -> Iterator[Mark]:
    """`otherwise`: what was withdrawn, refused or sent elsewhere before the end was no longer due."""
    kept = "in_time" if clock.in_time else ""
    if clock.kind in ACCEPTANCE:
        yield Mark("acceptance_due", clock.due_date, kept)
    elif clock.kind in MEDIATION:
        if not (otherwise and kept):
            yield Mark("mediation_due", clock.due_date, kept)
    else:
        return
    if clock.late:
        yield Mark("late", clock.due_date, clock.late)
    if clock.stopped is None and clock.late != "action":
        yield Mark(RUNNING, clock.due_date)


def of_petition(petition: PetitionFact | None, clocks: Iterable[ClockFact]) -> Iterator[Mark]:
    if petition is not None:
        day = petition.registered_on
        yield Mark("petitions", day, petition.channel)
        yield Mark("batches", day, petition.channel, petition.batches)
        yield Mark("person_times", day, petition.channel, petition.person_times)
        yield from (Mark(flag, day) for flag in ("repeat", "abnormal_visit", "skip_level_visit") if getattr(petition, flag))
        if petition.rated_on is not None and petition.score is not None:
            yield Mark("petition_rated", petition.rated_on, str(petition.score))
    for clock in clocks:
        for what, kinds in (("petition_accept_due", PETITION_ACCEPTANCE), ("petition_handle_due", PETITION_HANDLING)):
            if clock.kind in kinds:
                yield Mark(what, clock.due_date, "in_time" if clock.in_time else "")


def of_legal_aid(aid: LegalAidFact) -> Iterator[Mark]:
    yield Mark("aid", aid.registered_on)
    if aid.granted and aid.decided_on is not None:
        yield Mark("aid_granted", aid.decided_on)


# --- who came again -----------------------------------------------------------------------------------------------


class Ended(NamedTuple):
    """A closed case among those of the same place, category and people."""

    id: str
    registered_on: str
    closed_on: str
    merged: bool


def again(ended: Collection[Ended]) -> Iterator[tuple[str, Mark]]:
    """(case, mark) of those of one group that came after another of it was closed; its key is the fewest months (three digits)
    within which that was."""
    days = sorted((one.closed_on, one.id) for one in ended)
    for case in ended:
        if case.merged:
            continue
        before = bisect_right(days, (case.registered_on, "\uffff"))
        last = next((day for day, id in days[max(before - 2, 0):before][::-1] if id != case.id), None)     # one may be itself
        months = None if last is None else _months_between(last, case.registered_on)
        if months is not None and months <= MOST_MONTHS:
            yield case.id, Mark("again", case.closed_on, f"{months:03d}")


def _months_between(earlier: str, day: str) -> int:
    """The fewest whole months that `day` less them is not after `earlier`. The 31st of a short month needs no correction: texts
    are compared."""
    first, last = date_of(earlier), date_of(day)
    months = (last.year - first.year) * 12 + last.month - first.month
    return max(0, months + (last.day > first.day))


def groups(cases: Iterable[CaseFact]) -> list[Sequence[Ended]]:
    """The closed ones of the same place, category and people; of people nobody named there is no group."""
    found: dict[tuple[str, str, str], list[Ended]] = {}
    for case in cases:
        if case.closed_on is not None and case.names:
            found.setdefault((case.place, case.category, case.names), []).append(
                Ended(case.id, case.registered_on, case.closed_on, case.merged))
    return list(found.values())
