"""What the page 送到没有 says, from real rounds with a hub of replicas: never more than the county has signed for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT, Hub, World
from village_node.desk.desk import Desk, FileDraft
from village_node.desk.sending.fetching import OnTheWay
from village_node.desk.sending.outgoing import Outgoing
from village_node.point.sync_round import run_round
from village_node.point.upkeep import line as lines
from village_node.point.upkeep.wishes import Wishes, wishes_of
from village_node.point.values import SyncProgress
from village_node.point.verify import verify_node
from village_node.view_models.fetching import fetching
from village_node.view_models.sync_page import SyncPageModel, running, sync_page, upto_words, when_words

PAPER = FileDraft(data=b"%PDF-1.4 " + bytes(range(256)) * 200, name="receipt.pdf", purpose="paper")


class Scene:
    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.hub = Hub(self.world)
        self.desk: Desk = self.world.desk(self.world.home())
        self.device = self.desk.node.config.device

    def close(self) -> None:
        self.desk.close()
        self.hub.close()

    def round(self, line: lines.Line = "cable") -> None:
        assert run_round(self.desk.node, hub=self.hub, receipt_wait_s=0, line=lambda: line).ok

    def signed(self, files: tuple[str, ...] = (), **what: object) -> None:
        self.hub.sign(self.device, files=files, **what)
        self.round()

    def look(self) -> tuple[SyncPageModel, Outgoing]:
        out = self.desk.sending.look()
        return sync_page(self.desk.status(), out, self.world.clock.ms, self.desk.office().level), out


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def test_nothing_is_said_to_have_arrived_before_the_county_has_signed(scene: Scene) -> None:
    model, out = scene.look()
    assert (model.head, out.upto) == (t("sending.nothing"), None)
    scene.desk.register(CLERK, DRAFT)
    scene.round()                                             # pushed, and not signed for
    model, out = scene.look()
    assert model.head == t("sending.none_yet")
    assert (out.upto, out.records_waiting, out.matters[0].state) == (None, 1, "sent")
    assert (model.matters[0].mark.filled, model.matters[0].mark.hops) == (1, 3), "the same way as on the lists and in the case"
    assert upto_words(out.upto, scene.world.clock.ms) == ""


def test_all_that_was_saved_before_a_moment_is_at_the_county_and_later_things_are_named(scene: Scene) -> None:
    scene.desk.register(CLERK, DRAFT)
    scene.round()
    scene.signed()
    scene.world.clock.ms += 3_600_000
    saved = scene.world.clock.ms
    later = scene.desk.register(CLERK, {**DRAFT, "summary": "演示：后来的"}).id
    model, out = scene.look()
    assert out.upto is not None
    assert saved <= out.upto < saved + 60_000
    assert model.head == t("sending.upto", when=when_words(out.upto, scene.world.clock.ms))
    assert model.head_line == t("sending.later_line", n=1)
    assert [m.id for m in model.matters] == [later]
    assert "演示甲、演示乙 演示：后来的" in model.matters[0].title


def test_a_photograph_that_waits_holds_the_sentence_back_and_shows_its_share(scene: Scene) -> None:
    case = scene.desk.register(CLERK, DRAFT, files=[PAPER]).id
    scene.round()
    scene.signed()
    _, out = scene.look()
    assert (out.upto, out.records_waiting, out.files_waiting) == (None, 0, 1)
    assert (out.matters[0].id, out.matters[0].files[0].done) == (case, out.matters[0].files[0].chunks)
    scene.signed(files=(out.matters[0].files[0].sha256,))
    model, out = scene.look()
    assert out.upto is not None
    assert (model.head_line, model.waiting) == (t("sending.all_line"), t("sending.waiting_none"))


def test_photographs_wait_for_wifi_where_that_is_wished_and_records_do_not(scene: Scene) -> None:
    scene.desk.sending.wish(Wishes(files_on_wifi=True))
    scene.desk.register(CLERK, DRAFT, files=[PAPER])
    scene.round("mobile")
    _, out = scene.look()
    assert out.matters[0].state == "saved"
    assert out.matters[0].files[0].done == 0
    assert len(scene.hub.events()) == 1
    scene.round("wifi")
    _, out = scene.look()
    assert out.matters[0].files[0].done == out.matters[0].files[0].chunks


def test_a_refused_record_has_its_reason_a_remedy_and_a_button(scene: Scene) -> None:
    case = scene.desk.register(CLERK, DRAFT).id
    scene.desk.act("add_note", CLERK, case, {"text": "演示：记一笔"})
    note = scene.desk.case(case).timeline[-1].id
    scene.round()
    scene.signed(refused={note: "not_custodian"})
    model, out = scene.look()
    assert out.refused_total == 1
    assert (out.refused[0].kind, out.refused[0].body["text"]) == ("case.note_added", "演示：记一笔")
    assert model.refusals[0].reason.startswith("为什么：")
    assert model.refusals[0].button == t("sending.rewrite")
    assert t("sending.refused_line", n=1) in model.head_line


def test_files_of_ended_cases_are_let_go_only_when_the_county_has_them_and_come_back(scene: Scene) -> None:
    desk = scene.desk
    open_case = desk.register(CLERK, {**DRAFT, "summary": "演示：没完"}, files=[PAPER]).id
    other = FileDraft(data=b"%PDF-1.4 " + b"x" * 40_000, name="other.pdf", purpose="paper")
    case = desk.register(CLERK, DRAFT, files=[other]).id
    desk.act("settle_on_spot", CLERK, case, {"text": "演示", "agreed_by": [0, 1]})
    sha = desk.files(case)[0].sha256
    scene.round()
    scene.signed()
    assert scene.look()[1].space.files == 0, "complete at the county's server, but not signed for"
    scene.signed(files=(sha,))
    assert (scene.look()[1].space.files, desk.sending.let_go().files) == (1, 1)
    assert not desk.files(case)[0].complete
    assert desk.files(open_case)[0].complete
    assert (desk.files(case)[0].delivery.state, scene.look()[1].files_waiting) == ("accepted", 1)
    assert verify_node(desk.node)["problems"] == []
    scene.signed()                        # a receipt that names this file no more does not deny it
    assert desk.files(case)[0].delivery.state == "accepted"
    assert not desk.files(case)[0].complete, "a round does not bring back what was let go of"
    desk.sending.fetching.want_file(case, sha)
    assert desk.sending.fetching.on_the_way(case, sha).wanted
    scene.round()
    assert desk.file_bytes(sha, case=case) == other.data
    assert not desk.sending.fetching.on_the_way(case, sha).wanted


def test_the_pace_of_a_round_is_told_in_words() -> None:
    told = running(SyncProgress("files", "照片", 128, 412, 9.0, 500.0), "running", 120)
    assert (told.pace, told.now) == ("每秒 144 千字节，约 8 分钟", t("sending.busy"))
    assert round(told.fraction, 2) == 0.31
    assert running(SyncProgress("idle", ""), "paused", 120).pause == t("sending.resume")
    assert running(SyncProgress("idle", ""), "stopped", 120).now == ""


def test_wishes_are_kept_and_what_is_none_is_the_default(scene: Scene) -> None:
    home = scene.desk.node.home
    assert wishes_of(home) == Wishes()
    scene.desk.sending.wish(Wishes(True, 1800))
    assert wishes_of(home) == Wishes(True, 1800)
    home.update_state(sending={"cadence_s": 3, "files_on_wifi": "x"})
    assert wishes_of(home) == Wishes()


def test_the_default_route_says_which_line_it_is(tmp_path: Path) -> None:
    routes = tmp_path / "route"
    row = "{}\t00000000\t0100A8C0\t0003\t0\t0\t{}\t00000000\t0\t0\t0\n"
    head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
    (tmp_path / "wlan0" / "wireless").mkdir(parents=True)
    for names, expected in ((("wlan0",), "wifi"), (("wwan0",), "mobile"), (("eth0",), "cable"), ((), "none"),
                            (("wwan0", "wlan0"), "mobile")):
        routes.write_text(head + "".join(row.format(name, n) for n, name in enumerate(names)), encoding="ascii")
        assert lines.kind(routes, tmp_path) == expected
    assert lines.kind(tmp_path / "absent", tmp_path) == "unknown"


def test_a_file_that_lies_at_the_county_says_where_it_is_and_how_far_it_came(scene: Scene) -> None:
    away, coming = OnTheWay(0, 4, False, False), OnTheWay(1, 4, True, False)
    rests = replace(scene.desk.status(), worker="running", progress=SyncProgress("idle", ""))
    assert fetching(away, rests, 60_000, asked=False, looked=False).button
    assert "没有找到" in fetching(away, rests, 60_000, asked=True, looked=True).words
    told = fetching(coming, rests, 60_000, asked=True, looked=False)
    assert ("1/4" in told.words, told.button, told.fraction) == (True, "", .25)
    assert fetching(coming, replace(rests, no_line=True), 1, asked=True, looked=True).words == t("fetching.no_line")
    assert fetching(replace(coming, waits_for_wifi=True), rests, 1, asked=True, looked=True).words == t("fetching.wifi")
    assert fetching(coming, replace(rests, worker="elsewhere"), 1, asked=True, looked=True).words == t("fetching.elsewhere")
    assert "满了" in fetching(coming, replace(rests, last_error="盘满了"), 1, asked=True, looked=True).words
