"""Every hand-over of a case with its answer, in fold order: who asked whom, from which place in the chain, what came of it."""

from __future__ import annotations

from dataclasses import replace

from shared.disputes.case.tracks import HandOver
from shared.disputes.fold.draft import Draft
from shared.ledger.formats.hidden import shown

# asking kind -> (field of the body that says whom, name of the clock in which it should be answered)
ASKS = {"case.grid_passed": ("to_role", "grid_ack"), "case.escalate_requested": ("to", "escalation_ack"),
        "case.assigned": ("to", "assignment_ack")}
# answering kind -> (field that cites the request, what it says)
ANSWERS = {
    "case.grid_taken": ("request", "accepted"), "case.grid_returned": ("request", "returned"),
    "case.escalate_accepted": ("request", "accepted"), "case.escalate_returned": ("request", "returned"),
    "case.assignment_acknowledged": ("assignment", "accepted"), "case.assignment_returned": ("assignment", "returned"),
}


def hand_overs(d: Draft) -> tuple[HandOver, ...]:
    """What moved nothing is left out; the rest of the history shows it."""
    links = {step.event for step in d.grid_steps} | {step.event for step in d.steps}
    found: dict[str, HandOver] = {}
    here = ""
    for event in d.order.events:
        if event.id in d.notes:
            continue
        if event.kind in ASKS:
            field, clock = ASKS[event.kind]
            found[event.id] = HandOver(
                event.id, here, clock, event.legal_date, event.office, event.actor, str(event.body.get(field, "")),
                shown(str(event.body.get("reason") or event.body.get("text") or "")))
        elif event.kind in ANSWERS:
            field, word = ANSWERS[event.kind]
            asked = found.get(str(event.body.get(field)))
            if asked is not None:
                found[asked.event] = replace(asked, answer=word, answered_on=event.legal_date, answered_by=event.actor,
                                             answer_reason=shown(str(event.body.get("reason") or "")))
        if event.id in links:
            here = event.id
    return tuple(found.values())


def grid_spans(d: Draft) -> list[tuple[str, str, str | None]]:
    """(request, asked on, answered on) of every hand-over within the grid."""
    if not d.grid_steps:
        return []
    return [(h.event, h.asked_on, h.answered_on or None) for h in hand_overs(d) if h.clock == "grid_ack"]
