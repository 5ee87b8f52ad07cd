"""Hazards, talk items, services and appointments at a service point, offline, through the desk and the command line."""

from __future__ import annotations

import contextlib
import io
import json
import time
from pathlib import Path

import pytest

from shared.ledger.days import later, local_date
from tests.support.village_node.node_world import CLERK, TOWNSHIP, VILLAGE, World
from village_node.__main__ import main
from village_node.point.errors import NotHere, Refused, UsageError


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def desk(world: World):
    with world.desk(world.home()) as made:
        yield made


def test_a_hazard_is_reported_graded_and_listed_as_a_warning_without_a_network(desk) -> None:
    made = desk.write_record("hazard.reported", CLERK, None, {"title": "DEMO 渠堤裂缝", "level": 3, "place": {"text": "二组"}})
    assert (made.state, made.level, made.place) == ("open", 3, VILLAGE)
    assert [row["record_id"] for row in desk.record_warnings()] == [made.id]
    desk.write_record("hazard.checked", CLERK, made.id, {"text": "DEMO"})
    assert [row["state"] for row in desk.records("hazard", open_only=True)] == ["open"]
    assert desk.record_warnings() == []
    assert [step.kind for step in desk.record(made.id).steps] == ["hazard.reported", "hazard.checked"]


def test_a_step_that_would_move_nothing_is_refused_in_words_and_not_written(desk) -> None:
    made = desk.write_record("talk_item.told", CLERK, None, {"title": "DEMO", "text": "DEMO"})
    desk.write_record("talk_item.done", CLERK, made.id, {"result": "DEMO"})
    with pytest.raises(Refused) as refusal:
        desk.write_record("talk_item.discussed", CLERK, made.id, {"minutes": "DEMO", "attendees": ["演示甲"]})
    assert "当前状态" in refusal.value.sentence
    assert len(desk.record(made.id).steps) == 2


def test_a_village_may_not_publish_a_duty_nor_confirm_from_the_countys_calendar(desk) -> None:
    with pytest.raises(Refused):
        desk.write_record("duty.published", CLERK, None, {})
    made = desk.write_record("appointment.requested", CLERK, None, {"asker": "演示甲", "topic": "DEMO"})
    confirm = {"duty": made.id, "date": "2026-12-01", "start": "09:00"}
    with pytest.raises(Refused) as refusal:
        desk.write_record("appointment.confirmed", CLERK, made.id, confirm)
    assert "名额" in refusal.value.sentence
    assert desk.write_record("appointment.confirmed", CLERK, made.id, {**confirm, "seat": 1}).state == "confirmed"


def test_unknown_kinds_and_records_are_named(desk) -> None:
    with pytest.raises(UsageError):
        desk.write_record("hazard.nothing", CLERK, None, {})
    with pytest.raises(UsageError):
        desk.write_record("hazard.checked", CLERK, None, {"text": "DEMO"})
    with pytest.raises(NotHere):
        desk.record("nonsense")
    with pytest.raises(UsageError):
        desk.records("dragons")


def test_the_records_of_a_device_are_part_of_its_one_chain_and_of_what_waits(desk) -> None:
    before = desk.status().events.waiting
    desk.write_record("small_service.recorded", CLERK, None, {"type": "small_service", "text": "DEMO"})
    assert desk.status().events.waiting == before + 1


def run(*argv: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(part) for part in argv])
    return code, out.getvalue(), err.getvalue()


def test_the_command_line_writes_lists_and_shows_records(world) -> None:
    home = world.home(TOWNSHIP)
    staff = "officer-1"
    due = later(local_date(time.time_ns() // 10**6), 60)
    code, out, err = run("record", "write", home, "sweep.planned", "--as", staff, "--set", "title=DEMO", "--set",
                         f'offices=["{VILLAGE}"]', "--set", f"due={due}", "--set", 'grids=["G1"]')
    assert (code, err) == (0, "")
    sweep = json.loads(out)["id"]
    code, out, _ = run("record", "write", home, "sweep.item_done", sweep, "--as", staff, "--set", "grid=G1")
    assert json.loads(out)["state"] == "running"
    code, out, _ = run("record", "list", home, "sweep")
    assert [row["record_id"] for row in json.loads(out)] == [sweep]
    assert json.loads(run("record", "show", home, sweep)[1])["data"]["items"][0]["grid"] == "G1"
    assert json.loads(run("record", "warnings", home)[1]) == []
    assert {row["kind"] for row in json.loads(run("record", "kinds", home, "sweep")[1])} == {
        "sweep.planned", "sweep.item_done", "sweep.closed"}
    code, out, err = run("record", "write", home, "sweep.planned", "--as", staff, "--set", "title=DEMO")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_an_objection_taken_where_the_matter_is_not_known_is_told_how_to_go_there_as_a_referral(desk) -> None:
    elsewhere = "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D"
    with pytest.raises(NotHere) as said:
        desk.write_matter("legal_aid", "legal_aid.objected", CLERK, elsewhere, {"text": "DEMO 不服"})
    county = desk.node.directory.county().id
    for word in (elsewhere, "referral.made", "service=legal_aid", f"to={county}"):
        assert word in said.value.sentence
    told = {"service": "legal_aid", "to": county, "text": f"DEMO 对{elsewhere}的异议"}
    made = desk.write_record("referral.made", CLERK, None, told)
    assert made.state == "made"
    with pytest.raises(NotHere, match="没有事项"):
        desk.write_matter("legal_aid", "legal_aid.ended", CLERK, elsewhere, {"text": "DEMO"})
