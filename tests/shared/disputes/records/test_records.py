"""The small aggregates: each opens, goes its steps and ends; what may not be is kept and marked; equal sets give equal states."""

from __future__ import annotations

import random
import sqlite3
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.disputes.advice.assessment import assess
from shared.disputes.domain import DISPUTES
from shared.disputes.records.appointments import answers, seats
from shared.disputes.records.machine import RecordState, fold_record
from shared.disputes.records.machines import MACHINES
from shared.disputes.tables.read_model import ReadModel
from shared.disputes.tables.records import list_records, warnings
from shared.ledger.audience import route
from shared.ledger.formats.envelope import Event
from shared.ledger.tables import stored_events
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, TOWN, VILLAGE, World

CASE = "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D"
PLACE = {"office": VILLAGE, "text": "DEMO"}
Act = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], dict[str, Any]]


def play(world: World, aggregate: str, *acts: Act) -> str:
    subject = None
    for name, body, *options in acts:
        subject = world.event(subject, f"{aggregate}.{name}", body, **(options[0] if options else {})).subject
    assert subject is not None
    return subject


def state(world: World, subject: str, today: str | None = None) -> RecordState:
    events = world.events[subject]
    found = fold_record(MACHINES[events[0].aggregate], events, {}, today)
    assert fold_record(MACHINES[events[0].aggregate], events[::-1], {}, today) == found
    return found


def note(found: RecordState, event: Event) -> str:
    return next(step.note for step in found.steps if step.event == event.id)


AT_COUNTY, AT_TOWN = {"office": COUNTY, "role": "dispatcher"}, {"office": TOWN, "role": "judicial_officer"}

STORIES: dict[str, tuple[list[Act], str]] = {
    "hazard": ([
        ("reported", {"title": "DEMO 渠堤裂缝", "place": PLACE, "level": 2, "items": ["persons_5"]}, {"role": "grid_member"}),
        ("assessed", {"level": 3, "text": "DEMO", "cause": "DEMO", "trend": "rising"}), ("watched", {}),
        ("checked", {"text": "DEMO"}), ("became_case", {"case": CASE}), ("closed", {"result": "DEMO"})], "closed"),
    "sweep": ([
        ("planned", {"title": "DEMO", "offices": [VILLAGE], "due": "2026-03-20", "grids": ["G1"]}, AT_TOWN),
        ("item_done", {"grid": "G1", "households": 10, "officers": ["w1", "p1"]}), ("closed", {}, AT_TOWN)], "closed"),
    "small_service": ([
        ("recorded", {"type": "small_service", "text": "DEMO", "place": PLACE}), ("followed", {"text": "DEMO"}),
        ("closed", {"result": "DEMO"})], "closed"),
    "talk_item": ([
        ("told", {"title": "DEMO", "text": "DEMO", "place": PLACE}),
        ("discussed", {"minutes": "DEMO", "attendees": ["演示甲"], "due": "2026-03-30"}), ("done", {"result": "DEMO"})], "done"),
    "referral": ([
        ("made", {"service": "notary", "to": COUNTY, "text": "DEMO", "case": CASE}), ("received", {}, AT_COUNTY),
        ("answered", {"text": "DEMO"}, AT_COUNTY), ("closed", {})], "closed"),
    "assessment": ([
        ("opened", {"mediator": "m1", "start": "2026-01-01", "end": "2026-12-31"}, AT_COUNTY),
        ("scored", {"scores": [{"indicator": "success", "points": 12}], "cases": 20}, AT_COUNTY), ("contested", {"text": "DEMO"}),
        ("scored", {"scores": [{"indicator": "success", "points": 14}], "cases": 20}, AT_COUNTY), ("confirmed", {}, AT_COUNTY)],
        "confirmed"),
    "duty": ([("published", {"person": "l1", "service": "lawyer", "date": "2026-03-09", "start": "09:00", "end": "11:00",
                             "place": "DEMO", "seats": 4}, AT_COUNTY), ("withdrawn", {"text": "DEMO"}, AT_COUNTY)], "withdrawn"),
    "appointment": ([
        ("requested", {"asker": "演示甲", "topic": "DEMO"}),
        ("confirmed", {"duty": CASE, "date": "2026-03-09", "start": "09:00"}, AT_COUNTY), ("checked_in", {}),
        ("advised", {"text": "DEMO"}), ("closed", {})], "closed"),
    "consultation": ([
        ("requested", {"case": CASE, "summary": "DEMO", "questions": ["DEMO"]}, AT_TOWN), ("approved", {}, AT_COUNTY),
        ("panel_formed", {"experts": ["a", "b", "c"], "judge": "d"}, AT_COUNTY), ("materials_shared", {}, AT_COUNTY),
        ("session_held", {"text": "DEMO"}, AT_COUNTY), ("opinion_issued", {"legal": "DEMO", "signed_by": ["a"]}, AT_COUNTY),
        ("answered", {"adoption": "partly", "reason": "DEMO"}, AT_TOWN)], "answered"),
    "online_consultation": ([
        ("submitted", {"asker": "演示甲", "text": "DEMO", "place": PLACE}), ("verified", {"method": "DEMO"}),
        ("scheduled", {"date": "2026-03-09", "start": "09:00", "join": "https://video.example/demo", "offices": [VILLAGE]}),
        ("started", {"consents": [{"party": 0, "signed_on": "2026-03-02"}], "recording": True}),
        ("recorded", {"minutes": "DEMO", "signed_by": ["演示甲"]}), ("closed", {"result": "DEMO"})], "closed"),
    "public_qa": ([
        ("registered", {"title": "DEMO", "kind": "environment", "place": PLACE}, AT_TOWN),
        ("risk_assessed", {"level": "medium", "controllable": True, "text": "DEMO"}, AT_TOWN),
        ("meeting_announced", {"date": "2026-03-09", "place": "DEMO", "leaders": ["演示局长"]}, AT_TOWN),
        ("meeting_held", {"date": "2026-03-09", "attendees": 40, "minutes": "DEMO"}, AT_TOWN),
        ("question_answered", {"question": "DEMO", "answer": "DEMO", "commitment": "DEMO", "due": "2026-04-01"}, AT_TOWN),
        ("commitment_kept", {"no": 0, "text": "DEMO"}, AT_TOWN), ("closed", {"result": "DEMO"}, AT_TOWN)], "closed"),
}


def test_every_aggregate_has_a_story() -> None:
    assert set(STORIES) == set(MACHINES)
    told = {f"{aggregate}.{act[0]}" for aggregate, (acts, _) in STORIES.items() for act in acts}
    steps = {kind for m in MACHINES.values() for kind in (m.opens, *m.steps)}
    assert told <= steps


@pytest.mark.parametrize("aggregate", sorted(STORIES))
def test_it_opens_goes_its_steps_and_ends(aggregate: str) -> None:
    world = World()
    acts, end = STORIES[aggregate]
    subject = play(world, aggregate, *acts)
    found = state(world, subject, "2026-03-10")
    assert (found.state, found.is_open, {s.effect for s in found.steps}) == (end, False, {"yes"})
    opened = fold_record(MACHINES[aggregate], world.events[subject][:1])
    assert opened.is_open
    assert opened.steps[0].title != world.events[subject][0].kind
    again = world.event(subject, world.events[subject][0].kind, dict(world.events[subject][0].body))
    assert note(state(world, subject), again), "opened twice is only shown"


def test_a_hazards_highest_colour_wins_until_lowered_by_one_entitled_who_saw_it() -> None:
    world = World()
    subject = play(world, "hazard", ("reported", {"title": "DEMO", "place": PLACE, "level": 4}, {"role": "grid_member"}))
    low = world.event(subject, "hazard.assessed", {"level": 1, "text": "DEMO"})
    found = state(world, subject, "2026-03-03")
    assert (found.level, bool(note(found, low))) == (4, True)
    assert [(c.kind, c.due_date, c.state) for c in found.clocks] == [("hazard_4", "2026-03-02", "overdue")]
    world.event(subject, "hazard.assessed", {"level": 2, "text": "DEMO"}, office=COUNTY, date="2026-03-03")
    found = state(world, subject, "2026-03-04")
    assert found.level == 2
    assert [(c.kind, c.state) for c in found.clocks] == [("hazard_2", "stopped"), ("risk_2", "running")]


def test_a_closed_sweep_names_the_grids_that_nobody_looked_at() -> None:
    world = World()
    subject = play(world, "sweep",
                   ("planned", {"title": "DEMO", "offices": [VILLAGE], "due": "2026-03-20", "grids": ["G1", "G2"]}, AT_TOWN),
                   ("item_done", {"grid": "G1", "hazards": [CASE]}), ("closed", {}, AT_TOWN))
    found = state(world, subject)
    assert found.data["lacking"] == ["G2"]
    assert "G2" in found.findings[0]


def test_a_village_confirms_only_numbered_seats_of_its_quota_and_the_county_the_rest() -> None:
    world = World()
    duty = play(world, "duty", ("published", {
        "person": "l1", "service": "judge", "date": "2026-03-09", "start": "09:00", "end": "11:00", "place": "DEMO", "seats": 3,
        "quotas": [{"office": VILLAGE, "seats": 2}]}, AT_COUNTY))

    def ask(**confirm: Any) -> str:
        body = {"duty": duty, "date": "2026-03-09", "start": "09:00", **confirm}
        office = body.pop("office", VILLAGE)
        return play(world, "appointment", ("requested", {"asker": "演示甲", "topic": "DEMO", "duty": duty}),
                    ("confirmed", body, {"office": office}))

    without = ask()
    assert state(world, without).state == "requested"
    booked = [ask(seat=1), ask(office=COUNTY)]
    post = state(world, duty)
    free = seats(post, [state(world, a) for a in booked], VILLAGE)
    assert (free.own_free, free.common_free, free.clashes) == ((2,), 0, ())
    booked += [ask(seat=1), ask(seat=9), ask(office=COUNTY)]
    assert len(seats(post, [state(world, a) for a in booked], VILLAGE).clashes) == 3


def test_a_panel_has_three_experts_and_an_opinion_that_is_not_adopted_needs_a_reason() -> None:
    world = World()
    acts, _ = STORIES["consultation"]
    subject = play(world, "consultation", *acts[:2], ("panel_formed", {"experts": ["a", "b"]}, AT_COUNTY))
    assert state(world, subject).state == "approved"
    subject = play(world, "consultation", *acts[:-1], ("answered", {"adoption": "not_adopted"}, AT_TOWN))
    assert state(world, subject).state == "opinion"


def test_no_session_before_the_real_name_check_and_none_without_consent() -> None:
    world = World()
    acts, _ = STORIES["online_consultation"]
    early = play(world, "online_consultation", acts[0], acts[2])
    assert state(world, early).state == "submitted"
    silent = play(world, "online_consultation", *acts[:3], ("started", {"consents": []}))
    assert state(world, silent).state == "scheduled"
    failed = play(world, "online_consultation", acts[0], ("verified", {"method": "DEMO", "passed": False}))
    assert state(world, failed).state == "submitted"


def test_a_project_of_medium_risk_wants_a_meeting_and_closes_only_when_commitments_are_kept() -> None:
    world = World()
    acts, _ = STORIES["public_qa"]
    assessed = state(world, play(world, "public_qa", *acts[:2]))
    assert assessed.findings
    subject = play(world, "public_qa", *acts[:5], acts[6])
    found = state(world, subject, "2026-04-02")
    assert (found.state, [c.state for c in found.clocks if c.kind == "commitment"]) == ("held", ["overdue"])


def test_a_records_audience_is_its_writers_those_it_names_and_all_above() -> None:
    world = World()
    sweep = play(world, "sweep", ("planned", {"title": "DEMO", "offices": [VILLAGE], "due": "2026-03-20"}, AT_TOWN))
    row = None
    for event in world.events[sweep]:
        row = route(event.doc(), row, domain=DISPUTES)
    assert row["offices"] == sorted([COUNTY, TOWN, VILLAGE])
    duty = play(world, "duty", ("published", {
        "person": "l1", "service": "judge", "date": "2026-03-09", "start": "09:00", "end": "11:00", "place": "DEMO", "seats": 3,
        "quotas": [{"office": NEIGHBOUR, "seats": 2}]}, AT_COUNTY))
    assert NEIGHBOUR in route(world.events[duty][0].doc(), None, domain=DISPUTES)["offices"]


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_any_odd_order_of_steps_folds_alike_and_the_tables_agree(seed: int) -> None:
    chance = random.Random(seed)
    world = World()
    aggregate = chance.choice(sorted(STORIES))
    acts = STORIES[aggregate][0] * 2
    subject = world.event(None, f"{aggregate}.{acts[0][0]}", acts[0][1]).subject
    for name, body, *options in chance.sample(acts, chance.randrange(1, len(acts))):
        known = world.events[subject]
        after = chance.sample(known, chance.randrange(1, len(known) + 1)) if chance.random() < 0.5 else None
        hour = chance.randrange(1, 23)
        world.event(subject, f"{aggregate}.{name}", body, after=after, hour=hour, **(options[0] if options else {}))
    events = world.events[subject]
    expected = fold_record(MACHINES[aggregate], events, {}, "2026-03-10")
    assert fold_record(MACHINES[aggregate], chance.sample(events, len(events)), {}, "2026-03-10") == expected
    dumps = []
    for _ in range(2):
        db = sqlite3.connect(":memory:")
        ReadModel().create(db)
        docs = [e.doc() for e in chance.sample(events, len(events))]
        cut = chance.randrange(0, len(docs) + 1)
        for part in (docs[:cut], docs[cut:]):
            ReadModel().apply(db, part)
        dumps.append(list_records(db))
        assert fold_record(MACHINES[aggregate], stored_events(db, subject).values(), {}, "2026-03-10") == expected
    assert dumps[0] == dumps[1]
    assert [row["state"] for row in dumps[0]] == [expected.state]


def test_the_graded_warning_lists_what_is_due_the_worst_colour_first() -> None:
    world = World()
    for level in (2, 4, 1):
        play(world, "hazard", ("reported", {"title": f"DEMO {level}", "place": PLACE, "level": level}))
    db = sqlite3.connect(":memory:")
    ReadModel().create(db)
    ReadModel().apply(db, [e.doc() for events in world.events.values() for e in events])
    assert [row["level"] for row in warnings(db, "2026-03-05")] == [4, 2]
    assert [row["level"] for row in warnings(db, "2026-03-06")] == [4, 2, 1], "due on Monday, so it is told on Friday"
    assert [row["level"] for row in list_records(db, "hazard", open_only=True)] == [4, 2, 1]


def test_a_mediators_score_shows_its_counts_ranks_no_small_number_and_a_veto_makes_it_zero() -> None:
    world = World()
    for _ in range(3):
        case = world.mediating().subject
        world.agree(case, form="oral", fields={"performed_on_spot": True, "signatures": []})
    found = assess("m1", [world.state(case) for case in world.events])
    rates = {i.code: (i.numerator, i.denominator) for i in found.indicators}
    assert (found.cases, found.ranked, rates["success"], rates["performance"]) == (3, False, (3, 3), (3, 3))
    assert found.total > 0
    assert assess("m1", [world.state(case) for case in world.events], vetoes=1).total == 0
    assert assess("nobody", []).total == 0


def test_an_offer_that_nobody_answers_gives_its_seat_back_and_is_never_confirmed_unasked() -> None:
    world = World()

    def post(date: str) -> str:
        return play(world, "duty", ("published", {
            "person": "l1", "service": "lawyer", "date": date, "start": "09:00", "end": "11:00", "place": "DEMO",
            "seats": 1}, AT_COUNTY))

    def ask(duty: str, *more: Act) -> str:
        return play(world, "appointment", ("requested", {"asker": "演示甲", "topic": "DEMO", "duty": duty}), *more)

    soon, later = post("2026-03-20"), post("2026-03-25")
    first = ask(soon, ("confirmed", {"duty": soon, "date": "2026-03-20", "start": "09:00"}, AT_COUNTY))
    offer = {"duty": later, "date": "2026-03-25", "start": "09:00", "until": "2026-03-05"}
    second = ask(soon, ("offered", offer, AT_COUNTY))
    third = ask(soon)

    def answered(today: str) -> dict[str, tuple[str, str]]:
        found = answers([state(world, d) for d in (soon, later)], [state(world, a) for a in (first, second, third)], today, 3)
        return {a.appointment: (a.kind.partition(".")[2], str(a.body.get("duty", ""))) for a in found}

    assert answered("2026-03-05") == {third: ("waitlisted", "")}             # the offered seat is held
    assert answered("2026-03-06") == {second: ("waitlisted", ""), third: ("waitlisted", "")}
    for appointment in (second, third):
        world.event(appointment, "appointment.waitlisted", {"text": "DEMO"}, **AT_COUNTY)
    assert answered("2026-03-06") == {second: ("offered", later)}           # asked again; the wish was the other day


def test_a_score_counts_promises_that_are_due_and_none_before_the_seal() -> None:
    world = World()
    case = world.mediating().subject
    agreement = world.agree(case)                          # due on 10 April

    def performance(today: str) -> tuple[int, int]:
        found = assess("m1", [world.state(case, today)])
        return next((i.numerator, i.denominator) for i in found.indicators if i.code == "performance")

    assert performance("2026-05-01") == (0, 0)             # not sealed: nobody owes anything yet
    world.seal(case, agreement)
    assert performance("2026-04-10") == (0, 0)
    assert performance("2026-04-11") == (0, 1)
    world.event(case, "case.item_performed", {"of": agreement.id, "item": 0, "complete": True}, date="2026-04-12")
    assert performance("2026-04-12") == (1, 1)


def test_a_later_note_never_overwrites_the_first_words_of_a_record() -> None:
    world = World()
    subject = play(world, "hazard", (
        "reported", {"title": "DEMO 渠堤", "text": "DEMO 头一天看见裂缝", "place": PLACE, "level": 2}))
    world.event(subject, "hazard.assessed", {"level": 3, "text": "DEMO 裂缝变宽"}, date="2026-03-03")
    world.event(subject, "hazard.watched", {"text": "DEMO 派人看守"}, date="2026-03-04")
    state = fold_record(MACHINES["hazard"], world.events[subject])
    assert (state.title, state.data["text"]) == ("DEMO 渠堤", "DEMO 头一天看见裂缝")
    assert [(note["text"], note["on"]) for note in state.data["notes"]] == [
        ("DEMO 裂缝变宽", "2026-03-03"), ("DEMO 派人看守", "2026-03-04")]
