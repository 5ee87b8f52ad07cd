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
    for e in d.order.events:
        if e.id in d.notes:
            continue
        if e.kind in ASKS:
            field, clock = ASKS[e.kind]
            found[e.id] = HandOver(e.id, here, clock, e.legal_date, e.office, e.actor, str(e.body.get(field, "")),
                                   shown(str(e.body.get("reason") or e.body.get("text") or "")))
        elif e.kind in ANSWERS:
            field, word = ANSWERS[e.kind]
            asked = found.get(str(e.body.get(field)))
            if asked is not None:
                found[asked.event] = replace(asked, answer=word, answered_on=e.legal_date, answered_by=e.actor,
                                             answer_reason=shown(str(e.body.get("reason") or "")))
        if e.id in links:
            here = e.id
    return tuple(found.values())


def grid_spans(d: Draft) -> list[tuple[str, str, str | None]]:
    """(request, asked on, answered on) of every hand-over within the grid."""
    if not d.grid_steps:
        return []
    return [(h.event, h.asked_on, h.answered_on or None) for h in hand_overs(d) if h.clock == "grid_ack"]
