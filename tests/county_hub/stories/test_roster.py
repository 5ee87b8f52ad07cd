"""The roster kept at the county and asked at the village: competence, load, recusal; what is proposed, and why."""

from __future__ import annotations

import pytest

from tests.support.county_hub.hub_support import COUNTY, TOWN
from tests.support.county_hub.scratch_county import CLERK, COUNTY_OFFICER, DRAFT, MEDIATOR, OFFICER, ScratchCounty, day


@pytest.fixture
def county(tmp_path):
    return ScratchCounty(tmp_path)


def test_the_roster_is_kept_at_the_county_and_proposes_method_and_mediator_at_the_village(county) -> None:
    county.hub("roster", "set", "--staff", MEDIATOR, "--specialities", "DC02;DC07", "--languages", "汉语;蒙古语")
    county.hub("roster", "set", "--staff", OFFICER, "--specialities", "DC02", "--honours", "金牌调解员")
    county.sync()
    case = county.register()
    listed = {m["staff"]: m for m in county.village("roster", "HOME", "--json")}
    assert listed[MEDIATOR]["specialities"] == ["DC02", "DC07"]
    assert listed[OFFICER]["honours"] == ["金牌调解员"]
    proposal = county.village("case", "propose", case)
    assert (proposal["method"], proposal["mediators"]) == ("people", [MEDIATOR])
    assert "擅长邻里纠纷" in proposal["mediator_reason"]
    county.village("case", "recuse-mediator", case, "--as", MEDIATOR, "--set", f"mediator={MEDIATOR}", "--set", "ground=interest")
    proposal = county.village("case", "propose", case)
    assert proposal["mediators"] == [OFFICER]
    assert next(m for m in proposal["roster"] if m["staff"] == MEDIATOR)["conflict"] == "recused"
    confirm = ("case", "confirm-mediator", case, "--as", MEDIATOR, "--set", "how=appointed", "--set")
    assert "回避" in county.village(*confirm, f'mediators=["{MEDIATOR}"]', fails=True)
    county.village(*confirm, f'mediators=["{OFFICER}"]')
    county.sync()
    shown = {m["staff"]: m["reasons"] for m in county.hub("roster", "list", "--office", TOWN, "--json")}
    assert "在办 1 件" in shown[OFFICER]
    assert county.hub("case", "propose", case)["method"] == "people"


def test_ownership_is_not_proposed_for_mediation_nor_an_absent_mediator(county) -> None:
    county.hub("roster", "set", "--staff", MEDIATOR, "--away", f"{day(-1)}..{day(3)}")
    county.sync()
    proposal = county.village("case", "propose", county.register(category="DC07", subcategory="ownership"))
    assert proposal["method"] == "administrative"
    assert [m["code"] for m in proposal["methods"] if m["open"]] == ["administrative", "judicial"]
    assert MEDIATOR not in proposal["mediators"]


def test_a_roster_file_with_a_wrong_line_is_refused_whole(county) -> None:
    path = county.folder / "roster.csv"
    county.hub("roster", "template", "--out", path)
    rows = path.read_text("utf-8-sig").splitlines()
    good = next(row for row in rows if row.startswith(f"{MEDIATOR},")).replace(",,,,", ",DC02;DC77,汉语,一级,", 1)
    path.write_text("\n".join([rows[0], good, f"{CLERK},x,y,,,,,"]), "utf-8")
    said = county.hub("roster", "import", path, fails=True)
    assert "DC77" in said
    assert "没有调解员角色" in said
    assert all(not m["specialities"] for m in county.hub("roster", "list", "--json"))
    path.write_text("\n".join([rows[0], good.replace(";DC77", "")]), "utf-8")
    county.hub("roster", "import", path)
    assert next(m["grade"] for m in county.hub("roster", "list", "--json") if m["staff"] == MEDIATOR) == "一级"
    county.hub("roster", "remove", "--staff", MEDIATOR)
    assert all(not m["grade"] for m in county.hub("roster", "list", "--json"))


def test_the_countys_officers_have_every_verb_and_nothing_is_written_that_moves_nothing(county) -> None:
    case = county.register()
    county.sync()
    recall = ("case", "recall", case, "--as", COUNTY_OFFICER, "--set", "reason=DEMO")
    assert county.hub(*recall)["custody"]["holder"] == COUNTY
    events = len(county.hub("case", "show", case, "--json")["timeline"])
    assert "上级" in county.hub(*recall, fails=True)
    assert "准许其使用这台设备" in county.hub("case", "recall", case, "--as", CLERK, "--set", "reason=DEMO", fails=True)
    assert len(county.hub("case", "show", case, "--json")["timeline"]) == events


def test_a_case_registered_at_the_countys_window_gets_a_number_and_a_wrong_field_is_named(county) -> None:
    made = county.hub("case", "register", "--as", COUNTY_OFFICER, "--json", county.draft(DRAFT))
    assert made["number"].startswith(COUNTY)
    assert made["state"] == "registered"
    wrong = county.draft({**DRAFT, "category": "DC77"})
    assert "DC77" in county.hub("case", "register", "--as", COUNTY_OFFICER, "--json", wrong, fails=True)
    assert "nowhere.json" in county.hub("case", "register", "--as", COUNTY_OFFICER, "--json", "/nowhere.json", fails=True)
    later = county.hub("case", "triage", made["id"], "--as", COUNTY_OFFICER, "--date", day(1), fails=True)
    assert "晚于今天" in later
