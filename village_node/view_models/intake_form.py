"""The intake form: what the clerk typed -> the draft that `Desk.register` takes, or one sentence per field that is wrong.

What was typed goes by the rules of `shared.ledger.entry`, as everywhere; the desk checks everything again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.disputes.acts.guardians import unguarded
from shared.disputes.acts.identities import TYPED
from shared.disputes.forms.answers import fen
from shared.disputes.kinds.entered import MOST_AGE
from shared.disputes.kinds.particulars import MOST_PEOPLE
from shared.ledger import identity
from shared.ledger.entry import BadEntry, check_name, id_end, telephone, whole
from shared.ledger.texts import t

REQUIRED = {
    "applicant_name": "applicant", "respondent_name": "respondent",
    "category": "category", "place": "place", "summary": "summary",
}
_TYPED: Mapping[str, Callable[[str], str]] = {
    "applicant_name": check_name, "respondent_name": check_name, "applicant_phone": telephone, "respondent_phone": telephone,
    "applicant_guardian": check_name, "respondent_guardian": check_name,
}
ROLES = ("applicant", "respondent")
# Never kept with an unfinished form: it may hold a whole identity number, which is only ever kept sealed.
UNKEPT = tuple(f"{role}_id" for role in ROLES)
# What may be left out and said later, behind a button of its own.
FURTHER = (*UNKEPT, "people", "amount", "language", "foreign", "stability", "other_system", "other_number")


@dataclass(frozen=True, slots=True)
class FormOutcome:
    """`draft` is complete when `errors` is empty; `errors` are sentences by field name."""

    draft: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def check(values: Mapping[str, str], office: str, today: str = "") -> FormOutcome:
    """`values` by field name, all text. `office` is the 12-digit id of this office, the place's default; `today` the ISO day on
    which an age is told from an identity number."""
    errors = {
        name: t("app.form.missing", field=t(f"app.form.{label}"))
        for name, label in REQUIRED.items()
        if not values.get(name)
    }
    for name, rule in _TYPED.items():
        try:
            rule(values.get(name, ""))
        except BadEntry as wrong:
            errors[name] = f"{wrong}。"
    for role in ROLES:
        age = values.get(f"{role}_age", "")
        if age and whole(age, 0, MOST_AGE) is None:
            errors[f"{role}_age"] = f"{BadEntry('age', value=age)}。"
    errors |= _wrong_particulars(values)
    if not errors:                      # by the rule that the counter asks of every registration
        made = draft(values, office, today)
        alone = {role: unguarded("case.registered", {**made, "parties": [{k: v for k, v in party.items() if k != TYPED}]},
                                 None) for role, party in zip(ROLES, made["parties"], strict=True)}
        errors |= {f"{role}_guardian": t("app.form.guardian_needed", name=name) for role, name in alone.items() if name}
    return FormOutcome({} if errors else draft(values, office, today), errors)


def _wrong_particulars(values: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    for name in UNKEPT:
        try:
            _identity(values.get(name, ""))
        except BadEntry as wrong:
            errors[name] = f"{str(wrong).rstrip('。')}。"
    if values.get("people") and whole(values["people"], 1, MOST_PEOPLE) is None:
        errors["people"] = f"{BadEntry('whole', value=values['people'], least=1, most=MOST_PEOPLE)}。"
    if values.get("amount") and fen(values["amount"]) is None:
        errors["amount"] = t("app.action.money_wrong", value=values["amount"])
    if bool(values.get("other_system")) != bool(values.get("other_number")):
        errors["other_number" if values.get("other_system") else "other_system"] = t("app.form.other_both")
    return errors


def _identity(text: str) -> tuple[str, identity.Identity | None]:
    """The end of it, and what a whole number says."""
    if not identity.is_whole(text):
        return id_end(text), None
    read = identity.read(text)
    return read.last4, read


def draft(values: Mapping[str, str], office: str, today: str = "") -> dict[str, Any]:
    """The body of `case.registered` without what the desk adds (number, file manifests)."""
    made: dict[str, Any] = {
        "parties": [_party(values, "applicant", today), _party(values, "respondent", today)],
        "place": {"office": office, "text": values["place"]},
        "category": values["category"],
        "source": values.get("source") or "by_application",
        "summary": values["summary"],
    }
    for name in ("difficulty", "occurred"):
        if values.get(name):
            made[name] = values[name]
    if values.get("risk"):
        made["risk"] = int(values["risk"])
    return {**made, **_particulars(values)}


def _particulars(values: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if values.get("people"):
        made["people"] = whole(values["people"])
    if values.get("amount"):
        made["amount_fen"] = fen(values["amount"])
    if values.get("language"):
        made["language"] = values["language"]
    made |= {name: values[name] == "yes" for name in ("foreign", "stability") if values.get(name)}
    if values.get("other_number"):
        made["elsewhere"] = [{"system": values["other_system"], "number": values["other_number"]}]
    return made


def _party(values: Mapping[str, str], role: str, today: str) -> dict[str, Any]:
    party: dict[str, Any] = {"name": values[f"{role}_name"], "role": role}
    if values.get(f"{role}_age"):
        party["age"] = whole(values[f"{role}_age"], 0, MOST_AGE)
    if values.get(f"{role}_guardian"):
        party["guardian"] = values[f"{role}_guardian"]
    end, read = _identity(values.get(f"{role}_id", ""))
    if end:
        party["id_last4"] = end
    if read is not None:
        party |= {"id_kind": "id_card", "gender": read.gender, TYPED: values[f"{role}_id"]}
        if today and "age" not in party:
            party["age"] = read.age_on(today)
    phone = telephone(values.get(f"{role}_phone", ""))
    if phone:
        party["phone"] = phone
    return party
