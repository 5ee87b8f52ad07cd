"""The tracks beside mediation: choice (D2), grid chain, judicial confirmation by category, subsidy, supervision cards, dates."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from shared.disputes.acts import supervision
from shared.disputes.advice import roster, subsidy
from shared.disputes.case import guards
from shared.disputes.case.state import CaseState
from shared.ledger import texts
from tests.support.shared.domain_events import COUNTY, TOWN, VILLAGE, World


def effect(state: CaseState, event) -> str:
    line = next(line for line in state.timeline if line.event == event.id)
    return line.note if line.effect == "none" else ""


# --- hard guards


def test_excluded_matters_are_not_accepted_and_are_sent_the_right_way_with_a_banner() -> None:
    for category, subcategory, channel, banner in (
        ("DC07", "ownership", "to_adjudication", "status_quo_required"), ("DC01", "violence", "to_police", "violence_to_police"),
    ):
        world = World()
        case = world.register(category=category, subcategory=subcategory).subject
        accepted = world.accept(case)
        assert effect(world.state(case), accepted)
        assert guards.right_channel(category, subcategory) == channel
        assert guards.banners(category, subcategory) == (banner,)
        assert texts.has(f"banner.{banner}")
        world.event(case, "case.acceptance_rejected", {"reason": "DEMO", "channel": channel})
        assert world.state(case).state == "not_accepted"
    assert guards.banners("DC01", "violence", vulnerable=True) == ("must_report_violence",)
    assert guards.right_channel("DC02") == ""


# --- D2


def test_when_all_parties_name_one_mediator_that_one_is_proposed_and_two_names_make_co_mediators() -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.choice_made", {"party": 0, "mediator": "m1"})
    world.event(case, "case.choice_made", {"party": 1, "mediator": "m1"})
    assert world.state(case).choice.proposed == ("m1",)
    world.event(case, "case.choice_made", {"party": 1, "mediator": "m2"})
    state = world.state(case)
    assert state.choice.proposed == ("m1", "m2")
    assert "choices_differ" in {f.code for f in state.findings}
    world.event(case, "case.mediator_confirmed", {"mediators": ["m1", "m2"]})
    state = world.state(case)
    assert (state.mediators, state.choice.how) == (("m1", "m2"), "chosen")
    assert "choices_differ" not in {f.code for f in state.findings}


def test_rejecting_the_appointed_mediator_is_refusing_only_in_court_invited_mediation() -> None:
    world = World()
    plain, court = world.register().subject, world.register(source="entrusted", entrusting_body="court_preassigned").subject
    for case in (plain, court):
        world.accept(case)
        world.event(case, "case.mediator_rejected", {"party": 1, "mediator": "m1", "reason": "DEMO"})
    assert world.state(plain).state == "accepted"
    refused = world.state(court)
    assert (refused.state, refused.outcome) == ("refused", "refused")
    assert any(p.refused_on for p in refused.parties)
    late = world.session(court)
    assert effect(world.state(court), late)


def test_ownership_of_land_offers_no_peoples_mediation_and_a_choice_of_it_has_no_effect() -> None:
    world = World()
    case = world.register(category="DC07", subcategory="ownership").subject
    assert "people" not in roster.methods("DC07", "ownership")
    chosen = world.event(case, "case.choice_made", {"party": 0, "method": "people"})
    assert effect(world.state(case), chosen)


@dataclass(frozen=True)
class Somebody:
    id: str
    name: str
    office: str
    roles: tuple[str, ...] = ("mediator",)
    active: bool = True


def test_the_roster_puts_the_fitting_and_free_first_and_conflicts_last() -> None:
    world = World()
    state = world.state(world.register().subject)
    people = [Somebody("a", "演示甲", VILLAGE), Somebody("b", "B", VILLAGE), Somebody("c", "C", TOWN), Somebody("d", "D", TOWN),
              Somebody("e", "E", "150822101000"), Somebody("f", "F", VILLAGE, ("window_clerk",))]
    table = {"c": {"specialities": ["DC02"], "languages": ["mn"], "honours": ["金牌"]}, "d": {"specialities": ["DC02"]}}
    found = roster.mediators(people, table, state, {"c": 3})
    assert [m.staff for m in found] == ["d", "c", "b", "a"]
    assert found[-1].conflict == "same_name"


def test_a_change_of_type_keeps_the_earlier_ones() -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.type_changed", {"mediation_type": "administrative", "reason": "DEMO"})
    state = world.state(case)
    assert (state.mediation_type, state.earlier_types) == ("administrative", ("people",))


# --- the grid


def test_a_matter_climbs_the_grid_from_member_to_group_leader_to_village_leader_each_with_a_clock() -> None:
    world = World()
    case = world.register(role="grid_member").subject
    up = world.event(case, "case.grid_passed", {"to_role": "group_grid_leader", "reason": "DEMO"}, role="grid_member",
                     date="2026-03-03")
    stay = world.state(case, "2026-03-05")
    assert [step.role for step in stay.grid_steps] == ["grid_member"]
    assert [c.state for c in stay.clocks if c.kind == "handle_grid_member"] == ["overdue"], "the lower stays responsible"
    world.event(case, "case.grid_taken", {"request": up.id}, role="group_grid_leader", date="2026-03-04")
    up = world.event(case, "case.grid_passed", {"to_role": "village_grid_leader", "reason": "DEMO"}, role="group_grid_leader",
                     date="2026-03-05")
    wrong = world.event(case, "case.grid_taken", {"request": up.id}, role="grid_member", date="2026-03-05")
    assert effect(world.state(case), wrong)
    world.event(case, "case.grid_taken", {"request": up.id}, role="village_grid_leader", date="2026-03-06")
    state = world.state(case, "2026-03-07")
    assert [(s.role, s.since, s.until) for s in state.grid_steps] == [
        ("grid_member", "2026-03-02", "2026-03-04"), ("group_grid_leader", "2026-03-04", "2026-03-06"),
        ("village_grid_leader", "2026-03-06", None)]
    clocks = {c.kind: (c.state, c.start_date) for c in state.clocks if c.kind.startswith("handle_")}
    assert clocks["handle_grid_member"][0] == clocks["handle_group_leader"][0] == "stopped"
    assert clocks["handle_village"] == ("running", "2026-03-06")
    world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO"}, role="village_grid_leader")
    assert world.state(case).custody.pending.to_office == TOWN


def test_a_returned_pass_leaves_the_matter_where_it_was() -> None:
    world = World()
    case = world.register(role="grid_member").subject
    up = world.event(case, "case.grid_passed", {"to_role": "group_grid_leader", "reason": "DEMO"}, role="grid_member")
    world.event(case, "case.grid_returned", {"request": up.id, "reason": "DEMO"}, role="group_grid_leader")
    state = world.state(case)
    assert ([s.role for s in state.grid_steps], state.grid_asked) == (["grid_member"], ())


# --- E: judicial confirmation


def confirm(world: World, case: str, date: str = "2026-03-10", parties: tuple[int, ...] = (0, 1)):
    agreement = next(e for e in world.events[case] if e.kind == "case.agreement_reached")
    return world.event(case, "case.confirmation_applied", {
        "of": agreement.id, "court": "演示法院", "parties": list(parties)}, date=date)


def test_article_33_both_parties_apply_within_thirty_days_of_the_agreement_taking_effect() -> None:
    world = World()
    case = world.mediating().subject
    agreement = world.agree(case)
    early = confirm(world, case)
    assert "生效" in effect(world.state(case), early)
    world.seal(case, agreement)
    alone = confirm(world, case, parties=(0, 0))
    assert "共同" in effect(world.state(case), alone)
    late = confirm(world, case, "2026-04-02")
    assert "三十日" in effect(world.state(case), late)
    good = confirm(world, case, "2026-04-01")
    assert (effect(world.state(case), good), world.state(case).confirmation.status) == ("", "applied")
    world.event(case, "case.confirmation_decided", {"status": "confirmed"})
    assert world.state(case).confirmation.status == "confirmed"


@pytest.mark.parametrize(("category", "subcategory"), [("DC01", "divorce"), ("DC01", "parentage")])
def test_interpretation_article_355_no_confirmation_on_identity_or_ownership(category: str, subcategory: str) -> None:
    world = World()
    case = world.mediating(category=category, subcategory=subcategory).subject
    world.agree(case, form="oral", fields={"signatures": []})
    refused = confirm(world, case)
    assert effect(world.state(case), refused)
    assert world.state(case).confirmation is None


# --- J: subsidy


def paid_case(world: World) -> str:
    case = world.mediating().subject
    world.agree(case, form="oral", fields={"performed_on_spot": True, "signatures": []})
    world.event(case, "case.visited", {"method": "phone", "result": "performed"}, actor="visitor")
    return case


def test_subsidy_goes_from_claim_to_payment_and_each_step_has_its_level() -> None:
    world = World()
    case = paid_case(world)
    world.event(case, "case.subsidy_applied", {"mediator": "m1", "grade": "simple"})
    wrong = world.event(case, "case.subsidy_graded", {"grade": "simple"}, office=TOWN)
    assert effect(world.state(case), wrong)
    world.event(case, "case.subsidy_checked", {"passed": False, "text": "缺件"}, office=TOWN)
    assert world.state(case).subsidy.state == "returned"
    world.event(case, "case.subsidy_applied", {"mediator": "m1", "grade": "simple"})
    assert world.state(case).subsidy.state == "applied"
    again = world.event(case, "case.subsidy_applied", {"mediator": "m1", "grade": "simple"})
    assert effect(world.state(case), again)
    assert len(world.state(case).subsidy.claims) == 1


def test_a_subsidy_is_paid_only_after_its_publication_has_run_and_only_as_decided() -> None:
    world = World()
    case = paid_case(world)
    steps = [
        ("case.subsidy_applied", {"mediator": "m1", "grade": "simple"}, VILLAGE, "2026-03-10"),
        ("case.subsidy_checked", {"passed": True}, TOWN, "2026-03-11"),
        ("case.subsidy_graded", {"grade": "simple", "phoned": True}, COUNTY, "2026-03-12"),
        ("case.subsidy_publicised", {"start": "2026-03-13", "end": "2026-03-20"}, COUNTY, "2026-03-13"),
    ]
    for kind, body, office, date in steps:
        world.event(case, kind, body, office=office, date=date)
    early = world.event(case, "case.subsidy_decided", {"approved": True, "amount_fen": 5000}, office=COUNTY, date="2026-03-20")
    assert "公示" in effect(world.state(case), early)
    world.event(case, "case.subsidy_decided", {"approved": True, "amount_fen": 5000}, office=COUNTY, date="2026-03-21")
    other = world.event(case, "case.subsidy_paid", {"amount_fen": 6000, "paid_on": "2026-03-25"}, office=COUNTY)
    assert effect(world.state(case), other)
    world.event(case, "case.subsidy_paid", {"amount_fen": 5000, "paid_on": "2026-03-25"}, office=COUNTY)
    state = world.state(case)
    assert (state.subsidy.state, state.subsidy.amount_fen, state.subsidy.shares) == ("paid", 5000, (("m1", 100),))
    world.event(case, "case.subsidy_clawed_back", {"reason": "DEMO"}, office=COUNTY)
    assert world.state(case).subsidy.state == "clawed_back"


def test_an_unsettled_case_has_no_subsidy() -> None:
    world = World()
    case = world.mediating().subject
    claim = world.event(case, "case.subsidy_applied", {"mediator": "m1", "grade": "simple"})
    assert effect(world.state(case), claim)
    assert world.state(case).subsidy is None


def test_the_shipped_table_is_zeros_the_sample_is_not_and_a_county_table_overlays() -> None:
    assert set(subsidy.table().amount_fen.values()) == {0}
    assert subsidy.sample().amount_fen["major"] == 60000
    ours = subsidy.table({"amount_fen": {"simple": 5000}, "yearly_cap_fen": 8000, "source": "DEMO"})
    assert (ours.amount_fen["simple"], subsidy.within_cap(5000, 5000, ours)) == (5000, 3000)
    with pytest.raises(ValueError, match="amount_fen"):
        subsidy.table({"amount_fen": {"simple": "50"}})
    world = World()
    case = paid_case(world)
    world.event(case, "case.subsidy_applied", {"mediator": "m1", "grade": "simple"})
    assert subsidy.proposed(world.state(case), ours) == {"m1": 5000}


def test_the_automatic_checks_name_what_is_lacking() -> None:
    world = World()
    state = world.state(paid_case(world))
    assert all(check.passed for check in subsidy.checks(state, "simple", subsidy.sample()))
    lacking = {c.code for c in subsidy.checks(state, "difficult", subsidy.sample()) if not c.passed}
    assert lacking == {"papers"}


# --- I: supervision cards; K: petition link


def test_a_card_climbs_from_reminder_to_yellow_to_red_when_nobody_replies() -> None:
    world = World()
    case = world.mediating().subject
    for level in ("reminder", "warning", "supervise"):
        body = {"level": level, "text": "DEMO", "to": VILLAGE}
        world.event(case, "case.supervision_issued", body, office=TOWN, role="supervisor")
    cards = supervision.cards(world.state(case), "2026-03-03")
    assert [c.colour for c in cards] == ["blue", "yellow", "red"]
    assert {c.next_level for c in cards} == {""}
    late = supervision.cards(world.state(case), "2026-03-20")
    assert [c.next_level for c in late] == ["warning", "supervise", "circular"]
    assert supervision.colour(world.state(case), "2026-03-20") == "red"
    world.event(case, "case.acknowledged", {"of": [cards[2].event]})
    assert supervision.cards(world.state(case), "2026-03-03")[2].state == "received"
    world.event(case, "case.supervision_replied", {"of": cards[2].event, "text": "DEMO"})
    world.event(case, "case.supervision_judged", {"of": cards[2].event, "accepted": True}, office=TOWN)
    assert supervision.cards(world.state(case), "2026-03-20")[2].state == "accepted"


def test_a_petition_is_linked_and_keeps_clocks_of_its_own() -> None:
    world = World()
    case = world.register().subject
    before = world.state(case).clocks
    world.event(case, "case.petition_linked", {"petition": "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D", "number": "DEMO"})
    state = world.state(case)
    assert (state.petitions, state.clocks) == (("01J9ZK3V7Q8W9X0Y1Z2A3B4C5D",), before)


def test_performance_runs_from_effect_and_waits_for_the_seal_before() -> None:
    world = World()
    case = world.mediating().subject
    agreement = world.agree(case, date="2026-03-10")
    before = world.state(case, "2026-05-01")
    assert [item.status for item in before.agreement.items] == ["waits_for_effect"]
    running = {clock.kind: clock for clock in before.clocks if clock.stopped is None}
    assert {"performance", "visit"} & running.keys() == set()
    assert (running["effect"].due_date, running["effect"].state) == ("2026-03-13", "overdue")
    world.seal(case, agreement, date="2026-03-20")
    after = world.state(case, "2026-04-01")
    assert [item.status for item in after.agreement.items] == ["not_due"]
    performance = next(clock for clock in after.clocks if clock.kind == "performance")
    assert (performance.start_date, performance.due_date) == ("2026-03-20", "2026-04-10")
    assert next(clock for clock in after.clocks if clock.kind == "effect").stopped == "2026-03-20"
    assert [item.status for item in world.state(case, "2026-04-11").agreement.items] == ["overdue"]
