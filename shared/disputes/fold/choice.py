"""D2 and the grid: who mediates by the parties' choice, by which of the five types, and who in the village's grid is at it.

Parties choose the method and the mediator (人民调解法 Arts 19, 23(1)); different choices make co-mediators. In court-invited
mediation rejecting the appointed mediator is refusing mediation (特邀调解规定 Art 12). In the grid a matter goes from member to
group leader to village leader; until the upper one takes it the lower stays responsible, and each has a short clock of their own.
"""

from __future__ import annotations

from dataclasses import replace

from shared.disputes.case.guards import excluded_matter
from shared.disputes.case.lifecycle import BEFORE_AGREEMENT
from shared.disputes.case.tracks import ChoiceState, GridStep, TypeAsked
from shared.disputes.fold.custody import hand_to
from shared.disputes.fold.draft import Draft, Period, handles
from shared.disputes.kinds import case_tracks as bodies
from shared.disputes.kinds.case_intake import Registered
from shared.ledger import codes
from shared.ledger.formats.envelope import Event

GRID_RANK = {"grid_member": 0, "grid_officer": 0, "group_grid_leader": 1, "village_grid_leader": 2}
SIDES = frozenset({"applicant", "respondent"})      # those who must consent to another kind of mediation
_COURT = ("court_preassigned", "court_entrusted")


@handles("case.choice_made")
def choice_made(d: Draft, e: Event, b: bodies.ChoiceMade) -> None:
    if b.party not in d.parties:
        return d.without_effect(e, "no_such_party")
    if b.method == "people" and excluded_matter(d.category, d.subcategory):
        return d.without_effect(e, excluded_matter(d.category, d.subcategory))
    d.choices[b.party] = (b.method, b.mediator, e.id)
    return None


@handles("case.mediator_confirmed")
def mediator_confirmed(d: Draft, e: Event, b: bodies.MediatorConfirmed) -> None:
    if d.holder_seen_by(e) != e.office:
        return d.without_effect(e, "not_holder")
    if any(mediator in b.mediators for mediator, _ in d.recused):
        return d.without_effect(e, "recused")
    d.confirmed = (tuple(b.mediators), b.how, e.id)
    d.mediators = tuple(b.mediators)
    return None


@handles("case.mediator_rejected")
def mediator_rejected(d: Draft, e: Event, b: bodies.MediatorRejected) -> None:
    if b.party not in d.parties:
        return d.without_effect(e, "no_such_party")
    d.rejected.append((b.party, b.mediator))
    if d.entrusting_body not in _COURT:
        return d.finding("mediator_rejected", e.id, name=b.mediator)
    d.refusals.append((e, b.party))
    d.finding("rejection_is_refusal", e.id)
    if d.state in BEFORE_AGREEMENT:
        d.state_before_refusal, d.outcome, d.ended_on = d.state, "refused", e.legal_date
        d.move(e, "refused")
        d.end_period(e.legal_date)
    return None


@handles("case.mediator_recused")
def mediator_recused(d: Draft, e: Event, b: bodies.MediatorRecused) -> None:
    """Whoever is confirmed already and must stay away is to be replaced by a person: what was done stands."""
    if any(mediator == b.mediator for mediator, _ in d.recused):
        return d.without_effect(e, "already_done")
    d.recused.append((b.mediator, b.ground))
    if b.mediator in d.mediators and d.state in BEFORE_AGREEMENT:
        d.finding("mediator_recused", e.id, name=b.mediator)
    return None


@handles("case.type_changed")
def type_changed(d: Draft, e: Event, b: bodies.TypeChanged) -> None:
    if d.holder_seen_by(e) != e.office:
        return d.without_effect(e, "not_holder")
    if not b.body:                      # as earlier versions wrote it
        _change_type(d, e, b.mediation_type)
        return None
    if d.state not in BEFORE_AGREEMENT or d.type_asked is not None:
        return d.without_effect(e, "wrong_state")
    if _sides(d) - {c.party for c in b.consents if c.signed_on <= e.legal_date}:
        return d.without_effect(e, "consents_lacking")
    d.type_asked = TypeAsked(e.id, b.mediation_type, e.office, b.to or e.office, b.body, e.legal_date)
    return None


def _sides(d: Draft) -> set[int]:
    return {p.no for p in d.parties.values() if p.role in SIDES}


@handles("case.type_taken")
def type_taken(d: Draft, e: Event, b: bodies.TypeTaken) -> None:
    """The body that takes it mediates from now on: its number, its mediators, a clock of its own that begins today."""
    asked = d.type_asked
    if asked is None or asked.event != b.of or asked.to != e.office:
        return d.without_effect(e, "no_such_request")
    if d.state not in BEFORE_AGREEMENT:
        return d.without_effect(e, "wrong_state")
    if d.holder != e.office:
        up = d.lineage.covers(e.office, d.holder)
        rank = max(d.lineage.rank_of(e.office), d.lineage.rank_of(d.holder))
        if not hand_to(d, e, e.office, "escalated" if up else "assigned", rank):
            return None
    d.type_asked = None
    d.types_answered.append((asked, e.legal_date))
    _change_type(d, e, asked.mediation_type)
    if d.accepted_on is not None:
        d.committee, d.mediators, d.file_no = b.body, tuple(b.mediators), b.file_no or d.file_no
        d.handlers.update(b.mediators)
        d.end_period(e.legal_date)
        rule = d.rules.mediation(d.entrusting_body, d.category, d.mediation_type)
        d.periods.append(Period(rule.kind, e.legal_date, e.office, e.id))
    return None


@handles("case.type_declined")
def type_declined(d: Draft, e: Event, b: bodies.TypeDeclined) -> None:
    """By the body that was asked, or taken back by the one that asked: nobody waits for ever."""
    if d.type_asked is None or d.type_asked.event != b.of or e.office not in (d.type_asked.to, d.type_asked.by):
        return d.without_effect(e, "no_such_request")
    d.types_answered.append((d.type_asked, e.legal_date))
    d.type_asked = None
    return None


def _change_type(d: Draft, e: Event, to: str) -> None:
    if to != d.mediation_type:
        d.earlier_types.append(d.mediation_type)
        d.mediation_type = to
        d.facts.append((f"type.{to}", e.legal_date, e.id))


def state(d: Draft) -> ChoiceState:
    """What follows from the choices so far."""
    by_party = tuple((party, method, mediator) for party, (method, mediator, _) in sorted(d.choices.items()))
    rejected = {mediator for _, mediator in d.rejected} | {mediator for mediator, _ in d.recused}
    named = tuple(dict.fromkeys(mediator for _, _, mediator in by_party if mediator and mediator not in rejected))
    if len(named) > 1 and not d.confirmed[0]:
        d.finding("choices_differ", *(event for _, _, event in d.choices.values()))
    if d.type_asked is not None:
        d.finding("type_waits", d.type_asked.event, kind=codes.name("mediation_type", d.type_asked.mediation_type),
                  body=d.type_asked.body)
    if len({method for _, method, _ in by_party}) > 1:
        d.finding("methods_differ", *(event for _, _, event in d.choices.values()))
    return ChoiceState(by_party, named, d.confirmed[0], d.confirmed[1], tuple(d.rejected), tuple(d.recused),
                       d.type_asked)


# --- the grid


def begin_grid(d: Draft, e: Event, b: Registered) -> None:
    """The registration by a person of the grid opens the chain."""
    if e.role in GRID_RANK and e.role != "village_grid_leader":
        role = "group_grid_leader" if e.role == "group_grid_leader" else "grid_member"
        d.grid_steps.append(GridStep(role, e.legal_date, None, e.id))


@handles("case.grid_passed")
def grid_passed(d: Draft, e: Event, b: bodies.GridPassed) -> None:
    if not d.grid_steps or d.holder != e.office:
        return d.without_effect(e, "not_in_grid")
    if GRID_RANK[b.to_role] <= GRID_RANK[d.grid_steps[-1].role]:
        return d.without_effect(e, "not_above")
    d.grid_requests[e.id] = b.to_role
    return None


@handles("case.grid_taken")
def grid_taken(d: Draft, e: Event, b: bodies.GridTaken) -> None:
    role = d.grid_requests.get(b.request)
    if role is None or e.role != role or d.holder != e.office:
        return d.without_effect(e, "no_such_request")
    if not d.grid_steps:        # the village's own case, given down to its grid
        d.grid_at = len(d.steps) - 1
        d.grid_steps.append(GridStep("village_grid_leader", d.steps[-1].since, None, d.steps[-1].event))
    if b.request not in d.grid_down and GRID_RANK[role] <= GRID_RANK[d.grid_steps[-1].role]:
        return d.without_effect(e, "request_gone")
    d.grid_steps[-1] = replace(d.grid_steps[-1], until=e.legal_date)
    d.grid_steps.append(GridStep(role, e.legal_date, None, e.id))
    d.grid_requests.pop(b.request)
    return None


@handles("case.grid_returned")
def grid_returned(d: Draft, e: Event, b: bodies.GridReturned) -> None:
    if d.grid_requests.get(b.request) != e.role:
        return d.without_effect(e, "no_such_request")
    d.grid_requests.pop(b.request)
    return None
