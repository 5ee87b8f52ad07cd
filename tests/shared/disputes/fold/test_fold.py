"""The fold: order, lifecycle, agreement, law (人民调解法), and its properties."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.disputes.acts.actions import refusal
from shared.disputes.case.state import ENDED
from shared.disputes.fold.fold import fold_case
from tests.support.shared.domain_events import COUNTY, START, TOWN, VILLAGE, World, open_kinds


def test_the_long_way_from_registration_to_archive() -> None:
    world = World()
    case = world.register().subject
    states = [world.state(case).state]
    world.event(case, "case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2})
    states.append(world.state(case).state)
    world.accept(case)
    states.append(world.state(case).state)
    world.session(case)
    states.append(world.state(case).state)
    agreement = world.agree(case, date="2026-03-05")
    states.append(world.state(case).state)
    world.seal(case, agreement, date="2026-03-06")
    states.append(world.state(case).state)
    world.event(case, "case.item_performed", {"of": agreement.id, "item": 0, "complete": False, "amount_fen": 20000},
                date="2026-03-20")
    states.append(world.state(case).state)
    world.event(case, "case.item_performed", {"of": agreement.id, "item": 0, "complete": False, "amount_fen": 30000},
                date="2026-04-01")
    states.append(world.state(case).state)
    world.event(case, "case.visited", {"method": "in_person", "result": "performed"}, actor="somebody_else",
                date="2026-04-09")
    states.append(world.state(case).state)
    world.event(case, "case.archived", {"documents": ["D03"]}, office=TOWN, role="judicial_officer", date="2026-04-20")
    states.append(world.state(case).state)
    assert states == ["registered", "triaging", "accepted", "mediating", "agreed", "effective", "performing",
                      "visit_due", "closed", "archived"]
    assert all(clock.stopped for clock in world.state(case, "2026-05-01").clocks)


def test_art_29_a_written_agreement_takes_effect_at_the_last_of_three_signings() -> None:
    world = World()
    case = world.mediating().subject
    agreement = world.agree(case, date="2026-03-05", fields={"signatures": [
        {"signer": "party", "party": 0, "name": "演示甲", "signed_on": "2026-03-05"},
        {"signer": "mediator", "name": "演示调解员", "signed_on": "2026-03-05"}]})
    state = world.state(case)
    assert (state.state, state.agreement.unsigned_parties, state.agreement.effective_on) == ("agreed", (1,), None)
    world.seal(case, agreement, date="2026-03-06")
    assert world.state(case).state == "agreed"
    world.event(case, "case.agreement_signed", {"of": agreement.id, "signatures": [
        {"signer": "party", "party": 1, "name": "演示乙", "signed_on": "2026-03-09", "method": "fingerprint"}]})
    state = world.state(case, "2026-03-10")
    agreement_state = state.agreement
    assert (agreement_state.parties_signed_on, agreement_state.mediator_signed_on, agreement_state.sealed_on) == (
        "2026-03-09", "2026-03-05", "2026-03-06")
    assert (state.state, agreement_state.effective_on) == ("effective", "2026-03-09")
    # Art 33: thirty days from the day it took effect.
    assert next(c for c in state.clocks if c.kind == "confirmation").start_date == "2026-03-09"


def test_art_30_an_oral_agreement_takes_effect_when_reached() -> None:
    world = World()
    case = world.mediating().subject
    world.agree(case, form="oral", date="2026-03-05", fields={"signatures": []})
    assert world.state(case).agreement.effective_on == "2026-03-05"


def test_art_17_after_a_clear_refusal_mediating_is_forbidden_until_that_party_consents() -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.party_refused", {"party": 1, "text": "DEMO"})
    state = world.state(case)
    assert (state.state, state.parties[1].refused_on) == ("refused", START)
    assert refusal("case.session_held", state, VILLAGE, "mediator") == "party_refused"
    world.session(case)
    world.agree(case)
    state = world.state(case)
    assert (state.state, state.agreement, len(state.sessions)) == ("refused", None, 1)
    assert {f.code for f in state.findings} == {"mediated_after_refusal"}
    world.event(case, "case.party_consented", {"party": 1})
    world.session(case)
    assert (world.state(case).state, len(world.state(case).sessions)) == ("mediating", 2)


def test_art_17_a_case_is_not_accepted_against_a_partys_will() -> None:
    world = World()
    case = world.register().subject
    world.accept(case, parties_willing=False)
    state = world.state(case)
    assert (state.state, state.timeline[-1].effect) == ("registered", "none")


def test_guiding_30_rights_must_be_told_before_acceptance() -> None:
    world = World()
    case = world.register().subject
    world.accept(case, rights_told=False)
    assert world.state(case).state == "registered"


def test_land_law_14_ownership_disputes_are_not_for_the_village_committee() -> None:
    world = World()
    case = world.register(category="DC07", subcategory="ownership").subject
    assert refusal("case.accepted", world.state(case), VILLAGE, "mediator") == "excluded_ownership"
    world.accept(case)
    assert world.state(case).state == "registered"


def test_art_25_and_26_a_failed_mediation_ends_only_when_remedies_were_told_and_escalation_checked() -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.terminated", {"reason": "failed", "remedies_told": False, "escalation_checked": True})
    assert world.state(case).state == "mediating"
    world.event(case, "case.terminated", {"reason": "failed", "remedies_told": True, "escalation_checked": True})
    assert (world.state(case).state, world.state(case).outcome) == ("terminated", "failed")


@pytest.mark.parametrize(("fields", "agreed_by", "state"), [
    ({}, [0, 1], "closed"), ({}, [0], "registered"), ({"risk": 3}, [0, 1], "registered"),
    ({"difficulty": "difficult"}, [0, 1], "registered"),
])
def test_on_the_spot_only_simple_calm_matters_with_everybodys_yes(fields: dict, agreed_by: list, state: str) -> None:
    world = World()
    case = world.register(**fields).subject
    world.event(case, "case.settled_on_spot", {"text": "DEMO", "agreed_by": agreed_by}, role="grid_member")
    assert world.state(case).state == state


def test_a_case_does_not_close_over_an_open_promise_or_an_unanswered_supervision() -> None:
    world = World()
    case = world.mediating().subject
    agreement = world.agree(case, form="oral", fields={"signatures": []})
    world.event(case, "case.closed", {"outcome": "agreement_oral"})
    assert world.state(case).state == "effective"
    world.event(case, "case.item_performed", {"of": agreement.id, "item": 0, "complete": True})
    order = world.event(case, "case.supervision_issued", {"level": "reminder", "text": "DEMO", "to": VILLAGE},
                        office=COUNTY, role="supervisor")
    world.event(case, "case.closed", {"outcome": "agreement_oral"})
    assert world.state(case).state == "visit_due"
    world.event(case, "case.supervision_replied", {"of": order.id, "text": "DEMO"})
    world.event(case, "case.closed", {"outcome": "agreement_oral"})
    assert world.state(case).state == "closed"


def test_a_relapse_found_on_the_visit_opens_the_case_again() -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]})
    world.event(case, "case.visited", {"method": "phone", "result": "relapse"}, actor="other", date="2026-03-20")
    state = world.state(case)
    assert (state.state, state.outcome) == ("mediating", "")
    assert state.visits[0].by_handler is False


def test_d7_a_visit_by_the_handler_is_flagged() -> None:
    world = World()
    case = world.mediating().subject
    world.agree(case, form="oral", fields={"performed_on_spot": True, "signatures": []})
    world.event(case, "case.visited", {"method": "phone", "result": "performed"})
    assert world.state(case).visits[0].by_handler
    assert "visited_by_handler" in {f.code for f in world.state(case).findings}


def test_until_accepted_the_lower_office_stays_responsible() -> None:
    world = World()
    case = world.mediating().subject
    request = world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO"})
    state = world.state(case)
    assert (state.holder, state.custody.pending.to_office) == (VILLAGE, TOWN)
    assert "case.session_held" in open_kinds(state, VILLAGE, "mediator")
    world.event(case, "case.acknowledged", {"of": [request.id]}, office=TOWN, role="judicial_officer")
    assert world.state(case).custody.pending.seen
    world.event(case, "case.escalate_accepted", {"request": request.id}, office=TOWN, role="judicial_officer")
    state = world.state(case)
    assert (state.holder, state.custody.epoch, state.custody.pending) == (TOWN, 1, None)
    assert [(s.office, s.acted) for s in state.custody.history] == [(VILLAGE, True), (TOWN, False)]
    assert refusal("case.session_held", state, VILLAGE, "mediator") == "not_holder"
    world.session(case)
    assert world.state(case).timeline[-1].effect == "none"


def test_a_returned_escalation_and_a_returned_assignment_leave_the_holder_as_it_was() -> None:
    world = World()
    case = world.mediating().subject
    request = world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO"})
    world.event(case, "case.escalate_returned", {"request": request.id, "reason": "DEMO"}, office=TOWN)
    assert (world.state(case).holder, world.state(case).custody.pending) == (VILLAGE, None)
    world.event(case, "case.recalled", {"reason": "DEMO"}, office=TOWN)
    order = world.event(case, "case.assigned", {"to": VILLAGE, "due": "2026-03-20"}, office=TOWN)
    world.event(case, "case.assignment_acknowledged", {"assignment": order.id})
    assert world.state(case).holder == VILLAGE
    world.event(case, "case.assignment_returned", {"assignment": order.id, "reason": "DEMO"})
    assert (world.state(case).holder, world.state(case).custody.bounces) == (TOWN, 1)


def test_risk_is_lowered_only_by_a_level_entitled_to() -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.risk_raised", {"level": 3, "reason": "DEMO"}, role="grid_member")
    world.event(case, "case.risk_lowered", {"level": 1, "reason": "DEMO"})
    assert world.state(case).risk.level == 3
    world.event(case, "case.risk_lowered", {"level": 2, "reason": "DEMO"}, office=TOWN)
    assert world.state(case).risk.level == 2


# --- order, gaps, refusals, newer versions --------------------------------------------------------------------


def test_missing_ancestors_make_a_case_incomplete_and_only_own_facts_remain() -> None:
    world = World()
    last = world.mediating()
    events = [e for e in world.events[last.subject] if e.kind != "case.accepted"]
    state = fold_case(events)
    assert state.incomplete == 1
    assert set(open_kinds(state, VILLAGE, "mediator")) <= {
        "case.code_renewed", "case.evidence_added", "case.particulars_noted", "case.identities_noted",
        "case.note_added", "case.record_added", "case.party_refused",
        "case.risk_raised", "case.risk_assessed", "case.risk_reported", "case.party_added", "case.parties_added",
        "case.representatives_elected", "case.party_corrected", "case.acknowledged",
        "case.choice_made", "case.document_printed", "case.erasure_requested"}
    assert not state.needs_review


def test_a_case_whose_registration_has_not_arrived_still_folds() -> None:
    world = World()
    last = world.mediating()
    state = fold_case([last])
    assert (state.id, state.incomplete, state.number) == (last.subject, 1, "")


def test_a_refused_event_is_kept_struck_through_and_its_children_cite_its_parents() -> None:
    world = World()
    case = world.register().subject
    wrong = world.event(case, "case.triaged", {"category": "DC03", "difficulty": "major", "risk": 4})
    world.event(case, "case.note_added", {"text": "DEMO"})
    state = world.state(case, refused={wrong.id: "bad_signature"})
    assert (state.state, state.risk.level, state.incomplete, state.refused) == ("registered", 2, 0, (wrong.id,))
    assert [entry.refused for entry in state.timeline] == ["", "bad_signature", ""]
    without = fold_case([e for e in world.events[case] if e.id != wrong.id], {wrong.id: "bad_signature"})
    assert without.incomplete == 0


def test_kinds_of_a_newer_version_are_kept_and_shown() -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.hologram_shown", {"any": "thing"}, schema=1)
    world.event(case, "case.note_added", {"text": "DEMO", "newer": 1}, schema=2)
    state = world.state(case)
    assert state.unknown_kinds == 2
    assert {entry.text for entry in state.timeline[1:]} == {"由新版本写入"}


def test_a_sealed_note_folds_without_its_text() -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.note_added", {"sealed": "0" * 64, "class": "closed"})
    assert "保密" in world.state(case).timeline[-1].text


def _random_case(seed: int) -> World:
    """A case written by three offices that do not always see each other: any kinds, any order, from a seed."""
    chance = random.Random(seed)
    world = World()
    case = world.register().subject
    bodies = {
        "case.triaged": {"category": "DC02", "difficulty": "simple", "risk": 3},
        "case.accepted": {"committee": "DEMO", "mediators": ["m1"], "rights_told": True, "parties_willing": True},
        "case.session_held": {"place": "DEMO", "mediators": ["m1"], "rights_told": True},
        "case.party_refused": {"party": 1}, "case.party_consented": {"party": 1}, "case.withdrawn": {"party": 0},
        "case.suspended": {"reason": "appraisal"}, "case.resumed": {}, "case.note_added": {"text": "DEMO"},
        "case.risk_raised": {"level": 4, "reason": "DEMO"}, "case.risk_lowered": {"level": 1, "reason": "DEMO"},
        "case.recalled": {"reason": "DEMO"}, "case.closed": {"outcome": "other"}, "case.reopened": {"reason": "other"},
        "case.escalate_requested": {"to": TOWN, "reason": "DEMO"}, "case.assigned": {"to": VILLAGE},
        "case.settled_on_spot": {"text": "DEMO", "agreed_by": [0, 1]},
        "case.visited": {"method": "phone", "result": "performed"},
        "case.supervision_issued": {"level": "reminder", "text": "DEMO", "to": VILLAGE},
    }
    for _ in range(chance.randrange(3, 25)):
        known = world.events[case]
        after = chance.sample(known, chance.randrange(1, min(3, len(known)) + 1)) if chance.random() < 0.5 else None
        office = chance.choice([VILLAGE, VILLAGE, TOWN, COUNTY])
        day = f"2026-03-{chance.randrange(2, 29):02d}"
        agreements = [e for e in known if e.kind == "case.agreement_reached"]
        requests = [e for e in known if e.kind in ("case.escalate_requested", "case.assigned")]
        roll = chance.random()
        if roll < 0.1:
            world.agree(case, office=office, date=day, after=after, form=chance.choice(["written", "oral"]))
        elif roll < 0.2 and agreements:
            world.seal(case, chance.choice(agreements), office=office, date=day, after=after)
        elif roll < 0.3 and agreements:
            world.event(case, "case.item_performed", {"of": chance.choice(agreements).id, "item": 0, "complete": True},
                        office=office, date=day, after=after)
        elif roll < 0.4 and requests:
            request = chance.choice(requests)
            escalation = request.kind == "case.escalate_requested"
            kind = "case.escalate_accepted" if escalation else "case.assignment_acknowledged"
            world.event(case, kind, {"request" if escalation else "assignment": request.id}, date=day, after=after,
                        office=request.body["to"])
        else:
            kind = chance.choice(sorted(bodies))
            world.event(case, kind, bodies[kind], office=office, date=day, after=after, hour=chance.randrange(1, 23))
    return world


@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_equal_sets_fold_to_equal_states_in_any_order_of_arrival(seed: int, chance: random.Random) -> None:
    world = _random_case(seed)
    (events,) = world.events.values()
    refused = {e.id: "DEMO" for e in chance.sample(events, chance.randrange(0, 3))}
    expected = fold_case(events, refused, "2026-04-01")
    shuffled = [*events, *chance.sample(events, chance.randrange(0, len(events)))]
    chance.shuffle(shuffled)
    assert fold_case(shuffled, refused, "2026-04-01") == expected


@given(st.integers(0, 2**32))
def test_any_history_keeps_every_event_visible_and_one_holder(seed: int) -> None:
    world = _random_case(seed)
    ((case, events),) = world.events.items()
    for count in range(1, len(events) + 1):
        state = fold_case(events[:count], {}, "2026-04-01")
        assert {line.event for line in state.timeline} == {e.id for e in events[:count]}
        assert state.holder in (VILLAGE, TOWN, COUNTY)
        assert [step.epoch for step in state.custody.history] == list(range(len(state.custody.history)))
        assert state.id == case
        if state.state in ENDED:
            assert not [c for c in state.clocks if c.kind in ("triage", "mediation") and c.stopped is None]


@given(st.integers(0, 2**32))
def test_what_an_action_offers_has_an_effect_when_written(seed: int) -> None:
    """Acts without parameters of their own: what is offered now moves the case now."""
    world = _random_case(seed)
    (case,) = world.events
    state = world.state(case)
    for kind, body in (("case.suspended", {"reason": "appraisal"}), ("case.resumed", {}),
                       ("case.session_held", {"place": "DEMO", "mediators": ["m1"], "rights_told": True})):
        if kind in open_kinds(state, VILLAGE, "mediator"):
            world.event(case, kind, body, date="2026-03-30")
            state = world.state(case)
            assert state.timeline[-1].effect == "yes", (kind, state.timeline[-1].note)


def test_a_state_can_be_compared_and_hashed_part_by_part() -> None:
    world = World()
    case = world.mediating().subject
    assert world.state(case) == world.state(case)
    assert dataclasses.asdict(world.state(case))["state"] == "mediating"
