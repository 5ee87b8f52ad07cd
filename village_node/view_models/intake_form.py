"""The intake form: what the clerk typed -> the draft that `Desk.register` takes, or one sentence per field that is wrong.

What was typed goes by the rules of `shared.ledger.entry`, as everywhere; the desk checks everything again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.disputes.acts.guardians import unguarded
from shared.disputes.kinds.entered import MOST_AGE
from shared.ledger.entry import BadEntry, check_name, telephone, whole
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


@dataclass(frozen=True, slots=True)
class FormOutcome:
    """`draft` is complete when `errors` is empty; `errors` are sentences by field name."""

    draft: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def check(values: Mapping[str, str], office: str) -> FormOutcome:
    """`values` by field name, all text. `office` is the 12-digit id of this office, the place's default."""
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
    if not errors:                      # by the rule that the counter asks of every registration
        made = draft(values, office)
        alone = {role: unguarded("case.registered", {**made, "parties": [party]}, None)
                 for role, party in zip(ROLES, made["parties"], strict=True)}
        errors |= {f"{role}_guardian": t("app.form.guardian_needed", name=name) for role, name in alone.items() if name}
    return FormOutcome({} if errors else draft(values, office), errors)


def draft(values: Mapping[str, str], office: str) -> dict[str, Any]:
    """The body of `case.registered` without what the desk adds (number, file manifests)."""
    made: dict[str, Any] = {
        "parties": [_party(values, "applicant"), _party(values, "respondent")],
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
    return made


def _party(values: Mapping[str, str], role: str) -> dict[str, Any]:
    party: dict[str, Any] = {"name": values[f"{role}_name"], "role": role}
    if values.get(f"{role}_age"):
        party["age"] = whole(values[f"{role}_age"], 0, MOST_AGE)
    if values.get(f"{role}_guardian"):
        party["guardian"] = values[f"{role}_guardian"]
    phone = telephone(values.get(f"{role}_phone", ""))
    if phone:
        party["phone"] = phone
    return party
