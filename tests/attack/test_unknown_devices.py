"""Devices that nobody knows: whoever holds the hub's key publishes one of his own, to be given keys of sealed bodies."""

from __future__ import annotations

from shared.ledger.formats import sealing
from tests.support.attacks import refused
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP, World
from tests.village_node.desk.test_devices import NEW, heard, note


@refused("还没有人认过")
def test_a_device_published_with_the_hubs_stolen_key_gets_the_key_of_a_sealed_body(tmp_path):
    world = World(tmp_path)
    with world.desk(world.home()) as desk:
        case = desk.register(CLERK, DRAFT).id
        thief = heard(world, desk)
        assert NEW not in note(desk, case)
        ref = desk._cases.fold(desk._cases.events(case)).sealed[-1]
        [row] = desk.node.closed.all_docs(keys=[f"sealed:{ref.sha256}"], include_docs=True)
        assert sealing.find_key([sealing.wrapped_in(row.doc)], {NEW: thief}) is None
        assert any("还没有人认过" in words for words in desk.case(case, staff_id=CLERK).banners)


@refused("waiting")
def test_a_known_id_is_given_another_key(tmp_path):
    world = World(tmp_path)
    with world.desk(world.home()) as desk:
        known, thief = heard(world, desk), heard(world, desk, f"{NEW[:-3]}076")
        desk.devices.confirm(NEW, CLERK)
        recipients = desk.node.recipients
        assert recipients.confirmed({NEW: known.public}) == {NEW: known.public}
        assert recipients.confirmed({NEW: thief.public}) == {}
        assert recipients.of(NEW, thief.public).status == "waiting"


@refused("还没有人认过")
def test_the_same_beside_cases_in_a_petition_whose_petitioner_the_law_protects(tmp_path):
    world = World(tmp_path)
    with world.desk(world.home(TOWNSHIP)) as desk:
        heard(world, desk, office=TOWNSHIP)
        record = desk.write_record("petition.registered", OFFICER, None, {
            "channel": "online", "form": "online", "category": "other", "summary": "DEMO", "protected": True,
            "persons": ["演示甲"], "batches": 1, "person_times": 1}).id
        assert "还没有人认过" in desk.left_out(record)
        assert any("还没有人认过" in words for words in desk.record_forms.view(record, OFFICER).findings)
        desk.devices.confirm(NEW, OFFICER)
        assert desk.left_out(record) == "", "for records from now on; what is sealed already keeps its devices"
