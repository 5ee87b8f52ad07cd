"""The next session: planned, planned anew, called off, held; and the guiding judge named at triage."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from shared.disputes.acts.actions import refusal
from shared.disputes.case.checklist import six_haves
from shared.disputes.tables import meetings
from shared.disputes.tables.cases import Filter, Moment, total
from shared.disputes.tables.read_model import ReadModel
from tests.support.shared.domain_events import NEIGHBOUR, VILLAGE, World

PLAN = {"date": "2026-03-05", "time": "09:30", "place": "DEMO 说事室"}
HELD = {"place": "DEMO", "mediators": ["m1"], "rights_told": True}


def accepted(world: World) -> str:
    case = world.register().subject
    world.event(case, "case.accepted", {"committee": "DEMO", "mediators": ["m1"], "rights_told": True, "parties_willing": True})
    return case


def test_one_case_has_one_meeting_ahead_and_a_new_plan_replaces_the_old() -> None:
    world = World()
    case = accepted(world)
    assert refusal("case.session_called_off", world.state(case), VILLAGE, "mediator") == "no_meeting"
    world.event(case, "case.session_planned", PLAN)
    world.event(case, "case.session_planned", {**PLAN, "date": "2026-03-06", "mode": "online"})
    meeting: Any = world.state(case).meeting
    assert (meeting.date, meeting.time, meeting.mode, meeting.office) == ("2026-03-06", "09:30", "online", VILLAGE)
    world.event(case, "case.session_called_off", {"reason": "DEMO 下雨"})
    assert world.state(case).meeting is None


@pytest.mark.parametrize(("held_on", "left"), [("2026-03-04", True), ("2026-03-05", False), ("2026-03-07", False)])
def test_a_session_on_its_day_or_later_answers_the_plan_and_one_before_leaves_it(held_on: str, left: bool) -> None:
    world = World()
    case = accepted(world)
    world.event(case, "case.session_planned", PLAN)
    world.event(case, "case.session_held", HELD, date=held_on)
    assert (world.state(case).meeting is not None) is left


def test_an_ended_case_has_no_meeting_and_who_does_not_hold_it_plans_none() -> None:
    world = World()
    case = accepted(world)
    stranger = world.event(case, "case.session_planned", PLAN, office=NEIGHBOUR)
    assert next(line.effect for line in world.state(case).timeline if line.event == stranger.id) == "none"
    world.event(case, "case.session_planned", PLAN)
    world.event(case, "case.withdrawn", {"party": 0})
    state = world.state(case)
    assert (state.state, state.meeting) == ("withdrawn", None)
    assert refusal("case.session_planned", state, VILLAGE, "mediator") != ""


def test_the_table_of_days_holds_what_is_ahead_and_nothing_else() -> None:
    world, db, tables = World(), sqlite3.connect(":memory:"), ReadModel()
    tables.create(db)
    cases = [accepted(world) for _ in range(3)]
    for case, day in zip(cases, ("2026-03-09", "2026-03-05", "2026-04-01"), strict=True):
        world.event(case, "case.session_planned", {**PLAN, "date": day, "invited": ["演示法官"]})
    rows = [(event.id, event.doc()) for case in cases for event in world.events[case]]
    tables.apply(db, [doc for _, doc in rows])
    found = meetings.planned(db, "2026-03-01", "2026-03-31")
    assert [(one.case, one.date, one.invited) for one in found] == [
        (cases[1], "2026-03-05", ("演示法官",)), (cases[0], "2026-03-09", ("演示法官",))]
    tables.apply(db, [world.event(cases[1], "case.session_called_off", {"reason": "DEMO"}).doc()])
    assert [one.case for one in meetings.planned(db, "2026-03-01", "2026-12-31", [VILLAGE])] == [cases[0], cases[2]]
    assert meetings.planned(db, "2026-03-01", "2026-12-31", [NEIGHBOUR]) == []


def test_a_judge_named_at_triage_is_the_third_of_the_six_haves() -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2})
    assert not {have.name: have.has for have in six_haves(world.state(case), str)}["有法官全程指导"]
    world.event(case, "case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2, "judge": "演示法官"}, schema=2)
    state = world.state(case)
    assert state.levels.judge == "演示法官"
    other = {"category": "DC02", "difficulty": "simple", "risk": 2, "judge": "另一法官"}
    again = world.event(case, "case.triaged", other, schema=2)
    db, tables = sqlite3.connect(":memory:"), ReadModel()
    tables.create(db)
    tables.apply(db, [event.doc() for event in world.events[case] if event.id != again.id])
    assert meetings.guided(db) == [("演示法官", 1)]
    tables.apply(db, [again.doc()])
    assert meetings.guided(db) == [("另一法官", 1)], "who is named anew replaces who was"
    assert [total(db, Filter(guide=who), Moment("2026-03-02", 0)) for who in ("另一法官", "演示法官")] == [1, 0]
    tables.apply(db, [world.event(case, "case.withdrawn", {"party": 0}).doc()])
    assert meetings.guided(db) == [], "the case is over"
    assert {have.name: have.has for have in six_haves(state, str)}["有法官全程指导"]
