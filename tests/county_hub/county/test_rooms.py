"""What the county calls its centre is what the sentences of every program call it, once the table has arrived."""

from __future__ import annotations

import json

import pytest

from shared.ledger.texts import call_centre, t
from tests.support.county_hub.scratch_county import COUNTY_OFFICER, ScratchCounty

NAME, OURS = "社会治安综合治理中心", "县指挥中心"


@pytest.fixture
def county(tmp_path):
    yield ScratchCounty(tmp_path)
    call_centre("")


def test_the_county_s_own_name_of_its_centre_reaches_the_sentences_of_hub_and_village(county, tmp_path) -> None:
    call_centre("")
    assert f"请{OURS}" in t("app.people.none")
    table = tmp_path / "rooms.json"
    table.write_text(json.dumps({"command_centre": {"name": NAME, "source": "DEMO 2024"}}), "utf-8")
    county.hub("rules", "table", "HOME", "rooms", str(table))
    county.hub("case", "list", "HOME")
    county.sync()
    call_centre("")             # each program learns it for itself
    county.village("case", "list", "HOME")
    assert f"请{NAME}" in t("app.people.none")
    assert OURS not in t("judge.actor_unknown.remedy")
    case = county.register()
    call_centre("")
    county.sync()
    county.hub("case", "show", case, "--as", COUNTY_OFFICER)
    assert f"请{NAME}" in t("app.people.none")
