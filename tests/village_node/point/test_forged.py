"""A service point takes the county's word on refused events only where the county's key has signed it."""

from __future__ import annotations

import pytest

from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import change
from shared.ledger.published.notices import build_refused, build_released
from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node.point import verify


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def desk(world):
    with world.desk(world.home()) as made:
        yield made


def a_note(desk):
    """A case with one note, and the note's event."""
    case = desk.register(CLERK, DRAFT).id
    desk.add_note(CLERK, case, {"text": "DEMO"})
    return case, next(event for event in desk.node.tables.events_of("case", case) if event.kind == "case.note_added")


def brought(desk, doc):
    """The document as a relay, a stick or a stolen credential would bring it: past no check but that of its form."""
    desk.node.office.bulk_docs([doc], new_edits=False)


def struck(desk, case):
    return [line.id for line in desk.case(case).timeline if line.refused]


def test_a_forged_refusal_is_ignored_and_told(world, desk):
    case, note = a_note(desk)
    thief = DeviceKey.generate(world.bytes)
    doc = build_refused(note, "not_permitted", thief)
    brought(desk, doc)
    assert struck(desk, case) == []
    assert any("签名不符" in banner for banner in desk.case(case).banners)
    assert "签名不符" in desk.status().sentence
    assert any(doc["_id"] in problem for problem in verify.verify_node(desk.node)["problems"])
    other = desk.register(CLERK, DRAFT).id
    assert not any("签名不符" in banner for banner in desk.case(other).banners)


def test_the_countys_own_refusal_counts_and_a_forged_release_does_not_lift_it(world, desk):
    case, note = a_note(desk)
    brought(desk, build_refused(note, "not_permitted", world.key))
    assert struck(desk, case) == [note.id]
    brought(desk, build_released(note.id, DeviceKey.generate(world.bytes)))
    assert struck(desk, case) == [note.id]
    assert any("签名不符" in banner for banner in desk.case(case).banners)


def test_the_countys_release_lifts_its_refusal_and_tells_of_no_forgery(world, desk):
    case, note = a_note(desk)
    brought(desk, build_refused(note, "not_permitted", world.key))
    brought(desk, build_released(note.id, world.key))
    assert struck(desk, case) == []
    assert verify.verify_node(desk.node)["problems"] == []


def test_a_notice_stays_good_when_the_county_has_another_key_since(world, desk):
    case, note = a_note(desk)
    brought(desk, build_refused(note, "not_permitted", world.key))
    assert struck(desk, case) == [note.id]
    newer = DeviceKey.generate(world.bytes)
    hub = {"hub_id": world.hub_id, "public_key": newer.public, "alg": newer.alg, "name": "演示县"}
    world.publish([change("hub", "hub", hub)])
    desk.node.directory_replica.bulk_docs(world.heads, new_edits=False)
    assert desk.node.directory.hub_key == newer.public
    assert struck(desk, case) == [note.id]
    brought(desk, build_released(note.id, newer))
    assert struck(desk, case) == []
