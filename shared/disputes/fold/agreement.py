"""Tracks D, E and F: agreement, confirmation, performance (人民调解法 Arts 28-33; DOMAIN.md 3.7, 7.8).

A written agreement takes effect at the last of three signings: every party, a mediator, the committee's
seal; an oral one when reached. Where a refusal is in doubt the protective reading holds: the seal is
blocked until that party has confirmed (DOMAIN.md 7.4 #2). Proof of performance and a complaint stand side
by side until a visit (7.4 #12).
"""

from __future__ import annotations

from dataclasses import replace

from shared.disputes.case import representation
from shared.disputes.case.guards import confirmable
from shared.disputes.case.lifecycle import AGREED
from shared.disputes.case.state import AgreementState, ItemState, Signature
from shared.disputes.case.tracks import ConfirmationState
from shared.disputes.fold.draft import AgreementDraft, Draft, handles
from shared.disputes.kinds import case_agreement
from shared.disputes.rules.clocks import deadline
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.fields import Signature as GivenSignature

DONE = frozenset({"performed", "performed_on_spot", "varied"})
_MUST_SIGN = frozenset({"applicant", "respondent"})


def reached(d: Draft, e: Event, b: case_agreement.AgreementReached) -> None:
    status, day = ("performed_on_spot", e.legal_date) if b.performed_on_spot else ("not_due", None)
    items = [
        ItemState(no, item.who, item.what, item.to, item.amount_fen, item.due_date, status, day,
                  (item.amount_fen or 0) if day else 0)
        for no, item in enumerate(b.items)
    ]
    made = AgreementDraft(e, b.form, e.legal_date, b.facts, items, _signatures(b.signatures))
    d.agreements.append(made)
    _look_at_agents(d, e, made.signatures)
    refresh(d)


def _look_at_agents(d: Draft, e: Event, given: list[Signature]) -> None:
    """An agent's signature without the power to give it counts for nobody, and a person is told which."""
    for signature in given:
        if signature.signer == "party" and representation.powerless(d.parties, signature):
            d.finding("agent_without_power", e.id, name=signature.name)


def oral_for_wards(d: Draft, b: case_agreement.AgreementReached, day: str) -> str:
    """By word of mouth nobody can see that a guardian agreed, so his signature stands with it (民法典 Arts 19, 20, 22)."""
    adult = d.rules.limits.adult_age
    wards = {p.no for p in d.parties.values() if p.role in _MUST_SIGN and representation.is_ward(p, adult)}
    signed = set().union(*(
        representation.bound_by(d.parties, s.party, s.signed_on, adult, s.name)
        for s in b.signatures if s.signer == "party" and s.party is not None))
    return "guardian_lacking" if b.form == "oral" and wards - signed else ""


def _signatures(given: list[GivenSignature]) -> list[Signature]:
    return [Signature(s.signer, s.name, s.signed_on, s.party, s.method, s.file) for s in given]


@handles("case.agreement_signed")
def signed(d: Draft, e: Event, b: case_agreement.AgreementSigned) -> None:
    agreement = d.agreement(b.of)
    if agreement is None:
        return d.without_effect(e, "no_such_agreement")
    given = _signatures(b.signatures)
    agreement.signatures.extend(given)
    _look_at_agents(d, e, given)
    refresh(d)
    return None


@handles("case.sealed")
def sealed(d: Draft, e: Event, b: case_agreement.AgreementSealed) -> None:
    agreement = d.agreement(b.of)
    if agreement is None or agreement.form != "written":
        return d.without_effect(e, "no_such_agreement")
    if agreement.sealed_on is not None:
        return d.without_effect(e, "already_done")
    agreement.sealed_on, agreement.sealed_by = b.sealed_on, e.id
    refresh(d)
    return None


@handles("case.agreement_changed")
def changed(d: Draft, e: Event, b: case_agreement.AgreementChanged) -> None:
    """The promises of today: what was changed waits anew, what ended is kept, what is new comes last."""
    agreement = d.agreement(b.of)
    reason = "no_such_agreement" if agreement is None else _may_change(d, agreement, e, b)
    if agreement is None or reason:
        return d.without_effect(e, reason)
    for change in b.changes:
        if change.item is None:
            agreement.items.append(ItemState(len(agreement.items), change.who, change.what, change.to, change.amount_fen,
                                             change.due_date))
        else:
            agreement.items[change.item] = _as_changed(agreement.items[change.item], change, e.legal_date)
    agreement.changes.append(e.id)
    _look_at_agents(d, e, _signatures(b.signatures))
    refresh(d)
    return None


def _may_change(d: Draft, agreement: AgreementDraft, e: Event, b: case_agreement.AgreementChanged) -> str:
    if agreement.state is None or agreement.state.effective_on is None:
        return "change_not_effective"
    for change in b.changes:
        known = change.item is not None and change.item < len(agreement.items)
        if change.item is not None and not known:
            return "no_such_item"
        if change.item is not None and agreement.items[change.item].status in DONE:
            return "item_done"
    promised = {change.who for change in b.changes}
    signed = set().union(*(
        representation.bound_by(d.parties, s.party, s.signed_on, d.rules.limits.adult_age, s.name)
        for s in _signatures(b.signatures) if s.signer == "party" and s.party is not None))
    if (must_sign(d, agreement.items) | promised) - signed:
        return "change_unsigned"
    return "change_unsealed" if agreement.form == "written" and b.sealed_on is None else ""


def _as_changed(item: ItemState, change: case_agreement.ChangedItem, on: str) -> ItemState:
    if change.ends:
        return replace(item, status="varied", performed_on=on, disputed=False)
    return replace(item, who=change.who, what=change.what, to=change.to, amount_fen=change.amount_fen, due_date=change.due_date,
                   status="partly" if item.proofs else "not_due")


@handles("case.item_performed")
def performed(d: Draft, e: Event, b: case_agreement.ItemPerformed) -> None:
    agreement = d.agreement(b.of)
    if agreement is None or b.item >= len(agreement.items):
        return d.without_effect(e, "no_such_item")
    item = agreement.items[b.item]
    paid = item.performed_fen + (b.amount_fen or 0)
    done = b.complete or (item.amount_fen is not None and paid >= item.amount_fen > 0)
    settles = item.disputed and _both_confirm(item, b.confirmed_by)
    agreement.items[b.item] = replace(
        item, status="performed" if done else "partly", performed_on=e.legal_date if done else item.performed_on,
        performed_fen=(item.amount_fen or paid) if b.complete and b.amount_fen is None else paid,
        disputed=item.disputed and not settles, proofs=(*item.proofs, e.id),
    )
    refresh(d)
    return None


def _both_confirm(item: ItemState, confirmed_by: list[int]) -> bool:
    return item.who in confirmed_by and any(party != item.who for party in confirmed_by)


@handles("case.performance_disputed")
def disputed(d: Draft, e: Event, b: case_agreement.PerformanceDisputed) -> None:
    agreement = d.agreement(b.of)
    if agreement is None or b.item >= len(agreement.items):
        return d.without_effect(e, "no_such_item")
    agreement.items[b.item] = replace(agreement.items[b.item], disputed=True)
    d.finding("performance_disputed", e.id, *agreement.items[b.item].proofs, item=b.item + 1)
    if d.state in ("closed", "archived") and d.saw(e, d.state_event):
        # a party's complaint about an ended case is its objection (DOMAIN.md 7.2): the case is open again
        d.move(e, "performing")
        d.closed_on, d.ended_on = None, None
        d.finding("reopened_by_objection", e.id, name=d.parties[b.party].name if b.party in d.parties else "")
    refresh(d)
    return None


def settle_disputes(d: Draft, e: Event) -> None:
    """A visit found everything performed: complaints its author had seen are answered."""
    open_complaints = {
        (c.body.get("of"), c.body.get("item")) for c in d.order.events
        if c.kind == "case.performance_disputed" and not d.saw(e, c.id)
    }
    for agreement in d.agreements:
        agreement.items = [
            replace(item, disputed=(agreement.event.id, item.no) in open_complaints) if item.disputed else item
            for item in agreement.items
        ]
    refresh(d)


@handles("case.confirmation_applied")
def confirmation_applied(d: Draft, e: Event, b: case_agreement.ConfirmationApplied) -> None:
    reason = _may_confirm(d, e, b)
    if reason:
        return d.without_effect(e, reason)
    d.confirmation = ConfirmationState("applied", e.legal_date, None, b.court)
    d.facts.append(("confirmation.applied", e.legal_date, e.id))
    return None


def _may_confirm(d: Draft, e: Event, b: case_agreement.ConfirmationApplied) -> str:
    """人民调解法 Art 33, 民诉法 Art 205: jointly, within 30 days of taking effect; 解释 Art 355: not on identity or ownership."""
    agreement = d.agreement(b.of)
    if agreement is None:
        return "no_such_agreement"
    if not confirmable(d.category, d.subcategory):
        return "not_confirmable"
    effective = agreement.state.effective_on if agreement.state else None
    if effective is None:
        return "not_effective"
    if not must_sign(d, agreement.items) <= representation.bound(d.parties, b.parties, e.legal_date, d.rules.limits.adult_age):
        return "not_joint"
    if e.legal_date > deadline("confirmation", effective, rules=d.rules, calendar=d.calendar).due_date:
        return "confirmation_lapsed"
    running = d.confirmation is not None and d.confirmation.status not in ("withdrawn", "rejected")
    return "already_done" if running else ""


@handles("case.confirmation_decided")
def confirmation_decided(d: Draft, e: Event, b: case_agreement.ConfirmationDecided) -> None:
    if d.confirmation is None:
        return d.without_effect(e, "no_application")
    day = e.legal_date if b.status != "accepted" else None
    d.confirmation = replace(d.confirmation, status=b.status, decided_on=day, text=b.text)
    d.facts.append((f"confirmation.{b.status}", e.legal_date if b.status != "confirmed" else _enforceable(d, e), e.id))
    if day is not None:
        d.facts.append(("confirmation.decided", day, e.id))
    return None


def _enforceable(d: Draft, e: Event) -> str:
    """From when the two years for enforcement run: the last day on which the parties were to perform, however late the court
    ruled; where none was agreed, the day of the ruling (民事诉讼法 2023 Art 250)."""
    agreement = d.agreements[-1] if d.agreements else None
    return max((item.due_date for item in (agreement.items if agreement else ()) if item.due_date), default=e.legal_date)


# --- derived


def refresh(d: Draft) -> None:
    """Recompute what follows from the last agreement, and the lifecycle state that follows from it."""
    if not d.agreements:
        return
    last = d.agreements[-1]
    last.state = _state(d, last)
    if d.state in AGREED:
        d.state = _lifecycle(last.state)


def all_done(agreement: AgreementState) -> bool:
    return all(item.status in DONE and not item.disputed for item in agreement.items)


def _lifecycle(agreement: AgreementState) -> str:
    if agreement.effective_on is None:
        return "agreed"
    if all_done(agreement):
        return "visit_due"
    started = any(item.proofs or item.status in DONE for item in agreement.items)
    return "performing" if started else "effective"


def must_sign(d: Draft, items: list[ItemState]) -> set[int]:
    """Parties without whose signature a written agreement is not signed: both sides, and whoever
    promises."""
    return {p.no for p in d.parties.values() if p.role in _MUST_SIGN} | {item.who for item in items}


def _state(d: Draft, a: AgreementDraft) -> AgreementState:
    dates: dict[int, str] = {}
    signed_by: dict[int, int] = {}
    mediator: str | None = None
    for signature in a.signatures:
        if signature.signer == "party" and signature.party is not None:
            for party in representation.bound_by(
                    d.parties, signature.party, signature.signed_on, d.rules.limits.adult_age, signature.name):
                if party not in dates and party != signature.party:
                    signed_by[party] = signature.party
                dates.setdefault(party, signature.signed_on)
        elif signature.signer == "mediator" and (mediator is None or signature.signed_on < mediator):
            mediator = signature.signed_on
    unsigned = tuple(sorted(must_sign(d, a.items) - dates.keys()))
    parties = max(dates.values()) if dates and not unsigned else None
    effective = a.reached_on if a.form == "oral" else None
    if a.form == "written" and parties and mediator and a.sealed_on:
        effective = max(parties, mediator, a.sealed_on)
    holds = None if a.blocked else effective
    return AgreementState(
        a.event.id, a.form, a.reached_on, a.facts, tuple(_dated(item, holds, d.today) for item in a.items),
        tuple(a.signatures), parties, mediator, a.sealed_on, holds, a.blocked,
        unsigned if a.form == "written" else (), tuple(sorted(signed_by.items())), tuple(a.changes),
    )


def is_due(item: ItemState, agreement: AgreementState) -> bool:
    """Is this promise to be counted, as of the fold's day: kept or disputed, past its day, or binding without one?"""
    if item.status in DONE or item.disputed or item.status == "overdue":
        return True
    return item.due_date is None and agreement.effective_on is not None


def _dated(item: ItemState, effective_on: str | None, today: str | None) -> ItemState:
    """The item's status as of today: nobody owes anything before the agreement takes effect; then, what is due and not done is
    overdue."""
    if item.status not in DONE and effective_on is None:
        return replace(item, status="waits_for_effect") if item.status == "not_due" else item
    if item.status in DONE or today is None or item.due_date is None or item.due_date >= today:
        return item
    return replace(item, status="overdue")


def check_refusals(d: Draft) -> None:
    """DOMAIN.md 7.4 #2 and #3, for the last agreement: what does a refusal mean that its mediator had not
    seen?"""
    if not d.agreements:
        return
    agreement, before = d.agreements[-1], d.agreements[-1].blocked
    for refusal, party in d.refusals:
        if d.saw(agreement.event, refusal.id) or _consented(d, refusal, party):
            continue
        signed_on = next((s.signed_on for s in agreement.signatures if s.party == party), agreement.reached_on)
        if refusal.legal_date > signed_on:
            d.finding("refusal_after_signature", refusal.id, agreement.event.id)
        elif not d.decided("refusal_before_seal", refusal.id):
            agreement.blocked = "refusal_before_seal"
            d.finding("refusal_before_seal", refusal.id, agreement.event.id, review=True)
    if agreement.blocked != before:
        refresh(d)


def _consented(d: Draft, refusal: Event, party: int) -> bool:
    return any(who == party and d.saw(consent, refusal.id) for consent, who in d.consents)
