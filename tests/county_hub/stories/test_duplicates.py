"""Duplicates end to end on both programs: suggested, dismissed with a reason and then away, merged by a person alone."""

from __future__ import annotations

import pytest

from tests.support.county_hub.hub_support import TOWN
from tests.support.county_hub.scratch_county import CLERK, COUNTY_OFFICER, LEADER, NEXT_DOOR, OFFICER, ScratchCounty

PARTIES = [{"name": "演示甲（另写）", "phone": "138-0000-0001"}, {"name": "演示戊", "role": "respondent"}]


@pytest.fixture
def county(tmp_path):
    return ScratchCounty(tmp_path)


def test_suggestions_are_listed_at_every_level_dismissed_ones_stay_away_and_a_person_merges(county) -> None:
    first, by_phone = county.register(), county.register(parties=PARTIES)
    far = county.register(summary="DEMO 别的类别", category="DC05")
    county.register(NEXT_DOOR, office="150822100201")
    [line] = county.village("duplicates", "list")
    assert {line["primary"], line["other"]} == {first, by_phone}
    assert line["adjudicator"] == TOWN
    assert "13800000001" not in str(line)
    assert county.village("duplicates", "list", "--case", far) == []
    county.sync()
    assert [row["days_apart"] for row in county.hub("duplicates", "list")] == [0]
    assert county.hub("duplicates", "list", "--office", "150822101000") == []
    assert "角色" in county.village("duplicates", "merge", first, by_phone, "--as", LEADER, "--reason", "DEMO", fails=True)
    county.village("duplicates", "dismiss", first, by_phone, "--as", LEADER, "--reason", "DEMO 两家各有一条渠")
    assert county.village("duplicates", "list") == []
    county.sync()
    assert county.town("duplicates", "list") == county.hub("duplicates", "list") == []
    again = county.register(LEADER)
    county.sync()
    pairs = {frozenset((row["primary"], row["other"])) for row in county.town("duplicates", "list")}
    assert pairs == {frozenset((first, again)), frozenset((by_phone, again))}
    county.town("duplicates", "merge", first, again, "--as", OFFICER, "--reason", "DEMO 同一条渠")
    assert {(row["primary"], row["other"]) for row in county.town("duplicates", "list")} == set()
    county.sync()
    shown = county.hub("case", "show", again, "--json")
    kept = county.hub("case", "show", first, "--json")
    assert (shown["state"], shown["merged_into"]) == ("merged", first)
    assert shown["number"] in kept["aliases"]
    assert county.hub("duplicates", "list") == []


def test_the_county_merges_across_towns_or_says_that_nothing_was_written(county) -> None:
    one, two = county.register(), county.register(CLERK)
    county.sync()
    before = len(county.hub("case", "show", one, "--json")["timeline"])
    merge = ("duplicates", "merge", one)
    assert county.hub(*merge, one, "--as", COUNTY_OFFICER, "--reason", "DEMO", fails=True)
    county.hub(*merge, two, "--as", COUNTY_OFFICER, "--reason", "DEMO")
    assert "状态" in county.hub(*merge, two, "--as", COUNTY_OFFICER, "--reason", "DEMO", fails=True)
    assert len(county.hub("case", "show", one, "--json")["timeline"]) == before + 1
