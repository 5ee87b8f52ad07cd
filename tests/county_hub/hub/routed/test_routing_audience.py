"""Who gets which event of a county, with real events, directory, judge and audience rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.ledger.formats.envelope import Event
from shared.ledger.published.directory_heads import change
from shared.ledger.published.receipts import parse_grant
from sync.router.router import quarantine_id
from tests.support.county_hub.hub_routing_support import (
    COUNTY,
    FAR_VILLAGE,
    NEIGHBOUR,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    County,
    db,
    key_of,
)


@pytest.fixture
def county(tmp_path: Path):
    made = County(tmp_path)
    yield made
    made.close()


def test_a_villages_event_reaches_county_and_township_and_never_a_neighbour(county) -> None:
    event = county.register()
    county.router().run_pending()
    for office in (VILLAGE, TOWN, COUNTY):
        assert county.ids(db(office)) == [event.id]
    for office in (NEIGHBOUR, OTHER_TOWN, FAR_VILLAGE):
        assert county.ids(db(office)) == []


def test_an_assignment_brings_the_whole_case_and_a_grant_that_proves_it(county) -> None:
    router = county.router()
    case = county.register().subject
    county.note(case)
    router.run_pending()
    county.assign(case, NEIGHBOUR)
    router.run_pending()
    held = county.ids(db(NEIGHBOUR))
    assert len(held) == 3
    [grant] = [parse_grant(doc) for doc in county.docs(db(NEIGHBOUR), "grant:")]
    assert grant.office == NEIGHBOUR
    assert grant.complete(held)
    assert county.ids(db(OTHER_TOWN)) == []


def test_what_the_new_holder_writes_goes_back_to_everybody_concerned(county) -> None:
    router = county.router()
    case = county.register().subject
    router.run_pending()
    county.assign(case, NEIGHBOUR)
    router.run_pending()
    event = county.note(case, office=NEIGHBOUR)
    router.run_pending()
    for office in (VILLAGE, NEIGHBOUR, TOWN, COUNTY):
        assert event.id in county.ids(db(office))


def test_nobody_enters_a_case_by_writing_into_it(county) -> None:
    router = county.router()
    case = county.register().subject
    router.run_pending()
    stray = county.note(case, office=FAR_VILLAGE)
    router.run_pending()
    assert county.ids(db(FAR_VILLAGE)) == [stray.id]
    assert stray.id not in county.ids(db(COUNTY))
    assert [w.reason.partition(":")[0] for w in router.status().waiting] == ["not_in_audience"]


def test_what_county_officers_write_goes_down_to_those_concerned(county) -> None:
    router = county.router()
    case = county.register().subject
    router.run_pending()
    event = county.note(case, office=COUNTY)
    router.run_pending()
    assert event.id in county.ids(db(VILLAGE))
    assert event.id in county.ids(db(TOWN))
    assert event.id not in county.ids(db(NEIGHBOUR))


def test_a_bad_signature_goes_to_quarantine_with_its_reason(county) -> None:
    event = county.register(key=key_of("a thief"))
    county.router().run_pending()
    [kept] = county.docs("quarantine", "quarantine:")
    assert kept["reason"].startswith("bad_signature: ")
    assert kept["doc"] == event.doc()
    assert county.ids(db(COUNTY)) == []
    receipt = county.receipt()
    assert receipt is not None
    assert receipt.refused[event.id].startswith("bad_signature: ")
    assert not receipt.accepted


def test_a_device_that_is_not_known_yet_waits_until_the_directory_knows_it(county) -> None:
    event = county.register(device=f"{VILLAGE}-009")
    router = county.router()
    router.run_pending()
    assert county.ids(db(COUNTY)) == []
    assert [w.reason.split(":")[0] for w in router.status().waiting] == ["device_unknown"]
    value = county.device_value(VILLAGE, public_key=key_of(f"{VILLAGE}-009").public)
    county.directory.publish([change("device", f"{VILLAGE}-009", value)])
    router.run_pending()
    assert county.ids(db(COUNTY)) == [event.id]
    assert county.receipt(device=f"{VILLAGE}-009").accepted.json() == [[1, 1]]


def lose(county: County, office: str = VILLAGE) -> None:
    county.directory.publish([change("device", f"{office}-001", county.device_value(office, status="lost"))])


def test_what_a_lost_device_sends_afterwards_waits_for_a_person(county) -> None:
    router = county.router()
    before = county.register()
    router.run_pending()
    lose(county)
    after = county.note(before.subject)
    router.run_pending()
    assert county.ids(db(COUNTY)) == [before.id]
    [kept] = county.docs("quarantine", "quarantine:")
    assert kept["reason"].startswith("device_lost: ")
    router.release(quarantine_id(after.doc()), "supervisor-7")
    router.run_pending()
    assert county.ids(db(COUNTY)) == sorted([before.id, after.id])
    receipt = county.receipt()
    assert receipt.accepted.json() == [[1, 2]]
    assert receipt.refused == {}


def test_a_rebuild_after_a_loss_does_not_refuse_what_was_accepted_before(county) -> None:
    event = county.register()
    county.router().run_pending()
    lose(county)
    county.router("new.sqlite").run_pending()
    assert county.ids("quarantine", "quarantine:") == []
    assert county.receipt().refused == {}
    assert event.id in county.ids(db(TOWN))


def test_a_retired_device_is_believed_up_to_its_declared_number(county) -> None:
    router = county.router()
    first = county.register()
    value = county.device_value(VILLAGE, status="retired", final_seq=1, final_hash=first.h)
    county.directory.publish([change("device", f"{VILLAGE}-001", value)])
    county.note(first.subject)
    router.run_pending()
    assert county.ids(db(COUNTY)) == [first.id]
    assert len(county.ids("quarantine", "quarantine:")) == 1


def test_unsent_work_in_the_drop_is_kept_for_a_person(county) -> None:
    lose(county)
    event = county.register(into="drop")
    router = county.router()
    router.run_pending()
    assert county.ids(db(COUNTY)) == []
    router.release(quarantine_id(event.doc()), "supervisor-7")
    router.run_pending()
    for office in (VILLAGE, TOWN, COUNTY):
        assert county.ids(db(office)) == [event.id]
    assert county.receipt().accepted.json() == [[1, 1]]


def manifest(chunk_ids: list[str]) -> dict[str, object]:
    return {
        "name": "渠.jpg", "type": "image/jpeg", "size": 10, "sha256": "a" * 64,
        "chunks": [chunk_id.removeprefix("chunk:") for chunk_id in chunk_ids], "purpose": "photo", "party": None,
        "thumb": None,
    }


@pytest.mark.parametrize("chunk_first", [True, False])
def test_photographs_follow_their_event_whichever_comes_first(county, chunk_first) -> None:
    router = county.router()
    data = b"the ditch in March"
    if chunk_first:
        chunk_id = county.chunk(VILLAGE, data)["_id"]
        router.run_pending()
        county.register(files=[manifest([chunk_id])])
    else:
        from shared.ledger.formats.documents import make_chunk

        chunk_id = make_chunk(data)["_id"]
        county.register(files=[manifest([chunk_id])])
        router.run_pending()
        county.chunk(VILLAGE, data)
    router.run_pending()
    for office in (TOWN, COUNTY):
        assert county.ids(f"{db(office)}-files", "chunk:") == [chunk_id]
    assert county.ids(f"{db(NEIGHBOUR)}-files", "chunk:") == []
    receipt = county.receipt()
    assert receipt is not None
    assert receipt.files == ("a" * 64,), "the receipt says that the file is complete at the county"


def test_a_file_of_which_a_piece_is_missing_is_not_said_to_be_complete(county) -> None:
    from shared.ledger.formats.documents import make_chunk

    router, pieces = county.router(), (b"the ditch in March", b"the ditch in May")
    county.register(files=[manifest([make_chunk(piece)["_id"] for piece in pieces])])
    county.chunk(VILLAGE, pieces[0])
    router.run_pending()
    assert county.receipt().files == ()
    n = county.receipt().n
    county.chunk(VILLAGE, pieces[1])
    router.run_pending()
    assert (county.receipt().files, county.receipt().n) == (("a" * 64,), n + 1)
    county.note(county.register().subject)
    router.run_pending()
    assert county.receipt().files == ("a" * 64,), "cumulative"


def test_the_sweep_finds_nothing_to_repair(county) -> None:
    router = county.router()
    events: list[Event] = [county.register() for _ in range(4)]
    router.run_pending()
    for event in events[:2]:
        county.assign(event.subject, NEIGHBOUR)
    county.register(key=key_of("a thief"))
    router.run_pending()
    assert router.sweep().repaired == {}
