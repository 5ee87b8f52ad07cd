"""Track B: who holds the case (DOMAIN.md 7.3), and what happens when two levels act unseen of each other
(7.4).

A hand-over up or down is a request; until it is accepted the present holder stays responsible. A recall
takes effect at once in the record and for others when they receive it. Of two concurrent hand-overs the
higher level wins.
"""

from __future__ import annotations

from dataclasses import replace

from shared.disputes.case.state import CustodyStep, PendingRequest
from shared.disputes.fold.draft import Draft, Request, handles
from shared.disputes.kinds import case_custody as bodies
from shared.ledger.formats.envelope import Event

DISPATCHER = "dispatcher"


def found(d: Draft, e: Event) -> None:
    """The registering office is the first holder."""
    d.steps.append(CustodyStep(e.office, 0, "registered", e.id, e.legal_date))
    d.ranks.append(d.lineage.rank_of(e.office))


def acted(d: Draft, office: str) -> None:
    """Mark the holder's latest step: it moved the case, so it stays in the audience when it hands over."""
    for place in range(len(d.steps) - 1, -1, -1):
        if d.steps[place].office == office:
            if not d.steps[place].acted:
                d.steps[place] = replace(d.steps[place], acted=True)
            return


def hand_to(d: Draft, e: Event, office: str, kind: str, rank: int) -> bool:
    """Hand the case to `office`, unless a hand-over that the author had not seen outranks this one."""
    last = d.steps[-1] if d.steps else None
    if last is not None and not d.saw(e, last.event) and last.kind != "registered" and d.ranks[-1] >= rank:
        d.without_effect(e, "custody_race")
        d.finding("custody_race", e.id, last.event, review=True)
        return False
    if last is not None:
        d.steps[-1] = replace(last, until=e.legal_date)
    d.steps.append(CustodyStep(office, len(d.steps), kind, e.id, e.legal_date))
    d.ranks.append(rank)
    for request in d.requests.values():
        if request.outcome == "open" and (request.pending.kind == "escalate" or request.rank <= rank):
            request.outcome, request.ended_on = "lapsed", e.legal_date
    return True


@handles("case.escalate_requested")
def escalate_requested(d: Draft, e: Event, b: bodies.EscalateRequested) -> None:
    if d.holder_seen_by(e) != e.office:
        return d.without_effect(e, "not_holder")
    if b.to == e.office or not d.lineage.covers(b.to, e.office):
        return d.without_effect(e, "not_above")
    late = d.holder != e.office          # handed over meanwhile, unseen by the author
    pending = PendingRequest(e.id, "escalate", e.office, b.to, e.legal_date, None, b.reason)
    d.requests[e.id] = Request(pending, d.lineage.rank_of(e.office), "lapsed" if late else "open")
    acted(d, e.office)
    return None


@handles("case.escalate_accepted")
def escalate_accepted(d: Draft, e: Event, b: bodies.EscalateAccepted) -> None:
    request = d.requests.get(b.request)
    if request is None or request.pending.kind != "escalate" or request.pending.to_office != e.office:
        return d.without_effect(e, "no_such_request")
    if request.outcome != "open":
        return d.without_effect(e, "request_gone")
    if hand_to(d, e, e.office, "escalated", d.lineage.rank_of(e.office)):
        request.outcome, request.ended_on, request.accepted_by = "accepted", e.legal_date, e.id
        if b.handler:
            d.handlers.add(b.handler)
    return None


@handles("case.escalate_returned")
def escalate_returned(d: Draft, e: Event, b: bodies.EscalateReturned) -> None:
    request = d.requests.get(b.request)
    if request is None or request.pending.kind != "escalate" or request.pending.to_office != e.office:
        return d.without_effect(e, "no_such_request")
    if request.outcome != "open":
        return d.without_effect(e, "request_gone")
    request.outcome, request.ended_on = "returned", e.legal_date
    return None


@handles("case.assigned")
def assigned(d: Draft, e: Event, b: bodies.Assigned) -> None:
    """By the holder to an office below it, or by an office above the holder to any office below itself."""
    holder = d.holder_seen_by(e)
    if not d.lineage.covers(e.office, holder) or not d.lineage.covers(e.office, b.to) or b.to == holder:
        return d.without_effect(e, "may_not_assign")
    for request in d.requests.values():
        if request.outcome == "open" and request.rank <= d.lineage.rank_of(e.office) and d.saw(e, request.pending.event):
            request.outcome, request.ended_on = "lapsed", e.legal_date
    pending = PendingRequest(e.id, "assign", e.office, b.to, e.legal_date, b.due, b.text)
    d.requests[e.id] = Request(pending, d.lineage.rank_of(e.office))
    acted(d, e.office)
    if dispatcher_needed(d) and e.role != DISPATCHER:
        # It waits for nobody. An acknowledgement that came in all the same (an earlier version's) keeps its effect:
        # parties may have agreed since, and a person is told.
        d.requests[e.id].outcome = "held"
        d.without_effect(e, "dispatcher_needed")
        d.finding("third_assignment", e.id, review=True)
    return None


def dispatcher_needed(d: Draft) -> bool:
    """Returned so often that only the dispatcher may give it to somebody (DOMAIN.md D1)."""
    return d.bounces >= d.rules.limits.bounces


@handles("case.assignment_acknowledged")
def assignment_acknowledged(d: Draft, e: Event, b: bodies.AssignmentAcknowledged) -> None:
    request = d.requests.get(b.assignment)
    if request is None or request.pending.kind != "assign" or request.pending.to_office != e.office:
        return d.without_effect(e, "no_such_request")
    rivals = _accepted_by_rival(d, e, request)
    if rivals:
        d.without_effect(e, "assign_conflict")
        d.finding("assign_conflict", request.pending.event, *rivals, review=True)
        return None
    if request.outcome not in ("open", "held"):
        return d.without_effect(e, "request_gone")
    if hand_to(d, e, e.office, "assigned", request.rank):
        request.outcome, request.ended_on, request.accepted_by = "accepted", e.legal_date, e.id
        if b.handler:
            d.handlers.add(b.handler)
    return None


def _accepted_by_rival(d: Draft, e: Event, request: Request) -> list[str]:
    """Acceptances by the target of a lower, concurrent assignment whose author had not seen this one: then
    the county decides and until then the lower continues (DOMAIN.md 7.4 #10)."""
    mine = request.pending.event
    rivals = {
        other.body.get("to") for other in d.order.events
        if other.kind == "case.assigned" and d.lineage.rank_of(other.office) < request.rank and d.order.concurrent(other.id, mine)
    }
    if not rivals:
        return []
    return [f.id for f in d.order.events
            if f.kind == "case.accepted" and f.office in rivals and not d.saw(f, mine) and not d.saw(e, f.id)]


@handles("case.assignment_returned")
def assignment_returned(d: Draft, e: Event, b: bodies.AssignmentReturned) -> None:
    request = d.requests.get(b.assignment)
    if request is None or request.pending.kind != "assign" or request.pending.to_office != e.office:
        return d.without_effect(e, "no_such_request")
    if request.outcome == "accepted" and d.holder == e.office:
        if not hand_to(d, e, request.pending.from_office, "returned", d.lineage.rank_of(e.office)):
            return None
    elif request.outcome != "open":
        return d.without_effect(e, "request_gone")
    request.outcome, request.ended_on = "returned", e.legal_date
    d.bounces += 1
    return None


@handles("case.recalled")
def recalled(d: Draft, e: Event, b: bodies.Recalled) -> None:
    """提级办理. Void when the holder had, unseen, already brought the parties to agree: then the
    recalling office watches performance (DOMAIN.md 7.4 #1)."""
    to = b.to or e.office
    holder, lineage = d.holder, d.lineage
    above = lineage.covers(e.office, holder) and lineage.covers(e.office, to)
    if lineage.rank_of(e.office) <= lineage.rank_of(holder) or not above:
        return d.without_effect(e, "not_above")
    settled = [
        f.id for f in d.order.events
        if f.kind in ("case.agreement_reached", "case.settled_on_spot") and d.order.concurrent(f.id, e.id)
        and f.office == holder and f.id not in d.notes
    ]
    if settled:
        if e.office not in d.watchers:
            d.watchers.append(e.office)
        d.without_effect(e, "recall_void")
        d.finding("recall_void", e.id, *settled, review=True)
        return None
    if hand_to(d, e, to, "recalled", d.lineage.rank_of(e.office)):
        d.recall_asked = {event: asked for event, asked in d.recall_asked.items() if not d.saw(e, event)}
    return None


@handles("case.co_handler_added")
def co_handler_added(d: Draft, e: Event, b: bodies.CoHandlerAdded) -> None:
    if not d.lineage.covers(e.office, d.holder_seen_by(e)):
        return d.without_effect(e, "not_holder")
    if b.office not in d.co_handlers:
        d.co_handlers.append(b.office)
    return None


@handles("case.handler_named")
def handler_named(d: Draft, e: Event, b: bodies.HandlerNamed) -> None:
    if d.holder_seen_by(e) != e.office:
        return d.without_effect(e, "not_holder")
    d.handlers.update(b.handlers)
    return None


@handles("case.acknowledged")
def acknowledged(d: Draft, e: Event, b: bodies.Acknowledged) -> None:
    for event in b.of:
        d.acknowledged.add((event, e.office))


def pending(d: Draft) -> PendingRequest | None:
    """The open request that counts: the highest level's, then the newest."""
    best: Request | None = None
    for request in d.requests.values():
        if request.outcome == "open" and (best is None or request.rank >= best.rank):
            best = request
    if best is None:
        return None
    seen = (best.pending.event, best.pending.to_office) in d.acknowledged
    return replace(best.pending, seen=seen) if seen else best.pending
