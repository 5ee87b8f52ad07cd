"""Track C: the clocks of a folded case (DOMAIN.md 2, 7.2, 7.5). Which ones run follows from what
happened; how long they run is configuration (`clocks`). Every device computes them from its own copy;
"today" is given by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from shared.disputes.case.lifecycle import TRANSITIONS
from shared.disputes.case.state import ENDED, AgreementState, Clock
from shared.disputes.case.tracks import TypeAsked
from shared.disputes.fold import outside as fold_outside
from shared.disputes.fold.agreement import DONE
from shared.disputes.fold.draft import Draft
from shared.disputes.fold.hand_overs import grid_spans
from shared.disputes.fold.lifecycle import paused_days
from shared.disputes.fold.risk import ACTIONS, ORANGE, RED, acted_on, current
from shared.disputes.rules.clocks import deadline
from shared.ledger.days import local_date
from shared.ledger.deadlines import state_of
from shared.ledger.formats.envelope import Event

_GRID_ROLES = {"grid_member": "handle_grid_member", "group_grid_leader": "handle_group_leader"}


@dataclass(frozen=True, slots=True)
class Span:
    """A clock before its dates are computed; `rule` is the row of clocks.toml."""

    kind: str
    start: str
    owner: str
    event: str
    stopped: str | None = None
    rule: str = ""
    until: str | None = None
    paused: int = 0
    item: int | None = None


# What stops a clock: the act of these kinds on the day on which it stopped. Clocks not named here: any step of the case.
_STOPS: dict[str, frozenset[str]] = {
    "triage": frozenset(TRANSITIONS), "acceptance": frozenset(TRANSITIONS) - {"case.triaged"},
    "visit": frozenset({"case.visited", "case.closed"}),
    "performance": frozenset({"case.item_performed", "case.agreement_changed"}),
    "supervision_reply": frozenset({"case.supervision_replied"}), "risk_report": frozenset({"case.risk_reported"}),
    "effect": frozenset({"case.sealed", "case.agreement_signed", "case.review_resolved", "case.party_consented"}),
    "confirmation": frozenset({"case.confirmation_applied", "case.item_performed", "case.closed"}),
    "risk_action": ACTIONS, "risk_reassess": frozenset(TRANSITIONS),
    "escalation_ack": frozenset({"case.escalate_accepted", "case.escalate_returned"}),
    "assignment_ack": frozenset({"case.assignment_acknowledged", "case.assignment_returned"}),
    "type_ack": frozenset({"case.type_taken", "case.type_declined"}),
}
_ENDS = frozenset(TRANSITIONS) - {"case.triaged", "case.accepted", "case.session_held", "case.suspended", "case.resumed",
                                  "case.extended", "case.reopened"} | {"case.type_taken"}
_HANDED = _ENDS | {"case.escalate_accepted", "case.assignment_acknowledged", "case.recalled", "case.grid_taken",
                   "case.assignment_returned"}
_HOUR_MS = 3_600_000
_WRITTEN = attrgetter("corrected_ms")


def clocks(d: Draft) -> tuple[Clock, ...]:
    """All clocks of the case, running and stopped, in the order of their due dates."""
    if d.registered is None:
        return ()
    acts: dict[str, list[Event]] = {}
    for event in sorted(d.order.events, key=_WRITTEN):
        if event.id not in d.notes:
            acts.setdefault(event.legal_date, []).append(event)
    made = [_clock(d, span, acts) for span in _spans(d)]
    made.extend(fold_outside.clocks(d))
    made.sort(key=lambda clock: (clock.due_date, clock.kind, clock.event))
    return tuple(made)


def _stopper(s: Span, acts: Mapping[str, list[Event]]) -> Event | None:
    """The act that stopped the clock: of its kinds on that day the first written. `acts` are in the order of writing."""
    if s.stopped is None:
        return None
    kinds = _STOPS.get(s.kind) or (_HANDED if s.kind.startswith("handle_") else _ENDS)
    for event in acts.get(s.stopped, ()):
        if event.kind in kinds:
            return event
    return None


def _clock(d: Draft, s: Span, acts: Mapping[str, list[Event]]) -> Clock:
    rule = s.rule or s.kind
    dates = deadline(rule, s.start, rules=d.rules, calendar=d.calendar, until=s.until, paused_days=s.paused)
    state = state_of(dates, s.stopped, d.today)
    if s.kind == "confirmation" and state == "overdue":
        state = "lapsed"             # a right not used, nobody's default
    late = s.stopped is not None and s.stopped >= dates.late_from
    row, by = d.rules.rule(rule), _stopper(s, acts)
    reported_late = not late and by is not None and local_date(by.corrected_ms) >= dates.late_from
    alarm_at = _alarm_at(d, s, row.alarm_hours) if row.alarm_hours and s.stopped is None else 0
    return Clock(s.kind, s.start, dates.due_date, dates.warn_date, s.owner, row.source, dates.provisional, s.stopped, late,
                 state, s.item, s.event, reported_late, by.id if by else "", alarm_at, late_from=dates.late_from)


def _alarm_at(d: Draft, s: Span, hours: int) -> int:
    """The instant of the alarm: so many hours after the event that started the clock was written."""
    place = d.order.index.get(s.event)
    return d.order.events[place].corrected_ms + hours * _HOUR_MS if place is not None else 0


def _first(*days: str | None) -> str | None:
    return min((day for day in days if day is not None), default=None)


def _spans(d: Draft) -> Iterator[Span]:
    yield from _intake(d)
    yield from _custody(d)
    for period in d.periods:
        yield Span(period.kind, period.start, period.owner, period.event, period.stopped,
                   until=period.until, paused=paused_days(period, d.today))
    if d.agreements and d.agreements[-1].state is not None:
        yield from _agreement(d, d.agreements[-1].state)
    elif d.outcome == "on_spot_settled" and d.closed_on is not None:
        visited = _first(*(v.visited_on for v in d.visits))
        yield Span("visit", d.closed_on, d.holder, d.state_event, visited, rule="visit_on_spot")
    for order in d.supervisions.values():
        yield Span("supervision_reply", order.issued_on, order.to, order.event, order.replied_on, until=order.due)
    yield from _risk(d)


def _intake(d: Draft) -> Iterator[Span]:
    assert d.registered is not None
    start, owner, event = d.registered.legal_date, d.holder, d.registered.id
    yield Span("triage", start, owner, event, _first(d.triaged_on, d.ended_on))
    yield Span("acceptance", start, owner, event, _first(d.decided_on, d.ended_on))


def _custody(d: Draft) -> Iterator[Span]:
    """Each holder's own time, and the time to answer a hand-over."""
    assert d.registered is not None
    agreed = d.agreements[-1].reached_on if d.agreements else None
    for place, step in enumerate(d.steps):
        rule = f"handle_{d.lineage.level_of(step.office)}"
        if place == d.grid_at and d.grid_steps:
            for grid in d.grid_steps:
                ended = _first(grid.until, step.until, agreed, d.ended_on)
                yield Span(_GRID_ROLES.get(grid.role, rule), grid.since, step.office, grid.event, ended)
            continue
        yield Span(rule, step.since, step.office, step.event, _first(step.until, agreed, d.ended_on))
    for event, asked_on, answered_on in grid_spans(d):
        yield Span("grid_ack", asked_on, d.steps[0].office, event, _first(answered_on, d.steps[0].until, d.ended_on))
    waiting: list[tuple[TypeAsked, str | None]] = [(d.type_asked, None)] if d.type_asked is not None else []
    for asked, answered in [*d.types_answered, *waiting]:
        yield Span("type_ack", asked.on, asked.to, asked.event, _first(answered, d.ended_on))
    for request in d.requests.values():
        pending = request.pending
        kind = "escalation_ack" if pending.kind == "escalate" else "assignment_ack"
        yield Span(kind, pending.requested_on, pending.to_office, pending.event, _first(request.ended_on, d.ended_on))
        if pending.kind == "assign" and pending.due is not None and request.outcome == "accepted":
            yield Span("assigned_work", pending.requested_on, pending.to_office, pending.event, _first(agreed, d.ended_on),
                       rule="performance", until=pending.due)


def _agreement(d: Draft, a: AgreementState) -> Iterator[Span]:
    """Confirmation, each promise, and the visit after each due date."""
    done_on = max((item.performed_on or "" for item in a.items), default="")
    all_done = bool(a.items) and all(item.status in DONE and not item.disputed for item in a.items)
    finished = done_on if all_done and done_on else None
    if a.effective_on is not None:
        applied = d.confirmation.applied_on if d.confirmation else None
        yield Span("confirmation", a.effective_on, d.holder, a.event, _first(applied, finished, d.closed_on))
    if a.form == "written":
        yield Span("effect", a.reached_on, d.holder, a.event, _first(a.effective_on, finished, d.closed_on, d.ended_on))
    if a.effective_on is None:
        return              # nobody owes anything yet
    start = a.effective_on
    for item in a.items:
        if item.due_date is not None:
            stopped = item.performed_on if item.status in DONE else None
            yield Span("performance", min(start, item.due_date), d.holder, a.event, stopped,
                       until=item.due_date, item=item.no)
    visits = sorted(v.visited_on for v in d.visits if v.result != "unreachable")
    last = visits[-1] if visits and finished and visits[-1] >= finished else None
    owed = (item.due_date for item in a.items if item.due_date is not None and item.status != "varied")
    starts = set(owed) or ({finished} if finished else set())
    for day in sorted(day for day in starts if day is not None):
        stopped = next((visit for visit in visits if visit >= day), None)
        yield Span("visit", day, d.holder, a.event, _first(stopped, last, d.closed_on))


def _risk(d: Draft) -> Iterator[Span]:
    """First action, re-assessment, report: by the colour, from the day it was given or last looked at (DOMAIN.md 3.4)."""
    risk = current(d)
    if risk.since is None:
        return
    ended = d.ended_on if d.state in ENDED else None
    agreed = d.agreements[-1].reached_on if d.agreements and d.agreements[-1].reached_on >= risk.since else None
    acted = acted_on(d, risk)
    yield Span("risk_action", risk.since, d.holder, risk.event, _first(acted, ended), rule=f"risk_action_{risk.level}")
    looked = risk.looked_on or risk.since
    yield Span("risk_reassess", looked, d.holder, risk.event, _first(agreed, ended), rule=f"risk_{risk.level}")
    if risk.level >= ORANGE:
        reported = d.risk_reported_on if d.risk_reported_on and d.risk_reported_on >= risk.since else None
        yield Span("risk_report", risk.since, d.holder, risk.event, _first(reported, ended),
                   rule="risk_report" if risk.level == RED else f"risk_report_{risk.level}")
