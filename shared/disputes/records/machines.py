"""The small aggregates as tables: which step leads where, what forbids it, what is due (DOMAIN.md 1.6, 1.8, 8.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.disputes.kinds import clinics
from shared.disputes.kinds import records as b
from shared.disputes.records.machine import STAY, Duty, Folding, Machine
from shared.ledger.formats.envelope import Event

Dues = Iterator[Duty]


def _from(*states: str) -> frozenset[str]:
    return frozenset(states)


# --- hazards: the highest colour wins until one entitled, who had seen it, lowers it (as fold_risk)


def _reported(f: Folding, e: Event, body: b.HazardReported) -> str:
    f.levels.append((e, max(body.level, f.rules.risk.score(body.items).level)))
    return ""


def _assessed(f: Folding, e: Event, body: b.HazardAssessed) -> str:
    level = max(body.level, f.rules.risk.score(body.items).level)
    if level < f.level():
        if f.rules.lineage.rank_of(e.office) < f.rules.limits.lower_rank(f.level()):
            return "may_not_lower"
        f.levels = [(raised, before) for raised, before in f.levels if not f.order.saw(e.id, raised.id)]
    f.levels.append((e, level))
    f.data["looked_on"] = e.legal_date
    return ""


def _checked(f: Folding, e: Event, body: b.HazardChecked) -> str:
    f.data["looked_on"] = e.legal_date
    return ""


def _hazard_due(f: Folding) -> Dues:
    assert f.first is not None
    looked, level = f.data.get("looked_on"), max(1, f.level())
    yield Duty(f"hazard_{level}", f.first.legal_date, None, looked)
    if looked:
        yield Duty(f"risk_{level}", looked, None, None)


def _sweep_due(f: Folding) -> Dues:
    assert f.first is not None
    yield Duty("sweep", f.first.legal_date, f.data.get("due"), None)


def _sweep_ends(f: Folding) -> None:
    lacking = [grid for grid in f.data.get("grids", ()) if grid not in {item["grid"] for item in f.data.get("items", ())}]
    f.data["lacking"] = lacking
    if lacking and f.state == "closed":
        f.finding("grids_lacking", n=len(lacking), names="、".join(lacking[:10]))


# --- clinics


def _quotas(f: Folding, e: Event, body: clinics.DutyPublished | clinics.QuotasSet) -> str:
    whole = body.seats if isinstance(body, clinics.DutyPublished) else int(f.data.get("seats", 0))
    if sum(row.seats for row in body.quotas) > whole:
        return "quotas_too_many"
    f.data.pop("quotas", None)          # an empty list replaces one that was there
    f.data.pop("offices", None)
    return ""


def _appointment_due(f: Folding) -> Dues:
    """The county answers a request, the asker an offer; an appointment that was agreed has a day of its own."""
    assert f.first is not None
    if f.state in ("requested", "waitlisted"):
        yield Duty("appointment_answer", f.first.legal_date, None, None if f.state == "requested" else f.first.legal_date)
    elif f.state == "offered":
        yield Duty("appointment_offer", f.last_step.legal_date if f.last_step else f.first.legal_date, f.data.get("until"), None)


def _offered(f: Folding, e: Event, body: clinics.AppointmentOffered) -> str:
    f.data.setdefault("asked", {name: f.data.get(name) for name in ("duty", "wanted", "date")})
    f.data.pop("seat", None)
    return ""


def _confirmed(f: Folding, e: Event, body: clinics.AppointmentConfirmed) -> str:
    """The hub owns the calendar: a village may confirm only a numbered seat of its quota (`appointments`)."""
    return "" if f.rules.lineage.rank_of(e.office) == 2 or body.seat is not None else "quota_only"


def _panel(f: Folding, e: Event, body: clinics.PanelFormed) -> str:
    return "" if len(set(body.experts)) >= f.rules.limits.panel_experts else "panel_too_small"


def _opinion(f: Folding, e: Event, body: clinics.OpinionIssued) -> str:
    return "" if body.legal or body.policy or body.professional else "opinion_empty"


def _adoption(f: Folding, e: Event, body: clinics.ConsultationAnswered) -> str:
    return "reason_lacking" if body.adoption != "adopted" and not body.reason else ""


def _verified(f: Folding, e: Event, body: clinics.OnlineVerified) -> str:
    return "" if body.passed else "not_verified"


def _started(f: Folding, e: Event, body: clinics.OnlineStarted) -> str:
    if not body.consents or not all(c.signed_on <= e.legal_date for c in body.consents):
        return "consent_lacking"
    f.data["consented"] = [*f.data.get("consented", ()), *(c.model_dump(mode="json") for c in body.consents)]
    return ""


def _question(f: Folding, e: Event, body: clinics.QuestionAnswered) -> str:
    if body.commitment and body.due is None:
        return "due_lacking"
    if body.commitment:
        f.data["commitments"] = [*f.data.get("commitments", ()), {"text": body.commitment, "due": body.due, "kept_on": None}]
    return ""


def _kept(f: Folding, e: Event, body: clinics.CommitmentKept) -> str:
    rows: list[dict[str, Any]] = list(f.data.get("commitments", ()))
    if body.no >= len(rows) or rows[body.no]["kept_on"]:
        return "no_such_item"
    rows[body.no] = {**rows[body.no], "kept_on": e.legal_date}
    f.data["commitments"] = rows
    return ""


def _may_close_project(f: Folding, e: Event, body: b.Closed) -> str:
    return "items_open" if any(row["kept_on"] is None for row in f.data.get("commitments", ())) else ""


def _project_due(f: Folding) -> Dues:
    assert f.first is not None
    for row in f.data.get("commitments", ()):
        yield Duty("commitment", f.first.legal_date, row["due"], row["kept_on"])


def _needs_meeting(f: Folding) -> None:
    if f.data.get("level") in ("medium", "high") and f.state == "assessed":
        f.finding("meeting_needed")
    if f.data.get("controllable") is False:
        f.finding("uncontrollable")


def _dated_due(rule: str) -> Any:
    def due(f: Folding) -> Dues:
        assert f.first is not None
        answered = f.data.get("answered_on")
        yield Duty(rule, f.first.legal_date, f.data.get("due"), answered)

    return due


def _answered(f: Folding, e: Event, body: Any) -> str:
    f.data["answered_on"] = e.legal_date
    return ""


MACHINES: dict[str, Machine] = {machine.aggregate: machine for machine in (
    Machine("hazard", "hazard.reported", "open", {
        "hazard.assessed": (_from("open", "watched", "converted"), STAY),
        "hazard.watched": (_from("open"), "watched"),
        "hazard.checked": (_from("open", "watched", "converted"), STAY),
        "hazard.became_case": (_from("open", "watched", "converted"), "converted"),
        "hazard.closed": (_from("open", "watched", "converted"), "closed"),
    }, _from("closed"), {"hazard.reported": _reported, "hazard.assessed": _assessed, "hazard.checked": _checked},
        {"hazard.checked": "checks"}, _hazard_due),
    Machine("sweep", "sweep.planned", "planned", {
        "sweep.item_done": (_from("planned", "running"), "running"),
        "sweep.closed": (_from("planned", "running"), "closed"),
    }, _from("closed"), {}, {"sweep.item_done": "items"}, _sweep_due, _sweep_ends),
    Machine("small_service", "small_service.recorded", "recorded", {
        "small_service.followed": (_from("recorded", "followed"), "followed"),
        "small_service.became": (_from("recorded", "followed"), "passed_on"),
        "small_service.closed": (_from("recorded", "followed"), "closed"),
    }, _from("closed", "passed_on"), {}, {"small_service.followed": "follow_ups"}),
    Machine("talk_item", "talk_item.told", "told", {
        # what went up goes on there
        "talk_item.discussed": (_from("told", "discussed", "escalated"), "discussed"),
        "talk_item.done": (_from("told", "discussed", "escalated"), "done"),
        "talk_item.became_case": (_from("told", "discussed", "escalated"), "became_case"),
        "talk_item.escalated": (_from("told", "discussed"), "escalated"),
    }, _from("done", "became_case"), {}, {"talk_item.discussed": "meetings"}, _dated_due("talk_item")),
    Machine("referral", "referral.made", "made", {
        "referral.received": (_from("made"), "received"),
        "referral.answered": (_from("made", "received"), "answered"),
        "referral.declined": (_from("made", "received"), "declined"),
        "referral.closed": (_from("answered", "declined"), "closed"),
    }, _from("closed"), {"referral.answered": _answered, "referral.declined": _answered}, {}, _dated_due("referral")),
    Machine("assessment", "assessment.opened", "open", {
        "assessment.scored": (_from("open", "scored", "contested"), "scored"),
        "assessment.contested": (_from("scored"), "contested"),
        "assessment.confirmed": (_from("scored"), "confirmed"),
    }, _from("confirmed")),
    Machine("duty", "duty.published", "published", {
        "duty.quotas_set": (_from("published"), STAY),
        "duty.counted": (_from("published"), STAY),
        "duty.withdrawn": (_from("published"), "withdrawn"),
    }, _from("withdrawn"), {"duty.published": _quotas, "duty.quotas_set": _quotas}),
    Machine("appointment", "appointment.requested", "requested", {
        "appointment.confirmed": (_from("requested", "waitlisted"), "confirmed"),
        "appointment.offered": (_from("requested", "waitlisted", "confirmed"), "offered"),
        "appointment.accepted": (_from("offered"), "confirmed"),
        "appointment.waitlisted": (_from("requested", "offered", "confirmed"), "waitlisted"),
        "appointment.checked_in": (_from("confirmed"), "checked_in"),
        "appointment.advised": (_from("confirmed", "checked_in"), "advised"),
        "appointment.closed": (_from("advised"), "closed"),
        "appointment.no_show": (_from("confirmed"), "no_show"),
        "appointment.cancelled": (_from("requested", "waitlisted", "offered", "confirmed"), "cancelled"),
        "appointment.became_case": (_from("checked_in", "advised"), "became_case"),
    }, _from("closed", "no_show", "cancelled", "became_case"), {
        "appointment.confirmed": _confirmed, "appointment.offered": _offered,
    }, {}, _appointment_due),
    Machine("consultation", "consultation.requested", "requested", {
        "consultation.approved": (_from("requested"), "approved"),
        "consultation.declined": (_from("requested", "approved"), "declined"),
        "consultation.panel_formed": (_from("approved"), "panel"),
        "consultation.materials_shared": (_from("panel"), STAY),
        "consultation.session_held": (_from("panel", "held"), "held"),
        "consultation.opinion_issued": (_from("held"), "opinion"),
        "consultation.answered": (_from("opinion"), "answered"),
    }, _from("declined", "answered"), {
        "consultation.panel_formed": _panel, "consultation.opinion_issued": _opinion, "consultation.answered": _adoption,
    }, {"consultation.session_held": "sessions"}),
    Machine("online_consultation", "online_consultation.submitted", "submitted", {
        "online_consultation.verified": (_from("submitted"), "verified"),
        "online_consultation.became_case": (_from("verified", "recorded"), "became_case"),
        "online_consultation.scheduled": (_from("verified", "scheduled", "recorded"), "scheduled"),
        "online_consultation.started": (_from("scheduled", "in_session"), "in_session"),    # who comes later consents later
        "online_consultation.recorded": (_from("in_session"), "recorded"),
        "online_consultation.closed": (_from("submitted", "verified", "scheduled", "recorded"), "closed"),
    }, _from("closed", "became_case"), {
        "online_consultation.verified": _verified, "online_consultation.started": _started,
    }, {"online_consultation.recorded": "records"}),
    Machine("public_qa", "public_qa.registered", "registered", {
        "public_qa.risk_assessed": (_from("registered", "assessed"), "assessed"),
        "public_qa.meeting_announced": (_from("assessed", "announced", "held"), "announced"),
        "public_qa.meeting_held": (_from("announced"), "held"),
        "public_qa.question_answered": (_from("announced", "held"), STAY),
        "public_qa.commitment_kept": (_from("announced", "held"), STAY),
        "public_qa.closed": (_from("assessed", "held"), "closed"),
    }, _from("closed"), {
        "public_qa.question_answered": _question, "public_qa.commitment_kept": _kept, "public_qa.closed": _may_close_project,
    }, {"public_qa.question_answered": "questions", "public_qa.commitment_kept": "kept", "public_qa.meeting_held": "meetings"},
        _project_due, _needs_meeting),
)}
