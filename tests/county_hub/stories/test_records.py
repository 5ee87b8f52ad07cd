"""Each small aggregate through its whole life by the real command lines: grid and officers, hazards and sweeps, five small
services, talk room, expert panel, online consultation, public Q&A, referrals, assessment of mediators."""

from __future__ import annotations

import csv

import pytest

from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE
from tests.support.county_hub.scratch_county import (
    CLERK,
    COUNTY_OFFICER,
    GROUP,
    LEADER,
    MEDIATOR,
    MEMBER,
    OFFICER,
    ScratchCounty,
    day,
    sets,
)


@pytest.fixture
def county(tmp_path):
    return ScratchCounty(tmp_path)


def write(at, step, staff, record="", /, *, on="", **fields):
    words = ["record", "write", "HOME", step, *([record] if record else []), "--as", staff, *sets(**fields)]
    return at(*words, *(["--date", on] if on else []))


def test_grids_their_officers_and_households_come_from_one_file_and_are_seen_in_the_village(county, tmp_path) -> None:
    county.hub("grids", "template", "--out", tmp_path / "grids.csv")
    rows = list(csv.DictReader((tmp_path / "grids.csv").open(encoding="utf-8-sig")))
    next(row for row in rows if row["grid_id"] == f"V{VILLAGE}")["leader"] = LEADER
    rows.append(dict.fromkeys(rows[0], "") | {
        "grid_id": f"G{VILLAGE}-01", "tier": "group", "office": VILLAGE, "group": "01", "name": "演示一组",
        "parent": f"V{VILLAGE}", "leader": GROUP, "members": f"{MEMBER}:1-10", "officers": f"member={MEMBER};judicial={OFFICER}"})
    with (tmp_path / "grids.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert county.hub("grids", "import", tmp_path / "grids.csv", "--json")["households"] == 10
    county.sync()
    found = {grid["id"]: grid for grid in county.village("grids", "HOME", "--json")}
    assert found[f"V{VILLAGE}"]["leader"] == LEADER
    group = found[f"G{VILLAGE}-01"]
    assert (group["leader"], group["households"], [m["staff"] for m in group["members"]]) == (GROUP, 10, [MEMBER])
    assert dict(group["officers"])["judicial"] == OFFICER
    assert "演示一组" in county.village("grids", "HOME")
    assert len(county.town("grids", "HOME", "--json")) > len(found)


def test_a_sweep_finds_a_hazard_that_is_graded_warned_of_and_becomes_a_case(county) -> None:
    sweep = write(county.town, "sweep.planned", OFFICER, title="DEMO 春灌前排查", offices=[VILLAGE], due=day(3),
                  grids=["G1", "G2"])["id"]
    county.sync()
    hazard = write(county.village, "hazard.reported", MEMBER, on=day(-9), title="DEMO 裂缝", level=2, grid="G1", sweep=sweep)
    assert hazard["level"] == 2
    due = [row for row in county.village("alarms", "HOME", "--json") if row.get("id") == hazard["id"]]
    assert [row["kind"] for row in due] == ["hazard_2"]
    assert due[0]["overdue"]
    assert write(county.village, "hazard.assessed", LEADER, hazard["id"], level=3, text="DEMO 水量大", trend="rising",
                 cause="DEMO 年久失修")["level"] == 3
    assert "降低" in county.village("record", "write", "HOME", "hazard.assessed", hazard["id"], "--as", LEADER,
                                  *sets(level=1, text="DEMO"), fails=True)
    write(county.village, "sweep.item_done", MEMBER, sweep, grid="G1", households=10, hazards=[hazard["id"]], officers=[MEMBER])
    county.sync()
    closed = write(county.town, "sweep.closed", OFFICER, sweep, text="DEMO")
    assert closed["data"]["lacking"] == ["G2"]
    assert any("1" in finding for finding in closed["findings"])
    case = county.register(LEADER, summary="DEMO 渠堤赔偿", source="hazard")
    number = county.village("case", "show", case)["row"]["number"]
    turned = write(county.village, "hazard.became_case", MEMBER, hazard["id"], case=number)
    assert (turned["state"], turned["cases"]) == ("converted", [case])
    assert [row["record_id"] for row in county.village("record", "list", "HOME", "--case", number)] == [hazard["id"]]
    county.sync()
    assert county.hub("record", "list", "HOME", "hazard")[0]["level"] == 3
    write(county.town, "hazard.assessed", OFFICER, hazard["id"], level=2, text="DEMO 已加固")
    county.sync()
    assert write(county.village, "hazard.closed", LEADER, hazard["id"], result="DEMO 修好")["state"] == "closed"


def test_a_small_service_is_one_tap_followed_and_passed_on_as_a_referral(county) -> None:
    done = write(county.village, "small_service.recorded", MEMBER, type="small_service", text="DEMO 代办低保", household="3户")
    write(county.village, "small_service.followed", MEMBER, done["id"], text="DEMO 已递交")
    assert write(county.village, "small_service.closed", MEMBER, done["id"], result="DEMO 办成")["state"] == "closed"
    other = write(county.village, "small_service.recorded", MEMBER, type="small_difficulty", text="DEMO 讨薪困难")
    referral = write(county.village, "referral.made", MEDIATOR, service="legal_aid", to=COUNTY, text="DEMO", due=day(5))
    passed = write(county.village, "small_service.became", MEMBER, other["id"], what="referral", id=referral["id"])
    assert passed["state"] == "passed_on"
    county.sync()
    write(county.hub, "referral.received", "aid", referral["id"])
    write(county.hub, "referral.answered", "aid", referral["id"], text="DEMO 已受理")
    county.sync()
    assert write(county.village, "referral.closed", MEDIATOR, referral["id"])["state"] == "closed"


def test_a_talk_room_item_is_told_discussed_done_or_goes_up(county) -> None:
    told = write(county.village, "talk_item.told", CLERK, title="DEMO 路灯", text="DEMO 二组没有路灯", teller="演示甲")
    write(county.village, "talk_item.discussed", LEADER, told["id"], minutes="DEMO", attendees=["演示甲"], decision="装",
          due=day(5))
    assert write(county.village, "talk_item.done", LEADER, told["id"], result="DEMO 已装")["state"] == "done"
    up = write(county.village, "talk_item.told", CLERK, title="DEMO 桥", text="DEMO 桥要修")
    write(county.village, "talk_item.escalated", LEADER, up["id"], to=TOWN, reason="DEMO 村里无力")
    county.sync()
    there = write(county.town, "talk_item.discussed", OFFICER, up["id"], minutes="DEMO", attendees=["演示丙"])
    assert there["state"] == "discussed"
    assert write(county.town, "talk_item.done", OFFICER, up["id"], result="DEMO 已修")["state"] == "done"


def test_experts_are_asked_a_panel_meets_and_its_opinion_is_adopted_or_not_with_a_reason(county) -> None:
    case = county.register(difficulty="ordinary")
    county.sync()
    asked = write(county.village, "consultation.requested", MEDIATOR, case=case, summary="DEMO", questions=["DEMO 谁担责"])
    id = asked["id"]
    county.sync()
    write(county.hub, "consultation.approved", COUNTY_OFFICER, id)
    short = ("record", "write", "HOME", "consultation.panel_formed", id, "--as", COUNTY_OFFICER, *sets(experts=["a", "b"]))
    assert "三人" in county.hub(*short, fails=True)
    write(county.hub, "consultation.panel_formed", COUNTY_OFFICER, id, experts=["专家一", "专家二", "专家三"], date=day(2))
    write(county.hub, "consultation.materials_shared", COUNTY_OFFICER, id)
    write(county.hub, "consultation.session_held", COUNTY_OFFICER, id, text="DEMO 会诊")
    write(county.hub, "consultation.opinion_issued", "expert", id, legal="DEMO 各半", signed_by=["专家一"])
    county.sync()
    seen = county.village("record", "show", id)
    assert (seen["state"], seen["data"]["legal"]) == ("opinion", "DEMO 各半")
    refuse = ("record", "write", "HOME", "consultation.answered", id, "--as", MEDIATOR, "--set", "adoption=not_adopted")
    assert "理由" in county.village(*refuse, fails=True)
    done = write(county.village, "consultation.answered", MEDIATOR, id, adoption="partly", reason="DEMO 一方不认")
    assert done["state"] == "answered"


def test_an_online_consultation_is_checked_joined_by_link_minuted_and_closed(county) -> None:
    made = write(county.hub, "online_consultation.submitted", COUNTY_OFFICER, asker="演示甲", text="DEMO",
                 place={"office": VILLAGE})
    id = made["id"]
    early = ("record", "write", "HOME", "online_consultation.scheduled", id, "--as", COUNTY_OFFICER,
             *sets(date=day(1), start="09:00", join="https://video.example/demo"))
    assert "状态" in county.hub(*early, fails=True)
    write(county.hub, "online_consultation.verified", COUNTY_OFFICER, id, method="人证核验")
    write(county.hub, "online_consultation.scheduled", COUNTY_OFFICER, id, date=day(1), start="09:00",
          join="https://video.example/demo", offices=[VILLAGE])
    county.sync()
    assert county.village("record", "show", id)["data"]["join"] == "https://video.example/demo"
    started = write(county.village, "online_consultation.started", MEDIATOR, id, consents=[{"party": 0, "signed_on": day(0)}])
    assert started["state"] == "in_session"
    write(county.village, "online_consultation.recorded", MEDIATOR, id, minutes="DEMO 笔录", signed_by=["演示甲", "演示调解员"])
    county.sync()
    assert write(county.hub, "online_consultation.closed", COUNTY_OFFICER, id, result="DEMO")["state"] == "closed"


def test_a_project_is_assessed_questioned_in_public_and_closed_when_its_commitments_are_kept(county) -> None:
    made = write(county.town, "public_qa.registered", OFFICER, title="DEMO 污水站", kind="environment", place={"office": VILLAGE},
                 on=day(-20))
    id = made["id"]
    assessed = write(county.town, "public_qa.risk_assessed", OFFICER, id, level="medium", controllable=True, text="DEMO")
    assert any("座谈" in finding for finding in assessed["findings"])
    write(county.town, "public_qa.meeting_announced", OFFICER, id, date=day(0), place="DEMO 村部", leaders=["演示局长"])
    write(county.town, "public_qa.meeting_held", OFFICER, id, date=day(0), attendees=40, minutes="DEMO")
    write(county.town, "public_qa.question_answered", OFFICER, id, question="DEMO 臭不臭", answer="DEMO", commitment="DEMO 加盖",
          due=day(0))
    assert any(row["id"] == id and row["kind"] == "commitment" for row in
               (r for r in county.town("alarms", "HOME", "--today", day(9), "--json") if "id" in r))
    close = ("record", "write", "HOME", "public_qa.closed", id, "--as", OFFICER, "--set", "result=DEMO")
    assert "未履行" in county.town(*close, fails=True)
    write(county.town, "public_qa.commitment_kept", OFFICER, id, no=0, text="DEMO 已加盖")
    assert county.town(*close)["state"] == "closed"


def test_a_mediator_is_assessed_from_the_cases_sees_the_score_and_contests_it(county) -> None:
    case = county.register(difficulty="simple")
    county.village("case", "settle-on-spot", case, "--as", LEADER, *sets(agreed_by=[0, 1], text="DEMO 和好"))
    county.sync()
    opened = county.hub("assessment", "open", "--as", COUNTY_OFFICER, "--mediator", LEADER, "--start", day(-30), "--end", day(0))
    id = opened["id"]
    computed = county.hub("assessment", "compute", "HOME", "--mediator", LEADER, "--start", day(-30), "--end", day(0))
    assert (computed["cases"], computed["ranked"]) == (1, False)
    success = next(i for i in computed["indicators"] if i["code"] == "success")
    assert (success["numerator"], success["denominator"]) == (1, 1)
    score = ("assessment", "score", id, "--as", COUNTY_OFFICER, "--points")
    scored = county.hub(*score, "案卷质量=12", "--points", "training=5")
    points = {row["indicator"]: row["points"] for row in scored["data"]["scores"]}
    assert (points["file_quality"], points["success"], scored["data"]["cases"]) == (12, 15, 1)
    county.sync()
    assert county.village("record", "show", id)["state"] == "scored"
    contested = write(county.village, "assessment.contested", LEADER, id, text="DEMO 还有一件未计")
    assert contested["state"] == "contested"
    county.sync()
    assert "案卷质量≤15" in county.hub(*score, "file_quality=99", fails=True)
    county.hub(*score, "file_quality=15")
    assert write(county.hub, "assessment.confirmed", COUNTY_OFFICER, id)["state"] == "confirmed"
