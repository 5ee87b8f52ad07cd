"""Events of one petition -> `PetitionState`: which statutory clock runs, and who must act (信访工作条例 2022).

    registered -> [forwarded -> (objected -> forwarded)]* -> accepted | declined -> [extended] -> answered
               -> [review requested -> answered] -> [final review requested -> answered] -> ended

Equal sets of accepted events give equal states. An event out of this order is kept, marked and moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shared.disputes.kinds import petition as bodies
from shared.disputes.records.matter import Folding, Handler, PetitionState, frozen, matter_clock, run, with_clocks
from shared.disputes.rules.clocks import ClockRules
from shared.ledger.days import date_of
from shared.ledger.formats.envelope import Event
from shared.ledger.published.offices import ancestors_of
from shared.ledger.workdays import DEFAULT, Calendar

REVIEW, FINAL = "review", "final_review"
_HEARING_MOST = 366       # days of one hearing: beyond it a slip of the pen
_NEW = frozenset({"registered", "forwarded"})
_ALL = frozenset({"registered", "forwarded", "accepted", "declined", "answered", "reviewing", "reviewed", "final_reviewing",
                  "ended"})
# Each step: from which states, to which ("" = it stays). The handlers below say what else must hold.
STEPS: dict[str, tuple[frozenset[str], str]] = {
    "petition.forwarded": (_NEW, "forwarded"),
    "petition.objected": (frozenset({"forwarded"}), "registered"),
    "petition.accepted": (_NEW, "accepted"),
    "petition.declined": (_NEW, "declined"),
    "petition.extended": (frozenset({"accepted"}), ""),
    "petition.answered": (frozenset({"accepted"}), "answered"),
    "petition.review_requested": (frozenset({"answered", "reviewed"}), "reviewing"),
    "petition.hearing_held": (frozenset({"final_reviewing"}), ""),
    "petition.review_answered": (frozenset({"reviewing", "final_reviewing"}), "reviewed"),
    "petition.rated": (_ALL, ""),
    "petition.noted": (_ALL, ""),
}


def fold_petition(events: Iterable[Event], refused: Mapping[str, str] | None = None, today: str | None = None, *,
                  rules: ClockRules | None = None, calendar: Calendar = DEFAULT,
                  absent: Mapping[str, Sequence[str]] | None = None) -> PetitionState:
    """The state of one petition; arguments as in `fold.fold_case`. Raises ValueError without events."""
    f = run(events, refused or {}, _HANDLERS, today, rules, calendar, absent)
    with_clocks(f, _clocks)
    values = frozen(f)
    values["forwarded"] = tuple((event.legal_date, to, event.id) for event, to in f.get("forwards", ()))
    values["extended_until"] = f.get("until")
    values["reviews"] = tuple(
        (stage, event.legal_date, *f.get("answers", {}).get(stage, ("", ""))) for stage, event in f.get("requests", {}).items())
    for inner in ("forwards", "objections", "until", "requests", "answers", "hearings"):
        values.pop(inner, None)
    return PetitionState(**values)


def _registered(f: Folding, e: Event, b: bodies.Registered) -> str:
    if "registered_on" in f.values:
        return "already_done"
    f.values.update(
        persons=() if b.protected else tuple(b.persons), protected=b.protected,
        number=b.number, channel=b.channel, form=b.form, category=b.category, place=b.place.office, summary=b.summary,
        origin=e.office, handler=e.office, registered_on=e.legal_date, received_on=b.received_on or e.legal_date,
        batches=b.batches, person_times=b.person_times, repeat_of=b.repeat_of or "", abnormal_visit=b.abnormal_visit,
        skip_level_visit=b.skip_level_visit, case=b.case or "",
    )
    return ""


def _forwarded(f: Folding, e: Event, b: bodies.Forwarded) -> str:
    if _state(f) not in ("registered", "forwarded"):
        return "wrong_state"
    if e.office not in (f.get("origin"), f.get("handler")):
        return "not_in_chain"
    f.values.setdefault("forwards", []).append((e, b.to))
    f.values.update(state="forwarded", handler=b.to)
    return ""


def _objected(f: Folding, e: Event, b: bodies.Objected) -> str:
    """The matter goes back to who forwarded it."""
    sent = next((event for event, to in f.get("forwards", ()) if event.id == b.of and to == e.office), None)
    if sent is None or _state(f) != "forwarded" or f.get("handler") != e.office:
        return "wrong_state"
    f.values.setdefault("objections", {})[b.of] = e.legal_date
    f.values.update(state="registered", handler=sent.office)
    return ""


def _accepted(f: Folding, e: Event, b: bodies.Accepted) -> str:
    if _state(f) not in ("registered", "forwarded"):
        return "wrong_state"
    if e.office != f.get("handler"):
        return "not_holder"
    f.values.update(state="accepted", accepted_on=e.legal_date)
    return ""


def _declined(f: Folding, e: Event, b: bodies.Declined) -> str:
    if _state(f) not in ("registered", "forwarded"):
        return "wrong_state"
    if e.office != f.get("handler"):
        return "not_holder"
    f.values.update(state="declined", declined_on=e.legal_date)
    return ""


def _extended(f: Folding, e: Event, b: bodies.Extended) -> str:
    """Once, before the end, by no more than the law lets (Art 34)."""
    if _state(f) != "accepted":
        return "wrong_state"
    if "until" in f.values:
        return "already_done"
    due = _due(f, "petition_handle", f.get("accepted_on"))
    if e.legal_date > due or not due < b.until <= _due(f, "petition_extension", due):
        return "extension_unlawful"
    f.values["until"] = b.until
    return ""


def _answered(f: Folding, e: Event, b: bodies.Answered) -> str:
    if _state(f) != "accepted":
        return "wrong_state"
    if e.office != f.get("handler"):
        return "not_holder"
    f.values.update(state="answered", answered_on=e.legal_date, answer=b.answer)
    return ""


def _review_requested(f: Folding, e: Event, b: bodies.ReviewRequested) -> str:
    if _state(f) != ("answered" if b.stage == REVIEW else "reviewed"):
        return "wrong_state"
    f.values.setdefault("requests", {})[b.stage] = e
    f.values["state"] = "reviewing" if b.stage == REVIEW else "final_reviewing"
    return ""


def _review_answered(f: Folding, e: Event, b: bodies.ReviewAnswered) -> str:
    if _state(f) != ("reviewing" if b.stage == REVIEW else "final_reviewing"):
        return "wrong_state"
    if e.office not in _above(f):
        return "not_above"
    f.values.setdefault("answers", {})[b.stage] = (e.legal_date, "upheld" if b.upheld else "changed")
    f.values["state"] = "reviewed" if b.stage == REVIEW else "ended"
    return ""


def _hearing_held(f: Folding, e: Event, b: bodies.HearingHeld) -> str:
    """The days of a hearing in the final review are not counted (Art 36); a day in two hearings is left out once."""
    if _state(f) != "final_reviewing" or b.end < b.start or b.start < f.get("requests")[FINAL].legal_date:
        return "wrong_state"
    f.values["hearings"] = [*f.get("hearings", ()), (b.start, b.end)]
    return ""


def _rated(f: Folding, e: Event, b: bodies.Rated) -> str:
    f.values.update(score=b.score, rated_on=e.legal_date)
    return ""


def _noted(f: Folding, e: Event, b: bodies.Noted) -> str:
    return ""


def _state(f: Folding) -> str:
    return str(f.get("state", "registered" if "registered_on" in f.values else "unknown"))


def _due(f: Folding, kind: str, start: str) -> str:
    return matter_clock(kind, start, owner="", event="", stopped=None, until=None, today=None, rules=f.rules,
                       calendar=f.calendar).due_date


# --- clocks ----------------------------------------------------------------------------------------------------


def _clocks(f: Folding) -> None:
    received, handler = f.get("received_on"), f.get("handler")
    first = next(step.event for step in f.steps if step.kind == "petition.registered")
    decided = f.get("accepted_on") or f.get("declined_on")
    forwards = f.get("forwards", [])
    if forwards:
        f.clock("petition_forward", received, f.get("origin"), first, forwards[0][0].legal_date)
    for event, to in forwards:
        objected = f.get("objections", {}).get(event.id)
        f.clock("petition_objection", event.legal_date, to, event.id, objected or decided)
    # Directly received: from receipt; forwarded: from the last forwarding (Art 23).
    start, cause = (forwards[-1][0].legal_date, forwards[-1][0].id) if forwards else (received, first)
    f.clock("petition_accept", start, handler, cause, decided)
    if f.get("accepted_on"):
        f.clock("petition_handle", f.get("accepted_on"), handler, first, f.get("answered_on"), until=f.get("until"))
    _review_clocks(f, first)


def _review_clocks(f: Folding, first: str) -> None:
    """The petitioner's 30 days to ask, the organ's 30 to answer, twice (Arts 35, 36)."""
    start = f.get("answered_on")
    for stage in (REVIEW, FINAL):
        if start is None:
            return
        request = f.get("requests", {}).get(stage)
        asked = request.legal_date if request else None
        f.clock(f"petition_{stage}_request", start, "", first, asked)
        if request is None:
            return
        start = f.get("answers", {}).get(stage, (None, ""))[0]
        f.clock(f"petition_{stage}", request.legal_date, _above(f)[-1], request.id, start,
                excluded=_hearing_days(f) if stage == FINAL else 0)


def _hearing_days(f: Folding) -> int:
    days: set[int] = set()
    for start, end in f.get("hearings", ()):
        first, last = date_of(start).toordinal(), date_of(end).toordinal()
        days.update(range(first, min(last, first + _HEARING_MOST) + 1))
    return len(days)


def _above(f: Folding) -> list[str]:
    """Offices that may answer a review: those above the organ that handled it (Art 35). Above the county is the city, which is
    not in this system: the county then records its answer."""
    handler = str(f.get("handler"))
    above = [office for office in ancestors_of(handler) if office != handler]
    return above or [handler]


_HANDLERS: dict[str, Handler] = {
    "petition.registered": _registered,
    "petition.forwarded": _forwarded,
    "petition.objected": _objected,
    "petition.accepted": _accepted,
    "petition.declined": _declined,
    "petition.extended": _extended,
    "petition.answered": _answered,
    "petition.review_requested": _review_requested,
    "petition.hearing_held": _hearing_held,
    "petition.review_answered": _review_answered,
    "petition.rated": _rated,
    "petition.noted": _noted,
}
