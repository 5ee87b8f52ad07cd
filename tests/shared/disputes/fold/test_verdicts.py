"""DOMAIN.md 7.4: what holds when two levels act unseen of each other. Each verdict is played with either act first by the
clocks (the total order differs) and with either arriving first (the state must not)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.disputes.case.state import CaseState
from shared.disputes.fold.fold import fold_case
from shared.ledger.formats.envelope import Event
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, OTHER_TOWN, START, TOWN, VILLAGE, World

Act = Callable[[World, str, list[Event], int], Event]
DAY = "2026-04-20"      # of both devices: so the hours alone say which act comes first by the clocks
BOTH = pytest.mark.parametrize("hours", [(9, 15), (15, 9)], ids=["a-first", "b-first"])


def play(world: World, case: str, a: Act, b: Act, hours: tuple[int, int], today: str | None = None) -> CaseState:
    """Two acts after the same common past; the folded state, checked to be the same for both orders of arrival."""
    common = list(world.events[case])
    acts = [a(world, case, common, hours[0]), b(world, case, common, hours[1])]
    forward = fold_case([*common, *acts], {}, today)
    assert fold_case([*acts[::-1], *common[::-1]], {}, today) == forward
    assert forward.heads == tuple(sorted(e.id for e in acts))
    return forward


def head(common: list[Event]) -> list[Event]:
    cited = {c for e in common for c in e.after}
    return [e for e in common if e.id not in cited]


def agree(date: str = "2026-03-10", signed: str | None = None) -> Act:
    return lambda w, case, common, hour: w.agree(case, date=date, signed=signed, after=head(common), hour=hour, at=DAY)


def act(kind: str, body: dict, *, office: str = VILLAGE, date: str = "2026-03-10", role: str = "mediator",
        device: str = "") -> Act:
    return lambda w, case, common, hour: w.event(
        case, kind, body, office=office, date=date, after=head(common), hour=hour, role=role, device=device, at=DAY)


@BOTH
def test_verdict_1_an_agreement_stands_against_an_unseen_recall(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    recall = act("case.recalled", {"reason": "DEMO"}, office=COUNTY)
    state = play(world, case, agree(), recall, hours)
    assert (state.state, state.holder, state.custody.supervisors) == ("agreed", VILLAGE, (COUNTY,))
    assert "recall_void" in {f.code for f in state.findings}
    assert state.needs_review


def test_verdict_1_a_recall_that_knew_the_agreement_takes_the_case() -> None:
    world = World()
    case = world.mediating().subject
    world.agree(case)
    world.event(case, "case.recalled", {"reason": "DEMO"}, office=COUNTY)
    assert world.state(case).holder == COUNTY


@BOTH
def test_a_recall_takes_effect_for_the_village_only_when_received(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    state = play(world, case, act("case.session_held", {"place": "DEMO", "mediators": ["m1"], "rights_told": True}),
                 act("case.recalled", {"reason": "DEMO"}, office=COUNTY), hours)
    assert (state.holder, len(state.sessions)) == (COUNTY, 2)
    assert all(line.effect == "yes" for line in state.timeline)


@BOTH
def test_verdict_2_a_refusal_before_the_signature_blocks_the_seal_until_reconfirmed(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    refusal = act("case.party_refused", {"party": 1}, office=COUNTY, date="2026-03-09")
    state = play(world, case, agree("2026-03-10"), refusal, hours)
    assert (state.state, state.agreement.seal_blocked) == ("agreed", "refusal_before_seal")
    assert state.needs_review
    world.seal(case, next(e for e in world.events[case] if e.kind == "case.agreement_reached"), date="2026-03-11")
    assert world.state(case).agreement.effective_on is None
    world.event(case, "case.party_consented", {"party": 1, "text": "DEMO"}, date="2026-03-12")
    state = world.state(case)
    assert (state.agreement.seal_blocked, state.state, state.needs_review) == ("", "effective", False)


@BOTH
def test_verdict_3_a_refusal_after_the_signature_leaves_the_agreement_standing(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    refusal = act("case.party_refused", {"party": 1}, office=COUNTY, date="2026-03-12")
    state = play(world, case, agree("2026-03-10"), refusal, hours)
    assert (state.state, state.agreement.seal_blocked) == ("agreed", "")
    assert "refusal_after_signature" in {f.code for f in state.findings}


@BOTH
def test_verdict_6_two_sessions_recorded_at_once_are_two_documents(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    body = {"place": "DEMO", "mediators": ["m1"], "rights_told": True}
    state = play(world, case, act("case.session_held", body), act("case.session_held", body, device="second"), hours)
    assert [session.no for session in state.sessions] == [1, 2, 3]


@BOTH
def test_verdict_7_a_close_that_had_not_seen_the_supervision_stays_closed_and_owes_a_reply(
    hours: tuple[int, int],
) -> None:
    world = World()
    case = world.mediating().subject
    world.agree(case, form="oral", fields={"performed_on_spot": True, "signatures": []})
    order = act("case.supervision_issued", {"level": "supervise", "text": "DEMO", "to": VILLAGE}, office=COUNTY,
                role="supervisor")
    state = play(world, case, act("case.closed", {"outcome": "agreement_oral"}), order, hours)
    assert state.state == "closed"
    assert "closed_pending_reply" in {f.code for f in state.findings}
    assert [c.kind for c in state.clocks if c.kind == "supervision_reply" and c.stopped is None]


def test_verdict_8_an_extension_signed_before_expiry_withdraws_the_overdue_alarm_however_late_it_arrives() -> None:
    world = World()
    case = world.mediating().subject
    consents = [{"party": n, "signed_on": "2026-04-01"} for n in (0, 1)]
    before = {c.kind: c.state for c in world.state(case, "2026-04-10").clocks}
    world.event(case, "case.extended", {"until": "2026-05-06", "consents": consents}, date="2026-04-01")
    after = {c.kind: c.state for c in world.state(case, "2026-04-10").clocks}
    assert (before["mediation"], after["mediation"]) == ("overdue", "running")


def test_verdict_9_an_extension_dated_before_but_made_after_expiry_counts_only_when_confirmed() -> None:
    world = World()
    case = world.mediating().subject
    consents = [{"party": n, "signed_on": "2026-04-01"} for n in (0, 1)]
    late = world.event(case, "case.extended", {"until": "2026-05-06", "consents": consents}, date="2026-04-01",
                       at="2026-04-20")
    state = world.state(case, "2026-04-21")
    assert state.needs_review
    assert {c.kind: c.state for c in state.clocks}["mediation"] == "overdue"
    world.event(case, "case.review_resolved", {
        "finding": "extension_backdated", "events": [late.id], "decision": "confirmed", "text": "DEMO"}, office=TOWN)
    state = world.state(case, "2026-04-21")
    assert not state.needs_review
    assert {c.kind: c.state for c in state.clocks}["mediation"] == "warning"


def test_an_extension_without_every_partys_consent_is_void() -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.extended", {"until": "2026-05-06", "consents": [{"party": 0, "signed_on": START}]})
    assert next(c for c in world.state(case).clocks if c.kind == "mediation").due_date == "2026-04-02"


@BOTH
def test_verdict_10_of_two_assignments_the_higher_level_wins(hours: tuple[int, int]) -> None:
    world = World()
    case = world.register(TOWN).subject
    state = play(world, case, act("case.assigned", {"to": VILLAGE}, office=TOWN),
                 act("case.assigned", {"to": NEIGHBOUR}, office=COUNTY), hours)
    assert (state.holder, state.custody.pending.to_office) == (TOWN, NEIGHBOUR)


@BOTH
def test_verdict_10_unless_the_lower_assignee_accepted_before_receiving_it(hours: tuple[int, int]) -> None:
    world = World()
    case = world.register(TOWN).subject
    first = world.events[case][0]
    low = world.event(case, "case.assigned", {"to": VILLAGE}, office=TOWN, after=[first], hour=hours[0])
    high = world.event(case, "case.assigned", {"to": NEIGHBOUR}, office=COUNTY, after=[first], hour=hours[1])
    taken = world.event(case, "case.assignment_acknowledged", {"assignment": low.id}, after=[low], hour=hours[0])
    body = {"committee": "DEMO", "mediators": ["m1"], "rights_told": True, "parties_willing": True}
    world.event(case, "case.accepted", body, after=[taken], hour=hours[0])
    world.event(case, "case.assignment_acknowledged", {"assignment": high.id}, office=NEIGHBOUR, after=[high],
                hour=hours[1])
    state = world.state(case)
    assert (state.holder, state.state) == (VILLAGE, "accepted")
    assert "assign_conflict" in {f.code for f in state.findings}
    assert state.needs_review
    assert fold_case(world.events[case][::-1]) == state


@BOTH
def test_verdict_11_the_higher_risk_wins_until_lowered_by_one_who_saw_it(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    state = play(world, case, act("case.risk_raised", {"level": 4, "reason": "DEMO"}, role="grid_member"),
                 act("case.risk_lowered", {"level": 1, "reason": "DEMO"}, office=TOWN), hours)
    assert state.risk.level == 4
    world.event(case, "case.risk_lowered", {"level": 2, "reason": "DEMO"}, office=COUNTY)
    assert world.state(case).risk.level == 2


@BOTH
def test_verdict_12_proof_and_complaint_stand_side_by_side_until_a_visit(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    agreement = world.agree(case, form="oral", fields={"signatures": []})
    state = play(
        world, case, act("case.item_performed", {"of": agreement.id, "item": 0, "complete": True}),
        act("case.performance_disputed", {"of": agreement.id, "item": 0, "party": 0, "text": "DEMO"}, office=COUNTY),
        hours)
    item = state.agreement.items[0]
    assert (item.status, item.disputed, len(item.proofs)) == ("performed", True, 1)
    assert state.state == "performing"
    world.event(case, "case.visited", {"method": "in_person", "result": "performed"}, actor="other")
    state = world.state(case)
    assert (state.agreement.items[0].disputed, state.state) == (False, "closed")


@BOTH
def test_verdict_13_the_latest_legal_date_wins_per_field_and_identity_needs_a_human(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    state = play(
        world, case,
        act("case.party_corrected", {"party": 0, "field": "phone", "value": "13800000111"}, date="2026-03-12"),
        act("case.party_corrected", {"party": 0, "field": "phone", "value": "13800000222"}, date="2026-03-11", office=TOWN),
        hours)
    assert state.parties[0].phone == "13800000111"
    world.event(case, "case.party_corrected", {"party": 0, "field": "name", "value": "演示丙"})
    assert world.state(case).needs_review


@BOTH
def test_verdict_16_of_two_ratings_by_one_party_the_last_within_fifteen_days_counts(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.rated", {"party": 0, "score": 1}, date="2026-03-10", actor="clerk")
    world.event(case, "case.rated", {"party": 0, "score": 4}, date="2026-03-20", actor="clerk")
    state = play(world, case, act("case.rated", {"party": 0, "score": 5}, date="2026-04-20"),
                 act("case.rated", {"party": 1, "score": 3}, date="2026-04-20", office=TOWN), hours)
    assert sorted((r.party, r.score) for r in state.ratings if r.counts) == [(0, 4), (1, 3)]


def test_verdict_17_a_wrong_clock_orders_nothing_that_causality_orders() -> None:
    world = World()
    case = world.register(date="2026-03-02").subject
    world.event(case, "case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2}, at="2031-01-01")
    world.event(case, "case.accepted", {"committee": "DEMO", "mediators": ["m1"], "rights_told": True,
                                        "parties_willing": True}, office=VILLAGE, device="right", at="2026-03-03",
                date="2026-03-03")
    state = world.state(case)
    assert (state.state, state.accepted_on) == ("accepted", "2026-03-03")


@BOTH
def test_verdict_20_evidence_unseen_by_the_archivist_becomes_a_supplement_volume(hours: tuple[int, int]) -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]})
    state = play(world, case, act("case.archived", {"documents": ["D03"]}, office=TOWN, role="judicial_officer"),
                 act("case.evidence_added", {"title": "DEMO"}), hours)
    assert state.state == "archived"
    assert "supplement_volume" in {f.code for f in state.findings}


@BOTH
def test_p2_a_legal_fact_beats_an_unseen_administrative_act(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    end = act("case.terminated", {"reason": "unreachable", "remedies_told": True, "escalation_checked": True},
              device="second")
    state = play(world, case, agree(), end, hours)
    assert state.state == "agreed"


@BOTH
def test_of_two_recalls_the_higher_level_wins(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    state = play(world, case, act("case.recalled", {"reason": "DEMO"}, office=TOWN),
                 act("case.recalled", {"reason": "DEMO"}, office=COUNTY), hours)
    assert state.holder == COUNTY


@BOTH
def test_a_recall_beats_a_concurrent_acceptance_of_an_escalation(hours: tuple[int, int]) -> None:
    world = World()
    case = world.mediating().subject
    request = world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO"})
    state = play(world, case, act("case.escalate_accepted", {"request": request.id}, office=TOWN),
                 act("case.recalled", {"reason": "DEMO"}, office=COUNTY), hours)
    assert (state.holder, state.custody.pending) == (COUNTY, None)


def test_an_office_of_another_town_cannot_take_the_case() -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.recalled", {"reason": "DEMO"}, office=OTHER_TOWN)
    world.event(case, "case.assigned", {"to": NEIGHBOUR}, office=OTHER_TOWN)
    assert (world.state(case).holder, world.state(case).custody.pending) == (VILLAGE, None)
