"""The intake form: what the clerk typed -> the draft that `Desk.register` takes, or one sentence per field that is wrong.

What was typed goes by the rules of `shared.ledger.entry`, as everywhere; the desk checks everything again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.ledger.entry import BadEntry, check_name, telephone
from shared.ledger.texts import t

REQUIRED = {
    "applicant_name": "applicant", "respondent_name": "respondent",
    "category": "category", "place": "place", "summary": "summary",
}
_TYPED: Mapping[str, Callable[[str], str]] = {
    "applicant_name": check_name, "respondent_name": check_name, "applicant_phone": telephone, "respondent_phone": telephone,
}


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


def _party(values: Mapping[str, str], role: str) -> dict[str, str]:
    party = {"name": values[f"{role}_name"], "role": role}
    phone = telephone(values.get(f"{role}_phone", ""))
    if phone:
        party["phone"] = phone
    return party
