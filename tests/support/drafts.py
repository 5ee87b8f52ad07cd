"""A draft that fits its kind, made from the body's own model: every field that must be given gets the first plausible value that
the model takes. So every verb and every step can be tried in a test without a hand-written form for each.

    draft_of("case.accepted", case=..., event=..., today="2026-11-23")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shared.disputes.kinds import registry as bodies
from shared.ledger import codes

OFFICE = "150822100000"
# What no type says: (kind, field) -> a value.
_SAID: dict[tuple[str, str], Any] = {
    ("case.settled_on_spot", "agreed_by"): [0, 1], ("case.party_corrected", "field"): "address",
    ("case.terminated", "escalation_checked"): True, ("case.transferred_out", "to"): "to_arbitration",
    ("case.closed", "outcome"): "on_spot_settled", ("case.agreement_reached", "form"): "written",
    ("case.agreement_reached", "items"): [{"who": 1, "what": "DEMO 清理水渠"}],
    ("case.confirmation_decided", "status"): "confirmed", ("case.erasure_answered", "decision"): "lifted",
    ("case.registered", "parties"): [{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}],
    ("case.registered", "category"): "DC02", ("case.triaged", "category"): "DC02", ("case.suspended", "reason"): "appraisal",
    ("case.grid_passed", "to_role"): "group_grid_leader", ("case.sealed_shared", "shares"): [],
    ("small_service.became", "what"): "case", ("assessment.scored", "scores"): [],
    ("case.extended", "consents"): [{"party": n, "signed_on": "2026-03-02"} for n in (0, 1)],
    ("case.parties_added", "parties"): [{"name": "演示丙", "role": "third_party"}],
    ("case.representatives_elected", "representatives"): [0],
    ("case.agreement_changed", "changes"): [{"item": 0, "who": 1, "what": "DEMO 改期清理水渠"}],
    ("case.identities_noted", "identities"): [{"party": 0, "paper_number": "11010519491231002X"}],
    ("case.code_renewed", "citizen_code"): {"v": 1, "salt": "0" * 32, "hash": "0" * 64},
    ("case.risk_raised", "level"): 4, ("case.supervision_issued", "text"): "DEMO 请三日内回复",
}


def draft_of(kind: str, *, case: str = "", event: str = "", today: str) -> dict[str, Any]:
    """Only what must be given. Raises AssertionError naming a field for which nothing plausible is known here."""
    model = bodies.BODIES[kind, bodies.CURRENT[kind]]
    made: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.is_required() and name != "number":
            made[field.alias or name] = _value(kind, field.alias or name, made, case, event, today)
    return made


def _value(kind: str, name: str, made: Mapping[str, Any], case: str, event: str, today: str) -> Any:
    if (kind, name) in _SAID:
        return _SAID[kind, name]
    table = bodies.CODED.get(kind, {}).get(name)
    coded = [next(iter(codes.names(table)))] if table else []
    texts = ["DEMO 说明", OFFICE, event, case, today, "grid_member", "simple", "reminder", "09:30", "review", "low", "adopted",
             "accepted", "people", "phone", "DEMO"]
    lists: list[Any] = [[0, 1], ["DEMO"], [event], [OFFICE], [{"party": 0, "consents": True}], []]
    things: list[Any] = [{"office": OFFICE, "text": "DEMO"}, {"name": "演示丙", "role": "third_party"}]
    for value in (*coded, *texts, 1, 0, True, *lists, *things):
        if _fits(kind, name, value, made):
            return value
    raise AssertionError(f"no plausible value for {kind}.{name}")


def _fits(kind: str, name: str, value: Any, made: Mapping[str, Any]) -> bool:
    model = bodies.BODIES[kind, bodies.CURRENT[kind]]
    try:
        model.model_validate({**made, name: value})
    except ValidationError as wrong:
        return not any(error["loc"][:1] in ((name,), ()) and error["type"] != "missing" for error in wrong.errors())
    return True
