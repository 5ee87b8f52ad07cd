"""Who signs an intake, whom they choose: pads by party, open methods, mediators with the fittest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.advice.roster import Mediator, methods
from shared.disputes.case.representation import GUARDIAN, SIDES
from shared.ledger.texts import t
from village_node.view_models.intake import people
from village_node.view_models.intake.answers import Person, named


@dataclass(frozen=True, slots=True)
class Signer:
    """`hand`: who takes the pen, the guardian for a ward."""

    key: str
    role: str
    name: str
    hand: str


@dataclass(frozen=True, slots=True)
class MediatorChoice:
    staff: str
    name: str
    line: str


def signers(answers: Mapping[str, Any], adult_age: int) -> tuple[Signer, ...]:
    """Those who have a side; who only stands for another signs on the other's pad."""
    present = [p for p in named(answers) if p["role"] in SIDES and p["name"].strip()]
    return tuple(Signer(p["key"], people.role_words(p), p["name"], _hand(p, answers["people"], adult_age)) for p in present)


def _hand(person: Person, everybody: Sequence[Person], adult_age: int) -> str:
    if not people.is_ward(person, adult_age):
        return str(person["head"] or person["name"])
    standing = next((p["name"] for p in everybody if p["role"] == GUARDIAN and person["key"] in p["stands_for"]), "")
    return str(person["guardian"] or standing or person["name"])


def signed(answers: Mapping[str, Any], adult_age: int) -> tuple[Signer, ...]:
    """Those whose pad has strokes."""
    return tuple(s for s in signers(answers, adult_age) if answers["strokes"].get(s.key, {}).get("lines"))


def method_choices(answers: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((code, t(f"intake.method.{code}")) for code in methods(answers["category"], answers["subcategory"]))


def mediator_choices(roster: Iterable[Mediator], answers: Mapping[str, Any], here: str) -> tuple[MediatorChoice, ...]:
    """Nobody of a party's name, nobody who is away; then who knows the matter, who sits here, who has little to do."""
    names = {p["name"].strip() for p in answers["people"]}
    fit = [m for m in roster if not m.conflict and m.name not in names]
    fit.sort(key=lambda m: (answers["category"] not in m.specialities, m.office != here, m.load, m.staff))
    return tuple(MediatorChoice(m.staff, m.name, t("intake.sign.here" if m.office == here else "intake.sign.above", n=m.load))
                 for m in fit)


def mediator(choices: Sequence[MediatorChoice], answers: Mapping[str, Any]) -> MediatorChoice | None:
    """The one who was chosen, else the fittest."""
    return next((c for c in choices if c.staff == answers["mediator"]), choices[0] if choices else None)


def choices(answers: Mapping[str, Any], numbers: Mapping[str, int], mediator_id: str, adult_age: int) -> list[dict[str, Any]]:
    """What each who signed here has chosen (`case.choice_made`); nobody chooses for one who is not here."""
    open_now = dict(method_choices(answers))
    method = answers["method"] if answers["method"] in open_now else next(iter(open_now))
    return [{"party": numbers[s.key], "method": method, "mediator": mediator_id if method == "people" else ""}
            for s in signed(answers, adult_age)]
