"""DOMAIN.md 7.4, verdicts 11 to 20 (1 to 10: `test_verdicts_to_ten`): what holds when two levels act unseen of each other.

Each verdict is played with either act first by the clocks and with either arriving first; each test asserts the verdict, that
the losing act is kept and shown, and the task it raises for a person. Neighbouring rules are in `test_verdicts`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.disputes.advice.duplicates import number_clashes
from shared.disputes.case.state import CaseState, TimelineEntry
from shared.disputes.fold.fold import fold_case
from shared.disputes.kinds import registry as bodies
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, TOWN, VILLAGE, World
from tests.support.shared.domain_verdicts import BOTH, Hours, Played, a_case, act, agree


@BOTH
def test_verdict_11_the_highest_risk_wins_until_lowered_by_one_who_saw_it(hours: Hours) -> None:
    world, case = a_case()
    played = Played(world, case, act("case.risk_raised", {"level": 4, "reason": "DEMO"}, role="grid_member"),
                    act("case.risk_lowered", {"level": 1, "reason": "DEMO"}, office=TOWN), hours)
    assert played.state.risk.level == 4
    assert [c.owner for c in played.state.clocks if c.kind == "risk_report" and c.stopped is None] == [VILLAGE]   # the task
    world.event(case, "case.risk_lowered", {"level": 2, "reason": "DEMO"}, office=COUNTY)
    assert world.state(case).risk.level == 2


@BOTH
def test_verdict_12_proof_and_complaint_make_the_item_disputed_and_order_a_visit(hours: Hours) -> None:
    world, case = a_case()
    agreement = world.agree(case, form="oral", fields={"signatures": []})
    played = Played(
        world, case, act("case.item_performed", {"of": agreement.id, "item": 0, "complete": True}),
        act("case.performance_disputed", {"of": agreement.id, "item": 0, "party": 0, "text": "DEMO"}, office=COUNTY), hours)
    item = played.state.agreement.items[0]
    assert (item.status, item.disputed, item.proofs) == ("performed", True, (played.a.id,))
    assert [c.kind for c in played.state.clocks if c.kind == "visit" and c.stopped is None] == ["visit"]
    assert "回访" in played.task("performance_disputed", review=False).text


@BOTH
def test_verdict_13_the_latest_legal_date_wins_per_field_and_a_change_of_identity_needs_a_human(hours: Hours) -> None:
    world, case = a_case()
    fix = {"party": 0, "field": "phone"}
    played = Played(world, case, act("case.party_corrected", {**fix, "value": "13800000111"}, date="2026-03-12"),
                    act("case.party_corrected", {**fix, "value": "13800000222"}, date="2026-03-11", office=TOWN), hours)
    assert played.state.parties[0].phone == "13800000111"
    name = {"party": 0, "field": "name"}
    again = Played(world, case, act("case.party_corrected", {**name, "value": "演示丙"}, date="2026-03-12"),
                   act("case.note_added", {"text": "DEMO"}, office=TOWN), hours)
    assert again.task("identity_changed").adjudicator == TOWN


@BOTH
def test_verdict_14_of_two_equal_file_numbers_the_later_changes_and_a_printed_one_gets_a_suffix(hours: Hours) -> None:
    world = World()
    number = "（2026）演示人调字第1号"
    first, second = world.register().subject, world.register().subject
    world.accept(first, date="2026-03-03", file_no=number)
    world.accept(second, date="2026-03-04", file_no=number)
    states = [world.state(first), world.state(second)]
    (clash,) = number_clashes(states if hours[0] < hours[1] else states[::-1])
    assert (clash.keeps, clash.changes, clash.new) == (first, second, "")
    assert clash.task
    assert clash.adjudicator == TOWN
    played = Played(world, second, act("case.renumbered", {"old": number, "new": "（2026）演示人调字第2号", "reason": "DEMO"}),
                    act("case.document_printed", {"document": "D10", "number": number}, device="printer"), hours)
    assert (played.state.file_no, played.effect(played.a)) == (number, "none")
    played.task("renumbered_after_print")
    (clash,) = number_clashes([states[0], played.state])
    assert clash.new == f"{number}-1"
    world.event(second, "case.renumbered", {"old": number, "new": clash.new, "reason": "DEMO"})
    after = world.state(second)
    assert (after.file_no, after.numbering.earlier) == (f"{number}-1", (number,))
    assert "number_suffixed" in {f.code for f in after.findings}
    assert number_clashes([states[0], after]) == ()


@BOTH
def test_verdict_15_a_subsidy_claimed_by_two_is_one_subsidy_split_by_sessions_until_the_county_decides(hours: Hours) -> None:
    world, case = a_case()
    for mediator in ("m1", "m1", "m2"):
        world.event(case, "case.session_held", {"place": "DEMO", "mediators": [mediator], "rights_told": True})
    world.agree(case, form="oral", fields={"performed_on_spot": True, "signatures": []})
    played = Played(world, case, act("case.subsidy_applied", {"mediator": "m1", "grade": "ordinary"}),
                    act("case.subsidy_applied", {"mediator": "m2", "grade": "ordinary"}, office=TOWN), hours)
    assert played.state.subsidy.state == "applied"
    assert dict(played.state.subsidy.shares) == {"m1": 75, "m2": 25}
    assert {claim.event for claim in played.state.subsidy.claims} == {played.a.id, played.b.id}
    played.task("subsidy_twice")
    world.event(case, "case.subsidy_checked", {"passed": True}, office=TOWN)
    world.event(case, "case.subsidy_graded", {"grade": "ordinary", "shares": [
        {"mediator": "m1", "percent": 60}, {"mediator": "m2", "percent": 40}]}, office=COUNTY)
    decided = world.state(case)
    assert decided.subsidy.shares == (("m1", 60), ("m2", 40))
    assert not decided.needs_review


@BOTH
def test_verdict_16_of_two_ratings_the_last_in_fifteen_days_counts_and_the_handlers_is_not_unseen(hours: Hours) -> None:
    world, case = a_case()
    world.event(case, "case.rated", {"party": 0, "score": 1}, date="2026-03-10", actor="clerk")
    world.event(case, "case.rated", {"party": 0, "score": 4}, date="2026-03-20", actor="clerk")
    played = Played(world, case, act("case.rated", {"party": 0, "score": 5}, date="2026-04-20", actor="clerk"),
                    act("case.rated", {"party": 1, "score": 5}, date="2026-04-20", actor=f"s{VILLAGE}", device="second"), hours)
    assert sorted((r.party, r.score) for r in played.state.ratings if r.counts) == [(0, 4)]
    assert len(played.state.ratings) == 4
    assert [r.party for r in played.state.ratings if r.by_handler] == [1]
    assert played.task("rated_by_handler").events == (played.b.id,)
    decision = {"finding": "rated_by_handler", "events": [played.b.id], "decision": "confirmed", "text": "DEMO 电话核实"}
    world.event(case, "case.review_resolved", decision, office=TOWN, actor=f"s{VILLAGE}")
    assert not any(r.counts for r in world.state(case).ratings if r.party == 1), "nobody confirms what he entered himself"
    world.event(case, "case.review_resolved", decision, office=TOWN)
    after = world.state(case)
    assert sorted((r.party, r.score) for r in after.ratings if r.counts) == [(0, 4), (1, 5)]
    assert [(r.by_handler, r.confirmed) for r in after.ratings if r.party == 1] == [(True, True)]


@BOTH
def test_verdict_17_a_wrong_clock_orders_nothing_is_named_and_a_date_is_corrected_with_a_reason(hours: Hours) -> None:
    world = World()
    case = world.register(date="2026-03-02").subject
    body = {"committee": "DEMO", "mediators": ["m1"], "rights_told": True, "parties_willing": True}
    ahead = world.event(case, "case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2}, at="2031-01-01")
    played = Played(world, case, act("case.accepted", body, date="2026-03-03", device="right", at="2026-03-03"),
                    act("case.note_added", {"text": "DEMO"}, office=TOWN, at="2026-03-03"), hours)
    assert (played.state.state, played.state.accepted_on) == ("accepted", "2026-03-03")
    named = {event for f in played.state.findings if f.code == "clock_wrong" for event in f.events}
    assert named == {ahead.id, played.a.id, played.b.id}
    line = next(line for line in played.state.timeline if line.event == ahead.id)
    assert line.corrected_time == line.device_time
    world.event(case, "case.date_corrected", {"event": played.a.id, "legal_date": "2026-03-05", "reason": "DEMO"})
    fix = {"event": played.a.id, "legal_date": "2020-01-01", "reason": "DEMO"}
    world.event(case, "case.date_corrected", fix, office=NEIGHBOUR)
    after = world.state(case)
    assert after.accepted_on == "2026-03-05"
    assert next(line.note for line in after.timeline if line.event == played.a.id).endswith("2026年3月3日")
    with pytest.raises(bodies.InvalidBody):
        bodies.build("case.date_corrected", {"event": played.a.id, "legal_date": "2026-03-05"})


def test_verdict_17_a_wrong_clock_is_ticked_off_by_a_person_and_a_later_one_is_new() -> None:
    world = World()
    case = world.register(date="2026-03-02").subject
    ahead = world.event(case, "case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2}, at="2031-01-01")
    late = world.event(case, "case.note_added", {"text": "DEMO"}, device="right", at="2026-03-03")

    def wrong() -> list[tuple[tuple[str, ...], bool, str]]:
        return [(f.events, f.resolved, f.noted) for f in world.state(case).findings if f.code == "clock_wrong"]

    pair = tuple(sorted((ahead.id, late.id)))
    assert wrong() == [(pair, False, "")]
    half = world.event(case, "case.finding_noted", {"finding": "clock_wrong", "events": [late.id]}, device="right",
                       at="2031-02-01")
    assert wrong() == [(pair, False, "")], "all of its events must be named"
    assert line_of(world, case, half.id).effect == "none"
    world.event(case, "case.finding_noted", {"finding": "clock_wrong", "events": list(pair), "how": "corrected", "text": "DEMO"},
                actor="s-chief", date="2026-03-04", device="right", at="2031-02-01")
    assert wrong() == [(pair, True, "corrected")]
    noted = next(f for f in world.state(case).findings if f.code == "clock_wrong")
    assert (noted.noted_by, noted.noted_on) == ("s-chief", "2026-03-04")
    world.event(case, "case.note_added", {"text": "DEMO"}, device="third", at="2026-03-05")
    assert sum(not resolved for _, resolved, _ in wrong()) == 1


def test_what_only_a_decision_settles_is_not_ticked_off() -> None:
    world, case = a_case()
    rated = world.event(case, "case.rated", {"party": 0, "score": 5}, actor=f"s{VILLAGE}")
    note = world.event(case, "case.finding_noted", {"finding": "rated_by_handler", "events": [rated.id]})
    state = world.state(case)
    assert state.needs_review
    assert "核查结论" in line_of(world, case, note.id).note


def line_of(world: World, case: str, event: str) -> TimelineEntry:
    return next(line for line in world.state(case).timeline if line.event == event)


@BOTH
def test_verdict_18_an_agreement_made_before_learning_of_the_dismissal_waits_for_the_chair(hours: Hours) -> None:
    world, case = a_case()
    removal = act("case.mediator_removed", {"mediator": f"s{VILLAGE}", "removed_on": "2026-03-09"}, office=COUNTY)
    played = Played(world, case, agree(), removal, hours)
    assert (played.state.state, played.state.agreement.seal_blocked) == ("agreed", "mediator_removed")
    task = played.task("mediator_removed")
    world.seal(case, played.a)
    assert world.state(case).agreement.effective_on is None
    world.event(case, "case.review_resolved", {
        "finding": task.code, "events": [played.b.id], "decision": "confirmed", "text": "DEMO"}, office=TOWN)
    assert world.state(case).state == "effective"
    later = world.event(case, "case.handler_named", {"handlers": ["m9"]})       # now the author has seen the dismissal
    assert next(line.effect for line in world.state(case).timeline if line.event == later.id) == "none"


@BOTH
def test_verdict_19_a_request_for_erasure_keeps_the_archived_file_and_restricts_its_use(hours: Hours) -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]})
    played = Played(world, case, act("case.erasure_requested", {"party": 0, "text": "DEMO"}),
                    act("case.archived", {"documents": ["D03"]}, office=TOWN, role="judicial_officer"), hours)
    assert played.state.state == "archived"
    assert [p.restricted for p in played.state.parties] == [True, False]
    assert played.state.parties[0].name == "演示甲"
    assert "第四十七条" in played.task("erasure_restricted").text
    world.event(case, "case.erasure_answered", {"party": 0, "decision": "restricted", "text": "DEMO"}, office=TOWN)
    assert not world.state(case).needs_review
    assert world.state(case).parties[0].restricted


@BOTH
def test_verdict_20_evidence_unseen_by_the_archivist_becomes_a_supplement_volume(hours: Hours) -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]})
    played = Played(world, case, act("case.archived", {"documents": ["D03"]}, office=TOWN, role="judicial_officer"),
                    act("case.evidence_added", {"title": "DEMO"}), hours)
    assert played.state.state == "archived"
    assert played.effect(played.b) == "yes"
    assert played.task("supplement_volume", review=False).events == (played.b.id,)


def test_a_case_with_missing_ancestors_raises_no_verdict() -> None:
    world, case = a_case()
    refusal = act("case.party_refused", {"party": 1}, office=COUNTY, date="2026-03-09")
    played = Played(world, case, agree("2026-03-10"), refusal, (9, 15))
    part = [e for e in world.events[case] if e.kind != "case.triaged"]
    state: CaseState = fold_case(part)
    assert state.incomplete
    assert not any(f.review for f in state.findings)
    assert replace(played.state, findings=()).findings == ()
