"""What an office may do with a record, petition or legal-aid matter now: the steps that its table lets, less those that nothing
typed could save. Pure; roles are the counter's to ask.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.disputes.records import aggregates
from shared.disputes.records.aggregates import State
from shared.disputes.records.machine import RecordState
from shared.disputes.records.matter import LegalAidState, PetitionState
from shared.ledger.published.lineage import Lineage

Check = Callable[[Any, str, str, Lineage], bool]         # (state, office, today, who is over whom)


def open_steps(state: State, office: str, today: str, lineage: Lineage) -> list[str]:
    """In the order of the table; nothing of a record that is not whole."""
    if state.incomplete:
        return []
    steps = aggregates.steps_of(aggregate_of(state))
    found = [kind for kind, (before, _) in steps.items() if state.state in before and kind not in BY_PROGRAM]
    return [kind for kind in found if kind not in _ALSO or _ALSO[kind](state, office, today, lineage)]


def aggregate_of(state: State) -> str:
    if isinstance(state, RecordState):
        return state.aggregate
    return "petition" if isinstance(state, PetitionState) else "legal_aid"


# Scores are counted by a command from all cases of a period, never typed.
BY_PROGRAM = frozenset({"assessment.scored"})


def _handles(s: PetitionState, office: str, today: str, lineage: Lineage) -> bool:
    return s.handler == office


def _forwards(s: PetitionState, office: str, today: str, lineage: Lineage) -> bool:
    return office in (s.origin, s.handler)


def _sent_here(s: PetitionState, office: str, today: str, lineage: Lineage) -> bool:
    return s.handler == office and any(to == office for _, to, _ in s.forwarded)


def _extends(s: PetitionState, office: str, today: str, lineage: Lineage) -> bool:
    due = next((c.due_date for c in s.clocks if c.kind == "petition_handle"), "")
    return s.extended_until is None and today <= due


def _above(s: PetitionState, office: str, today: str, lineage: Lineage) -> bool:
    return office in (lineage.ancestors_of(s.handler) or (s.handler,))


def _not_upheld(s: LegalAidState, office: str, today: str, lineage: Lineage) -> bool:
    return not any(how == "upheld" for _, _, how in s.objections)


def _county(s: RecordState, office: str, today: str, lineage: Lineage) -> bool:
    """The county owns the calendar; a village's own numbered seats are taken by command."""
    return lineage.rank_of(office) == 2


def _promises(kept: bool) -> Check:
    def check(s: RecordState, office: str, today: str, lineage: Lineage) -> bool:
        waiting = any(row["kept_on"] is None for row in s.data.get("commitments", ()))
        return waiting is not kept

    return check


_ALSO: dict[str, Check] = {
    "petition.forwarded": _forwards, "petition.objected": _sent_here, "petition.accepted": _handles,
    "petition.declined": _handles, "petition.extended": _extends,
    "petition.answered": _handles, "petition.review_answered": _above,
    "legal_aid.objected": _not_upheld, "appointment.confirmed": _county, "appointment.offered": _county,
    "public_qa.commitment_kept": _promises(False), "public_qa.closed": _promises(True),
}
