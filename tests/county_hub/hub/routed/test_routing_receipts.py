"""Receipts: cumulative, the same in any order, and never more than the truth."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from county_hub.hub.routed.sweep import sweep, tell_again
from shared.ledger.published.receipts import build_receipt, compare_chain, covers
from sync.peer import ChangesRequest
from sync.router.rules import Outcome
from tests.support.county_hub.hub_routing_support import COUNTY, TOWN, VILLAGE, County, db, key_of


@pytest.fixture
def county(tmp_path: Path):
    made = County(tmp_path)
    yield made
    made.close()


def story(county: County, count: int = 12):
    first = county.register()
    return [first, *(county.note(first.subject) for _ in range(count - 1))]


def outcome(event, decision="accept", reason="", source=None) -> Outcome:
    return Outcome(source or db(event.office), event.doc(), decision, reason)


def test_one_receipt_for_a_batch_and_it_covers_every_event(county) -> None:
    events = story(county)
    county.router().run_pending()
    [doc] = county.docs(db(VILLAGE), "receipt:")
    receipt = county.receipt()
    assert receipt.accepted.json() == [[1, 12]]
    assert receipt.missing.json() == []
    assert receipt.head == (12, events[-1].h)
    assert all(covers(receipt, event) for event in events)
    assert doc["hub"] == {"id": "hub-1", "epoch": "0001-aa"}
    assert compare_chain(receipt, receipt.device, 12, lambda seq: events[seq - 1].h) == "same"


def test_receipts_are_for_the_devices_office_alone(county) -> None:
    story(county)
    county.router().run_pending()
    assert county.docs(db(TOWN), "receipt:") == county.docs(db(COUNTY), "receipt:") == []


def test_county_devices_get_receipts_too(county) -> None:
    event = county.register(COUNTY)
    county.router().run_pending()
    assert covers(county.receipt(COUNTY), event)


@pytest.mark.parametrize("seed", range(10))
def test_any_order_with_repeats_ends_in_the_same_receipt(county, seed) -> None:
    print("seed", seed)
    chance = random.Random(seed)
    told = [outcome(event) for event in story(county)]
    order = told + chance.choices(told, k=8)
    chance.shuffle(order)
    while order:
        batch, order = order[:3], order[3:]
        county.receipts.tell(batch)
    receipt = county.receipt()
    assert receipt.accepted.json() == [[1, 12]]
    assert receipt.head[0] == 12


def test_telling_the_same_again_writes_nothing(county) -> None:
    told = [outcome(event) for event in story(county)]
    assert county.receipts.tell(told) == 1
    assert county.receipts.tell(told[3:7]) == 0


def test_gaps_are_named_missing_and_refused_numbers_are_not(county) -> None:
    events = story(county, 6)
    county.receipts.tell([outcome(events[0]), outcome(events[5]), outcome(events[2], "refuse", "bad_body: x"),
                          outcome(events[3], "hold", "directory_unknown: x")])
    receipt = county.receipt()
    assert receipt.accepted.json() == [[1, 1], [6, 6]]
    assert receipt.missing.json() == [[2, 2], [5, 5]]
    assert receipt.refused == {events[2].id: "bad_body: x"}
    assert dict(receipt.held) == {events[3].id: "directory_unknown: x"}


def test_a_held_event_that_is_accepted_is_held_no_more(county) -> None:
    events = story(county, 2)
    county.receipts.tell([outcome(events[0]), outcome(events[1], "hold", "x")])
    county.receipts.tell([outcome(events[1])])
    assert county.receipt().held == {}
    assert county.receipt().accepted.json() == [[1, 2]]


def test_a_second_event_with_an_accepted_number_is_told_its_own_refusal(county) -> None:
    events = story(county, 3)
    county.router().run_pending()
    with county.databases.lease(db(VILLAGE)) as replica:
        chain = replica.get_local(f"chain-{VILLAGE}-001")
        replica.put_local(f"chain-{VILLAGE}-001", {**chain, "seq": 1, "head": events[0].h})
    fork = county.note(events[0].subject, key=key_of("clone"))
    county.router().run_pending()
    receipt = county.receipt()
    assert fork.device_seq == 2
    assert not covers(receipt, fork)
    assert fork.id in receipt.refused
    assert covers(receipt, events[1])


def test_nobody_elses_database_speaks_ill_of_a_device(county) -> None:
    event = county.register(into=db(TOWN), key=key_of("a thief"))
    county.router().run_pending()
    assert county.receipt() is None
    assert len(county.ids("quarantine", "quarantine:")) == 1
    assert event.id not in county.ids(db(COUNTY))


def test_a_new_epoch_tells_everything_again(county) -> None:
    events = story(county, 3)
    router = county.router()
    router.run_pending()
    county.hub = ("hub-1", "0002-bb")
    router.run_pending()
    receipt = county.receipt()
    assert receipt.epoch == "0002-bb"
    assert receipt.n > 10_000
    assert receipt.accepted.json() == [[1, len(events)]]


@pytest.mark.parametrize("lost", [0, 1, 30])
def test_receipts_of_a_lost_life_that_devices_bring_back_do_not_shorten_the_present_ones(county, lost) -> None:
    """The hub is put back to a time before its receipts, and writes anew; then a tablet pushes those that it had pulled."""
    events = story(county, 3)
    router = county.router()
    router.run_pending()
    first = county.receipt()
    brought = [build_receipt(replace(first, n=1 + n), county.hub_key) for n in range(lost)]
    with county.databases.lease(db(VILLAGE)) as replica:
        replica.purge({doc["_id"]: [doc["_rev"]] for doc in county.docs(db(VILLAGE), "receipt:")})
    county.hub = ("hub-1", "0002-bb")
    tell_again(router, county.receipts, county.databases, db(COUNTY))
    with county.databases.lease(db(VILLAGE)) as replica:
        replica.bulk_docs(brought, new_edits=False)
        replica.bulk_docs([build_receipt(replace(first, n=5_000_000), county.hub_key)], new_edits=False)
    county.note(events[0].subject)
    router.run_pending()
    receipt = county.receipt()
    assert (receipt.epoch, receipt.accepted.json(), receipt.missing.json()) == ("0002-bb", [[1, len(events) + 1]], [])
    with county.databases.lease(db(VILLAGE)) as replica:
        assert all(len(row.revs) == 1 for row in replica.changes(ChangesRequest(style="all_docs")))


def test_receipts_can_be_made_again_from_the_databases(county) -> None:
    events = story(county, 4)
    bad = county.note(events[0].subject, key=key_of("a thief"))
    router = county.router()
    router.run_pending()
    before = county.receipt()
    with county.databases.lease(db(VILLAGE)) as replica:
        replica.purge({doc["_id"]: [doc["_rev"]] for doc in county.docs(db(VILLAGE), "receipt:")})
    assert county.receipt() is None
    assert tell_again(router, county.receipts, county.databases, db(COUNTY)) > 0
    after = county.receipt()
    assert (after.accepted, after.refused, after.head, after.missing) == (
        before.accepted, before.refused, before.head, before.missing)
    assert bad.id in after.refused
    assert tell_again(router, county.receipts, county.databases, db(COUNTY)) == 0


def test_the_sweep_purges_receipts_that_newer_ones_replaced_long_ago(county) -> None:
    router = county.router()
    case = county.register().subject
    router.run_pending()
    county.note(case)
    router.run_pending()
    county.now += 91 * 86_400_000
    county.note(case)
    router.run_pending()
    done = sweep(router, county.receipts, county.databases)
    assert (done.repairs, done.receipts_purged) == (0, 2)
    assert [doc["n"] for doc in county.docs(db(VILLAGE), "receipt:")] == [3]
