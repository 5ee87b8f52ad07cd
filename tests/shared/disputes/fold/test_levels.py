"""The permission table of DOMAIN.md 7.3 between levels: difficulty, recall, the grid, merging, reopening, archive, transfer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.disputes.acts import actions
from shared.disputes.case.state import CaseState
from shared.disputes.kinds import policy
from shared.disputes.rules import roles
from shared.ledger.formats.envelope import Event
from tests.shared.disputes.rules.test_guards import codes_of, effect
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, OTHER_TOWN, START, TOWN, VILLAGE, World


def open_to(state: CaseState, kind: str, office: str, role: str = "mediator") -> str:
    return actions.refusal(kind, state, office, role)


# --- difficulty: proposed below, confirmed above


@pytest.mark.parametrize(("difficulty", "office", "waits"), [
    ("ordinary", VILLAGE, ""), ("difficult", VILLAGE, "township"), ("difficult", TOWN, ""), ("major", VILLAGE, "county"),
    ("major", TOWN, "county"), ("major", COUNTY, ""),
])
def test_3_3_a_difficulty_is_proposed_below_and_confirmed_by_the_level_entitled(difficulty: str, office: str, waits: str) -> None:
    world = World()
    case = world.register(office).subject
    world.event(case, "case.triaged", {"category": "DC02", "difficulty": difficulty, "risk": 2}, office=office)
    state = world.state(case)
    assert (state.difficulty, state.levels.difficulty_waits) == (difficulty, waits)
    assert (f"difficulty_waits_{waits}" in codes_of(state)) is bool(waits)


def test_a_township_confirms_difficult_and_not_major_and_the_county_may_correct() -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.triaged", {"category": "DC02", "difficulty": "major", "risk": 2})
    assert open_to(world.state(case), "case.difficulty_confirmed", TOWN) == "may_not_confirm"
    assert open_to(world.state(case), "case.difficulty_confirmed", VILLAGE) == "role_not_allowed"
    tried = world.event(case, "case.difficulty_confirmed", {"difficulty": "difficult"}, office=TOWN)
    assert effect(world.state(case), tried), "lowering a major one is the county's too"
    assert open_to(world.state(case), "case.difficulty_confirmed", COUNTY) == ""
    world.event(case, "case.difficulty_confirmed", {"difficulty": "difficult"}, office=COUNTY)
    state = world.state(case)
    assert (state.difficulty, state.levels.difficulty_waits) == ("difficult", "")
    world.event(case, "case.triaged", {"category": "DC02", "difficulty": "difficult", "risk": 2})
    assert world.state(case).levels.difficulty_waits == "", "triage again with the same difficulty stays confirmed"
    other = world.event(case, "case.difficulty_confirmed", {"difficulty": "ordinary"}, office=OTHER_TOWN)
    assert effect(world.state(case), other)


# --- the chain of the grid, down and up


def test_the_village_gives_a_matter_down_to_its_grid_and_it_comes_up_again() -> None:
    world = World()
    case = world.register().subject
    down = world.event(case, "case.grid_assigned", {"to_role": "grid_member", "person": "w01", "text": "DEMO"}, date="2026-03-03")
    state = world.state(case)
    assert (state.grid_asked, state.levels.grid_down, state.grid_steps) == ((down.id,), {down.id}, ())
    world.event(case, "case.grid_taken", {"request": down.id}, role="grid_member", date="2026-03-04")
    state = world.state(case, "2026-03-05")
    assert [(s.role, s.until) for s in state.grid_steps] == [("village_grid_leader", "2026-03-04"), ("grid_member", None)]
    running = {c.kind for c in state.clocks if c.stopped is None and c.kind.startswith("handle_")}
    assert running == {"handle_grid_member"}
    up = world.event(case, "case.grid_passed", {"to_role": "village_grid_leader", "reason": "DEMO"}, role="grid_member",
                     date="2026-03-05")
    world.event(case, "case.grid_taken", {"request": up.id}, role="village_grid_leader", date="2026-03-05")
    assert world.state(case).grid_steps[-1].role == "village_grid_leader"
    returned = world.event(case, "case.grid_assigned", {"to_role": "group_grid_leader"})
    world.event(case, "case.grid_returned", {"request": returned.id, "reason": "DEMO"}, role="group_grid_leader")
    assert world.state(case).grid_asked == ()
    assert effect(world.state(case), world.events[case][-1]) == ""
    above = world.event(case, "case.grid_assigned", {"to_role": "grid_member"}, office=TOWN)
    assert effect(world.state(case), above), "a township assigns to the village, the village to its grid"


def test_the_grid_climbs_to_its_village_before_anybody_asks_the_township() -> None:
    for role in sorted(roles.GRID):
        assert not policy.allows("case.escalate_requested", "village", role)
    assert policy.allows("case.escalate_requested", "village", "village_grid_leader")
    world = World()
    case = world.register(role="grid_member").subject
    old = world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO"}, role="grid_member")
    assert effect(world.state(case), old) == "", "what an earlier version let through keeps its effect"


def test_the_village_supervises_its_grid_and_the_grid_answers_that_alone() -> None:
    world = World()
    case = world.register(role="grid_member").subject
    above = world.event(case, "case.supervision_issued", {"level": "reminder", "text": "DEMO", "to": VILLAGE}, office=TOWN)
    assert open_to(world.state(case), "case.supervision_replied", VILLAGE, "grid_member") == "no_such_supervision"
    wrong = world.event(case, "case.supervision_replied", {"of": above.id, "text": "DEMO"}, role="grid_member")
    assert effect(world.state(case), wrong)
    own = world.event(case, "case.grid_supervised", {"level": "warning", "text": "DEMO"}, role="village_grid_leader")
    assert open_to(world.state(case), "case.supervision_replied", VILLAGE, "grid_member") == ""
    world.event(case, "case.supervision_replied", {"of": own.id, "text": "DEMO"}, role="grid_member")
    judged = world.event(case, "case.supervision_judged", {"of": above.id, "accepted": True})
    assert effect(world.state(case), judged), "who asked judges"
    world.event(case, "case.supervision_judged", {"of": own.id, "accepted": True}, role="village_grid_leader")
    verdicts = {s.event: s.verdict for s in world.state(case).supervisions}
    assert verdicts == {above.id: "", own.id: "accepted"}
    assert not policy.allows("case.grid_supervised", "township", "supervisor")


# --- bounced twice


def bounced(world: World) -> str:
    case = world.register(TOWN).subject
    for _ in range(2):
        given = world.event(case, "case.assigned", {"to": VILLAGE}, office=TOWN)
        world.event(case, "case.assignment_returned", {"assignment": given.id, "reason": "DEMO"})
    return case


def test_d1_after_two_returns_only_the_dispatcher_assigns() -> None:
    world = World()
    case = bounced(world)
    assert open_to(world.state(case), "case.assigned", TOWN) == "dispatcher_needed"
    third = world.event(case, "case.assigned", {"to": NEIGHBOUR}, office=TOWN)
    state = world.state(case)
    assert effect(state, third)
    assert (state.custody.pending, next(f.review for f in state.findings if f.code == "third_assignment")) == (None, True)
    assert open_to(state, "case.assignment_acknowledged", NEIGHBOUR) == "nothing_pending"
    assert open_to(state, "case.assigned", COUNTY, "dispatcher") == ""
    decided = world.event(case, "case.assigned", {"to": NEIGHBOUR}, office=COUNTY, role="dispatcher")
    world.event(case, "case.assignment_acknowledged", {"assignment": decided.id}, office=NEIGHBOUR)
    assert world.state(case).holder == NEIGHBOUR


def test_a_third_assignment_that_an_earlier_version_acknowledged_keeps_its_effect() -> None:
    world = World()
    case = bounced(world)
    third = world.event(case, "case.assigned", {"to": NEIGHBOUR}, office=TOWN)
    world.event(case, "case.assignment_acknowledged", {"assignment": third.id}, office=NEIGHBOUR)
    assert world.state(case).holder == NEIGHBOUR
    assert "third_assignment" in codes_of(world.state(case))


# --- recall by request


def test_a_township_asks_for_a_recall_and_the_county_decides() -> None:
    assert not policy.allows("case.recalled", "township", "judicial_officer")
    world = World()
    case = world.register().subject
    first = world.event(case, "case.recall_requested", {"reason": "DEMO"}, office=TOWN)
    state = world.state(case)
    assert (state.holder, [a.office for a in state.levels.recall_asked]) == (VILLAGE, [TOWN])
    assert "recall_requested" in codes_of(state)
    assert open_to(state, "case.recall_requested", TOWN) == "already_done"
    world.event(case, "case.recall_declined", {"request": first.id, "reason": "DEMO"}, office=COUNTY)
    assert world.state(case).levels.recall_asked == ()
    world.event(case, "case.recall_requested", {"reason": "DEMO"}, office=TOWN)
    world.event(case, "case.recalled", {"reason": "DEMO", "to": TOWN}, office=COUNTY)
    state = world.state(case)
    assert (state.holder, state.levels.recall_asked) == (TOWN, ())
    assert "recall_requested" not in codes_of(state)
    elsewhere = world.event(case, "case.recall_requested", {"reason": "DEMO"}, office=OTHER_TOWN)
    assert effect(world.state(case), elsewhere)


# --- merging


@pytest.mark.parametrize(("other", "office", "why"), [
    (NEIGHBOUR, TOWN, ""), ("150822101200", TOWN, "other_town"), ("150822101200", COUNTY, ""), (VILLAGE, COUNTY, ""),
])
def test_a_township_merges_within_its_town_and_the_county_across_towns(other: str, office: str, why: str) -> None:
    world = World()
    mine, theirs = world.state(world.register().subject), world.state(world.register(other).subject)
    assert actions.merging(mine, theirs, office) == why


def test_a_case_is_merged_only_into_another_that_is_here_and_goes_on() -> None:
    world = World()
    mine, theirs = world.state(world.register().subject), world.state(world.register().subject)
    assert actions.merging(mine, None, TOWN) == "no_such_case"
    assert actions.merging(mine, mine, TOWN) == "own_case"
    assert actions.merging(mine, replace(theirs, merged_into="X"), TOWN) == "merged_away"


# --- reopening and the archive


def ended(world: World, *, archived: bool = False) -> str:
    case = world.register().subject
    world.event(case, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]})
    if archived:
        world.event(case, "case.archived", {"documents": ["D03"]}, office=TOWN)
    return case


@pytest.mark.parametrize("archived", [False, True])
def test_7_2_a_party_who_objects_opens_an_ended_case_again(archived: bool) -> None:
    world = World()
    case = ended(world, archived=archived)
    assert open_to(world.state(case), "case.party_objected", VILLAGE, "party") == ""
    world.event(case, "case.party_objected", {"party": 1, "text": "DEMO"}, date="2026-03-20")
    state = world.state(case)
    assert (state.state, state.closed_on, state.outcome) == ("mediating", None, "")
    assert "reopened_by_objection" in codes_of(state)
    assert [c.start_date for c in state.clocks if c.kind == "mediation"] == ["2026-03-20"]
    assert open_to(state, "case.party_objected", VILLAGE, "party") == "wrong_state"


def test_a_complaint_about_an_ended_case_is_an_objection() -> None:
    world = World()
    case = world.mediating().subject
    agreement = world.agree(case, form="oral", fields={"performed_on_spot": True, "signatures": []})
    world.event(case, "case.visited", {"method": "phone", "result": "performed"}, actor="visitor")
    assert world.state(case).state == "closed"
    world.event(case, "case.performance_disputed", {"of": agreement.id, "item": 0, "party": 0, "text": "DEMO"})
    state = world.state(case)
    assert (state.is_open, state.agreement.items[0].disputed) == (True, True)


def test_an_archived_case_is_reopened_by_its_holder() -> None:
    world = World()
    case = ended(world, archived=True)
    assert open_to(world.state(case), "case.reopened", VILLAGE) == ""
    world.event(case, "case.reopened", {"reason": "other"})
    assert world.state(case).is_open


def accepted_and_withdrawn(world: World) -> str:
    case = world.mediating().subject
    world.event(case, "case.withdrawn", {"party": 0})
    world.event(case, "case.closed", {"outcome": "withdrawn"})
    return case


def test_archive_only_with_the_must_documents_or_a_note_that_says_why_not() -> None:
    world = World()
    case = accepted_and_withdrawn(world)
    assert open_to(world.state(case), "case.archived", TOWN) == "documents_lacking"
    world.event(case, "case.record_added", {"document": "D15", "text": "DEMO 当事人未提供身份证明"})
    assert open_to(world.state(case), "case.archived", TOWN) == ""
    settled = ended(world)
    assert open_to(world.state(settled), "case.archived", TOWN) == ""


def test_a_file_archived_by_an_earlier_version_without_its_papers_is_named() -> None:
    world = World()
    case = accepted_and_withdrawn(world)
    old = world.event(case, "case.archived", {"documents": []}, office=TOWN)
    state = world.state(case)
    assert (effect(state, old), state.state) == ("", "archived")
    assert "archived_incomplete" in codes_of(state)


# --- A10: transfer


def sent(world: World, **fields: str) -> tuple[str, Event]:
    case = world.mediating().subject
    return case, world.event(case, "case.transferred_out", {"to": "to_arbitration", "body": "DEMO", **fields}, date="2026-03-05")


def mediation(state: CaseState) -> tuple[str | None, str]:
    return next((c.stopped, c.state) for c in state.clocks if c.kind == "mediation")


def test_7_2_the_clock_of_a_transferred_case_stops_on_its_receipt() -> None:
    world = World()
    case, _ = sent(world)
    assert (world.state(case).state, mediation(world.state(case, "2026-05-01"))) == ("transferred", (None, "overdue"))
    assert open_to(world.state(case), "case.transfer_received", VILLAGE) == ""
    world.event(case, "case.transfer_received", {"receipt_on": "2026-03-12"})
    state = world.state(case, "2026-05-01")
    assert (mediation(state), state.levels.receipt_on) == (("2026-03-12", "stopped"), "2026-03-12")
    assert open_to(state, "case.transfer_received", VILLAGE) == "wrong_state"
    world, at_once = World(), None
    at_once, _ = sent(world, receipt_on=START)
    assert mediation(world.state(at_once))[0] == START
