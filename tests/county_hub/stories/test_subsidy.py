"""The per-case subsidy end to end: amounts from the county's table, one dispute once, shared work, cap, notice, payment."""

from __future__ import annotations

import json

import pytest

from shared.disputes.advice import same_dispute, subsidy
from tests.support.county_hub.scratch_county import COUNTY_OFFICER, LEADER, MEDIATOR, OFFICER, ScratchCounty, day, sets
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, World

TABLE = {"amount_fen": {"simple": 5000, "ordinary": 10000, "difficult": 30000, "major": 60000}, "yearly_cap_fen": 8000,
         "papers": {"simple": ["D03"]}, "source": "DEMO 县财政局"}


@pytest.fixture
def county(tmp_path):
    made = ScratchCounty(tmp_path)
    (tmp_path / "table.json").write_text(json.dumps(TABLE), "utf-8")
    made.hub("rules", "table", "HOME", "subsidy", tmp_path / "table.json")
    made.sync()
    return made


def settled(county, *claimants: str, **fields) -> str:
    case = county.register(**{"difficulty": "simple", **fields})
    county.village("case", "settle-on-spot", case, "--as", LEADER, *sets(agreed_by=[0, 1], text="DEMO 当场和好"))
    for mediator in claimants:
        county.village("case", "apply-subsidy", case, "--as", LEADER, *sets(mediator=mediator, grade="simple"))
    return case


def checked_and_graded(county, *cases: str) -> None:
    county.sync()
    for case in cases:
        county.town("case", "check-subsidy", case, "--as", OFFICER, "--set", "passed=true")
    county.sync()
    for case in cases:
        county.hub("case", "grade-subsidy", case, "--as", COUNTY_OFFICER)


def agreed(world: World) -> str:
    case = world.mediating().subject
    world.agree(case, form="oral", fields={"performed_on_spot": True, "signatures": []})
    return case


def lines(county, verb="compute"):
    return {line["case"]: line for line in county.hub("subsidy", verb, "--period", day(0)[:4], "--json")["lines"]}


def test_one_dispute_registered_twice_is_paid_once_and_a_person_may_say_they_are_two(county) -> None:
    first, again = settled(county, MEDIATOR), settled(county, LEADER)
    other = settled(county, MEDIATOR, parties=[{"name": "演示丙"}, {"name": "演示丁", "role": "respondent"}])
    checked_and_graded(county, first, again, other)
    found = lines(county)
    assert found[first]["dispute"] == found[again]["dispute"] == sorted([first, again])
    assert (found[first]["amount_fen"], found[again]["amount_fen"], found[other]["amount_fen"]) == (5000, 0, 3000)     # the cap
    assert found[again]["lacking"] == ["一案一补，未重复申请"]
    assert len(county.hub("subsidy", "publicise", "--period", day(0)[:4], "--as", COUNTY_OFFICER, "--end", day(0), "--json")) == 2
    assert county.hub("subsidy", "approve", "--period", day(0)[:4], "--as", COUNTY_OFFICER, "--json") == []     # notice runs
    county.hub("case", "dismiss-duplicate", again, "--as", COUNTY_OFFICER, *sets(other=first, reason="DEMO 两起纠纷"))
    assert lines(county)[again]["amount_fen"] == 5000
    table = county.hub("subsidy", "table", "HOME")
    assert (table["from"], table["source"], table["amount_fen"]["simple"]) == ("table", "DEMO 县财政局", 5000)


def test_after_the_notice_the_computed_amount_is_approved_and_paid(county) -> None:
    case = settled(county, MEDIATOR)
    checked_and_graded(county, case)
    county.hub("case", "publicise-subsidy", case, "--as", COUNTY_OFFICER, *sets(start=day(-8), end=day(-1)))
    period = day(0)[:4]
    act = ("--period", period, "--as", COUNTY_OFFICER, "--json")
    assert [line["case"] for line in county.hub("subsidy", "approve", *act)] == [case]
    assert county.hub("subsidy", "approve", *act) == []
    paid = county.hub("subsidy", "pay", *act)
    assert [(line["case"], line["amount_fen"], line["parts"]) for line in paid] == [(case, 5000, {MEDIATOR: 5000})]
    listed = county.hub("subsidy", "list", "--period", period, "--state", "paid", "--json")
    assert (listed["total_fen"], listed["mediators"]) == (5000, {MEDIATOR: 5000})
    assert county.hub("subsidy", "list", "--period", "2019-H1", "--json")["lines"] == []
    assert "2026-H1" in county.hub("subsidy", "list", "--period", "soon", fails=True)


def test_a_dispute_that_comes_back_within_twelve_months_is_the_same_and_joint_handling_is_shared() -> None:
    world = World()
    case, later = agreed(world), world.register(date="2026-10-02").subject
    strangers = world.register(date="2026-10-02", parties=[{"name": "演示丙"}, {"name": "演示乙", "role": "respondent"}]).subject
    states = {id: world.state(id) for id in (case, later, strangers)}
    assert same_dispute.why_same(states[case], states[later], 12) == "again"
    assert same_dispute.why_same(states[case], states[later], 6) == ""
    assert same_dispute.why_same(states[case], states[strangers], 12) == ""
    near = world.register(date="2026-03-20", parties=[{"name": "演示戊"}, {"name": "演示乙", "role": "respondent"}]).subject
    assert same_dispute.why_same(states[case], world.state(near), 12) == "split"
    other_village = world.register(NEIGHBOUR, date="2026-03-20").subject
    assert same_dispute.why_same(states[case], world.state(other_village), 12) == ""
    world.event(later, "case.accepted", {"committee": "DEMO", "mediators": ["m2"], "rights_told": True, "parties_willing": True})
    for _ in range(2):
        world.event(later, "case.session_held", {"place": "DEMO", "mediators": ["m2"], "rights_told": True})
    shares = same_dispute.shares([world.state(case), world.state(later)], ["m1"])
    assert sum(shares.values()) == 100
    assert shares["m2"] > shares["m1"] > 0


def test_the_one_that_is_paid_keeps_the_right_and_a_rejected_claim_gives_it_back() -> None:
    world = World()
    first, second = agreed(world), agreed(world)
    for case, date in ((first, "2026-04-02"), (second, "2026-04-01")):
        world.event(case, "case.subsidy_applied", {"mediator": "m1", "grade": "simple"}, date=date)
    both = [world.state(first), world.state(second)]
    assert same_dispute.entitled(both) == second                     # the earlier claim
    rules = subsidy.table()
    once = {c.id: next(k for k in subsidy.checks(c, "simple", rules, [o for o in both if o is not c]) if k.code == "once").passed
            for c in both}
    assert once == {first: False, second: True}
    world.event(second, "case.subsidy_decided", {"approved": False}, office=COUNTY, role="dispatcher", date="2026-04-03")
    assert same_dispute.entitled([world.state(first), world.state(second)]) == first
