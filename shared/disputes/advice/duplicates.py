"""Is this the same dispute, registered twice? A suggestion only: a person decides, nothing is merged by
itself.

Rule (DOMAIN.md 7.4 #5): a party in common (by name or phone), the same village and category, within 30
days. The primary is the case with the earliest acceptance, which protects the public's clock. One that was
settled on the spot stands against the other only if the party who came to the other office had said yes to
it too (7.4 #4). The same question is asked of two cases with one file number (7.4 #14).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.disputes.case.state import CaseState
from shared.disputes.fold.findings import adjudicator
from shared.ledger.days import between
from shared.ledger.entry import folded, phone_key
from shared.ledger.published.lineage import FOUNDED, Lineage
from shared.ledger.texts import t


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two cases that look alike; `primary` would keep its number, the other's becomes an alias."""

    primary: str
    other: str
    parties: tuple[str, ...]
    task: str = ""                      # what the adjudicator is asked, in Chinese
    adjudicator: str = ""               # the lowest office over both (7.4 P5)


def duplicates(case: CaseState, others: Iterable[CaseState], lines: Lineage = FOUNDED) -> tuple[Suggestion, ...]:
    """Suggestions for `case` among `others`, by case id."""
    found = []
    for other in others:
        common = _common(case, other)
        if common:
            found.append(_suggest(case, other, common, lines))
    return tuple(sorted(found, key=lambda s: (s.primary, s.other)))


def _suggest(one: CaseState, other: CaseState, common: tuple[str, ...], lines: Lineage) -> Suggestion:
    office = adjudicator(frozenset((one.holder, other.holder)) - {""}, lines)
    settled = [case for case in (one, other) if case.outcome == "on_spot_settled"]
    if len(settled) == 1:
        done = settled[0]
        going = other if done is one else one
        if _said_yes(done, going):
            return Suggestion(done.id, going.id, common, t("duplicates.settled_stands"), office)
        return Suggestion(going.id, done.id, common, t("duplicates.other_continues"), office)
    first, second = sorted((one, other), key=_precedence)
    return Suggestion(first.id, second.id, common, t("duplicates.confirm"), office)


def _said_yes(settled: CaseState, other: CaseState) -> bool:
    """Did everybody who came to the other office with it agree to the settlement?"""
    agreed = [p for p in settled.parties if p.no in settled.settled_by]
    names, phones = {folded(p.name) for p in agreed}, {phone_key(p.phone) for p in agreed} - {""}
    asking = [p for p in other.parties if p.role == "applicant"]
    return bool(asking) and all(folded(p.name) in names or phone_key(p.phone) in phones for p in asking)


@dataclass(frozen=True, slots=True)
class NumberClash:
    """Two cases with one file number: `keeps` has it, `changes` takes `new` (a suffix when its papers are printed)."""

    number: str
    keeps: str
    changes: str
    new: str                            # "" = the next free number of the register
    task: str
    adjudicator: str


def number_clashes(cases: Iterable[CaseState], lines: Lineage = FOUNDED) -> tuple[NumberClash, ...]:
    """Equal file numbers of one committee, each with who must change. The earlier acceptance keeps the number. (Villages of
    one name in two towns number alike, and rightly.)"""
    by_number: dict[tuple[str, str], list[CaseState]] = {}
    for case in cases:
        if case.file_no and case.state != "merged":
            by_number.setdefault((case.file_no, case.committee), []).append(case)
    found = []
    for (number, _), group in sorted(by_number.items()):
        first, *rest = sorted(group, key=_precedence)
        for case in rest:
            printed = number in case.numbering.printed
            new = f"{number}-1" if printed else ""
            task = t("duplicates.suffix", number=number) if printed else t("duplicates.renumber", number=number)
            office = adjudicator(frozenset((first.holder, case.holder)) - {""}, lines)
            found.append(NumberClash(number, first.id, case.id, new, task, office))
    return tuple(found)


def _common(a: CaseState, b: CaseState) -> tuple[str, ...]:
    if a.id == b.id or not a.registered_on or not b.registered_on or "merged" in (a.state, b.state):
        return ()
    if b.id in a.not_duplicates or a.id in b.not_duplicates:
        return ()                       # a person looked at both
    if a.place.office != b.place.office or a.category != b.category:
        return ()
    apart = abs(between(a.registered_on, b.registered_on))
    if apart > a.limits.duplicate_days:
        return ()
    names = {folded(p.name) for p in b.parties} - {""}
    phones = {phone_key(p.phone) for p in b.parties} - {""}
    return tuple(sorted(p.name for p in a.parties if folded(p.name) in names or phone_key(p.phone) in phones))


def _precedence(case: CaseState) -> tuple[str, str, str]:
    return (case.accepted_on or "9999", case.registered_on, case.id)
