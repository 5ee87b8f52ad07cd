"""What one level asks of another, folded (DOMAIN.md 7.3): the difficulty, recall by request, work and supervision in the grid,
a party's objection, the receipt of what was sent out.
"""

from __future__ import annotations

from shared.disputes.case.state import SupervisionState
from shared.disputes.case.tracks import LevelState, RecallAsked
from shared.disputes.fold import custody as fold_custody
from shared.disputes.fold import lifecycle as fold_lifecycle
from shared.disputes.fold.draft import Draft, handles
from shared.disputes.kinds import case_levels as bodies
from shared.disputes.kinds.policy import CONFIRMS_DIFFICULTY
from shared.ledger.formats.envelope import Event
from shared.ledger.published.lineage import LEVELS


@handles("case.difficulty_confirmed")
def difficulty_confirmed(d: Draft, e: Event, b: bodies.DifficultyConfirmed) -> None:
    """By a level entitled to this difficulty, above what it confirms: one may not confirm one's own proposal from below."""
    if not d.lineage.covers(e.office, d.holder_seen_by(e)):
        return d.without_effect(e, "not_in_chain")
    if d.lineage.rank_of(e.office) < max(CONFIRMS_DIFFICULTY.get(b.difficulty, 0), CONFIRMS_DIFFICULTY.get(d.difficulty, 0)):
        return d.without_effect(e, "may_not_confirm")
    d.difficulty, d.difficulty_by, d.difficulty_event = b.difficulty, e.office, e.id
    return None


def _waits_for(d: Draft) -> str:
    """The level that has to confirm the difficulty, or ""."""
    wanted = CONFIRMS_DIFFICULTY.get(d.difficulty, 0)
    return LEVELS[wanted] if d.difficulty_by and d.lineage.rank_of(d.difficulty_by) < wanted else ""


@handles("case.grid_assigned")
def grid_assigned(d: Draft, e: Event, b: bodies.GridAssigned) -> None:
    if d.holder_seen_by(e) != e.office or d.lineage.rank_of(e.office):
        return d.without_effect(e, "not_holder")
    d.grid_requests[e.id] = b.to_role
    d.grid_down.add(e.id)
    return None


@handles("case.grid_supervised")
def grid_supervised(d: Draft, e: Event, b: bodies.GridSupervised) -> None:
    if d.holder_seen_by(e) != e.office or d.lineage.rank_of(e.office):
        return d.without_effect(e, "not_holder")
    d.supervisions[e.id] = SupervisionState(e.id, b.level, e.office, e.office, e.legal_date, b.text, b.due)
    return None


@handles("case.recall_requested")
def recall_requested(d: Draft, e: Event, b: bodies.RecallRequested) -> None:
    holder = d.holder_seen_by(e)
    if not d.lineage.covers(e.office, holder) or d.lineage.rank_of(e.office) <= d.lineage.rank_of(holder):
        return d.without_effect(e, "not_above")
    d.recall_asked[e.id] = RecallAsked(e.id, e.office, e.legal_date, b.reason)
    return None


@handles("case.recall_declined")
def recall_declined(d: Draft, e: Event, b: bodies.RecallDeclined) -> None:
    if d.recall_asked.pop(b.request, None) is None:
        return d.without_effect(e, "no_such_request")
    return None


@handles("case.party_objected")
def party_objected(d: Draft, e: Event, b: bodies.PartyObjected) -> None:
    """DOMAIN.md 7.2: an ended case is open again by a party's objection, without anybody's leave."""
    if b.party not in d.parties:
        return d.without_effect(e, "no_such_party")
    if d.state not in ("closed", "archived"):
        return d.without_effect(e, "wrong_state")
    fold_lifecycle.reopen(d, e)
    d.finding("reopened_by_objection", e.id, name=d.parties[b.party].name)
    return None


@handles("case.transfer_received")
def transfer_received(d: Draft, e: Event, b: bodies.TransferReceived) -> None:
    if d.state != "transferred":
        return d.without_effect(e, "wrong_state")
    if d.receipt_on is not None:
        return d.without_effect(e, "already_done")
    fold_lifecycle.received(d, b.receipt_on)
    return None


def check(d: Draft) -> None:
    """What waits for another level, said until it is answered."""
    level = _waits_for(d)
    if level:
        d.finding(f"difficulty_waits_{level}", d.difficulty_event)
    for asked in d.recall_asked.values():
        d.finding("recall_requested", asked.event)


def named_judge(d: Draft) -> set[tuple[str, str]]:
    """The guiding judge named at triage, as one of those who fill the six haves; another name replaces it."""
    return {("judge", d.guiding_judge)} if d.guiding_judge else set()


def state(d: Draft) -> LevelState:
    return LevelState(
        _waits_for(d), tuple(d.recall_asked.values()), frozenset(d.grid_down & d.grid_requests.keys()),
        fold_custody.dispatcher_needed(d), d.receipt_on, frozenset(d.papers),
        tuple(sorted(d.advised | named_judge(d))), tuple(sorted(d.helpers)), d.guiding_judge)
