"""Events of one legal-aid matter -> `LegalAidState` (法律援助法 Art 43: decide in 7 days, appoint in 3).

    registered -> decided (granted | refused) -> appointed -> ended
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared import bodies_legal_aid as bodies
from shared.calendar_cn import DEFAULT, Calendar
from shared.clocks import ClockRules
from shared.envelope import Event
from shared.matter import Folding, Handler, LegalAidState, frozen, run


def fold_legal_aid(events: Iterable[Event], refused: Mapping[str, str] | None = None, today: str | None = None, *,
                   rules: ClockRules | None = None, calendar: Calendar = DEFAULT) -> LegalAidState:
    """The state of one matter; arguments as in `fold.fold_case`. Raises ValueError without events."""
    f = run(events, refused or {}, _HANDLERS, today, rules, calendar)
    if "registered_on" in f.values:
        first = next(step for step in f.steps if step.kind == "legal_aid.registered")
        decided = f.get("decided_on")
        f.clock("legal_aid_decide", f.get("received_on"), first.office, first.event, decided)
        if f.get("granted"):
            f.clock("legal_aid_appoint", decided, first.office, first.event, f.get("appointed_on"))
    values = frozen(f)
    values.pop("received_on", None)
    return LegalAidState(**values)


def _registered(f: Folding, e: Event, b: bodies.Registered) -> str:
    if "registered_on" in f.values:
        return "already_done"
    f.values.update(number=b.number, matter=b.matter, place=b.place.office, summary=b.summary, origin=e.office,
                    registered_on=e.legal_date, received_on=b.received_on or e.legal_date, case=b.case or "")
    return ""


def _decided(f: Folding, e: Event, b: bodies.Decided) -> str:
    if "registered_on" not in f.values or "granted" in f.values:
        return "wrong_state"
    f.values.update(decided_on=e.legal_date, granted=b.granted, state="granted" if b.granted else "refused")
    return ""


def _appointed(f: Folding, e: Event, b: bodies.Appointed) -> str:
    if f.get("state") not in ("granted", "appointed"):
        return "wrong_state"
    f.values.update(appointed_on=f.get("appointed_on") or e.legal_date, lawyer=b.lawyer, state="appointed")
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
    "legal_aid.ended": _ended,
}
