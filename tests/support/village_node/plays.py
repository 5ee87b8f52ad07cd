"""Where each act is offered: the stage of a case and the person, the record in the state and the office. The rows of the table of
use cases are played from here, by touch."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from shared.disputes.acts.verbs import VERBS
from shared.disputes.forms.answers import to_draft
from shared.disputes.forms.questions import form_for
from shared.disputes.records import aggregates
from tests.support.village_node.form_filler import filled
from tests.support.village_node.node_world import CLERK, COUNTY, DISPATCHER, OFFICER, VILLAGE
from tests.support.village_node.stages import DAY, LEADER, Offices, every_person
from village_node.desk.views import ActionView, RecordView
from village_node.view_models.record_page import setting_of

# verb -> (stage of `stages`, who acts). What is not named is done on a case just registered, by the village's clerk
STAGE: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("hold_session", "suspend", "renumber", "extend", "plan_session"), ("accepted", CLERK)),
    **dict.fromkeys(("merge", "supervise", "assign", "request_recall", "record_removal", "absorb"), ("registered", OFFICER)),
    "call_off_session": ("a meeting planned", CLERK),
    "party_consent": ("refused", CLERK), "resume": ("suspended", LEADER),
    "sign_agreement": ("agreed, nobody signed", CLERK), "seal": ("agreed", CLERK), "change_agreement": ("agreed by word", CLERK),
    "perform_item": ("sealed", CLERK), "dispute_performance": ("performed", CLERK), "apply_confirmation": ("sealed", CLERK),
    "decide_confirmation": ("confirmation applied for", CLERK), "visit": ("performed", OFFICER), "rate": ("closed", CLERK),
    "close": ("not accepted", CLERK), "archive": ("closed with a note", OFFICER), "reopen": ("settled on the spot", CLERK),
    "lower_risk": ("yellow", CLERK), "supervise_reply": ("supervised", CLERK), "terminate": ("mediating", CLERK),
    "judge_supervision": ("supervision answered", OFFICER), "resolve_review": ("a party renamed", OFFICER),
    "escalate": ("triaged", CLERK), "accept_escalation": ("asked up", OFFICER), "return_escalation": ("asked up", OFFICER),
    "acknowledge_assignment": ("given down", CLERK), "return_assignment": ("given down", CLERK),
    "confirm_difficulty": ("difficulty waits for the township", OFFICER), "object": ("settled on the spot", CLERK),
    "receive_transfer": ("transferred", CLERK), "take_type": ("another kind asked for", OFFICER),
    "decline_type": ("another kind asked for", OFFICER), "pass_up_grid": ("found by the grid", "grid-1"),
    "take_from_grid": ("with the grid", "grid-1"), "return_to_grid": ("with the grid", "grid-1"),
    "apply_subsidy": ("archived", CLERK), "check_subsidy": ("subsidy applied for", OFFICER),
    "note_finding": ("performance in doubt", CLERK), "answer_erasure": ("erasure asked for", OFFICER),
    "share_sealed": ("a sealed note, then taken up", CLERK), "read_sealed": ("a sealed note", LEADER),
}
JUST_REGISTERED = ("registered", CLERK)
# What a sensible person would say where the first choice would be refused
INSTEAD: dict[str, dict[str, Any]] = {
    "consultation.panel_formed": {"experts": "演示甲\n演示乙\n演示丙\n演示丁\n演示戊"},
    "petition.registered": {"repeat_of": "", "case": ""}, "appointment.requested": {"duty": ""},
}


def verb_of(row: str) -> str:
    """`case add-party` as `add_party`; "" for a row of a record."""
    group, _, rest = row.partition(" ")
    verb = rest.replace("-", "_")
    return verb if group == "case" and verb in VERBS else ""


# ---- records


# What is said at a step on the way, where the first choice leads elsewhere; `duty` is filled in
_SEAT = {"date": "2026-12-01", "start": "09:00"}
_SAID: dict[str, dict[str, Any]] = {
    "appointment.confirmed": _SEAT, "appointment.offered": {**_SEAT, "until": "2026-11-30"},
    "legal_aid.decided": {"granted": False},
    "public_qa.question_answered": {"commitment": "演示：修好", "due": "2026-12-20"},
    "assessment.scored": {"scores": [{"indicator": "handled", "points": 5}], "cases": 1},
}
# Ways that the tables alone do not show: the state stays, or what is said decides it
_REVIEW = ("petition.accepted", "petition.answered", "petition.review_requested")
_WAYS: dict[str, tuple[str, ...]] = {
    "petition.hearing_held": (*_REVIEW, "petition.review_answered", "petition.review_requested"),
    "legal_aid.objected": ("legal_aid.decided",),
    "public_qa.commitment_kept": ("public_qa.risk_assessed", "public_qa.meeting_announced", "public_qa.question_answered"),
}


def reach(offices: Offices, kind: str) -> tuple[str, str]:
    """(person, record) where this step is offered, "" for a record that it opens. Raises LookupError."""
    aggregate = aggregates.aggregate_of_kind(kind)
    if kind == aggregates.opening(aggregate):
        return next((staff, "") for office, staff in _below_the_county()
                    if any(a.kind == kind for a in offices.desks[office].record_forms.openings(staff)))
    duty = _duty(offices) if aggregate == "appointment" else ""
    way = _WAYS.get(kind) or _way(aggregate, kind)
    record = _step(offices, "", aggregates.opening(aggregate), duty)
    for step in way:
        _step(offices, record, step, duty)
    for office, staff in _below_the_county():
        if any(a.kind == kind for a in offices.desks[office].record_forms.view(record, staff).actions):
            return staff, record
    raise LookupError(f"{kind} is offered to nobody after {way}")


def _below_the_county() -> Iterator[tuple[str, str]]:
    return ((office, staff) for office, staff in every_person() if office != COUNTY)


def _way(aggregate: str, wanted: str) -> list[str]:
    """The shortest steps from the opening to where `wanted` may be taken."""
    table, start = aggregates.steps_of(aggregate), aggregates.MACHINES[aggregate].start
    waiting, seen = deque[tuple[str, list[str]]]([(start, [])]), {start}
    while waiting:
        state, way = waiting.popleft()
        if state in table[wanted][0]:
            return way
        for kind, (before, after) in table.items():
            if state in before and after and after not in seen:
                seen.add(after)
                waiting.append((after, [*way, kind]))
    raise LookupError(wanted)


def _duty(offices: Offices) -> str:
    """A post of the county's calendar that the village may ask for."""
    body = {**_SEAT, "end": "11:00", "service": "lawyer", "person": OFFICER, "seats": 40, "place": "演示：县中心", "quotas": [],
            "offices": [VILLAGE]}
    made = offices.desks[COUNTY].record_forms.act("duty.published", DISPATCHER, "", body)
    offices.share()
    return made


def _step(offices: Offices, record: str, kind: str, duty: str = "") -> str:
    """One step at a desk, by whoever is offered it. `duty`: the post that an appointment is about."""
    said = {**_SAID.get(kind, {}), **({"duty": duty} if duty and (not record or kind in _SAID) else {})}
    if kind == "assessment.scored":                 # counted by a program, offered to nobody
        offices.desks[COUNTY].write_record(kind, DISPATCHER, record, said)
        offices.share()
        return record
    for office, staff in every_person():
        desk = offices.desks[office]
        view = desk.record_forms.view(record, staff) if record else None
        action = next((a for a in (view.actions if view else desk.record_forms.openings(staff)) if a.kind == kind), None)
        if action is not None:
            made = desk.record_forms.act(kind, staff, record, _draft(desk, view, staff, action) | said)
            offices.share()
            return made
    raise LookupError(f"{kind} is offered to nobody")


def _draft(desk: Any, view: RecordView | None, staff: str, action: ActionView) -> dict[str, Any]:
    setting = setting_of(view, desk, DAY, staff, desk.staff_name(staff))
    form = form_for(action.kind, action.label, setting)
    answers, signed = filled(form, whole=False)
    answers.update({name: value for name, value in INSTEAD.get(action.kind, {}).items() if name in answers})
    return dict(to_draft(form, answers, signed, setting).draft)
