"""The service point against the real hub process: enrolment, delivery up to "accepted" and "seen", a killed sync."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from county_hub.commands.cli import main as hub_main
from shared.ledger.formats.enrolment_code import EnrolmentCode
from tests.support import warm
from tests.support.county_hub.hub_support import REPOSITORY, TOWN, VILLAGE, found_county, new_code, opened, running_hub
from tests.support.patience import until
from village_node import composition
from village_node.desk.desk import FileDraft
from village_node.point.errors import EnrolFailed, HubAbsent, UsageError
from village_node.point.home import Home
from village_node.point.sync_round import run_round

DRAFT = {
    "parties": [{"name": "演示甲"}, {"name": "演示乙", "role": "respondent"}], "summary": "水渠排水纠纷", "category": "DC02",
}


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A running hub with a mediator in the village and an officer in the town."""
    folder = tmp_path_factory.mktemp("county")
    home = found_county(folder)
    for words in (("clerk-1", "演示员", VILLAGE, "mediator"), ("officer-1", "司法员", TOWN, "judicial_officer")):
        id, name, office, roles = words
        assert hub_main(["staff", "add", str(home), "--id", id, "--name", name, "--office", office, "--roles", roles]) == 0
    with running_hub(home) as hub:
        yield home, hub


def code_for(county, office):
    return new_code(county[0], office)["code"]


def nobodys_code(county):
    """Of this hub, well written, and never given."""
    with opened(county[0]) as hub:
        return EnrolmentCode.of(hub.keys(), "AAAAA-AAAAA").short()


def enrolled(county, office, place):
    result = composition.enrol(place, county[1].url, code_for(county, office))
    assert result.directory_version > 0
    return composition.open_desk(place)


def until_accepted(desk):
    """Rounds until the county has signed for everything; the receipt comes within seconds."""
    def accepted():
        outcome = run_round(desk.node)
        assert outcome.ok, outcome.sentence
        return outcome if outcome.delivery.waiting == 0 else None

    return until(accepted, "the county's receipts")


def test_enrolment_refuses_wrong_and_used_codes_and_leaves_nothing_behind(county, tmp_path):
    good = code_for(county, VILLAGE)
    for wrong in (good[:-1] + ("0" if good[-1] != "0" else "1"), good[5:] + good[:5]):
        with pytest.raises(UsageError, match="一组一组核对"):
            composition.enrol(tmp_path / "a", county[1].url, wrong)
    with pytest.raises(EnrolFailed, match="登记码不对"):
        composition.enrol(tmp_path / "a", county[1].url, nobodys_code(county))
    assert not (tmp_path / "a").exists()
    assert composition.enrol(tmp_path / "a", county[1].url, good.lower()).config.office == VILLAGE
    with pytest.raises(EnrolFailed, match="已经在另一台设备上用过"):
        composition.enrol(tmp_path / "b", county[1].url, good)
    assert not (tmp_path / "b").exists()
    with pytest.raises(EnrolFailed, match="已经登记"):
        composition.enrol(tmp_path / "a", county[1].url, code_for(county, VILLAGE))
    with pytest.raises(EnrolFailed, match="不是本系统的平台"):
        composition.enrol(tmp_path / "c", county[1].url + "/console/login", good)
    assert (tmp_path / "a" / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_home_is_its_owners_alone_also_after_it_lay_open(county, tmp_path):
    home = tmp_path / "a"
    os.umask(0o022)
    composition.enrol(home, county[1].url, code_for(county, VILLAGE))
    home.chmod(0o755)
    (home / "replicas" / "office.replica").chmod(0o644)
    os.umask(0o022)
    with composition.open_desk(home) as desk:
        desk.register("clerk-1", DRAFT)
        desk.list_cases()
        names = {path.name for path in home.rglob("*")}
        assert any(name.endswith("-wal") for name in names)
        open_to_others = {str(p): oct(p.stat().st_mode) for p in (home, *home.rglob("*")) if p.stat().st_mode & 0o077}
    assert open_to_others == {}


def test_an_answer_lost_on_the_line_is_asked_for_again_with_the_same_key(county, tmp_path, monkeypatch):
    from village_node.point import enrol

    real = enrol.post_enrolment

    def cut(*words):
        real(*words)
        raise HubAbsent("线路中断")

    code = code_for(county, VILLAGE)
    monkeypatch.setattr(enrol, "post_enrolment", cut)
    with pytest.raises(HubAbsent):
        composition.enrol(tmp_path / "a", county[1].url, code)
    monkeypatch.setattr(enrol, "post_enrolment", real)
    assert composition.enrol(tmp_path / "a", county[1].url, code).config.office == VILLAGE
    assert not (tmp_path / "a" / "enrolling.json").exists()


def test_a_case_goes_up_is_signed_for_opened_by_the_town_and_seen(county, tmp_path):
    photo = io.BytesIO(b"\xff\xd8\xff" + bytes(range(256)) * 300).getvalue()
    with enrolled(county, VILLAGE, tmp_path / "village") as village, \
            enrolled(county, TOWN, tmp_path / "town") as town:
        case = village.register("clerk-1", DRAFT, files=[FileDraft(data=photo, name="ditch.jpg")]).id
        village.escalate("clerk-1", case, {"reason": "超出本村能力"})
        outcome = until_accepted(village)
        assert outcome.delivery.accepted == 2
        assert outcome.files.sent == 1
        run_until(town, lambda: bool(town.list_cases()) and town.files(case) and town.files(case)[0].complete)
        assert town.file_bytes(town.files(case)[0].sha256) == photo
        assert town.list_cases()[0].unread
        town.acknowledge("officer-1", case)
        town.accept_escalation("officer-1", case)
        until_accepted(town)
        run_until(village, lambda: village.case(case).row.holder == TOWN)
        states = {line.kind: line.delivery.state for line in village.case(case).timeline}
        assert states["case.registered"] == "accepted"
        assert states["case.escalate_requested"] == "seen"
        assert states["case.escalate_accepted"] == "received"


def run_until(desk, condition):
    until(lambda: run_round(desk.node).ok and condition(), "what the hub delivers")


def test_a_sync_killed_at_any_moment_resumes_and_nothing_is_lost(county, tmp_path):
    place = tmp_path / "village"
    with enrolled(county, VILLAGE, place) as desk:
        cases = {desk.register("clerk-1", {**DRAFT, "summary": f"第{n}件"}).id for n in range(30)}
    for delay in (0.35, 0.5, 0.65):                     # somewhere in start, pull or push: any moment must do
        process = warm.started([sys.executable, "-m", "village_node", "sync", str(place), "--json"],
                               cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait(30)
    made = warm.run([sys.executable, "-m", "village_node", "sync", str(place), "--json"], cwd=REPOSITORY,
                    capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["ok"]
    with composition.open_desk(place) as desk:
        assert until_accepted(desk).delivery.accepted == 30
        assert {row.id for row in desk.list_cases(delivery="accepted")} == cases


def command(*words, typed=""):
    return warm.run([sys.executable, "-m", "village_node", *map(str, words)], cwd=REPOSITORY, capture_output=True,
                    text=True, timeout=120, input=typed)


def test_after_a_clone_was_found_a_renewal_asks_for_nothing_but_the_code_and_all_local_work_goes_up(county, tmp_path):
    home, twin = tmp_path / "home", tmp_path / "twin"
    photo = b"\xff\xd8\xff" + bytes(range(256)) * 40
    with enrolled(county, VILLAGE, home) as desk:
        first = desk.register("clerk-1", DRAFT).id
        until_accepted(desk)
        device = desk.node.config.device
    shutil.copytree(home, twin)
    with composition.open_desk(home) as desk:
        other = desk.register("clerk-1", {**DRAFT, "summary": "DEMO 原机后写"}).id
        until_accepted(desk)
    with composition.open_desk(twin) as desk:
        lost = desk.register("clerk-1", {**DRAFT, "summary": "DEMO 只在副本里"}, files=[FileDraft(data=photo, name="a.jpg")]).id
        desk.act("add_note", "clerk-1", lost, {"text": "DEMO 只在副本里的记录"})
    found = command("sync", twin)
    assert found.returncode == 1
    assert "--renew" in found.stderr
    for words, typed, said in ((("enrol", twin), "", "没有输入登记码"), (("enrol", twin, "--renew"), "", "没有输入登记码"),
                               (("enrol", twin, "--renew"), "AAAAA-AAAAA\n", "只有 10 个字符"),
                               (("enrol", twin, "--renew"), nobodys_code(county) + "\n", "登记码不对")):
        refused = command(*words, typed=typed)
        assert (refused.returncode != 0, said in refused.stderr) == (True, True), (words, refused.stderr)
        assert Home(twin).config().device == device
    made = command("enrol", twin, "--renew", typed=code_for(county, VILLAGE) + "\n")
    assert made.returncode == 0, made.stderr
    with composition.open_desk(twin) as desk:
        assert desk.node.config.previous == (device,)
        assert desk.node.config.device != device
        fresh = desk.register("clerk-1", {**DRAFT, "summary": "DEMO 换身份之后"}).id
        until_accepted(desk)
        run_until(desk, lambda: {first, other, lost, fresh} <= {row.id for row in desk.list_cases()})
        rows = {row.id: row.delivery for row in desk.list_cases()}
        assert (rows[lost].accepted, rows[lost].total, rows[fresh].accepted) == (2, 2, 1)
        assert desk.file_bytes(desk.files(lost)[0].sha256) == photo
        assert [row.number for row in desk.list_cases()].count(desk.case(fresh).number) == 1
