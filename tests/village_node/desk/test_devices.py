"""A device that appears later gets no key of a sealed body until a person here has said to know it."""

from __future__ import annotations

import json
import time

import pytest

from shared.ledger.formats import sealing
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import change
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, OTHER_VILLAGE, VILLAGE, Hub, World
from village_node.__main__ import main
from village_node.desk.devices import mark_of
from village_node.point.errors import StorageTrouble, UsageError
from village_node.point.sync_round import run_round

SECRET, NEW = "演示报告人住在东渠", f"{VILLAGE}-077"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def publish(world, device: str = NEW, office: str = VILLAGE) -> DeviceKey:
    key = DeviceKey.generate(world.bytes)
    world.publish([change("device", device, {
        "office": office, "slot": int(device[-3:]), "public_key": key.public, "alg": key.alg, "status": "active",
        "final_seq": None, "role": "clerk", "enrolled_at": world.clock()})])
    return key


def heard(world, desk, device: str = NEW, office: str = VILLAGE) -> DeviceKey:
    """The device is published, and the desk has pulled the head."""
    key, hub = publish(world, device, office), Hub(world)
    assert run_round(desk.node, hub=hub, receipt_wait_s=0.0).ok
    hub.close()
    return key


def sealed_for(desk, case) -> set[str]:
    """Holders of the newest sealed body, by its document alone."""
    ref = desk._cases.fold(desk._cases.events(case)).sealed[-1]
    [row] = desk.node.closed.all_docs(keys=[f"sealed:{ref.sha256}"], include_docs=True)
    return set(sealing.wrapped_in(row.doc).keys)


def note(desk, case) -> set[str]:
    desk.act("add_note", CLERK, case, {"text": SECRET, "about": "reporter"})
    return sealed_for(desk, case)


def banner(desk, case) -> str:
    return "\n".join(desk.case(case, staff_id=CLERK).banners)


def test_a_new_device_waits_and_the_person_is_told_what_to_do(world) -> None:
    with world.desk(world.home()) as desk:
        own, case = desk.node.config.device, desk.register(CLERK, DRAFT).id
        assert "等您回答" not in desk.status().sentence
        heard(world, desk)
        assert note(desk, case) == {own}, "the act is written, and the new device gets nothing"
        assert NEW in banner(desk, case)
        for words in ("1 台新设备", "77 号", "起等候", "sealing confirm"):
            assert words in banner(desk, case), words
        assert "1 台新设备等您回答认不认识" in desk.status().sentence
        with pytest.raises(Exception, match="没有需要转交"):
            desk.act("share_sealed", CLERK, case, {})

        desk.devices.confirm(NEW, CLERK)
        assert "等您回答" not in desk.status().sentence
        assert "还没有钥匙" in banner(desk, case), "what it missed is offered"
        assert "还没有人认过" not in banner(desk, case)
        desk.act("share_sealed", CLERK, case, {})
        assert "还没有钥匙" not in banner(desk, case)
        assert note(desk, case) == {own, NEW}

        desk.devices.refuse(NEW, CLERK)
        assert note(desk, case) == {own}, "taken back for later records"
        assert NEW not in banner(desk, case), "a refused device is not asked about again"


def test_the_answer_and_the_wait_survive_a_restart(world) -> None:
    home = world.home()
    with world.desk(home) as desk:
        case = desk.register(CLERK, DRAFT).id
        heard(world, desk)
        since = desk.devices.waiting()[0].since
    with world.desk(home) as desk:
        assert [(one.id, one.since) for one in desk.devices.waiting()] == [(NEW, since)]
        assert NEW not in note(desk, case)
        desk.devices.confirm(NEW, CLERK)
    with world.desk(home) as desk:
        assert NEW in note(desk, case)
        assert (desk.devices.waiting(), [o.by for o in desk.devices.listed() if o.id == NEW]) == ([], [CLERK])


def test_a_device_that_somebody_else_gave_the_key_is_not_said_to_lack_it(world) -> None:
    with world.desk(world.home()) as desk:
        key, case = heard(world, desk), desk.register(CLERK, DRAFT).id
        desk.devices.confirm(NEW, CLERK)
        assert NEW in note(desk, case)
        desk.node.recipients.answer(NEW, key.public, "waiting", "")
        assert "没有给它钥匙" not in banner(desk, case)
        assert NEW not in note(desk, case)
        assert "没有给它钥匙" in banner(desk, case)


def test_devices_of_the_first_directory_are_known(world) -> None:
    publish(world)
    with world.desk(world.home()) as desk:
        assert desk.devices.waiting() == []
        assert NEW in note(desk, desk.register(CLERK, DRAFT).id)


def test_another_key_under_a_known_id_waits(world) -> None:
    with world.desk(world.home()) as desk:
        own, recipients = desk.node.config.device, desk.node.recipients
        key = heard(world, desk)
        desk.devices.confirm(NEW, CLERK)
        assert recipients.confirmed({NEW: key.public, own: "x"}) == {NEW: key.public, own: "x"}
        other = DeviceKey.generate(world.bytes).public
        assert recipients.confirmed({NEW: other}) == {}
        assert recipients.of(NEW, other).status == "waiting"


def test_a_book_that_is_gone_knows_nobody_and_a_newer_one_is_not_guessed_at(world) -> None:
    publish(world)
    home = world.home()
    with world.desk(home) as desk:
        assert desk.devices.waiting() == []
        file, own = desk.node.home.recipients_file, desk.node.config.device
        assert NEW not in file.read_text("utf-8"), "encrypted like the rest"
    file.unlink()
    with world.desk(home) as desk:
        assert [one.id for one in desk.devices.waiting()] == [NEW]
        assert note(desk, desk.register(CLERK, DRAFT).id) == {own}
        desk.node.home.write_sealed(file, {"v": 2, "devices": []})
        with pytest.raises(StorageTrouble):
            desk.node.recipients.confirmed({NEW: "x"})


def test_neighbours_come_first_and_others_are_not_nagged_about(world) -> None:
    with world.desk(world.home()) as desk:
        heard(world, desk, f"{OTHER_VILLAGE}-078", OTHER_VILLAGE)
        assert [one.near for one in desk.devices.waiting()] == [True]


def test_the_commands_say_who_waits_and_take_the_answer(world, capsys) -> None:
    world.clock.ms = time.time_ns() // 10**6       # commands go by the clock of the machine
    home = world.home()
    with world.desk(home) as desk:
        own = desk.node.config.device
        key = heard(world, desk)

    def run(*words: str, code: int = 0) -> str:
        assert main([*words[:2], str(home), *words[2:]]) == code
        told = capsys.readouterr()
        return told.out if code == 0 else told.err

    first = run("sealing", "devices").splitlines()[0]
    for words in (NEW, mark_of(key.public), "等候回答", "不给它钥匙"):
        assert words in first
    assert "认识" in run("sealing", "confirm", NEW, "--as", CLERK)
    rows = {row["id"]: row for row in json.loads(run("sealing", "devices", "--json"))}
    assert (rows[NEW]["status"], rows[NEW]["by"], rows[own]["status"]) == ("confirmed", CLERK, "own")
    assert "没有等候回答" in run("sealing", "devices")
    assert "收不回来" in run("sealing", "refuse", NEW, "--as", CLERK)
    assert "名册里没有在用的设备" in run("sealing", "confirm", f"{VILLAGE}-099", "--as", CLERK, code=2)
    assert "本机" in run("sealing", "refuse", own, "--as", CLERK, code=2)
    assert run("sealing", "confirm", NEW, "--as", "nobody", code=2)


def test_only_a_person_of_this_device_answers(world) -> None:
    with world.desk(world.home()) as desk:
        heard(world, desk)
        for who in ("nobody", OFFICER):
            with pytest.raises(UsageError):
                desk.devices.confirm(NEW, who)
