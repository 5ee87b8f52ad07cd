"""The petition's machine and its view `PetitionState`: which statutory clock runs, and who must act (信访工作条例 2022).

    registered -> [forwarded -> (objected -> forwarded)]* -> accepted | declined -> [extended] -> answered
               -> [review requested -> answered] -> [final review requested -> answered] -> ended

Equal sets of accepted events give equal states. An event out of this order is kept, marked and moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.disputes.kinds import petition as bodies
from shared.disputes.records.machine import STAY, Duty, Folding, Machine, clock_of, run
from shared.disputes.records.matter import PetitionState, common, received_on
from shared.disputes.rules import statutory
from shared.disputes.rules.clocks import ClockRules
from shared.ledger.days import date_of
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.fields import Sealed
from shared.ledger.workdays import DEFAULT, Calendar

REVIEW, FINAL = "review", "final_review"
_HEARING_MOST = 366       # days of one hearing: beyond it a slip of the pen
_NEW = frozenset({"registered", "forwarded"})
_ALL = frozenset({"registered", "forwarded", "accepted", "declined", "answered", "reviewing", "reviewed", "final_reviewing",
                  "ended"})


def fold_petition(events: Iterable[Event], refused: Mapping[str, str] | None = None, today: str | None = None, *,
                  rules: ClockRules | None = None, calendar: Calendar = DEFAULT,
                  absent: Mapping[str, Sequence[str]] | None = None) -> PetitionState:
    """The state of one petition; arguments as in `fold.fold_case`. Raises ValueError without events."""
    return petition_view(run(MACHINE, events, refused, today, rules=rules or statutory.default_rules(), calendar=calendar,
                             absent=absent))


def petition_view(f: Folding) -> PetitionState:
    values = common(f)
    if f.first is not None:
        protected = bool(f.get("protected", False))
        values.update(
            {name: f.data[name] for name in _AS_WRITTEN if name in f.data}, protected=protected, received_on=received_on(f),
            persons=() if protected else tuple(f.get("persons", ())), handler=f.get("handler"),
            sealed_names=tuple(f.get("sealed_names", ())),
            elsewhere=tuple((other["system"], other["number"]) for other in f.get("elsewhere", ())))
    return PetitionState(
        **values, accepted_on=f.get("accepted_on"), declined_on=f.get("declined_on"), answered_on=f.get("answered_on"),
        answer=f.get("answer", ""), extended_until=f.get("until"), score=f.get("score"), rated_on=f.get("rated_on"),
        forwarded=tuple((event.legal_date, to, event.id) for event, to in f.get("forwards", ())),
        reviews=tuple((stage, event.legal_date, *f.get("answers", {}).get(stage, ("", "")))
                      for stage, event in f.get("requests", {}).items()))


_AS_WRITTEN = ("channel", "form", "category", "batches", "person_times", "repeat_of", "abnormal_visit", "skip_level_visit")

# --- what must hold beside the state


def _registered(f: Folding, e: Event, b: bodies.Registered) -> str:
    f.data["handler"] = e.office
    return ""


def _forwarded(f: Folding, e: Event, b: bodies.Forwarded) -> str:
    assert f.first is not None
    if e.office not in (f.first.office, f.get("handler")):
        return "not_in_chain"
    f.data.setdefault("forwards", []).append((e, b.to))
    f.data["handler"] = b.to
    return ""


def _objected(f: Folding, e: Event, b: bodies.Objected) -> str:
    """The matter goes back to who forwarded it."""
    sent = next((event for event, to in f.get("forwards", ()) if event.id == b.of and to == e.office), None)
    if sent is None or f.get("handler") != e.office:
        return "wrong_state"
    f.data.setdefault("objections", {})[b.of] = e.legal_date
    f.data["handler"] = sent.office
    return ""


def _accepted(f: Folding, e: Event, b: bodies.Accepted) -> str:
    return _by_handler(f, e, "accepted_on")


def _declined(f: Folding, e: Event, b: bodies.Declined) -> str:
    return _by_handler(f, e, "declined_on")


def _answered(f: Folding, e: Event, b: bodies.Answered) -> str:
    return _by_handler(f, e, "answered_on")


def _by_handler(f: Folding, e: Event, day: str) -> str:
    if e.office != f.get("handler"):
        return "not_holder"
    f.data[day] = e.legal_date
    return ""


def _extended(f: Folding, e: Event, b: bodies.Extended) -> str:
    """Once, before the end, by no more than the law lets (Art 34)."""
    if "until" in f.data:
        return "already_done"
    due = clock_of(f, Duty("petition_handle", f.get("accepted_on"))).due_date
    if e.legal_date > due or not due < b.until <= clock_of(f, Duty("petition_extension", due)).due_date:
        return "extension_unlawful"
    f.data["until"] = b.until
    return ""


def _review_requested(f: Folding, e: Event, b: bodies.ReviewRequested) -> str:
    f.data.setdefault("requests", {})[b.stage] = e
    return ""


def _review_answered(f: Folding, e: Event, b: bodies.ReviewAnswered) -> str:
    handler, lineage = str(f.get("handler")), f.rules.lineage
    if e.office not in (lineage.ever_above(handler) or (handler,)):
        return "not_above"
    f.data.setdefault("answers", {})[b.stage] = (e.legal_date, "upheld" if b.upheld else "changed")
    return ""


def _hearing_held(f: Folding, e: Event, b: bodies.HearingHeld) -> str:
    """The days of a hearing in the final review are not counted (Art 36); a day in two hearings is left out once."""
    if b.end < b.start or b.start < f.get("requests")[FINAL].legal_date:
        return "wrong_state"
    f.data["hearings"] = [*f.get("hearings", ()), (b.start, b.end)]
    return ""


def _named(f: Folding, e: Event, b: bodies.PetitionerNamed | Sealed) -> str:
    """Where Art 30 protects, a name in the open counts for nothing; what is sealed is nobody's here."""
    if isinstance(b, Sealed):
        f.data["sealed_names"] = [*f.get("sealed_names", ()), e.id]
        return ""
    return "protected_named" if f.get("protected") else ""


def _repeated(f: Folding, e: Event, b: bodies.RepeatNoted) -> str:
    if b.repeat_of == e.subject:
        return "own_case"
    f.data["repeat_of"] = b.repeat_of or ""
    return ""


def _rated(f: Folding, e: Event, b: bodies.Rated) -> str:
    f.data["rated_on"] = e.legal_date
    return ""


# --- clocks


def _due(f: Folding) -> Iterator[Duty]:
    assert f.first is not None
    received, handler, first = received_on(f), f.get("handler"), f.first.id
    decided, forwards = f.get("accepted_on") or f.get("declined_on"), f.get("forwards", [])
    if forwards:
        yield Duty("petition_forward", received, None, forwards[0][0].legal_date, event=first)
    for event, to in forwards:
        yield Duty("petition_objection", event.legal_date, None, f.get("objections", {}).get(event.id) or decided, to, event.id)
    # Directly received: from receipt; forwarded: from the last forwarding (Art 23).
    start, cause = (forwards[-1][0].legal_date, forwards[-1][0].id) if forwards else (received, first)
    yield Duty("petition_accept", start, None, decided, handler, cause)
    if f.get("accepted_on"):
        yield Duty("petition_handle", f.get("accepted_on"), f.get("until"), f.get("answered_on"), handler, first)
    yield from _reviews_due(f, first)


def _reviews_due(f: Folding, first: str) -> Iterator[Duty]:
    """The petitioner's 30 days to ask, the organ's 30 to answer, twice (Arts 35, 36)."""
    start = f.get("answered_on")
    for stage in (REVIEW, FINAL):
        if start is None:
            return
        request = f.get("requests", {}).get(stage)
        yield Duty(f"petition_{stage}_request", start, None, request.legal_date if request else None, "", first)
        if request is None:
            return
        start = f.get("answers", {}).get(stage, (None, ""))[0]
        yield Duty(f"petition_{stage}", request.legal_date, None, start, _above(f)[-1], request.id,
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
    return list(f.rules.lineage.ancestors_of(handler)) or [handler]


MACHINE = Machine("petition", "petition.registered", "registered", {
    "petition.forwarded": (_NEW, "forwarded"),
    "petition.objected": (frozenset({"forwarded"}), "registered"),
    "petition.accepted": (_NEW, "accepted"),
    "petition.declined": (_NEW, "declined"),
    "petition.extended": (frozenset({"accepted"}), STAY),
    "petition.answered": (frozenset({"accepted"}), "answered"),
    "petition.review_requested": (frozenset({"answered", "reviewed"}), "reviewing"),
    "petition.hearing_held": (frozenset({"final_reviewing"}), STAY),
    "petition.review_answered": (frozenset({"reviewing", "final_reviewing"}), "reviewed"),
    "petition.rated": (_ALL, STAY),
    "petition.noted": (_ALL, STAY),
    "petition.petitioner_named": (_ALL, STAY),
    "petition.repeat_noted": (_ALL, STAY),
}, frozenset({"declined", "ended"}), {
    "petition.registered": _registered, "petition.forwarded": _forwarded, "petition.objected": _objected,
    "petition.accepted": _accepted, "petition.declined": _declined, "petition.extended": _extended,
    "petition.answered": _answered, "petition.review_requested": _review_requested, "petition.hearing_held": _hearing_held,
    "petition.review_answered": _review_answered, "petition.rated": _rated,
    "petition.petitioner_named": _named, "petition.repeat_noted": _repeated,
}, due=_due, branches={
    "petition.review_requested": ("stage", {
        REVIEW: (frozenset({"answered"}), "reviewing"), FINAL: (frozenset({"reviewed"}), "final_reviewing")}),
    "petition.review_answered": ("stage", {
        REVIEW: (frozenset({"reviewing"}), "reviewed"), FINAL: (frozenset({"final_reviewing"}), "ended")}),
}, keeps={
    "petition.answered": ("answer",), "petition.rated": ("score",), "petition.petitioner_named": ("persons",),
}, alone=frozenset({"petition.rated", "petition.noted"}))
