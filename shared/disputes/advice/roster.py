"""D2, the menu: which methods a party may choose for this matter, which mediators, and what the office proposes, with reasons
(人民调解法 Arts 19, 23(1); recusal: 特邀调解规定 Art 15).

The roster is who in the directory mediates, with the table `roster` {staff: {specialities, languages, grade, honours, away}};
load and conflicts of interest come from the case and from counts the caller has. Pure; a cached copy works without a network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.disputes.case.guards import excluded_matter
from shared.disputes.case.state import CaseState
from shared.ledger import codes
from shared.ledger.days import parse_day
from shared.ledger.published.lineage import FOUNDED, Lineage
from shared.ledger.texts import t

TABLE = "roster"
MEDIATES = frozenset({"mediator", "mediator_fulltime", "judicial_officer"})
# What else than people's mediation is open, by category; the rest has all five (DOMAIN.md 1.5, 2.2, 2.4).
_EXCLUDED_LEAVES = ("administrative", "judicial")
_ALL = ("people", "administrative", "judicial", "social", "petition")
_COURT = frozenset({"court", "court_preassigned", "court_entrusted"})
FIELDS = ("specialities", "languages", "grade", "honours", "away")
MAX_WORDS = 20          # specialities, languages or honours of one person
MAX_WORD = 40


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
    """`conflict`: why this person had better not ("" none): same_name (as a party) | rejected (by a party) | recused | away.
    `reasons`: what speaks for or against, in words."""

    staff: str
    name: str
    office: str
    specialities: tuple[str, ...]       # category codes
    languages: tuple[str, ...]
    grade: str
    honours: tuple[str, ...]
    load: int
    conflict: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    """One of the five mediation types; `why_not` in words when it is closed for this matter."""

    code: str
    name: str
    open: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the office proposes; the parties choose (`case.choice_made`), the holder confirms (`case.mediator_confirmed`)."""

    method: str
    method_reason: str
    methods: tuple[Method, ...]
    mediators: tuple[str, ...]          # staff; several are co-mediators (Art 19 一名或者数名)
    mediator_reason: str
    roster: tuple[Mediator, ...]


def methods(category: str, subcategory: str = "") -> tuple[str, ...]:
    """Mediation types that the parties may choose from."""
    return _EXCLUDED_LEAVES if excluded_matter(category, subcategory) else _ALL


def listed(people: Iterable[Person], table: Mapping[str, Any] | None, loads: Mapping[str, int] | None = None, *,
           today: str = "") -> tuple[Mediator, ...]:
    """The roster itself: everybody who mediates, in order of office and id; nobody's case is asked."""
    found = [_mediator(person, table, loads, "away" if _away(_row(table, person), today) else "")
             for person in people if person.active and MEDIATES & set(person.roles)]
    return tuple(sorted(found, key=lambda m: (m.office, m.staff)))


def mediators(people: Iterable[Person], table: Mapping[str, Any] | None, case: CaseState,
              loads: Mapping[str, int] | None = None, *, today: str = "", language: str = "",
              lines: Lineage = FOUNDED) -> tuple[Mediator, ...]:
    """Who may be chosen for the case, the most fitting first: no conflict, the language asked for, the matter is a speciality,
    little work, near."""
    found = []
    for person in people:
        if person.active and MEDIATES & set(person.roles) and _near(person.office, case.holder, lines):
            conflict = _conflict(person, case) or ("away" if _away(_row(table, person), today) else "")
            found.append(_mediator(person, table, loads, conflict, case, language))
    return tuple(sorted(found, key=lambda m: (
        bool(m.conflict), bool(language) and language not in m.languages, case.category not in m.specialities, m.load,
        m.office != case.holder, m.staff)))


def propose(case: CaseState, people: Iterable[Person], table: Mapping[str, Any] | None, loads: Mapping[str, int] | None = None, *,
            today: str = "", language: str = "", lines: Lineage = FOUNDED) -> Proposal:
    """Method and mediators for this case, with the reasons in words."""
    found = mediators(people, table, case, loads, today=today, language=language, lines=lines)
    method, why = _method(case)
    open_now = methods(case.category, case.subcategory)
    shut = excluded_matter(case.category, case.subcategory)
    menu = tuple(Method(code, codes.name("mediation_type", code), code in open_now,
                        "" if code in open_now else t(f"effect.{shut}")) for code in _ALL)
    names, because = _who(case, found)
    return Proposal(method, why, menu, names, because, found)


def _method(case: CaseState) -> tuple[str, str]:
    shut = excluded_matter(case.category, case.subcategory)
    if shut:
        return "administrative", t(f"effect.{shut}")
    named = {method for _, method, _ in case.choice.by_party}
    if len(named) == 1 and len(case.choice.by_party) == len(case.parties):
        return named.pop(), t("roster.method_chosen")
    if case.entrusting_body in _COURT:
        return "judicial", t("roster.method_court")
    if case.petitions or case.entrusting_body == "petition_office":
        return "people", t("roster.method_petition")
    return "people", t("roster.method_people" if not named else "roster.method_differ")


def _who(case: CaseState, found: Sequence[Mediator]) -> tuple[tuple[str, ...], str]:
    free = [m for m in found if not m.conflict]
    fit = {m.staff for m in free}
    chosen = tuple(staff for staff in case.choice.proposed if staff in fit)
    if chosen:
        return chosen, t("roster.chosen_several" if len(chosen) > 1 else "roster.chosen")
    if not free:
        return (), t("roster.nobody")
    if case.difficulty in ("difficult", "major") and len(free) > 1:
        return (free[0].staff, free[1].staff), t("roster.two", difficulty=codes.name("difficulty", case.difficulty))
    return (free[0].staff,), t("roster.best", reasons="；".join(free[0].reasons))


def _mediator(person: Person, table: Mapping[str, Any] | None, loads: Mapping[str, int] | None, conflict: str,
              case: CaseState | None = None, language: str = "") -> Mediator:
    row, load = _row(table, person), (loads or {}).get(person.id, 0)
    specialities, languages, honours = (_words(row, name) for name in ("specialities", "languages", "honours"))
    reasons = [t(f"roster.{conflict}")] if conflict else []
    if case is not None:
        if language:
            reasons.append(t("roster.language" if language in languages else "roster.no_language", language=language))
        if case.category in specialities:
            reasons.append(t("roster.speciality", category=codes.name("category", case.category)))
        reasons.append(t("roster.own_office" if person.office == case.holder else "roster.other_office"))
    reasons.append(t("roster.load", n=load))
    return Mediator(person.id, person.name, person.office, specialities, languages, str(row.get("grade", "")), honours, load,
                    conflict, tuple(reasons))


def _near(office: str, holder: str, lines: Lineage) -> bool:
    return lines.is_over(office, holder) or lines.is_over(holder, office)


def _conflict(person: Person, case: CaseState) -> str:
    if any(party.name == person.name for party in case.parties):
        return "same_name"
    if any(mediator == person.id for mediator, _ in case.choice.recused):
        return "recused"
    return "rejected" if any(mediator == person.id for _, mediator in case.choice.rejected) else ""


def _row(table: Mapping[str, Any] | None, person: Person) -> Mapping[str, Any]:
    row = (table or {}).get(person.id)
    return row if isinstance(row, Mapping) else {}


def _away(row: Mapping[str, Any], today: str) -> bool:
    away = row.get("away")
    if not today or not isinstance(away, (list, tuple)) or len(away) != 2:
        return False
    return str(away[0]) <= today <= str(away[1])


def _words(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = row.get(name)
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()


def problems(row: Mapping[str, Any]) -> list[str]:
    """What is wrong with one person's row before it is published, one sentence each."""
    found = [t("roster.bad_category", value=code, known="、".join(codes.names("category")))
             for code in _words(row, "specialities") if code not in codes.table("category")]
    for name in ("specialities", "languages", "honours"):
        words = _words(row, name)
        if len(words) > MAX_WORDS or any(not word or len(word) > MAX_WORD for word in words):
            found.append(t("roster.too_much", field=t(f"roster.{name}"), n=MAX_WORDS, length=MAX_WORD))
    away = row.get("away")
    if away:
        try:
            start, end = (parse_day(str(day)) for day in away)
            if end < start:
                raise ValueError
        except (TypeError, ValueError):
            found.append(t("roster.bad_away", value=away))
    return found
