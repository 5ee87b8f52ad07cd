"""Events of one legal-aid matter -> `LegalAidState` (法律援助法 Arts 43, 48, 49: decide in 7 days, appoint in 3; who objects to a
refusal or an end is answered by the justice bureau in 5).

    registered -> granted -> appointed -> ended
               `-> refused        `-> terminated          refused, terminated -> objected -> upheld: as before
                                                                                          `-> corrected: granted
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shared.disputes.kinds import legal_aid as bodies
from shared.disputes.records.matter import Folding, Handler, LegalAidState, frozen, run, with_clocks
from shared.disputes.rules.clocks import ClockRules
from shared.ledger.formats.envelope import Event
from shared.ledger.workdays import DEFAULT, Calendar

_GIVEN = frozenset({"granted", "appointed"})
# Each step: from which states, to which ("" = it depends on what the step says).
STEPS: dict[str, tuple[frozenset[str], str]] = {
    "legal_aid.decided": (frozenset({"registered"}), ""),
    "legal_aid.appointed": (_GIVEN, "appointed"),
    "legal_aid.terminated": (_GIVEN, "terminated"),
    "legal_aid.objected": (frozenset({"refused", "terminated"}), "objected"),
    "legal_aid.objection_decided": (frozenset({"objected"}), ""),
    "legal_aid.ended": (frozenset({"appointed"}), "ended"),
}


def fold_legal_aid(events: Iterable[Event], refused: Mapping[str, str] | None = None, today: str | None = None, *,
                   rules: ClockRules | None = None, calendar: Calendar = DEFAULT,
                   absent: Mapping[str, Sequence[str]] | None = None) -> LegalAidState:
    """The state of one matter; arguments as in `fold.fold_case`. Raises ValueError without events."""
    f = run(events, refused or {}, _HANDLERS, today, rules, calendar, absent)
    with_clocks(f, _clocks)
    values = frozen(f)
    values["objections"] = tuple((asked, told, how) for asked, told, how, _ in f.get("objections", ()))
    for inner in ("received_on", "granted_on", "before"):
        values.pop(inner, None)
    return LegalAidState(**values)


def _clocks(f: Folding) -> None:
    first = next(step for step in f.steps if step.kind == "legal_aid.registered")
    f.clock("legal_aid_decide", f.get("received_on"), first.office, first.event, f.get("decided_on"))
    if f.get("granted_on"):
        stopped = f.get("appointed_on") or (f.get("ended_on") if f.get("state") == "terminated" else None)
        f.clock("legal_aid_appoint", f.get("granted_on"), first.office, first.event, stopped)
    for asked, told, _, event in f.get("objections", ()):
        f.clock("legal_aid_objection", asked, first.office, event, told or None)


def _registered(f: Folding, e: Event, b: bodies.Registered) -> str:
    if "registered_on" in f.values:
        return "already_done"
    f.values.update(applicant=b.applicant)
    f.values.update(number=b.number, matter=b.matter, place=b.place.office, summary=b.summary, origin=e.office,
                    registered_on=e.legal_date, received_on=b.received_on or e.legal_date, case=b.case or "")
    return ""


def _decided(f: Folding, e: Event, b: bodies.Decided) -> str:
    if "registered_on" not in f.values or "granted" in f.values:
        return "wrong_state"
    f.values.update(decided_on=e.legal_date, granted=b.granted, state="granted" if b.granted else "refused")
    if b.granted:
        f.values["granted_on"] = e.legal_date
    return ""


def _appointed(f: Folding, e: Event, b: bodies.Appointed) -> str:
    if f.get("state") not in _GIVEN:
        return "wrong_state"
    f.values.update(appointed_on=f.get("appointed_on") or e.legal_date, lawyer=b.lawyer, state="appointed")
    return ""


def _terminated(f: Folding, e: Event, b: bodies.Ended) -> str:
    if f.get("state") not in _GIVEN:
        return "wrong_state"
    f.values.update(before=f.get("state"), ended_on=e.legal_date, state="terminated")
    return ""


def _objected(f: Folding, e: Event, b: bodies.Ended) -> str:
    state = f.get("state")
    if state not in ("refused", "terminated") or any(row[2] == "upheld" for row in f.get("objections", ())):
        return "wrong_state"        # upheld once: the way is then reconsideration or the court (Art 49)
    f.values["objections"] = [*f.get("objections", ()), (e.legal_date, "", "", e.id)]
    f.values.update(state="objected", before=f.get("before", "") if state == "terminated" else "refused")
    return ""


def _objection_decided(f: Folding, e: Event, b: bodies.ObjectionDecided) -> str:
    if f.get("state") != "objected":
        return "wrong_state"
    *earlier, (asked, _, _, event) = f.get("objections")
    f.values["objections"] = [*earlier, (asked, e.legal_date, "upheld" if b.upheld else "corrected", event)]
    was_refused = f.get("before") == "refused"
    if b.upheld:
        f.values["state"] = "refused" if was_refused else "terminated"
    elif was_refused:
        f.values.update(state="granted", granted=True, granted_on=e.legal_date)
    else:
        f.values.update(state=f.get("before"), ended_on=None)
    return ""


def _ended(f: Folding, e: Event, b: bodies.Ended) -> str:
    if f.get("state") != "appointed":
        return "wrong_state"
    f.values.update(ended_on=e.legal_date, state="ended")
    return ""


_HANDLERS: dict[str, Handler] = {
    "legal_aid.registered": _registered,
    "legal_aid.decided": _decided,
    "legal_aid.appointed": _appointed,
    "legal_aid.terminated": _terminated,
    "legal_aid.objected": _objected,
    "legal_aid.objection_decided": _objection_decided,
    "legal_aid.ended": _ended,
}
