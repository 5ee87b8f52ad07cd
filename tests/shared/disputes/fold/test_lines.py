"""A fold asks the directory who is over whom: ids with digits that say otherwise, towns that were merged, villages that moved."""

from __future__ import annotations

from typing import Any

from shared.disputes.acts.actions import refusal
from shared.disputes.acts.tasks import tasks
from shared.disputes.case.state import CaseState
from shared.disputes.fold.findings import adjudicator
from shared.disputes.kinds import policy
from shared.disputes.records import aggregates
from shared.disputes.rules.county import CountyRules, county_rules
from tests.shared.ledger.published.test_lineage import BUREAU, COUNTY, OTHER, TOWN, VILLAGE, directory, moved
from tests.support.shared.domain_events import World

HANDED = {"reason": "DEMO 请求办理"}
AFTER = "2027-02-01"


def role(level: str) -> str:
    """One that may assign there."""
    return min(policy.TABLE["case.assigned"][level])


def folded(world: World, case: str, ours: CountyRules) -> CaseState:
    return world.state(case, rules=ours.rules, calendar=ours.calendar)


def ours(*more: Any, today: str = AFTER) -> CountyRules:
    return county_rules(directory(*more, today=today))


def test_a_bureau_with_the_digits_of_a_village_acts_with_the_rank_of_the_county() -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.assigned", {"to": BUREAU, "text": "DEMO 交办"}, office=COUNTY, role="dispatcher")
    world.event(case, "case.risk_raised", {"level": 4, "reason": "DEMO"}, office=COUNTY, role="dispatcher")
    world.event(case, "case.risk_lowered", {"level": 1, "reason": "DEMO"}, office=BUREAU, role="dispatcher")
    assert folded(world, case, ours()).risk.level == 1
    assert world.state(case).risk.level == 4, "by its digits it is a village, which may not"
    assert folded(world, case, ours()).custody.pending.to_office == BUREAU  # type: ignore[union-attr]


def test_an_organ_does_not_become_a_towns_by_its_digits() -> None:
    world = World()
    case = world.register(BUREAU).subject
    world.event(case, "case.assigned", {"to": VILLAGE, "text": "DEMO"}, office=TOWN, role="dispatcher")
    assert folded(world, case, ours()).custody.pending is None
    state = folded(world, case, ours())
    assert refusal("case.assigned", state, TOWN, role("township"), directory()) == "may_not_assign"
    assert refusal("case.recalled", state, COUNTY, role("county"), directory()) == "not_above", "it is of the county's level"


def test_a_village_that_moved_hands_up_to_its_new_town_and_keeps_what_it_handed_to_the_old_one() -> None:
    world = World()
    old = world.register(date="2026-03-02").subject
    world.event(old, "case.escalate_requested", {"to": TOWN, **HANDED}, date="2026-03-03")
    world.event(old, "case.escalate_accepted", {"request": world.events[old][-1].id}, office=TOWN, role="dispatcher",
                date="2026-03-04")
    new = world.register(date="2027-01-10").subject
    world.event(new, "case.escalate_requested", {"to": OTHER, **HANDED}, date="2027-01-11")
    reform = ours(*moved())
    assert folded(world, new, ours()).custody.pending is None, "without the reform that town is a stranger"
    assert folded(world, new, reform).custody.pending.to_office == OTHER  # type: ignore[union-attr]
    assert folded(world, old, reform).holder == TOWN, "the past is not rewritten"
    assert folded(world, old, reform).custody == folded(world, old, ours()).custody


def test_a_hand_over_to_the_old_town_by_a_tablet_that_did_not_know_keeps_its_effect() -> None:
    world = World()
    case = world.register(date="2027-01-10").subject
    world.event(case, "case.escalate_requested", {"to": TOWN, **HANDED}, date="2027-01-11")
    state = folded(world, case, ours(*moved()))
    assert state.custody.pending.to_office == TOWN  # type: ignore[union-attr]
    assert [line.note for line in world.state(case, rules=ours(*moved()).rules).timeline if line.note] == []


def test_the_counter_offers_to_who_is_above_today_alone() -> None:
    world = World()
    case = world.register(date="2027-01-10").subject
    state, latest = folded(world, case, ours(*moved())), directory(*moved(), today=AFTER)
    said = {office: refusal("case.assigned", state, office, role(latest.lineage.level_of(office)), latest)
            for office in (TOWN, OTHER, COUNTY)}
    assert said == {TOWN: "may_not_assign", OTHER: "", COUNTY: ""}


def test_the_one_who_decides_is_over_all_concerned_today() -> None:
    before, after = directory().lineage, directory(*moved(), today=AFTER).lineage
    both = frozenset({VILLAGE, "150822100201"})
    assert (adjudicator(both, before), adjudicator(both, after)) == (TOWN, COUNTY)
    world = World()
    case = world.register(BUREAU).subject
    world.event(case, "case.recall_requested", {"reason": "DEMO"}, office=COUNTY, role="dispatcher")
    asked = [task.adjudicator for task in tasks(folded(world, case, ours()), "", directory().lineage) if task.verb == "recall"]
    assert asked == [], "it is of the county's level"


def test_a_fold_is_the_same_in_any_order_under_any_directory() -> None:
    world = World()
    case = world.register(date="2026-12-20").subject
    world.event(case, "case.escalate_requested", {"to": OTHER, **HANDED}, date="2026-12-21")
    world.event(case, "case.escalate_accepted", {"request": world.events[case][-1].id}, office=OTHER, role="dispatcher",
                date="2026-12-22")
    for reform in (ours(), ours(*moved()), ours(*moved("2026-12-01"))):
        expected = folded(world, case, reform)
        world.events[case].reverse()
        assert folded(world, case, reform) == expected


def test_a_review_is_answered_by_whoever_is_or_was_above_the_organ_that_handled_it() -> None:
    world, at_county = World(), {"office": COUNTY, "role": "dispatcher", "date": "2027-01-10"}
    subject = world.event(None, "petition.registered", {
        "number": f"{COUNTY}-2027-000-0001-0", "channel": "online", "form": "online", "category": "other",
        "place": {"office": VILLAGE}, "summary": "DEMO"}, **at_county).subject
    for kind, body, office in (
            ("petition.forwarded", {"to": VILLAGE}, COUNTY), ("petition.accepted", {}, VILLAGE),
            ("petition.answered", {"answer": "opinion", "text": "DEMO"}, VILLAGE),
            ("petition.review_requested", {"stage": "review"}, VILLAGE),
            ("petition.review_answered", {"stage": "review", "upheld": True}, OTHER)):
        world.event(subject, kind, body, office=office, role="dispatcher" if office != VILLAGE else "mediator", date="2027-01-10")
    state = {name: aggregates.fold("petition", world.events[subject], made).state
             for name, made in (("before", ours()), ("after", ours(*moved())))}
    assert state == {"before": "reviewing", "after": "reviewed"}
