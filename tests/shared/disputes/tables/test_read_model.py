"""Tables, questions and audience: the same whatever the order, batches and repeats of the feed."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.disputes.domain import DISPUTES
from shared.disputes.tables.cases import Filter, Moment, alarms, find, known_as, split_numbers, total, totals
from shared.disputes.tables.read_model import ReadModel
from shared.ledger import codes
from shared.ledger.audience import is_heard, route
from shared.ledger.published.notices import build_refused, build_released
from tests.support.shared.case_of_tables import case_of_tables
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, OTHER_TOWN, TOWN, VILLAGE, World

NOON = Moment("2026-03-02")
TABLES = ("cases", "events", "deadlines", "receipts", "refusals", "notices", "refused_now", "records", "search")


def empty() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("BEGIN")
    ReadModel().create(db)
    db.execute("COMMIT")
    return db


def dump(db: sqlite3.Connection) -> dict[str, list[tuple]]:
    return {table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = empty()
    yield connection
    connection.close()


def county(cases: int = 4) -> tuple[World, list[dict]]:
    world = World()
    for n in range(cases):
        case = world.mediating(office=VILLAGE if n % 2 else NEIGHBOUR).subject
        if n % 2:
            world.agree(case, date="2026-03-05", form="oral", fields={"signatures": []})
            world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO"}, date="2026-03-06")
    return world, [event.doc() for events in world.events.values() for event in events]


def receipt(device: str, n: int, refused: dict[str, str]) -> dict:
    return {"_id": f"receipt:{device}:h:{n:010d}", "kind": "receipt", "hub": {"id": "h"}, "issuer": "h", "device": device,
            "n": n, "refused": refused}


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_any_order_batching_and_repetition_of_the_feed_gives_the_same_tables(seed: int) -> None:
    chance = random.Random(seed)
    world, docs = county()
    refused = next(e for events in world.events.values() for e in events if e.kind == "case.agreement_reached")
    docs += [receipt(refused.device, 1, {}), receipt(refused.device, 2, {refused.id: "bad_signature"})]
    # two cases lose an event that never comes here; one of the refusals is lifted again
    first, second = (events[2] for events in list(world.events.values())[:2])
    docs = [doc for doc in docs if doc["_id"] != first.id]
    hub = world.key("hub")
    docs += [build_refused(first, "bad_body", hub), build_refused(second, "bad_body", hub), build_released(second.id, hub)]
    planned = {"title": "DEMO", "offices": [VILLAGE], "due": "2026-03-20", "grids": ["G1"]}
    sweep = world.event(None, "sweep.planned", planned, office=TOWN).subject
    world.event(sweep, "sweep.item_done", {"grid": "G1"})
    docs += [event.doc() for event in world.events[sweep]]
    once, piecewise = empty(), empty()
    ReadModel().apply(once, docs)
    stream = [*docs, *chance.sample(docs, 5)]
    chance.shuffle(stream)
    while stream:
        size = chance.randrange(1, 9)
        ReadModel().apply(piecewise, stream[:size])
        stream = stream[size:]
    first, second = dump(once), dump(piecewise)
    for table in TABLES:
        assert first[table] == second[table], table


def test_a_refusal_takes_the_event_out_and_its_release_brings_it_back(db: sqlite3.Connection) -> None:
    world, docs = county(2)
    agreed = next(e for events in world.events.values() for e in events if e.kind == "case.agreement_reached")
    model = ReadModel()
    model.apply(db, docs)
    states = [case_of_tables(db, agreed.subject).state]
    model.apply(db, [receipt(agreed.device, 1, {agreed.id: "bad_signature"})])
    states.append(case_of_tables(db, agreed.subject).state)
    assert db.execute("SELECT refused FROM events WHERE id = ?", (agreed.id,)).fetchone() == (1,)
    assert db.execute("SELECT state FROM cases WHERE case_id = ?", (agreed.subject,)).fetchone() == ("mediating",)
    model.apply(db, [receipt(agreed.device, 3, {})])
    model.apply(db, [receipt(agreed.device, 2, {agreed.id: "older news"})])
    states.append(case_of_tables(db, agreed.subject).state)
    assert states == ["effective", "mediating", "effective"]
    assert db.execute("SELECT count(*) FROM events WHERE refused = 1").fetchone() == (0,)


def test_any_substring_of_names_place_or_summary_finds_the_case(db: sqlite3.Connection) -> None:
    _, docs = county(4)
    ReadModel().apply(db, docs)
    for text in ("渠", "水渠", "演示乙", "甲 渠", "13800000002", "001-0003", "demo"):
        assert total(db, Filter(text=text), NOON), text
    for text in ("没有", "渠水", '"', "* OR x", ""):
        assert total(db, Filter(text=text), NOON) in (0, 4), text


def test_lists_filter_by_holder_state_pending_and_alarm(db: sqlite3.Connection) -> None:
    _, docs = county(4)
    ReadModel().apply(db, docs)
    assert {row.holder for row in find(db, Filter(holders=[VILLAGE]), NOON, limit=9)} == {VILLAGE}
    assert {row.state for row in find(db, Filter(state="mediating"), NOON, limit=9)} == {"mediating"}
    assert total(db, Filter(pending_to=TOWN), NOON) == 2
    assert total(db, Filter(alarm="overdue"), Moment("2026-03-03")) == 0
    assert total(db, Filter(alarm="overdue"), Moment("2026-03-20")) == 4
    assert len(find(db, Filter(), NOON, limit=3)) == 3
    assert len(find(db, Filter(), NOON, limit=3, offset=3)) == 1
    assert total(db, Filter(holders=[]), NOON) == 0


def test_with_the_names_of_offices_a_word_means_a_place_a_category_or_a_printed_number(db: sqlite3.Connection) -> None:
    _, docs = county(4)
    ReadModel().apply(db, docs)
    names = [(VILLAGE, ("旧地村", "双龙镇旧地村"))]
    one = find(db, Filter(numbers=[VILLAGE]), NOON, limit=1)[0]
    printed = f"旧地村〔{one.number[13:17]}〕{one.number[18:]}"
    for text in ("旧地", printed[:-6], codes.name("category", one.category)):
        assert one in find(db, Filter(text=text), NOON, limit=9, names=iter(names)), text
        assert total(db, Filter(text=f"{text} {text}"), NOON, names=iter(names)) > 0, "names are asked once for all words"
    assert known_as(db, printed, names) == [one.case_id]
    assert known_as(db, one.number[-8:], names, ends=True) == [one.case_id]
    assert known_as(db, one.number[-8:], names) == []
    assert split_numbers(f"水渠 {printed}", names) == ("水渠", (one.number,))


def test_alarms_come_from_the_stored_dates_and_the_given_day(db: sqlite3.Connection) -> None:
    _, docs = county(2)
    ReadModel().apply(db, docs)
    assert alarms(db, Moment("2026-03-02")) == []
    late = alarms(db, Moment("2026-06-01"))
    assert late == sorted(late, key=lambda row: (row["due_date"], row["case_id"], row["kind"]))
    assert {"mediation", "performance", "handle_village", "escalation_ack"} <= {row["kind"] for row in late}
    assert "confirmation" not in {row["kind"] for row in late}
    assert {row["holder"] for row in alarms(db, Moment("2026-06-01"), [NEIGHBOUR])} == {NEIGHBOUR}


def test_counts_partition_the_cases(db: sqlite3.Connection) -> None:
    world, docs = county(3)
    case = world.register().subject
    world.event(case, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]})
    ReadModel().apply(db, docs + [e.doc() for e in world.events[case]])
    found = totals(db, Moment("2026-03-20"))
    assert (found.open, found.ended, found.pending) == (3, 1, 1)


def test_documents_that_are_no_case_events_are_passed_over(db: sqlite3.Connection) -> None:
    ReadModel().apply(db, [
        {"_id": "grant:01J9ZK3V7Q8W9X0Y1Z2A3B4C5D:000001", "kind": "grant"}, {"_id": "hazard:x:y:z"}, {"_id": "case:broken"},
        {"_id": "receipt:x:1", "kind": "receipt"},
    ])
    assert db.execute("SELECT count(*) FROM cases").fetchone() == (0,)


def test_an_evicted_case_leaves_the_tables(db: sqlite3.Connection) -> None:
    world, docs = county(1)
    model = ReadModel()
    model.apply(db, docs)
    model.apply(db, [{"_id": doc["_id"], "_rev": doc["_rev"], "_deleted": True} for doc in docs])
    assert [db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES] == [0] * len(TABLES)
    assert case_of_tables(db, next(iter(world.events))) is None


# --- audience -------------------------------------------------------------------------------------------------


def audience(docs: list[dict]) -> dict:
    row = None
    for doc in docs:
        row = route(doc, row, domain=DISPUTES)
    assert row is not None
    return row


def handed_over() -> list[dict]:
    world = World()
    case = world.mediating().subject
    request = world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO"})
    world.event(case, "case.escalate_accepted", {"request": request.id}, office=TOWN)
    world.event(case, "case.recalled", {"reason": "DEMO"}, office=COUNTY)
    order = world.event(case, "case.assigned", {"to": "150822101200"}, office=COUNTY)
    world.event(case, "case.assignment_acknowledged", {"assignment": order.id}, office="150822101200")
    return [event.doc() for event in world.events[case]]


def test_up_goes_everything_and_down_goes_what_concerns_you() -> None:
    world = World()
    first = world.register().doc()
    assert audience([first])["offices"] == sorted([VILLAGE, TOWN, COUNTY])
    assert audience(handed_over())["offices"] == sorted([VILLAGE, TOWN, COUNTY, "150822101200", OTHER_TOWN])


@given(st.randoms(use_true_random=False))
def test_the_audience_is_monotone_and_does_not_depend_on_the_order(chance: random.Random) -> None:
    docs = handed_over()
    expected = audience(docs)
    chance.shuffle(docs)
    row, seen = None, set()
    for doc in [*docs, *docs]:
        row = route(doc, row, domain=DISPUTES)
        assert seen <= set(row["offices"])
        seen = set(row["offices"])
    assert row == expected


def test_a_neighbour_does_not_enter_by_writing_into_the_case() -> None:
    world = World()
    case = world.register().subject
    note = world.event(case, "case.note_added", {"text": "DEMO"}, office=NEIGHBOUR).doc()
    call = world.event(case, "case.co_handler_added", {"office": NEIGHBOUR}, office=NEIGHBOUR).doc()
    row = audience([world.events[case][0].doc()])
    assert not any(is_heard(doc, row) for doc in (note, call))
    assert not is_heard(note, None)
    assert route(note, row, domain=DISPUTES) == row, "an event of a stranger that a person let in adds nobody but whom it names"
    again = world.event(case, "case.co_handler_added", {"office": NEIGHBOUR}, office=TOWN).doc()
    assert is_heard(note, route(again, row, domain=DISPUTES))


@pytest.mark.parametrize("date", ["1970-01-02", "9999-12-31"])
def test_a_record_of_a_device_whose_clock_is_broken_beyond_measure_stops_no_table(db, date: str) -> None:
    world = World()
    case = world.mediating(office=VILLAGE, date=date).subject
    ReadModel().apply(db, [event.doc() for event in world.events[case]])
    assert [row[0] for row in db.execute("SELECT case_id FROM cases")] == [case]


def test_a_case_that_cannot_be_folded_is_shown_incomplete_and_stops_no_other(db, caplog) -> None:
    _, docs = county()
    healthy = ReadModel()
    healthy.apply(db, docs)
    expected = db.execute("SELECT count(*) FROM cases").fetchone()

    poison = next(doc for doc in docs if doc["kind"] == "case.session_held")
    broken = [{**doc, "after": [["x"]]} if doc is poison else doc for doc in docs]      # what no ingress lets in
    fresh = empty()
    ReadModel().apply(fresh, broken)
    assert fresh.execute("SELECT count(*) FROM cases").fetchone() == expected
    assert fresh.execute("SELECT case_id FROM cases WHERE incomplete").fetchall() == [(poison["case"],)]
    assert "cannot be folded whole" in caplog.text
    fresh.close()


def test_how_many_events_each_office_wrote_is_kept_through_repetition_and_removal(db: sqlite3.Connection) -> None:
    _, docs = county()
    model = ReadModel()
    gone = [{"_id": docs[place]["_id"], "_deleted": True} for place in (0, 4)]
    for batch in (docs[:5], docs, docs[3:7], gone, docs[4:5]):
        model.apply(db, batch)
        counted = dict(db.execute("SELECT office, count(*) FROM events GROUP BY office"))
        assert dict(db.execute("SELECT office, n FROM events_of_office WHERE n > 0")) == counted
