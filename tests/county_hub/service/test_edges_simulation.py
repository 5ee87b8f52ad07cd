"""Seeded histories of two hubs before one store, and two routers that meet in one case. A failure names its command.

`make soak` plays a tenth of `SEEDS` (2,000) longer ones.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.ledger.formats.documents import sign_document
from tests.support.county_hub.edges_simulation import EdgesSimulation, simulate
from tests.support.county_hub.hub_routing_support import COUNTY, NEIGHBOUR, TOWN, VILLAGE, db

SEEDS = int(os.environ.get("SEEDS", "2000")) // 10
MEMORY = Path("/dev/shm")
HOUR = 3_600_000


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as made:
        yield Path(made)


@pytest.fixture
def county(folder: Path) -> Iterator[EdgesSimulation]:
    """The edge answers for one village, the publisher for the rest; lines and store are good, the clock of the edge is not."""
    made = EdgesSimulation(1, folder)
    made.store.faults.rate = made.store.late = 0.0
    made.hand_over([VILLAGE])
    made.beside._offset = HOUR
    both_route(made)
    yield made
    made.close()


def both_route(county: EdgesSimulation) -> None:
    for site in (*county.sites, *county.sites):
        site.route()
    county.publisher.look()


@pytest.mark.parametrize("seed", range(3))
def test_two_hubs_and_their_store_end_alike(seed: int, folder: Path) -> None:
    simulate(seed, 24, folder)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1000 + SEEDS))
def test_the_same_over_many_longer_histories(seed: int, folder: Path) -> None:
    simulate(seed, 60, folder)


def test_two_routers_that_meet_in_a_case_write_one_grant_and_nothing_twice(county: EdgesSimulation) -> None:
    signatures = list[int]()
    for write in range(1, 7):       # before the so-manieth write of the one, the other does all that it has to do
        case = county.beside.register().subject
        both_route(county)
        county.publisher.assign(case, NEIGHBOUR)        # the township, of the other hub, brings a village in
        county.store.between = write, county.beside.route
        county.publisher.route()
        county.store.between = None
        both_route(county)
        for site in county.sites:
            events = site.leaves(db(NEIGHBOUR), (f"case:{case}:",))
            assert [len(leaves) for leaves in events.values()] == [1, 1]
            [grant] = site.leaves(db(NEIGHBOUR), (f"grant:{case}:",)).values()
            assert {(doc["count"], doc["hash"], doc["issued_at"]) for doc in grant} == {
                (2, grant[0]["hash"], grant[0]["issued_at"])}, "no clock of a hub stands in it"
            signatures.append(len(grant))
            county._check_published(site)
            assert site.work.sweep().repairs == 0
    assert max(signatures) == 2, "the routers never met"
    for office in (VILLAGE, TOWN, NEIGHBOUR, COUNTY):
        assert len({frozenset(site.ids(db(office))) for site in county.sites}) == 1


def everything(county: EdgesSimulation) -> dict[str, set[str]]:
    return {name: county.store.ids(name) for name in county.store.databases.names()}


def test_a_store_put_back_gets_again_what_either_hub_brought_though_it_holds_more_by_then(county: EdgesSimulation) -> None:
    """Neither hub is started again, and the number of documents says nothing: the other one has written since."""
    county.store.keep_copy()
    county.publisher.register(NEIGHBOUR)
    county.beside.register()
    both_route(county)
    there = everything(county)
    county._put_back()
    assert everything(county) != there
    for _ in range(4):
        county.publisher.register(NEIGHBOUR)
    county.publisher.work.run_pending()
    county.beside.look()
    both_route(county)
    assert all(ids <= everything(county)[name] for name, ids in there.items())
    assert not county._is_unsure()


def test_what_another_hub_had_brought_goes_back_into_the_store_from_a_cache(county: EdgesSimulation) -> None:
    """Whose outbox knew of it is gone with its machine, and so is what the publisher's had noted."""
    county.store.keep_copy()
    county.beside.register()
    both_route(county)
    there = everything(county)
    for name in county.store.databases.names():
        county.publisher.outbox.forget(name, [id for id, _ in county.publisher.outbox.newest(name, 99)])
    county._put_back()
    for _ in range(2):
        county.publisher.look()
    assert everything(county) == there


def test_a_refusal_is_told_once_whoever_answers_for_the_office_afterwards(county: EdgesSimulation) -> None:
    case = county.beside.register().subject
    both_route(county)
    refused = county.beside.write(case, "case.assigned", {"to": NEIGHBOUR}, role="mediator")
    both_route(county)
    county.hand_over([NEIGHBOUR])       # the publisher judges it now, too
    both_route(county)
    for site in county.sites:
        for office in (VILLAGE, TOWN):
            [notices] = site.leaves(db(office), ("refused:",)).values()
            assert {(doc["event"], doc["reason"]) for doc in notices} == {(refused.id, notices[0]["reason"])}
        assert refused.id not in site.ids(db(COUNTY))
        assert [doc["doc"]["_id"] for doc in site.docs("quarantine", "quarantine:")] == [refused.id]


def test_the_judge_sees_a_receipt_number_that_was_given_twice(county: EdgesSimulation) -> None:
    county.beside.register()
    both_route(county)
    [[doc]] = county.beside.leaves(db(VILLAGE), ("receipt:",)).values()
    other = {**doc, "received_at": doc["received_at"] + 1}
    with county.beside.databases.lease(db(VILLAGE)) as replica:
        replica.bulk_docs([sign_document(other, county.beside.hub_key)], new_edits=False)
    with pytest.raises(AssertionError, match="two things"):
        county._check_published(county.beside)
