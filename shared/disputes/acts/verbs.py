"""The verbs of a case: what `Desk.act`, `village-node case VERB` and `county-hub case VERB` take, and the kind of event each
writes.

`fill` puts in what the desk itself knows (the agreement in force, the pending hand-over, the office above),
so that neither form nor script must repeat it; what a person must say (consents, reasons, that rights were
told) is never filled in. Pure: no database, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.disputes.case.checklist import present_documents
from shared.disputes.case.guards import copies_for, right_channel
from shared.disputes.case.state import CaseState
from shared.disputes.case.unread import unread
from shared.disputes.kinds.registry import KINDS as DECLARED
from shared.disputes.rules.authority import CHAIR_DECIDES

VERBS: dict[str, str] = {kind.verb: name for name, kind in DECLARED.items() if kind.verb}
KINDS = {kind: verb for verb, kind in VERBS.items()}
REGISTER = "case.registered"


def verb_of(text: str) -> str | None:
    """`settle-on-spot`, `settle_on_spot` or a kind -> the verb; None when there is no such."""
    word = text.strip().lower().replace("-", "_")
    return word if word in VERBS else KINDS.get(word)


@dataclass(frozen=True, slots=True)
class Here:
    """What the desk knows when a form is filled in."""

    case: CaseState
    office: str
    parent: str | None
    staff: str
    committee: str
    today: str


def fill(kind: str, draft: Mapping[str, Any], here: Here) -> dict[str, Any]:
    """The draft with what the desk knows; fields that are given win."""
    known = _KNOWN[kind](here) if kind in _KNOWN else {}
    if kind == "case.finding_noted":
        known = _to_note(here.case, draft.get("finding"))
    if kind == "case.review_resolved":
        known = _to_decide(here.case, draft.get("finding"))
    return {**{k: v for k, v in known.items() if v not in (None, "", [])}, **draft}


def _agreement(here: Here) -> dict[str, Any]:
    return {"of": here.case.agreement.event if here.case.agreement else None}


def _asked_type(here: Here) -> dict[str, Any]:
    return {"of": here.case.choice.type_asked.event if here.case.choice.type_asked else None}


def _pending(kind: str, field: str) -> Callable[[Here], dict[str, Any]]:
    def known(here: Here) -> dict[str, Any]:
        pending = here.case.custody.pending
        return {field: pending.event if pending is not None and pending.kind == kind else None}

    return known


def _to_give_back(here: Here) -> dict[str, Any]:
    """What waits, or what this office took and cannot do."""
    waiting = _pending("assign", "assignment")(here)
    taken = [h.event for h in here.case.hand_overs
             if h.clock == "assignment_ack" and h.to == here.office and h.answer == "accepted"]
    return waiting if waiting["assignment"] else {"assignment": taken[-1] if taken else None}


def _to_reply(here: Here) -> dict[str, Any]:
    asked = (s.event for s in here.case.supervisions if s.to == here.office and s.replied_on is None)
    return {"of": next(asked, None)}


def _to_judge(here: Here) -> dict[str, Any]:
    return {"of": next((s.event for s in here.case.supervisions if s.replied_on and not s.verdict), None)}


_KNOWN: dict[str, Callable[[Here], dict[str, Any]]] = {
    "case.agreement_signed": _agreement,
    "case.item_performed": _agreement,
    "case.agreement_changed": _agreement,
    "case.performance_disputed": _agreement,
    "case.confirmation_applied": _agreement,
    "case.sealed": lambda h: {
        **_agreement(h), "committee": h.case.committee or h.committee, "sealed_on": h.today,
    },
    "case.escalate_requested": lambda h: {"to": h.parent},
    "case.escalate_accepted": _pending("escalate", "request"),
    "case.escalate_returned": _pending("escalate", "request"),
    "case.assignment_acknowledged": _pending("assign", "assignment"),
    "case.assignment_returned": _to_give_back,
    # where an excluded matter must go is the table's to say
    "case.acceptance_rejected": lambda h: {"channel": right_channel(h.case.category, h.case.subcategory)},
    "case.accepted": lambda h: {"committee": h.committee, "mediators": [h.staff]},
    "case.type_taken": lambda h: {**_asked_type(h), "body": h.case.choice.type_asked.body if h.case.choice.type_asked else None,
                                  "mediators": [h.staff]},
    "case.type_declined": _asked_type,
    "case.type_changed": lambda h: {"to": h.office},
    "case.session_held": lambda h: {"mediators": [h.staff]},
    "case.session_planned": lambda h: {"mediators": list(h.case.mediators) or [h.staff]},
    "case.supervision_issued": lambda h: {"to": h.case.holder},
    "case.supervision_replied": _to_reply,
    "case.supervision_judged": _to_judge,
    "case.triaged": lambda h: {
        "category": h.case.category, "difficulty": h.case.difficulty or "simple", "risk": h.case.risk.level,
    },
    "case.party_added": lambda h: {"no": max((p.no for p in h.case.parties), default=-1) + 1},
    "case.parties_added": lambda h: {"no": max((p.no for p in h.case.parties), default=-1) + 1},
    "case.representatives_elected": lambda h: {"elected_on": h.today},
    "case.agreement_reached": lambda h: {"copies": copies_for(h.case)},
    "case.acknowledged": lambda h: {"of": unread(h.case, h.office)},
    "case.mediator_confirmed": lambda h: {"mediators": list(h.case.choice.proposed) or [h.staff]},
    "case.difficulty_confirmed": lambda h: {"difficulty": h.case.difficulty},
    # a township that asked gets the case that the county recalls
    "case.recalled": lambda h: {"to": next((asked.office for asked in h.case.levels.recall_asked), None)},
    "case.recall_declined": lambda h: {"request": next((asked.event for asked in h.case.levels.recall_asked), None)},
    "case.transfer_received": lambda h: {"receipt_on": h.today},
    "case.grid_supervised": lambda h: {"level": "reminder"},
    "case.archived": lambda h: {"documents": sorted(present_documents(h.case))},
    "case.grid_taken": lambda h: {"request": next(iter(h.case.grid_asked), None)},
    "case.grid_returned": lambda h: {"request": next(iter(h.case.grid_asked), None)},
    "case.subsidy_applied": lambda h: {"mediator": h.staff, "grade": h.case.difficulty, "committee": h.case.committee},
    "case.subsidy_graded": lambda h: {"grade": h.case.subsidy.grade if h.case.subsidy else None},
    # before it was made public it can only be refused
    "case.subsidy_decided": lambda h: {"approved": bool(h.case.subsidy and h.case.subsidy.state == "publicised")},
    "case.subsidy_paid": lambda h: {"amount_fen": h.case.subsidy.amount_fen if h.case.subsidy else None, "paid_on": h.today},
    "case.document_printed": lambda h: {"number": h.case.file_no or h.case.number},
    "case.renumbered": lambda h: {"old": h.case.file_no},
}


def _to_note(case: CaseState, code: object) -> dict[str, Any]:
    """Every untold finding of that code; without one a wrong clock before all, else the first that nobody has ticked off."""
    waiting = [f for f in case.findings if not f.review and not f.resolved]
    code = code or next((f.code for f in sorted(waiting, key=lambda f: f.code != "clock_wrong")), None)
    return {"finding": code, "events": sorted({e for f in waiting if f.code == code for e in f.events})}


def _to_decide(case: CaseState, code: object) -> dict[str, Any]:
    """The finding that waits for a decision, its events, and the committee whose chair must decide it (7.4 #18)."""
    waiting = [f for f in case.findings if f.review and not f.resolved]
    code = code or next((f.code for f in waiting), None)
    known: dict[str, Any] = {"finding": code, "events": sorted({e for f in waiting if f.code == code for e in f.events})}
    if code == CHAIR_DECIDES and case.agreement is not None:
        known["chair_of"] = next((e.office for e in case.timeline if e.event == case.agreement.event), "")
    return known
