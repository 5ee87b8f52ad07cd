"""Track A: the events that move a case through its states. The table is `lifecycle.TRANSITIONS`; here are
the guards and what each step writes down. An event that may not move the case is kept in the history,
marked, and moves nothing.
"""

from __future__ import annotations

from typing import Any

from shared.disputes.case import guards, representation
from shared.disputes.case.lifecycle import CHAIN, HOLDER, LEGAL_FACTS, TRANSITIONS
from shared.disputes.case.state import SessionState
from shared.disputes.fold import agreement as fold_agreement
from shared.disputes.fold import custody as fold_custody
from shared.disputes.fold import risk as fold_risk
from shared.disputes.fold.draft import Draft, Period
from shared.disputes.kinds import case_agreement, case_ending, case_intake, case_mediation
from shared.disputes.rules import authority
from shared.disputes.rules import excluded_matters as matters
from shared.disputes.rules.clocks import deadline
from shared.disputes.rules.roles import GRID
from shared.ledger.days import between, local_date
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.fields import Body


def apply(d: Draft, e: Event, b: Body) -> None:
    """One lifecycle event: may this office, may it from this state, then what it does."""
    reason = _not_allowed_office(d, e)
    if reason:
        return d.without_effect(e, reason)
    if e.kind in ("case.session_held", "case.agreement_reached") and _refusal_seen(d, e):
        d.without_effect(e, "party_refused")
        d.finding("mediated_after_refusal", e.id, review=True)
        return None
    if not _from_state(d, e):
        if e.kind in STILL_A_FACT:
            STEPS[e.kind](d, e, b)
        return d.without_effect(e, "wrong_state")
    guard = GUARDS.get(e.kind)
    reason = guard(d, e, b) if guard else ""
    if reason:
        return d.without_effect(e, reason)
    if d.state_event and d.saw(e, d.state_event):
        cause = d.order.events[d.order.index[d.state_event]]
        if e.legal_date < cause.legal_date:
            d.finding("dated_before_cause", e.id, cause.id, review=True)
    _move(d, e, b)
    return None


def _move(d: Draft, e: Event, b: Body) -> None:
    before, to = d.state, TRANSITIONS[e.kind][1]
    if to:
        d.move(e, to)
    if e.kind in HOLDER:
        fold_custody.acted(d, e.office)
        d.handlers.add(e.actor)
    STEPS[e.kind](d, e, b)
    if d.state != before and d.state in ENDS_PERIOD:
        if d.state != "transferred":
            d.end_period(e.legal_date)
            d.ended_on = e.legal_date
        if d.state == "refused":
            d.state_before_refusal = before


def _not_allowed_office(d: Draft, e: Event) -> str:
    holder = d.holder_seen_by(e)
    if e.kind in HOLDER and holder != e.office:
        return "not_holder"
    if e.kind in CHAIN and not d.lineage.covers(e.office, holder) and e.office not in d.co_handlers:
        return "not_in_chain"
    return ""


def _from_state(d: Draft, e: Event) -> bool:
    """Allowed from this state; or a legal fact against an administrative act that its author had not
    seen."""
    if d.state in TRANSITIONS[e.kind][0]:
        return True
    if e.kind not in LEGAL_FACTS or not d.state_event or d.saw(e, d.state_event):
        return False
    last = d.order.events[d.order.index[d.state_event]]
    if last.kind == "case.party_refused":
        # what the refusal means: fold_agreement.check_refusals
        return e.kind == "case.agreement_reached"
    beats = last.kind not in LEGAL_FACTS
    if beats:
        d.finding("legal_fact_first", e.id, last.id, review=True)
    return beats


def _refusal_seen(d: Draft, e: Event) -> bool:
    """人民调解法 Art 17: a party clearly refused, the author knew, and it has not consented since."""
    for refusal, party in d.refusals:
        if d.saw(e, refusal.id) and not any(
            who == party and d.saw(consent, refusal.id) and d.saw(e, consent.id) for consent, who in d.consents
        ):
            return True
    return False


# --- guards: a reason code, or ""


def _may_settle(d: Draft, e: Event, b: case_mediation.SettledOnSpot) -> str:
    risk, adult = fold_risk.current(d).level, d.rules.limits.adult_age
    wards = {p.no for p in d.parties.values() if representation.is_ward(p, adult)}
    guarded = {no for no in b.by_guardian if no in wards and d.parties[no].guardian}
    reason = guards.settlement(
        category=d.category, subcategory=d.subcategory, difficulty=d.difficulty, risk=risk, wards=wards,
        agreed_by=representation.bound(d.parties, b.agreed_by, e.legal_date, adult) | guarded,
        parties=fold_agreement.must_sign(d, []))
    if not reason and e.role in GRID and guards.grid_settlement(difficulty=d.difficulty, risk=risk):
        d.finding("grid_settled_above", e.id, review=True)
    return _told(d, e, reason)


def _may_agree(d: Draft, e: Event, b: case_agreement.AgreementReached) -> str:
    reason = guards.agreement(category=d.category, subcategory=d.subcategory, form=b.form, mediation_type=d.mediation_type)
    return _told(d, e, reason or fold_agreement.oral_for_wards(d, b, e.legal_date))


def _told(d: Draft, e: Event, reason: str) -> str:
    """What the parties agreed against such a rule moves nothing, and a person is told: they believe that it is settled."""
    if reason.startswith("must_be_written"):
        d.finding("agreement_not_written", e.id, review=True)
    elif reason == "guardian_lacking":
        d.finding("ward_alone", e.id, review=True)
    elif reason and reason == guards.excluded_matter(d.category, d.subcategory):
        d.finding("excluded_settled", e.id, review=True)
    return reason


def _may_accept(d: Draft, e: Event, b: case_mediation.Accepted) -> str:
    return guards.acceptance(rights_told=b.rights_told, parties_willing=b.parties_willing,
                             refused=_refusal_seen(d, e), category=d.category, subcategory=d.subcategory,
                             mediation_type=d.mediation_type)


def _may_terminate(d: Draft, e: Event, b: case_ending.Terminated) -> str:
    return guards.termination(remedies_told=b.remedies_told, escalation_checked=b.escalation_checked)


def _may_close(d: Draft, e: Event, b: case_ending.Closed) -> str:
    """No open promise, no unanswered supervision that the author knew of (DOMAIN.md 7.2; 7.4 #7)."""
    agreement = d.agreements[-1].state if d.agreements else None
    if agreement is not None and not fold_agreement.all_done(agreement):
        return "items_open"
    unanswered = [s.event for s in d.supervisions.values() if s.replied_on is None]
    return "supervision_open" if any(d.saw(e, event) for event in unanswered) else ""


GUARDS: dict[str, Any] = {
    "case.settled_on_spot": _may_settle,
    "case.accepted": _may_accept,
    "case.agreement_reached": _may_agree,
    "case.terminated": _may_terminate,
    "case.closed": _may_close,
}


# --- the steps


def _settled(d: Draft, e: Event, b: case_mediation.SettledOnSpot) -> None:
    d.outcome, d.closed_on, d.decided_on, d.triaged_on = "on_spot_settled", e.legal_date, e.legal_date, e.legal_date
    d.settled_by = tuple(sorted(set(b.agreed_by)))


def _triaged(d: Draft, e: Event, b: case_intake.Triaged) -> None:
    # what was named before stays named while it fits: triage does not lift a guard by leaving a field out
    kept = d.subcategory if matters.table().fits(b.category, d.subcategory) else ""
    d.category, d.subcategory = b.category, b.subcategory or kept
    if b.difficulty != d.difficulty:
        d.difficulty_by, d.difficulty_event = e.office, e.id
    d.difficulty, d.mediation_type = b.difficulty, b.mediation_type
    d.triaged_on = d.triaged_on or e.legal_date
    d.guiding_judge = b.judge or d.guiding_judge
    implied = d.rules.risk.implied_by(d.subcategory)
    if b.risk > max((risk.level for _, risk in d.risks), default=1) or not fold_risk.standing(d).issuperset(implied):
        fold_risk.add(d, e, b.risk, b.text, implied)


def _accepted(d: Draft, e: Event, b: case_mediation.Accepted) -> None:
    d.accepted_on, d.committee, d.mediators = e.legal_date, b.committee, tuple(b.mediators)
    d.file_no = b.file_no or d.file_no
    d.triaged_on, d.decided_on = d.triaged_on or e.legal_date, e.legal_date
    d.handlers.update(b.mediators)
    rule = d.rules.mediation(d.entrusting_body, d.category, d.mediation_type)
    applied = d.registered.legal_date if rule.counts_from == "application" and d.registered is not None else e.legal_date
    d.periods.append(Period(rule.kind, b.received_on or applied, e.office, e.id))


def mediation_clock(d: Draft) -> str:
    """Which limit applies to this case (DOMAIN.md 2.2, 2.4)."""
    return d.rules.mediation(d.entrusting_body, d.category, d.mediation_type).kind


def _not_accepted(d: Draft, e: Event, b: case_mediation.AcceptanceRejected) -> None:
    d.outcome, d.decided_on, d.triaged_on = "not_accepted", e.legal_date, d.triaged_on or e.legal_date


def _session(d: Draft, e: Event, b: case_mediation.SessionHeld) -> None:
    """A session was held, whatever its record says; what the law wanted before it is a person's to look at."""
    lacking = authority.statement(e.kind, e.body)
    if lacking == "rights_not_told":
        d.finding("session_rights_not_told", e.id, review=True)
    elif lacking:
        d.finding("session_invited_unasked", e.id, review=True)
    d.sessions.append(SessionState(
        e.id, len(d.sessions) + 1, e.legal_date, b.place, tuple(b.mediators), b.summary, b.result, b.closed))
    d.handlers.update(b.mediators)
    d.participant_roles.update(p.role for p in b.participants)
    d.advised.update((_HAVES[p.role], p.name) for p in b.participants if p.role in _HAVES and p.consented)
    d.helpers.update((p.helper, p.name) for p in b.participants if p.helper and p.consented)


# A participant's role -> which of the six haves (DOMAIN.md 1.1) it fills.
_HAVES = {"guiding_judge": "judge", **dict.fromkeys(("invited", "lawyer"), "social")}
# (An interpreter serves the parties, a representative is one of them: neither is a social force.)


def _refused(d: Draft, e: Event, b: case_mediation.PartyRefused) -> None:
    d.outcome = "refused"


def _withdrawn(d: Draft, e: Event, b: case_mediation.Withdrawn) -> None:
    d.outcome = "withdrawn"


def _suspended(d: Draft, e: Event, b: case_mediation.Suspended) -> None:
    """The clock pauses only where the law lets it: appraisal, or every party agrees (DOMAIN.md 7.2)."""
    consenting = {c.party for c in b.consents}
    if d.periods and (b.reason == "appraisal" or consenting >= set(d.parties)):
        d.periods[-1].pauses.append((e.legal_date, None))


def _resumed(d: Draft, e: Event, b: case_mediation.Resumed) -> None:
    d.end_pause(e.legal_date)


def due_of(d: Draft, period: Period) -> str:
    return deadline(period.kind, period.start, rules=d.rules, calendar=d.calendar, until=period.until,
                    paused_days=paused_days(period, d.today)).due_date


def paused_days(period: Period, today: str | None) -> int:
    """Calendar days of lawful pause; a pause under way counts up to today."""
    total = 0
    for start, end in period.pauses:
        until = end or today
        if until is not None and until > start:
            total += between(start, until)
    return total


def _extended(d: Draft, e: Event, b: case_mediation.Extended) -> None:
    """Needs the consent of all parties, dated on or before expiry (DOMAIN.md 7.4 #8, #9)."""
    if not d.periods:
        return d.without_effect(e, "no_clock")
    period = d.periods[-1]
    due = due_of(d, period)
    lacking = fold_agreement.must_sign(d, []) - {c.party for c in b.consents}
    if lacking or any(c.signed_on > due for c in b.consents):
        d.without_effect(e, "consent_lacking")
        d.finding("extension_invalid", e.id, due=due, review=True)
        return None
    if local_date(e.device_time + e.clock_offset_ms) > due and d.decided("extension_backdated", e.id) != "confirmed":
        d.finding("extension_backdated", e.id, due=due, review=True)
        return None
    period.until = b.until
    return None


def _agreed(d: Draft, e: Event, b: case_agreement.AgreementReached) -> None:
    d.outcome = f"agreement_{b.form}"
    d.end_period(e.legal_date)
    fold_agreement.reached(d, e, b)


def _terminated(d: Draft, e: Event, b: case_ending.Terminated) -> None:
    d.outcome = "failed" if b.reason in ("failed", "expired") else "terminated"


def _transferred(d: Draft, e: Event, b: case_ending.TransferredOut) -> None:
    """The clock goes on until the body to which it was sent has the case (DOMAIN.md 7.2)."""
    d.outcome, d.receipt_on = b.to, None
    if b.receipt_on is not None:
        received(d, b.receipt_on)


def received(d: Draft, day: str) -> None:
    d.receipt_on = d.ended_on = day
    d.end_period(day)
    if d.state == "transferred":
        d.facts.append((f"transferred.{d.outcome}", day, d.state_event))


def _closed(d: Draft, e: Event, b: case_ending.Closed) -> None:
    d.outcome, d.closed_on = b.outcome, e.legal_date


def _archived(d: Draft, e: Event, b: case_ending.Archived) -> None:
    return


def _reopened(d: Draft, e: Event, b: case_ending.Reopened) -> None:
    reopen(d, e)


def reopen(d: Draft, e: Event) -> None:
    """A new clock, the old history kept."""
    d.closed_on = d.ended_on = None
    d.outcome = ""
    if d.agreements:
        d.move(e, "performing")
        fold_agreement.refresh(d)
        d.state = "performing" if d.state == "visit_due" else d.state
    else:
        d.move(e, "mediating")
        d.periods.append(Period(mediation_clock(d), e.legal_date, d.holder, e.id))


def _merged(d: Draft, e: Event, b: case_ending.Merged) -> None:
    d.outcome, d.merged_into = "merged", b.into


ENDS_PERIOD = frozenset({"not_accepted", "withdrawn", "refused", "terminated", "transferred", "merged", "closed"})
# Recorded even when the state does not allow the move: the session was held, the parties did sign.
STILL_A_FACT = frozenset({"case.session_held"})

STEPS: dict[str, Any] = {
    "case.settled_on_spot": _settled,
    "case.triaged": _triaged,
    "case.accepted": _accepted,
    "case.acceptance_rejected": _not_accepted,
    "case.session_held": _session,
    "case.party_refused": _refused,
    "case.withdrawn": _withdrawn,
    "case.suspended": _suspended,
    "case.resumed": _resumed,
    "case.extended": _extended,
    "case.agreement_reached": _agreed,
    "case.terminated": _terminated,
    "case.transferred_out": _transferred,
    "case.closed": _closed,
    "case.archived": _archived,
    "case.reopened": _reopened,
    "case.merged": _merged,
}
