"""One row of facts for counting per case, and the rows by which like cases are found (`pairs`).

`first_day` and `last_day` span every day by which a figure could count the case, its clocks of intake and mediation included.

`ReadModel` writes them from states it has just folded, in its own transaction. What a row means for a figure is known to
`figures`.
"""

from __future__ import annotations

import json
from typing import Any

from shared.disputes.case.state import AgreementState, CaseState
from shared.disputes.fold.agreement import DONE
from shared.disputes.rules.clocks import default_rules
from shared.disputes.tables import pairs as read_model_pairs

_JUDGED = frozenset({"acceptance"}) | default_rules().mediation_kinds()       # clocks by which a rate is judged
_SIDES = frozenset({"applicant", "respondent"})

TABLES = (
    """CREATE TABLE case_facts (
        case_id TEXT PRIMARY KEY, registered_on TEXT NOT NULL, origin TEXT NOT NULL, place TEXT NOT NULL,
        category TEXT NOT NULL, holder TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT NOT NULL, accepted_on TEXT,
        sessions INTEGER NOT NULL, agreed_on TEXT, failed_on TEXT, promises_due TEXT, performed INTEGER NOT NULL,
        closed_on TEXT, sides INTEGER NOT NULL, names TEXT NOT NULL, ratings TEXT NOT NULL,
        unverified TEXT NOT NULL, source TEXT NOT NULL, entrusting_body TEXT NOT NULL, difficulty TEXT NOT NULL,
        form TEXT NOT NULL, people INTEGER NOT NULL, amount_fen INTEGER NOT NULL, prevented TEXT NOT NULL,
        first_day TEXT NOT NULL, last_day TEXT NOT NULL)""",
    "CREATE INDEX case_facts_closed ON case_facts (closed_on) WHERE closed_on IS NOT NULL",
    # what a report of some months reads instead of every case there ever was
    "CREATE INDEX case_facts_days ON case_facts (last_day, first_day)",
    "CREATE INDEX case_facts_people ON case_facts (names, place, category) WHERE closed_on IS NOT NULL AND names <> ''",
    *read_model_pairs.TABLES,
)


def case_fact(s: CaseState) -> tuple[Any, ...]:
    agreement, old = s.agreement, s.particulars.taken_over
    ratings = [[r.party, r.score, r.rated_on] for r in s.ratings if r.counts]
    unverified = [r.rated_on for r in s.ratings if not r.valid]
    names = sorted(party.name for party in s.parties if party.role in _SIDES)
    agreed_on = agreement.reached_on if agreement else old.agreed_on if old else None
    days: tuple[str | None, ...] = (
        s.registered_on, s.accepted_on, agreed_on, _failed_on(s), _promises_due(agreement), s.closed_on,
        *(r.rated_on for r in s.ratings), *(clock.due_date for clock in s.clocks if clock.kind in _JUDGED))
    told = sorted(filter(None, days)) or [""]
    return (
        s.id, s.registered_on, s.origin, s.place.office or s.origin, s.category, s.holder, s.state, s.outcome, s.accepted_on,
        len(s.sessions), agreed_on, _failed_on(s),
        _promises_due(agreement),
        int(_all_performed(agreement) or (old is not None and old.performance in DONE)), s.closed_on, len(names),
        "、".join(names), json.dumps(ratings), json.dumps(unverified), s.source, s.entrusting_body, s.difficulty,
        agreement.form if agreement else old.form if old else "", s.particulars.people or len(names), _amount(s),
        json.dumps(s.particulars.prevented), told[0], told[-1],
    )


def _amount(s: CaseState) -> int:
    """As it was said, else what the agreement's promises come to, in fen."""
    if s.particulars.amount_fen is not None:
        return s.particulars.amount_fen
    return sum(item.amount_fen or 0 for item in s.agreement.items) if s.agreement else 0


def _failed_on(s: CaseState) -> str | None:
    """When mediation ended without agreement: the day on which its clock stopped."""
    if s.outcome != "failed":
        return None
    ends = [clock.stopped for clock in s.clocks if clock.kind.startswith(("mediation", "court_")) and clock.stopped]
    ends = ends or [clock.stopped for clock in s.clocks if clock.kind == "acceptance" and clock.stopped]
    return max(ends, default=s.closed_on)


def _promises_due(agreement: AgreementState | None) -> str | None:
    """The day by which every promise should be kept: the last due date, else the day on which the agreement took effect. Before
    it has, nothing is due."""
    if agreement is None or agreement.effective_on is None:
        return None
    effective = agreement.effective_on
    return max((item.due_date or effective for item in agreement.items), default=effective)


def _all_performed(agreement: AgreementState | None) -> bool:
    return agreement is not None and bool(agreement.items) and all(
        item.status in DONE and not item.disputed for item in agreement.items)
