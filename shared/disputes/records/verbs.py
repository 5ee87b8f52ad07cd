"""The verbs of petitions and legal aid, the same words on both command lines, and what can be filled in for a person.

    petition: register name repeat forward object accept decline extend answer request-review answer-review hold-hearing rate note
    legal-aid: register decide appoint terminate object decide-objection end
What a person must say (reasons, who approved, whether it is upheld) is never filled in. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.disputes.records.aggregates import State
from shared.disputes.records.matter import PetitionState
from shared.disputes.rules.clocks import deadline
from shared.disputes.rules.statutory import default_rules

VERBS: dict[str, dict[str, str]] = {
    "petition": {
        "register": "petition.registered", "forward": "petition.forwarded", "object": "petition.objected",
        "accept": "petition.accepted", "decline": "petition.declined", "extend": "petition.extended",
        "answer": "petition.answered", "request-review": "petition.review_requested",
        "answer-review": "petition.review_answered", "rate": "petition.rated", "note": "petition.noted",
        "name": "petition.petitioner_named", "repeat": "petition.repeat_noted", "hold-hearing": "petition.hearing_held",
    },
    "legal_aid": {
        "register": "legal_aid.registered", "decide": "legal_aid.decided", "appoint": "legal_aid.appointed",
        "terminate": "legal_aid.terminated", "object": "legal_aid.objected",
        "decide-objection": "legal_aid.objection_decided", "end": "legal_aid.ended",
    },
}
COMMANDS = {"petition": "petition", "legal_aid": "legal-aid"}       # aggregate -> word on the command line


def _longest(state: PetitionState) -> str | None:
    """The last day to which the handling may lawfully be extended (Art 34); the county's own table may allow less."""
    due = next((c.due_date for c in state.clocks if c.kind == "petition_handle"), None)
    return deadline("petition_extension", due, rules=default_rules()).due_date if due else None


def filled(kind: str, draft: Mapping[str, Any], state: State | None, office: str) -> dict[str, Any]:
    """The draft with what follows from the matter itself; what is given wins."""
    known: dict[str, Any] = {}
    if isinstance(state, PetitionState):
        if kind == "petition.objected":
            known["of"] = next((event for _, to, event in reversed(state.forwarded) if to == office), None)
        elif kind == "petition.review_requested":
            known["stage"] = "final_review" if state.state == "reviewed" else "review"
        elif kind == "petition.extended":
            known["until"] = _longest(state)
        elif kind == "petition.review_answered":
            known["stage"] = "final_review" if state.state == "final_reviewing" else "review"
    elif state is not None and kind == "public_qa.commitment_kept":
        rows = getattr(state, "data", {}).get("commitments", ())
        known["no"] = next((no for no, row in enumerate(rows) if row["kept_on"] is None), None)
    return {**{name: value for name, value in known.items() if value is not None}, **draft}
