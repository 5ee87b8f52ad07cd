"""The machine of a legal-aid matter and its view `LegalAidState` (法律援助法 Arts 43, 48, 49: decide in 7 days, appoint in 3; who
objects to a refusal or an end is answered by the justice bureau in 5).

    registered -> granted -> appointed -> ended
               `-> refused        `-> terminated          refused, terminated -> objected -> upheld: as before
                                                                                          `-> corrected: granted
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.disputes.kinds import legal_aid as bodies
from shared.disputes.records.machine import STAY, Duty, Folding, Machine, run
from shared.disputes.records.matter import LegalAidState, common, received_on
from shared.disputes.rules import statutory
from shared.disputes.rules.clocks import ClockRules
from shared.ledger.formats.envelope import Event
from shared.ledger.workdays import DEFAULT, Calendar

_NEW, _GIVEN = frozenset({"registered"}), frozenset({"granted", "appointed"})


def fold_legal_aid(events: Iterable[Event], refused: Mapping[str, str] | None = None, today: str | None = None, *,
                   rules: ClockRules | None = None, calendar: Calendar = DEFAULT,
                   absent: Mapping[str, Sequence[str]] | None = None) -> LegalAidState:
    """The state of one matter; arguments as in `fold.fold_case`. Raises ValueError without events."""
    return legal_aid_view(run(MACHINE, events, refused, today, rules=rules or statutory.default_rules(), calendar=calendar,
                              absent=absent))


def legal_aid_view(f: Folding) -> LegalAidState:
    return LegalAidState(
        **common(f), matter=f.get("matter", ""), applicant=f.get("applicant", ""), decided_on=f.get("decided_on"),
        granted=f.get("granted"), appointed_on=f.get("appointed_on"), lawyer=f.get("lawyer", ""), ended_on=f.get("ended_on"),
        objections=tuple((asked, told, how) for asked, told, how, _ in f.get("objections", ())))


def _due(f: Folding) -> Iterator[Duty]:
    assert f.first is not None
    yield Duty("legal_aid_decide", received_on(f), None, f.get("decided_on"), event=f.first.id)
    if f.get("granted_on"):
        stopped = f.get("appointed_on") or (f.get("ended_on") if f.state == "terminated" else None)
        yield Duty("legal_aid_appoint", f.get("granted_on"), None, stopped, event=f.first.id)
    for asked, told, _, event in f.get("objections", ()):
        yield Duty("legal_aid_objection", asked, None, told or None, event=event)


def _decided(f: Folding, e: Event, b: bodies.Decided) -> str:
    f.data.update(decided_on=e.legal_date, granted=b.granted)
    if b.granted:
        f.data["granted_on"] = e.legal_date
    return ""


def _appointed(f: Folding, e: Event, b: bodies.Appointed) -> str:
    f.data.setdefault("appointed_on", e.legal_date)
    return ""


def _terminated(f: Folding, e: Event, b: bodies.Ended) -> str:
    f.data.update(before=f.state, ended_on=e.legal_date)
    return ""


def _objected(f: Folding, e: Event, b: bodies.Ended) -> str:
    if any(row[2] == "upheld" for row in f.get("objections", ())):
        return "wrong_state"        # upheld once: the way is then reconsideration or the court (Art 49)
    f.data["objections"] = [*f.get("objections", ()), (e.legal_date, "", "", e.id)]
    if f.state == "refused":
        f.data["before"] = "refused"
    return ""


def _objection_decided(f: Folding, e: Event, b: bodies.ObjectionDecided) -> str:
    """Upheld: refused or terminated, as before. Corrected: what was refused is granted, what was ended goes on."""
    *earlier, (asked, _, _, event) = f.get("objections")
    f.data["objections"] = [*earlier, (asked, e.legal_date, "upheld" if b.upheld else "corrected", event)]
    before = f.get("before")
    if b.upheld:
        f.state = "refused" if before == "refused" else "terminated"
    elif before == "refused":
        f.state = "granted"
        f.data.update(granted=True, granted_on=e.legal_date)
    else:
        f.state = before
        f.data["ended_on"] = None
    return ""


def _ended(f: Folding, e: Event, b: bodies.Ended) -> str:
    f.data["ended_on"] = e.legal_date
    return ""


MACHINE = Machine("legal_aid", "legal_aid.registered", "registered", {
    "legal_aid.decided": (_NEW, STAY),
    "legal_aid.appointed": (_GIVEN, "appointed"),
    "legal_aid.terminated": (_GIVEN, "terminated"),
    "legal_aid.objected": (frozenset({"refused", "terminated"}), "objected"),
    "legal_aid.objection_decided": (frozenset({"objected"}), STAY),
    "legal_aid.ended": (frozenset({"appointed"}), "ended"),
}, frozenset({"refused", "terminated", "ended"}), {
    "legal_aid.decided": _decided, "legal_aid.appointed": _appointed, "legal_aid.terminated": _terminated,
    "legal_aid.objected": _objected, "legal_aid.objection_decided": _objection_decided, "legal_aid.ended": _ended,
}, due=_due, branches={"legal_aid.decided": ("granted", {True: (_NEW, "granted"), False: (_NEW, "refused")})},
    keeps={"legal_aid.appointed": ("lawyer",)}, alone=frozenset())
