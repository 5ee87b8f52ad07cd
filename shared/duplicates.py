"""Is this the same dispute, registered twice? A suggestion only: a person decides, nothing is merged by
itself.

Rule (DOMAIN.md 7.4 #5): a party in common (by name or phone), the same village and category, within 30
days. The primary is the case with the earliest acceptance, which protects the public's clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from shared.case import CaseState

DAYS = 30      # DOMAIN.md 7.4 #5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two cases that look alike; `primary` would keep its number, the other's becomes an alias."""

    primary: str
    other: str
    parties: tuple[str, ...]


def duplicates(case: CaseState, others: Iterable[CaseState]) -> tuple[Suggestion, ...]:
    """Suggestions for `case` among `others`, by case id."""
    found = []
    for other in others:
        common = _common(case, other)
        if common:
            first, second = sorted((case, other), key=_precedence)
            found.append(Suggestion(first.id, second.id, common))
    return tuple(sorted(found, key=lambda s: (s.primary, s.other)))


def _common(a: CaseState, b: CaseState) -> tuple[str, ...]:
    if a.id == b.id or not a.registered_on or not b.registered_on or "merged" in (a.state, b.state):
        return ()
    if a.place.office != b.place.office or a.category != b.category:
        return ()
    apart = abs((dt.date.fromisoformat(a.registered_on) - dt.date.fromisoformat(b.registered_on)).days)
    if apart > DAYS:
        return ()
    names = {p.name for p in b.parties}
    phones = {_digits(p.phone) for p in b.parties} - {""}
    return tuple(p.name for p in a.parties if p.name in names or _digits(p.phone) in phones)


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit())


def _precedence(case: CaseState) -> tuple[str, str, str]:
    return (case.accepted_on or "9999", case.registered_on, case.id)
