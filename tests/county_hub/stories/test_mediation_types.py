"""Kinds of mediation by command: a village's own committee alone, and a change to the government by an act of both."""

from __future__ import annotations

import pytest

from tests.support.county_hub.hub_support import TOWN
from tests.support.county_hub.scratch_county import CLERK, MEDIATOR, OFFICER, ScratchCounty, day, sets


@pytest.fixture
def county(tmp_path):
    return ScratchCounty(tmp_path)


def shown(county, case):
    county.sync()
    return county.hub("case", "show", case, "--json")


def test_a_case_goes_from_the_villages_committee_to_the_government_when_both_have_acted_and_all_consent(county) -> None:
    case = county.register(difficulty="simple")
    county.village("case", "triage", case, "--as", CLERK, *sets(difficulty="simple", risk=1))
    accept = ("case", "accept", case, "--as", MEDIATOR, *sets(rights_told="true", parties_willing="true"))
    refused = county.village(*accept, *sets(committee="DEMO 随便写的调委会"), fails=True)
    assert "人民调解委员会”主持，不能写“DEMO 随便写的调委会”" in refused
    county.village(*accept)
    accepted = shown(county, case)
    assert "人调字" in accepted["file_no"]
    change = ("case", "change-type", case, "--as", MEDIATOR, *sets(mediation_type="administrative", reason="DEMO 涉及草场权属"))
    both = [{"party": party["no"], "signed_on": day(0)} for party in accepted["parties"]]
    assert "镇级、县级" in county.village(*change, *sets(consents=both), fails=True)
    assert "还缺" in county.village(*change, *sets(to=TOWN, consents=both[:1]), fails=True)
    county.village(*change, *sets(to=TOWN, consents=both))
    waiting = shown(county, case)
    assert (waiting["mediation_type"], waiting["choice"]["type_asked"]["to"]) == ("people", TOWN)
    county.town("case", "take-type", case, "--as", OFFICER)
    taken = shown(county, case)
    assert (taken["mediation_type"], taken["custody"]["holder"]) == ("administrative", TOWN)
    assert "行调字第1号" in taken["file_no"]
    assert taken["committee"] == waiting["choice"]["type_asked"]["body"]
    assert any(clock["kind"] == "mediation_administrative" and clock["stopped"] is None for clock in taken["clocks"])
