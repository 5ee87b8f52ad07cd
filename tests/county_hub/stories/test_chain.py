"""One report up all five steps by commands: grid member, group leader, village leader, township, county; each hand-over returned
once, then taken; custody and time limits visible on the way."""

from __future__ import annotations

import pytest

from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE
from tests.support.county_hub.scratch_county import CLERK, COUNTY_OFFICER, GROUP, LEADER, MEMBER, OFFICER, ScratchCounty, day


@pytest.fixture
def county(tmp_path):
    return ScratchCounty(tmp_path)


def links(way):
    return [(link["level"], link["actor"], link["until"] is None) for link in way]


def test_a_report_climbs_five_steps_each_returned_once_then_taken_with_its_time_limit(county) -> None:
    case = county.register(MEMBER, difficulty="simple")
    way = county.village("case", "chain", case)
    assert links(way) == [("grid_member", MEMBER, True)]
    assert way[0]["due_date"] >= day(2)

    def step(verb: str, staff: str, reason: str = "", **more: str):
        given = {**({"reason": reason} if reason else {}), **more}
        options = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
        return county.village("case", verb, case, "--as", staff, *options)

    for role, staff in (("group_grid_leader", GROUP), ("village_grid_leader", LEADER)):
        asker = MEMBER if staff == GROUP else GROUP
        step("pass-up-grid", asker, "DEMO 劝不动", to_role=role)
        waiting = county.village("case", "chain", case)[-1]["asked"][-1]
        assert (waiting["to"], waiting["answer"]) == (role, "")
        assert waiting["due_date"] >= day(1)
        assert any(a["kind"] == "grid_ack" for a in county.village("alarms", "HOME", "--today", day(9), "--json"))
        step("return-to-grid", staff, "DEMO 再谈一次")
        step("pass-up-grid", asker, "DEMO 谈过仍不行", to_role=role)
        assert "另一级网格" in county.village("case", "take-from-grid", case, "--as", CLERK, fails=True)
        step("take-from-grid", staff)
    way = county.village("case", "chain", case)
    assert links(way) == [
        ("grid_member", MEMBER, False), ("group_grid_leader", GROUP, False), ("village_grid_leader", LEADER, True)]
    assert [(a["answer"], a["answer_reason"]) for a in way[0]["asked"]] == [("returned", "DEMO 再谈一次"), ("accepted", "")]
    step("escalate", LEADER, "DEMO 超出本村能力")
    county.sync()
    county.town("case", "return-escalation", case, "--as", OFFICER, "--set", "reason=DEMO 请先调查")
    county.sync()
    assert county.village("case", "chain", case)[-1]["asked"][-1]["answer"] == "returned"
    step("escalate", LEADER, "DEMO 已调查")
    county.sync()
    county.town("case", "accept-escalation", case, "--as", OFFICER)
    county.town("case", "escalate", case, "--as", OFFICER, "--set", "reason=DEMO 跨镇")
    county.sync()
    county.hub("case", "return-escalation", case, "--as", COUNTY_OFFICER, "--set", "reason=DEMO 补材料")
    county.sync()
    county.town("case", "escalate", case, "--as", OFFICER, "--set", "reason=DEMO 已补")
    county.sync()
    county.hub("case", "accept-escalation", case, "--as", COUNTY_OFFICER)
    county.sync()
    way = county.hub("case", "chain", case)
    assert [(link["level"], link["office"]) for link in way] == [
        ("grid_member", VILLAGE), ("group_grid_leader", VILLAGE), ("village_grid_leader", VILLAGE), ("township", TOWN),
        ("county", COUNTY)]
    assert [link["until"] is None for link in way] == [False, False, False, False, True]
    assert [[a["answer"] for a in link["asked"]] for link in way] == [["returned", "accepted"]] * 4 + [[]]
    assert all(link["due_date"] for link in way)
    assert [link["state"] for link in way] == ["stopped"] * 4 + ["running"]
    assert county.village("case", "chain", case) == county.town("case", "chain", case) == way
