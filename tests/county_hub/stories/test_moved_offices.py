"""Divisions reformed by the two programs' own commands: a village comes below another town, towns are merged, an office has an
id that looks like another level's."""

from __future__ import annotations

from pathlib import Path

import pytest

from county_hub.hub.founding import make_databases
from shared.ledger.published.directory_heads import change
from shared.ledger.published.offices import Office, Organisation
from tests.support.county_hub.hub_support import COUNTY, NEIGHBOUR, OTHER_TOWN, TOWN, VILLAGE, opened
from tests.support.county_hub.scratch_county import (
    CLERK,
    COUNTY_OFFICER,
    MEDIATOR,
    OFFICER,
    OTHER_OFFICER,
    ScratchCounty,
    day,
    sets,
)

BUREAU = "150822100299"         # of the county's level; by its digits a village of TOWN


@pytest.fixture
def county(tmp_path: Path) -> ScratchCounty:
    return ScratchCounty(tmp_path)


def holder(county: ScratchCounty, office: str, case: str) -> str:
    return str(county.at(office, "case", "show", case)["row"]["holder"])


def hand_up(county: ScratchCounty, case: str, to: str, officer: str) -> None:
    county.village("case", "escalate", case, "--as", MEDIATOR, *sets(to=to, reason="DEMO 请镇里办理"))
    county.sync()
    county.at(to, "case", "accept-escalation", case, "--as", officer)
    county.sync()


def test_a_village_that_moved_hands_up_to_its_new_town_and_the_old_one_keeps_what_it_has(county: ScratchCounty) -> None:
    taken, open_here = county.register(), county.register(summary="DEMO 搬迁前的另一件")
    hand_up(county, taken, TOWN, OFFICER)
    said = county.village("case", "escalate", open_here, "--as", MEDIATOR, *sets(to=OTHER_TOWN, reason="DEMO"), fails=True)
    assert said, "another town is not above it"
    county.hub("office", "move", VILLAGE, "--to", OTHER_TOWN, "--from", day(0))
    county.sync()
    assert (holder(county, TOWN, taken), holder(county, VILLAGE, taken)) == (TOWN, TOWN), "the past is not rewritten"
    assert county.village("case", "escalate", open_here, "--as", MEDIATOR, *sets(to=TOWN, reason="DEMO"), fails=True)
    hand_up(county, open_here, OTHER_TOWN, OTHER_OFFICER)
    assert {holder(county, office, open_here) for office in (VILLAGE, OTHER_TOWN)} == {OTHER_TOWN}
    assert county.hub("case", "show", open_here, "--json")["holder"] == OTHER_TOWN
    new = county.register(summary="DEMO 搬迁后登记")
    county.sync()
    assert holder(county, OTHER_TOWN, new) == VILLAGE, "what begins now is seen by the new town"
    assert county.town("case", "show", new)["row"]["holder"] == VILLAGE, "and by the old one, which ever lay above"
    listed = county.hub("case", "list", "--office", OTHER_TOWN, "--json")
    assert {open_here, new} <= {row["case_id"] for row in listed["cases"]}
    assert {row["case_id"] for row in county.hub("case", "list", "--office", TOWN, "--json")["cases"]} == {taken}


def test_a_case_that_was_open_when_its_village_moved_reaches_the_new_town_with_its_next_record(county: ScratchCounty) -> None:
    case = county.register()
    county.sync()
    county.hub("office", "move", VILLAGE, "--to", OTHER_TOWN, "--from", day(0))
    county.sync()
    county.village("case", "add-note", case, "--as", CLERK, *sets(text="DEMO 又来问过"))
    county.sync()
    assert holder(county, OTHER_TOWN, case) == VILLAGE
    assert len(county.other_town("case", "show", case)["timeline"]) == len(county.village("case", "show", case)["timeline"])


def test_towns_are_merged_once_their_villages_have_moved(county: ScratchCounty) -> None:
    said = county.hub("office", "close", TOWN, "--from", day(0), "--successor", OTHER_TOWN, fails=True)
    assert "office move" in said
    for village in (VILLAGE, NEIGHBOUR):
        county.hub("office", "move", village, "--to", OTHER_TOWN, "--from", day(0))
    county.hub("office", "close", TOWN, "--from", day(0), "--successor", OTHER_TOWN)
    county.sync()
    case = county.register()
    hand_up(county, case, OTHER_TOWN, OTHER_OFFICER)
    assert county.hub("case", "show", case, "--json")["holder"] == OTHER_TOWN
    for office, to in ((TOWN, OTHER_TOWN), (VILLAGE, TOWN), (VILLAGE, "150822109000"), (VILLAGE, OTHER_TOWN), (COUNTY, TOWN)):
        assert county.hub("office", "move", office, "--to", to, "--from", day(0), fails=True)


def test_a_bureau_whose_id_looks_like_a_villages_is_handed_cases_as_an_office_of_the_county(county: ScratchCounty) -> None:
    made = Office(BUREAU, "演示局", "court", "county", COUNTY)
    with opened(county.home) as hub:
        make_databases(hub.databases, Organisation({BUREAU: made}))
        hub.directory.publish([change("office", BUREAU, made.value())])
        hub.directory.add_staff([("judge-1", "演示法官", BUREAU, ("judge",))], since=day(-10))
    county.another_device(BUREAU, BUREAU, 7)
    county.sync()
    case = county.register()
    county.sync()
    assert county.town("case", "assign", case, "--as", OFFICER, *sets(to=BUREAU, text="DEMO"), fails=True), "not the town's"
    county.hub("case", "assign", case, "--as", COUNTY_OFFICER, *sets(to=BUREAU, text="DEMO 交办"))
    county.sync()
    row = county.at(BUREAU, "case", "show", case)["row"]
    assert (row["pending_to"], row["pending_level"], row["own_level"]) == (BUREAU, "county", "county")
    assert county.village("case", "show", case)["row"]["pending_level"] == "county"
    assert [row["pending_level"] for row in county.at(BUREAU, "case", "list")] == ["county"]
    assert county.hub("case", "show", case, "--json")["custody"]["pending"]["to_office"] == BUREAU
