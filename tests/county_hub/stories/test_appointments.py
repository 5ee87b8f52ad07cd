"""Appointments end to end: the county's calendar, quotas, requests made offline, one last seat for two villages, true words."""

from __future__ import annotations

import pytest

from shared.ledger.days import full_day
from tests.support.county_hub.hub_support import NEIGHBOUR, VILLAGE
from tests.support.county_hub.scratch_county import CLERK, COUNTY_OFFICER, NEXT_DOOR, ScratchCounty, day, sets


@pytest.fixture
def county(tmp_path):
    return ScratchCounty(tmp_path)


def publish(county, date, seats, *options) -> str:
    return county.hub("appointment", "publish", "--as", COUNTY_OFFICER, "--person", "律师演示", "--service", "lawyer",
                      "--date-of-duty", date, "--start", "09:00", "--end", "11:00", "--place", "演示大厅", "--seats", seats,
                      *options)["id"]


def ask(county, office, staff, duty, **fields):
    given = {"asker": "演示甲", "topic": "DEMO", **fields}
    return county.at(office, "appointment", "request", "--as", staff, "--duty", duty, *sets(**given))


def row(county, office, id):
    return next(a for a in county.at(office, "appointment", "list") if a["id"] == id)


def test_of_two_villages_that_want_the_last_seat_one_gets_it_and_the_other_another_day_and_is_told(county) -> None:
    soon = publish(county, day(3), 1, "--offices", "all")
    later = publish(county, day(5), 2, "--offices", "all")
    county.sync()
    mine = ask(county, VILLAGE, CLERK, soon)
    assert (mine["state"], mine["delivery"]) == ("requested", "saved")
    assert "只存在本机" in mine["sentence"]
    assert "名额未定" in mine["sentence"]
    theirs = ask(county, NEIGHBOUR, NEXT_DOOR, soon, asker="演示丙")
    county.sync()
    assert "县级已收到申请" in row(county, VILLAGE, mine["id"])["sentence"]
    answers = {a["appointment"]: a["kind"] for a in county.hub("appointment", "settle", "--as", COUNTY_OFFICER, "--json")}
    assert answers == {mine["id"]: "appointment.confirmed", theirs["id"]: "appointment.offered"}
    assert county.hub("appointment", "settle", "--as", COUNTY_OFFICER, "--json") == []      # nobody is answered twice
    county.sync()
    assert row(county, VILLAGE, mine["id"])["sentence"] == f"县级已确认：{full_day(day(3))} 09:00"
    told = row(county, NEIGHBOUR, theirs["id"])
    assert (told["state"], told["duty"], told["date"]) == ("offered", later, day(5))
    assert full_day(day(3)) in told["sentence"]
    calendar = {d["duty"]: d for d in county.neighbour("appointment", "calendar")}
    assert (calendar[soon]["told_free"], calendar[later]["told_free"]) == (0, 1)            # the offered seat is held
    accepted = county.neighbour("appointment", "accept", theirs["id"], "--as", NEXT_DOOR)
    assert accepted["state"] == "confirmed"
    county.sync()
    states = {a["id"]: a["state"] for a in county.hub("appointment", "list")}
    assert states == {mine["id"]: "confirmed", theirs["id"]: "confirmed"}


def test_a_village_confirms_its_own_quota_offline_and_not_one_seat_more(county) -> None:
    duty = publish(county, day(2), 3, "--quota", f"{VILLAGE}=1")
    county.sync()
    assert county.village("appointment", "calendar")[0]["own_free"] == [1]
    assert county.neighbour("appointment", "calendar") == []
    first = ask(county, VILLAGE, CLERK, duty)
    done = county.village("appointment", "confirm", first["id"], "--as", CLERK)
    assert (done["state"], done["seat"]) == ("confirmed", 1)
    assert "县级尚未收到" in done["sentence"]
    second = ask(county, VILLAGE, CLERK, duty, asker="演示丁")
    assert "没有空闲名额" in county.village("appointment", "confirm", second["id"], "--as", CLERK, fails=True)
    county.sync()
    assert "县级已收到" in row(county, VILLAGE, first["id"])["sentence"]
    left = county.hub("appointment", "calendar", "--json")[0]["left"]
    assert (left["common_free"], left["quotas"], left["clashes"]) == (2, [[VILLAGE, 1, 1]], [])


def test_quotas_change_attendance_is_noted_and_a_withdrawn_duty_moves_its_appointments(county) -> None:
    duty = publish(county, day(2), 2, "--offices", VILLAGE)
    quotas = ("appointment", "quotas", duty, "--as", COUNTY_OFFICER, "--quota")
    assert "席位" in county.hub(*quotas, f"{VILLAGE}=3", fails=True)
    county.hub(*quotas, f"{VILLAGE}=1", "--quota", f"{NEIGHBOUR}=1")
    county.sync()
    assert county.neighbour("appointment", "calendar")[0]["own"] == 1
    came, away, moved, gone = (ask(county, VILLAGE, CLERK, duty, asker=f"演示{n}")["id"] for n in range(4))
    county.hub("appointment", "quotas", duty, "--as", COUNTY_OFFICER, "--offices", VILLAGE)
    county.sync()
    county.village("appointment", "cancel", gone, "--as", CLERK, "--set", "text=DEMO 不来了")
    county.sync()
    county.hub("appointment", "settle", "--as", COUNTY_OFFICER)
    county.sync()
    states = {a["id"]: a["state"] for a in county.village("appointment", "list")}
    assert states == {came: "confirmed", away: "confirmed", moved: "waitlisted", gone: "cancelled"}
    county.hub("appointment", "attended", came, "--as", COUNTY_OFFICER)
    county.hub("appointment", "advise", came, "--as", COUNTY_OFFICER, "--set", "text=DEMO 咨询意见")
    assert county.hub("appointment", "close", came, "--as", COUNTY_OFFICER)["state"] == "closed"
    another = publish(county, day(4), 2, "--offices", VILLAGE)
    county.hub("appointment", "withdraw", duty, "--as", COUNTY_OFFICER, "--set", "text=DEMO 律师请假")
    county.hub("appointment", "settle", "--as", COUNTY_OFFICER)
    county.sync()
    rows = {a["id"]: a for a in county.village("appointment", "list")}
    assert {rows[away]["state"], rows[moved]["state"]} <= {"offered", "confirmed"}
    assert rows[away]["duty"] == rows[moved]["duty"] == another
    assert "值班已撤销" in rows[away]["sentence"]
    county.village("appointment", "accept", away, "--as", CLERK)
    assert county.village("appointment", "absent", away, "--as", CLERK)["state"] == "no_show"


def test_two_tablets_of_one_village_that_took_one_seat_are_named_to_the_county(county) -> None:
    duty = publish(county, day(2), 1, "--quota", f"{VILLAGE}=1")
    county.sync()
    twin = county.twin(VILLAGE)
    first, second = ask(county, VILLAGE, CLERK, duty), twin("appointment", "request", "--as", CLERK, "--duty", duty, "--set",
                                                            "asker=演示乙", "--set", "topic=DEMO")
    county.village("appointment", "confirm", first["id"], "--as", CLERK)
    twin("appointment", "confirm", second["id"], "--as", CLERK)
    county.sync()
    clashes = [a for a in county.hub("appointment", "list") if a["clash"]]
    assert len(clashes) == 1
    assert "须由县级决定" in clashes[0]["sentence"]
