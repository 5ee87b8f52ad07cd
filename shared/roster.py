"""D2, the menu: which methods a party may choose for this matter, and which mediators (人民调解法 Arts 19, 23(1)).

The roster is who in the directory mediates, with the table `roster` {staff: {specialities, languages, grade, honours}}; load
and conflicts of interest come from the case and from counts the caller has. Pure; a cached copy works without a network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shared.case import CaseState
from shared.guards import excluded_matter
from shared.organisation import covers

MEDIATES = frozenset({"mediator", "mediator_fulltime", "judicial_officer"})
# What else than people's mediation is open, by category; the rest has all five (DOMAIN.md 1.5, 2.2, 2.4).
_EXCLUDED_LEAVES = ("administrative", "judicial")
_ALL = ("people", "administrative", "judicial", "social", "petition")


class Person(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def office(self) -> str: ...
    @property
    def roles(self) -> tuple[str, ...]: ...
    @property
    def active(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Mediator:
    """`conflict`: why this person had better not ("" none): a party of the same name, or rejected by a party."""

    staff: str
    name: str
    office: str
    specialities: tuple[str, ...]       # category codes
    languages: tuple[str, ...]
    grade: str
    honours: tuple[str, ...]
    load: int
    conflict: str = ""


def methods(category: str, subcategory: str = "") -> tuple[str, ...]:
    """Mediation types that the parties may choose from."""
    return _EXCLUDED_LEAVES if excluded_matter(category, subcategory) else _ALL


def mediators(people: Iterable[Person], table: Mapping[str, Any] | None, case: CaseState,
              loads: Mapping[str, int] | None = None) -> tuple[Mediator, ...]:
    """Who may be chosen for the case, the most fitting first: no conflict, the matter is a speciality, little work, near."""
    found = []
    for person in people:
        if not person.active or not MEDIATES & set(person.roles) or not _near(person.office, case.holder):
            continue
        row = (table or {}).get(person.id) or {}
        found.append(Mediator(
            person.id, person.name, person.office, _words(row, "specialities"), _words(row, "languages"),
            str(row.get("grade", "")), _words(row, "honours"), (loads or {}).get(person.id, 0), _conflict(person, case)))
    return tuple(sorted(found, key=lambda m: (
        bool(m.conflict), case.category not in m.specialities, m.load, m.office != case.holder, m.staff)))


def _near(office: str, holder: str) -> bool:
    return covers(office, holder) or covers(holder, office)


def _conflict(person: Person, case: CaseState) -> str:
    if any(party.name == person.name for party in case.parties):
        return "same_name"
    return "rejected" if any(mediator == person.id for _, mediator in case.choice.rejected) else ""


def _words(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = row.get(name)
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()
