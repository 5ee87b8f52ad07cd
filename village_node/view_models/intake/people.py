"""One person or body of an intake: what a whole identity number says, what is wrong with what was typed, the party it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.case.representation import AGENT, GUARDIAN
from shared.disputes.kinds.entered import MOST_AGE
from shared.ledger import identity
from shared.ledger.days import date_of
from shared.ledger.entry import BadEntry, check_name, counted, id_end, shown, telephone
from shared.ledger.texts import t
from village_node.view_models.intake.answers import END, Person

ROLES = ("applicant", "respondent", "third_party", AGENT, GUARDIAN, "representative")
STANDS_FOR = (AGENT, GUARDIAN, "representative")
ICONS = {"person": "account-plus-outline", "unit": "office-building-outline"}
_TYPED: Mapping[str, Callable[[str], str]] = {
    "name": check_name, "phone": telephone, "guardian": check_name, "head": check_name,
}


@dataclass(frozen=True, slots=True)
class IdentityRead:
    """`known` goes into the answers; `words` is what is shown beside it; `wrong` a sentence, `place` the characters at fault."""

    known: Mapping[str, str]
    words: str = ""
    wrong: str = ""
    place: tuple[int, int] | None = None
    is_whole: bool = False


def read_identity(text: str, today: str) -> IdentityRead:
    """What was typed into the field of the identity number: nothing, its last four characters, or all of it."""
    plain = identity.plain(text)
    if not plain:
        return IdentityRead({"last4": ""})
    wrong, place = number_fault(text)
    if wrong:
        return IdentityRead({"last4": ""}, wrong=wrong, place=place)
    if not identity.is_whole(text):
        return IdentityRead({"last4": id_end(plain)})
    read = identity.read(plain)
    known = {"last4": read.last4, "gender": read.gender, "age": str(read.age_on(today))}
    born = date_of(read.born)
    return IdentityRead(known, t("intake.person.born", year=born.year, month=born.month, day=born.day), is_whole=True)


def number_fault(text: str) -> tuple[str, tuple[int, int] | None]:
    """(sentence, characters at fault where they are known) of what is neither a whole number nor the end of one."""
    plain = identity.plain(text)
    if identity.is_whole(text):
        fault = identity.fault_at(plain)
        if fault is None:
            return "", None
        start, end = fault
        where = str(start + 1) if end == start + 1 else t("intake.person.places", first=start + 1, last=end)
        return t("intake.person.id_wrong", place=where), fault
    if len(plain) != END:
        return (t("intake.person.id_length", n=len(plain)), None) if plain else ("", None)
    try:
        id_end(plain)
    except BadEntry as wrong:
        return f"{str(wrong).rstrip('。')}。", None
    return "", None


def sex_and_age(person: Mapping[str, Any]) -> str:
    """男 61岁."""
    gender = t(f"intake.person.{person['gender']}") if person["gender"] else ""
    age = t("intake.person.years", n=person["age"]) if person["age"] else ""
    return " ".join(part for part in (gender, age) if part)


def role_words(person: Mapping[str, Any]) -> str:
    return t(f"intake.role.{person['role']}")


def line(person: Mapping[str, Any]) -> str:
    """女 58岁 · 电话 100 0000 0001 · 三组."""
    phone = t("intake.person.phone_line", phone=person["phone"]) if person["phone"] else ""
    head = t("intake.person.head_line", name=person["head"]) if person["head"] else ""
    return " · ".join(part for part in (sex_and_age(person), head, phone, person["address"]) if part)


def is_ward(person: Mapping[str, Any], adult_age: int) -> bool:
    age = counted(person["age"], 0, MOST_AGE)
    return person["kind"] == "person" and person["role"] != GUARDIAN and (
        bool(person["ward"]) or (age is not None and age < adult_age))


def needs_guardian(person: Mapping[str, Any], people: Sequence[Person], adult_age: int) -> bool:
    """A ward of whom nobody is guardian in this form."""
    return is_ward(person, adult_age) and not person["guardian"] and not any(
        other["role"] == GUARDIAN and person["key"] in other["stands_for"] for other in people)


def wrong(person: Mapping[str, Any]) -> dict[str, str]:
    """field -> sentence, of what was typed and cannot be taken. What is missing is no fault while one writes."""
    found = {}
    for name, rule in _TYPED.items():
        try:
            rule(person[name])
        except BadEntry as bad:
            found[name] = f"{str(bad).rstrip('。')}。"
    if person["kind"] == "person" and (fault := number_fault(person["number"])[0]):
        found["number"] = fault
    if person["age"] and counted(person["age"], 0, MOST_AGE) is None:
        found["age"] = f"{BadEntry('age', value=shown(person['age']))}。"
    return found


def missing(person: Mapping[str, Any], people: Sequence[Person], adult_age: int, *, violence: bool = False) -> dict[str, str]:
    """field -> sentence, of what must still be said. Whoever reports violence is not asked for a guardian."""
    found = {}
    if not person["name"].strip():
        label = t(f"intake.person.name_{person['kind']}")
        found["name"] = t("app.form.missing", field=f"{role_words(person)}{label}")
    if not violence and needs_guardian(person, people, adult_age):
        found["guardian"] = t("app.form.guardian_needed", name=person["name"])
    if person["role"] in STANDS_FOR and not person["stands_for"]:
        found["stands_for"] = t("intake.person.for_whom", name=person["name"] or role_words(person))
    return found


def party(person: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    """The party of the event; `numbers`: key -> number of the party."""
    made: dict[str, Any] = {"name": person["name"].strip(), "role": person["role"]}
    if person["kind"] == "unit":
        made |= {"kind": "unit"} | {to: person[of] for of, to in (("head", "representative"), ("post", "post")) if person[of]}
    else:
        made |= _of_person(person)
    phone = telephone(person["phone"])
    made |= {name: value for name, value in (("phone", phone), ("address", person["address"].strip())) if value}
    principals = sorted(numbers[key] for key in person["stands_for"] if key in numbers)
    if person["role"] in STANDS_FOR and principals:
        made["mandate"] = {"principals": principals, "scope": "special" if person["special"] else "general"}
    return made


def _of_person(person: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if identity.is_whole(person["number"]):
        made["id_number"] = identity.plain(person["number"])        # the counter seals it and leaves its end
    elif person["last4"]:
        made["id_last4"] = id_end(person["last4"])
    if person["gender"]:
        made["gender"] = person["gender"]
    if person["age"]:
        made["age"] = counted(person["age"], 0, MOST_AGE)
    if person["guardian"]:
        made["guardian"] = person["guardian"].strip()
    if person["ward"]:
        made["vulnerable"] = True
    return made
