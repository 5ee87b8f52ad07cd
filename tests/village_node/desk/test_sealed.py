"""A sealed record is not called delivered before its body is; over HTTP it comes to the colleague's device and to nobody else."""

from __future__ import annotations

import pytest

from county_hub.commands.cli import main as hub_main
from sync.replica import LocalReplica
from tests.support import patience
from tests.support.county_hub.hub_support import TOWN, VILLAGE, found_county, new_code, running_hub
from tests.support.sync.leaks import leaks
from tests.support.village_node.node_world import CLERK, DRAFT, Hub, World
from village_node import composition
from village_node.point import verify
from village_node.point.errors import InvalidDraft
from village_node.point.sync_round import run_round

SECRET = "演示报告人住在东渠"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_sealed_record_is_saved_until_its_body_has_left(world, tmp_path) -> None:
    hub = Hub(world)
    with world.desk(world.home()) as desk:
        case = desk.register(CLERK, DRAFT).id
        desk.act("add_note", CLERK, case, {"text": SECRET, "about": "reporter"})
        run_round(desk.node, hub=hub, receipt_wait_s=0.0)
        hub.sign(desk.node.config.device)
        assert run_round(desk.node, hub=hub, receipt_wait_s=0.0).ok
        states = {line.kind: line.delivery for line in desk.case(case).timeline}
        assert states["case.registered"].state == "accepted"
        assert (states["case.note_added"].state, states["case.note_added"].reason) == ("saved", "保密正文还没有送出")
        assert desk.status().events.waiting == 1
        hub.replicas["closed"] = LocalReplica.open(tmp_path / "hub-closed.replica")
        outcome = run_round(desk.node, hub=hub, receipt_wait_s=0.0)
        assert outcome.databases["closed"]["push"]["docs_written"] == 1
        assert desk.case(case).timeline[-1].delivery.state == "accepted"
        assert "closed" not in run_round(desk.node, hub=hub, receipt_wait_s=0.0).databases, "nothing new costs no request"
        assert verify.verify_node(desk.node)["problems"] == []
    hub.close()
    assert leaks(tmp_path, SECRET) == []


def test_what_cannot_be_sealed_is_said_and_nothing_is_written(world) -> None:
    with world.desk(world.home()) as desk:
        case = desk.register(CLERK, DRAFT).id
        before = desk.node.office.update_seq()
        with pytest.raises(InvalidDraft, match="不能加密"):
            desk.act("triage", CLERK, case, {}, seal="closed")
        with pytest.raises(InvalidDraft, match="不能加密"):
            desk.act("add_note", CLERK, case, {"text": "x"}, seal="secret")
        assert desk.node.office.update_seq() == before


def test_over_http_the_colleague_reads_it_and_the_town_does_not(tmp_path) -> None:
    home = found_county(tmp_path)
    for id, name, office, roles in (("m-1", "演示甲", VILLAGE, "mediator"), ("o-1", "演示乙", TOWN, "judicial_officer")):
        assert hub_main(["staff", "add", str(home), "--id", id, "--name", name, "--office", office, "--roles", roles]) == 0
    with running_hub(home) as hub:
        def desk_at(office, place):
            composition.enrol(tmp_path / place, hub.url, new_code(home, office)["code"])
            return composition.open_desk(tmp_path / place)

        with desk_at(VILLAGE, "one") as one, desk_at(VILLAGE, "two") as two, desk_at(TOWN, "town") as town:
            assert run_round(one.node).ok                     # hears of the colleague's device
            one.devices.confirm(two.node.config.device, "m-1")
            case = one.register("m-1", {**DRAFT, "confidentiality": "strict"}).id
            one.add_note("m-1", case, {"text": SECRET})
            patience.until(lambda: run_round(one.node).delivery.waiting == 0, "the county's receipts")
            until(two, lambda: two.list_cases() and two.case(case, staff_id="m-1").timeline[-1].sealed == "open")
            assert SECRET in two.case(case, staff_id="m-1").timeline[-1].text
            until(town, lambda: town.list_cases() and len(town.case(case).timeline) == 2)
            assert town.case(case, staff_id="o-1").timeline[-1].sealed == "absent"
        assert leaks(tmp_path, SECRET) == []
    assert leaks(tmp_path, SECRET) == []


def until(desk, condition) -> None:
    patience.until(lambda: run_round(desk.node).ok and condition(), "what the hub delivers")
