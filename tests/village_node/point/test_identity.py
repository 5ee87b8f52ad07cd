"""A copied or restored HOME is found out before it forks the chain, and goes on under a fresh identity with all its work."""

from __future__ import annotations

import shutil

import pytest

from shared.ledger.formats.enrolment_code import EnrolmentCode, HubKeys
from shared.ledger.formats.keys import ED25519, DeviceKey
from tests.support.village_node.node_world import CLERK, DRAFT, VILLAGE, Hub, World
from village_node.point import enrol as enrolment
from village_node.point.errors import IdentityFault
from village_node.point.home import Home
from village_node.point.hub_client import Address, EnrolmentAnswer
from village_node.point.sync_round import run_round
from village_node.point.verify import verify_node


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def hub(world):
    made = Hub(world)
    yield made
    made.close()


def test_an_older_database_under_a_newer_anchor_writes_nothing(world, tmp_path):
    home = world.home()
    with world.desk(home) as desk:
        desk.register(CLERK, DRAFT)
    shutil.copytree(home / "replicas", tmp_path / "backup")
    with world.desk(home) as desk:
        desk.register(CLERK, DRAFT)
    shutil.rmtree(home / "replicas")
    shutil.copytree(tmp_path / "backup", home / "replicas")
    with world.desk(home) as desk:
        assert len(desk.list_cases()) == 1, "the tables are made anew from the older database"
        with pytest.raises(IdentityFault, match="备份"):
            desk.register(CLERK, DRAFT)
        assert desk.status().identity_fault
        assert verify_node(desk.node)["problems"]


def test_an_anchor_that_lags_after_a_crash_is_no_fault(world):
    home = world.home()
    with world.desk(home) as desk:
        desk.register(CLERK, DRAFT)
        old = Home(home).anchor()
        desk.register(CLERK, DRAFT)
        desk.node.home.write_anchor(device=old["device"], seq=old["device_seq"], head=old["h"])
        desk.register(CLERK, DRAFT)
        assert Home(home).anchor()["device_seq"] == 3
        desk.node.home.anchor_file.unlink()
        desk.register(CLERK, DRAFT)
        assert verify_node(desk.node)["problems"] == []


@pytest.mark.parametrize(("original", "copy", "verdict"), [(2, 1, "被复制过"), (1, 1, "被复制过"), (1, 0, "旧的副本")])
def test_a_clone_is_found_at_contact_before_it_pushes(world, hub, original, copy, verdict):
    home = world.home()
    with world.desk(home) as desk:
        desk.register(CLERK, DRAFT)
    twin = home.with_name("twin")
    shutil.copytree(home, twin)
    with world.desk(home) as desk:
        for _ in range(original):
            desk.register(CLERK, DRAFT)
        assert run_round(desk.node, hub=hub, receipt_wait_s=0).ok
        hub.sign(desk.node.config.device)
        known = len(hub.events())
    with world.desk(twin) as desk:
        for _ in range(copy):
            desk.register(CLERK, DRAFT)
        outcome = run_round(desk.node, hub=hub, receipt_wait_s=0)
        assert not outcome.ok
        assert outcome.error == "identity"
        assert verdict in outcome.sentence
        assert len(hub.events()) == known, "the clone wrote to the hub"
        assert outcome.delivery.saved == copy, "a receipt for the same numbers is no proof for the copy's own records"
        with pytest.raises(IdentityFault):
            desk.register(CLERK, DRAFT)


def test_a_fresh_identity_takes_all_local_work_along(world, hub, monkeypatch):
    home = world.home()
    with world.desk(home) as desk:
        desk.register(CLERK, DRAFT)
    twin = home.with_name("twin")
    shutil.copytree(home, twin)
    with world.desk(home) as desk:
        desk.register(CLERK, DRAFT)
        run_round(desk.node, hub=hub, receipt_wait_s=0)
        hub.sign(desk.node.config.device)
    with world.desk(twin) as desk:
        lost = desk.register(CLERK, {**DRAFT, "summary": "只在副本里"}).id
        old = desk.node.config.device
        assert run_round(desk.node, hub=hub, receipt_wait_s=0).error == "identity"
    renew(world, twin, monkeypatch)
    with world.desk(twin) as desk:
        assert desk.node.config.previous == (old,)
        assert desk.case(lost).timeline[0].own
        assert desk.case(lost).row.delivery.saved == 1, "work of the former identity is still shown as waiting"
        fresh = desk.register(CLERK, DRAFT)
        assert fresh.number.startswith("甲村〔2026〕009-0001-")
        assert run_round(desk.node, hub=hub, receipt_wait_s=0).ok
        assert lost in {e.subject for e in hub.events()}
        assert desk.case(lost).row.delivery.sent == 1


def renew(world, home, monkeypatch):
    made = {}

    def answer(at: Address, code: str, key: DeviceKey) -> EnrolmentAnswer:
        made["key"] = key.public
        world.publish([enrolled(key.public)])
        return EnrolmentAnswer(f"{VILLAGE}-009", "009", VILLAGE, "tablet", "u", "p", world.hub_id, world.epoch,
                               world.key.public, {"office": "o", "files": "f", "directory": "d"}, 0)

    def enrolled(public_key: str):
        from shared.ledger.published.directory_heads import change

        return change("device", f"{VILLAGE}-009", {"office": VILLAGE, "slot": 9, "public_key": public_key,
                                                     "alg": ED25519, "status": "active"})

    keys = HubKeys(world.hub_id, ED25519, world.key.public, None)
    monkeypatch.setattr(enrolment, "ask_identity", lambda at, challenge: (keys, world.epoch))
    monkeypatch.setattr(enrolment, "post_enrolment", answer)
    code = EnrolmentCode.of(keys, "ABCDE-FGHJK").short()
    result = enrolment.enrol(Home(home), ["http://hub.test"], code, random=world.bytes, clock=world.clock,
                             first_pull=lambda *_: 1, renew=True)
    assert result.config.device == f"{VILLAGE}-009"
    key = DeviceKey.load(Home(home).identity(result.config.device)["device_key"])
    assert key.public == made["key"]


def test_what_the_worker_learnt_is_read_when_the_file_changed_and_each_asker_has_a_copy(tmp_path, monkeypatch):
    here, elsewhere = Home(tmp_path), Home(tmp_path)
    here.create()
    elsewhere.update_state(hub_epoch="0001-a")
    assert here.state()["hub_epoch"] == "0001-a"
    here.state()["hub_epoch"] = "spoilt"
    monkeypatch.setattr(Home, "read_json", lambda self, path: pytest.fail("the file has not changed"))
    assert here.state() == {"hub_epoch": "0001-a"}
    monkeypatch.undo()
    elsewhere.update_state(hub_epoch="0002-b")
    assert here.state() == {"hub_epoch": "0002-b"}, "another process wrote it"
    here.state_file.unlink()
    assert here.state() == {}
