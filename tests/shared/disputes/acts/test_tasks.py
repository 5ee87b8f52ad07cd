"""What a case shows and asks of people: the six haves by name, tasks with adjudicator and day, an office's figures."""

from __future__ import annotations

import pytest

from shared.disputes.acts.tasks import order, tasks
from shared.disputes.case.checklist import six_haves
from shared.disputes.figures import own as figures_own
from shared.disputes.figures.facts import Facts
from shared.disputes.figures.single import CaseFact, ClockFact
from shared.disputes.rules.helpers import pool
from shared.ledger.published.lineage import FOUNDED
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, OTHER_TOWN, TOWN, VILLAGE, World


def have(world: World, case: str, code: str) -> tuple[bool, str]:
    return next((h.has, h.shown) for h in six_haves(world.state(case), lambda id: f"<{id}>") if h.code == code)


# --- B5: the six haves


def test_1_1_the_guiding_judge_is_named_by_himself_or_by_who_noted_his_guidance() -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.note_added", {"text": "DEMO", "about": "judge_guidance"})
    assert have(world, case, "judge") == (False, ""), "a mediator's note that names no judge is no judge"
    world.event(case, "case.note_added", {"text": "DEMO", "about": "judge_guidance", "adviser": "DEMO 法官甲"})
    assert have(world, case, "judge") == (True, "<DEMO 法官甲>")
    world.event(case, "case.note_added", {"text": "DEMO"}, office=COUNTY, role="judge", actor="j1")
    assert have(world, case, "judge") == (True, "<DEMO 法官甲>、<j1>")
    assert have(world, case, "handler") == (True, "<m1>")


def test_1_1_who_took_part_in_a_session_is_named_among_the_social_forces() -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.session_held", {"place": "DEMO", "mediators": ["m1"], "rights_told": True, "participants": [
        {"name": "DEMO 老支书", "role": "invited", "consented": True}, {"name": "DEMO 法官乙", "role": "guiding_judge"}]})
    assert have(world, case, "social") == (True, "<DEMO 老支书>")
    assert have(world, case, "judge") == (True, "<DEMO 法官乙>")


def test_the_villages_pool_of_helpers_counts_by_kind_and_no_interpreter_is_one() -> None:
    world = World()
    case = world.mediating().subject
    session = {"place": "DEMO", "mediators": ["m1"], "rights_told": True}
    world.event(case, "case.session_held", {**session, "participants": [
        {"name": "DEMO 翻译", "role": "interpreter"}, {"name": "DEMO 代表", "role": "representative"},
        {"name": "DEMO 未获同意", "role": "invited", "consented": False, "helper": "elder"}]})
    assert have(world, case, "social") == (False, "")
    met = world.event(case, "case.session_held", {**session, "participants": [
        {"name": "DEMO 老支书", "role": "invited", "consented": True, "helper": "elder"},
        {"name": "DEMO 警官", "role": "invited", "consented": True, "helper": "police_officer"}]}, date="2026-03-05")
    assert have(world, case, "social") == (True, "五老人员 <DEMO 老支书>、警官 <DEMO 警官>")
    assert met.schema == 2
    table = {VILLAGE: [{"name": "DEMO 明白人", "kind": "law_literate"}, "broken"],
             TOWN: [{"name": "DEMO 代表委员", "kind": "delegate"}], NEIGHBOUR: [{"name": "DEMO 邻村", "kind": "elder"}]}
    assert [(one.name, one.kind) for one in pool(table, VILLAGE, FOUNDED)] == [
        ("DEMO 明白人", "law_literate"), ("DEMO 代表委员", "delegate")]


# --- B10: tasks


def asked(world: World, case: str, office: str = "") -> list[tuple[str, str, str | None, str, str]]:
    return [(t.code, t.adjudicator, t.due, t.verb, t.needs) for t in order(list(tasks(world.state(case), office)))]


def test_a_finding_waits_for_its_adjudicator_two_working_days() -> None:
    world = World()
    case = world.register(category="DC07", subcategory="ownership").subject
    world.event(case, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]}, date="2026-03-05")
    assert asked(world, case) == [("excluded_settled", TOWN, "2026-03-09", "resolve_review", "")]
    assert asked(world, case, COUNTY) == []
    found = world.state(case).findings[0]
    world.event(case, "case.review_resolved", {
        "finding": found.code, "events": list(found.events), "decision": "confirmed", "text": "DEMO"}, office=TOWN)
    assert asked(world, case) == []


def test_what_other_levels_ask_waits_for_the_level_that_decides() -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.triaged", {"category": "DC02", "difficulty": "major", "risk": 2})
    world.event(case, "case.recall_requested", {"reason": "DEMO"}, office=TOWN)
    assert {line[:2] for line in asked(world, case)} == {("difficulty_waits_county", COUNTY), ("recall_requested", COUNTY)}
    world.event(case, "case.triaged", {"category": "DC02", "difficulty": "difficult", "risk": 2})
    assert ("difficulty_waits_township", TOWN, None, "confirm_difficulty", "") in asked(world, case, TOWN)


def test_hand_overs_and_supervisions_wait_with_their_day_until_answered() -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO"}, date="2026-03-03")
    issued = world.event(case, "case.supervision_issued", {"level": "reminder", "text": "DEMO", "to": VILLAGE}, office=TOWN,
                         date="2026-03-03")
    assert asked(world, case, TOWN) == [("escalate", TOWN, "2026-03-04", "accept_escalation", "")]
    assert asked(world, case, VILLAGE) == [("supervision_reply", VILLAGE, "2026-03-06", "supervise_reply", "")]
    world.event(case, "case.supervision_replied", {"of": issued.id, "text": "DEMO"})
    assert asked(world, case, VILLAGE) == []
    assert ("supervision_judge", TOWN, None, "judge_supervision", "") in asked(world, case, TOWN)


def test_a_third_assignment_waits_for_the_dispatcher_and_a_dismissed_mediators_agreement_for_the_chair() -> None:
    world = World()
    case = world.register(TOWN).subject
    for _ in range(3):
        given = world.event(case, "case.assigned", {"to": VILLAGE}, office=TOWN)
        world.event(case, "case.assignment_returned", {"assignment": given.id, "reason": "DEMO"})
    assert [(line[0], line[1], line[3], line[4]) for line in asked(world, case)] == [
        ("third_assignment", COUNTY, "assign", "dispatcher")]
    world = World()
    case = world.mediating().subject
    before = list(world.events[case])
    world.agree(case)
    world.event(case, "case.mediator_removed", {"mediator": f"s{VILLAGE}", "removed_on": "2026-03-01"}, office=COUNTY,
                after=[before[-1]])
    assert [(line[0], line[1], line[4]) for line in asked(world, case)] == [("mediator_removed", VILLAGE, "chair")]


# --- statistics per level


def facts() -> Facts:
    cases = tuple(CaseFact(f"c{n}", "2026-02-01", office, office, "DC02", office, "closed", accepted_on="2026-02-02")
                  for n, office in enumerate([VILLAGE] * 2 + [NEIGHBOUR] * 4 + [OTHER_TOWN]))
    return Facts(cases, clocks=tuple(ClockFact(case.id, "acceptance", "2026-02-05", "2026-02-02") for case in cases))


@pytest.mark.parametrize(("office", "handled", "published"), [(VILLAGE, 2, False), (TOWN, 6, True), (OTHER_TOWN, None, True)])
def test_7_3_a_village_sees_its_own_figures_and_a_township_publishes_its_towns_without_small_cells(
    office: str, handled: int | None, published: bool
) -> None:
    made = figures_own.view(facts(), office, 2026, "2026-11-23")
    row = made["indicators"]["disputes_handled"]
    assert (row["numerator"], row["suppressed"], made["published"]) == (handled, handled is None, published)
    assert {clock.subject for clock in figures_own.within(facts(), office).clocks} == {
        case.id for case in figures_own.within(facts(), office).cases}
