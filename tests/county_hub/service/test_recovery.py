"""The county's recovery key: made at `init`, moved away, asked for when a restored hub begins a new epoch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from county_hub.commands.cli import main
from county_hub.hub import serving
from county_hub.hub.hub import receipts_of
from county_hub.hub.kept import recovery
from county_hub.hub.kept.home import HubHome
from county_hub.hub.published.directory_office import DirectoryOffice
from county_hub.hub.routed.held import held
from county_hub.service import backups, new_key, new_life, upkeep
from shared.disputes.kinds.registry import build
from shared.ledger.authoring import Act, Author, DeviceIdentity
from shared.ledger.published.directory_heads import DirectoryHistory, build_head, change, heads_in
from sync.router.rules import Outcome
from tests.support.county_hub.hub_routing_support import ChainOf
from tests.support.county_hub.hub_support import (
    COUNTY,
    VILLAGE,
    another_county,
    enrol,
    enrolment,
    found_county,
    new_code,
    opened,
    running_hub,
)
from tests.support.shared.shared_core import DEVICE_KEY, OTHER_KEY

HAZARD = {"title": "DEMO 渠边", "place": {"office": VILLAGE, "text": "DEMO"}}


def said(capsys: Any, *words: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(list(words))
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def kept_key(home: Path, folder: Path) -> Path:
    """The recovery key moved to a safe place."""
    copy = folder / "stick" / "recovery.json"
    copy.parent.mkdir()
    copy.write_bytes((home / "recovery.json").read_bytes())
    assert main(["recovery", "moved", str(home), "--copy", str(copy)]) == 0
    return copy


def test_init_makes_the_key_names_it_in_the_first_head_and_doctor_warns_until_it_is_moved(tmp_path: Path, capsys: Any) -> None:
    home = another_county(tmp_path)
    assert "county-hub recovery moved" in capsys.readouterr().out
    file = home / "recovery.json"
    assert file.stat().st_mode & 0o777 == 0o600
    key = json.loads(file.read_text())
    with opened(home) as hub:
        first = hub.directory.history().heads()[0]
        named = [c["value"] for c in first["changes"] if c["op"] == "recovery"]
        assert named == [{"public_key": key["public_key"], "alg": key["alg"]}]
        assert "recovery_here" in [finding.code for finding in upkeep.doctor(hub)]
        backups.backup(hub, tmp_path / "backup")
    assert not (tmp_path / "backup" / "recovery.json").exists()
    code, text = said(capsys, "recovery", "show", str(home))
    assert (code, "▄" in text, key["secret"] in text) == (0, True, True)
    assert main(["init", str(home), "--county", "150822", "--divisions", str(tmp_path / "divisions.csv")]) == 0
    assert json.loads(file.read_text()) == key, "a second run makes no other"


def test_the_key_goes_only_when_it_lies_elsewhere(tmp_path: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    other = another_county(tmp_path, "other")
    inside = home / "copy.json"
    inside.write_bytes((home / "recovery.json").read_bytes())
    for words in ([], ["--copy", str(other / "recovery.json")], ["--copy", str(inside)], ["--copy", str(tmp_path / "none")]):
        code, text = said(capsys, "recovery", "moved", str(home), *words)
        assert code in (1, 2), text
        assert (home / "recovery.json").exists()
    kept_key(home, tmp_path)
    assert not (home / "recovery.json").exists()
    with opened(home) as hub:
        assert "recovery_here" not in [finding.code for finding in upkeep.doctor(hub)]
    assert said(capsys, "recovery", "show", str(home))[0] == 1
    assert main(["recovery", "moved", str(other), "--printed"]) == 0


def test_a_restored_hub_waits_for_the_key_takes_records_and_gives_no_receipt(tmp_path: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    with opened(home) as hub:
        backups.backup(hub, tmp_path / "backup")
        pinned = hub.key.public
    stick, life = kept_key(home, tmp_path), tmp_path / "life"
    code, text = said(capsys, "restore", str(life), str(tmp_path / "backup"))
    assert (code, "county-hub recovery use" in text) == (0, True)
    with opened(life) as hub:
        assert new_life.needs_recovery(hub)
        assert "recovery_needed" in [finding.code for finding in upkeep.doctor(hub)]
    assert "recovery use" in said(capsys, "staff", "add", str(life), "--id", "x", "--name", "演示", "--office", COUNTY,
                                  "--roles", "analyst")[1]
    with running_hub(life) as hub, hub.client() as client:
        code = new_code(life, VILLAGE)["code"]
        assert client.post("/_hub/enrol", json=enrolment(code, DEVICE_KEY)).json()["error"] == "cannot_publish"
        assert said(capsys, "recovery", "use", str(life), "--key", str(another_county(tmp_path, "x") / "recovery.json"))[0] == 1
        assert said(capsys, "recovery", "use", str(life), "--key", str(stick))[0] == 0
        assert client.post("/_hub/enrol", json=enrolment(code, DEVICE_KEY)).status_code == 201, "the code was not used up"
    with opened(life) as hub, hub.databases.lease("directory") as replica:
        history = DirectoryHistory.load(heads_in(replica), pinned)
        assert (history.problems, history.latest.epoch) == ((), hub.epoch())
        assert history.latest.device(f"{COUNTY}-000").status == "retired"      # type: ignore[union-attr]
    assert said(capsys, "recovery", "use", str(life), "--key", str(stick))[0] == 1, "nothing waits"


def test_receipts_wait_for_the_epoch_and_come_with_it(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as hub:
        enrol(hub, home, VILLAGE)
    with opened(home) as hub:
        backups.backup(hub, tmp_path / "backup")
    assert main(["staff", "add", str(home), "--id", "c1", "--name", "演示", "--office", COUNTY, "--roles", "dispatcher"]) == 0
    stick, life = kept_key(home, tmp_path), tmp_path / "life"
    assert main(["restore", str(life), str(tmp_path / "backup")]) == 0
    with opened(life) as hub:
        event = hub.author().write(Act("case.noted_by_a_newer_version", None, {}, actor="c1", role="dispatcher"))
        told = [Outcome(f"office-{COUNTY}", event.doc(), "accept")]
        assert receipts_of(hub).tell(told) == 0
        new_life.begin(hub, recovery.read(stick))
        assert receipts_of(hub).tell(told) == 1


def test_a_restore_with_the_key_begins_at_once_and_a_hub_publishes_beside_no_strange_head(tmp_path: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    with opened(home) as hub:
        backups.backup(hub, tmp_path / "backup")
    stick, life = kept_key(home, tmp_path), tmp_path / "life"
    code, text = said(capsys, "restore", str(life), str(tmp_path / "backup"), "--recovery", str(stick))
    assert (code, "county-hub recovery use" in text) == (0, False)
    with opened(life) as hub:
        assert hub.directory.latest().epoch == hub.epoch()
        stranger = DirectoryOffice(hub.databases, hub.key, epoch=hub.epoch, clock=hub.clock)     # has the key, not the memory
        stranger.publish([change("setting", "x", {"by": "stranger"})])
        assert "foreign_head" in [finding.code for finding in upkeep.doctor(hub)]
    code, text = said(capsys, "staff", "add", str(life), "--id", "x", "--name", "演示", "--office", COUNTY, "--roles", "analyst")
    assert (code, "不是这个平台发的" in text) == (1, True)


def test_after_a_theft_the_recovery_key_gives_the_hub_another_key_beside_the_thiefs_head(tmp_path: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    stick = kept_key(home, tmp_path)
    with opened(home) as hub:
        stolen, device = hub.key, f"{VILLAGE}-001"
        hub.directory.add_device(device, office=VILLAGE, slot="001", public_key=DEVICE_KEY.public, role="tablet")
        people = [("v1", "演示", VILLAGE, ("mediator",)), ("c1", "演示", COUNTY, ("dispatcher",))]
        hub.directory.add_staff(people, since="2020-01-01")
        identity = DeviceIdentity(device, 1, VILLAGE, DEVICE_KEY)
        with hub.databases.lease(f"office-{VILLAGE}") as replica:
            Author(replica, device=identity, clock=hub.clock, directory=hub.directory.cited, offset_ms=lambda: 0).write(
                Act("hazard.reported", None, {}, "v1", "mediator"))
        upkeep.tell_receipts_again(hub)
        before = receipts_of(hub).newest(device, f"office-{VILLAGE}")
        latest = hub.directory.latest()
        entry = change("staff", "thief", {"name": "DEMO", "office": COUNTY, "roles": ["supervisor"], "active": True})
        thief = build_head(latest, [entry], key=stolen, epoch=hub.epoch(), issued_at=hub.clock())
        with hub.databases.lease("directory") as replica:
            assert replica.bulk_docs([thief], new_edits=False) == []
        assert "foreign_head" in [finding.code for finding in upkeep.doctor(hub)]
    other = another_county(tmp_path, "other")
    assert said(capsys, "recovery", "rekey", str(home), "--key", str(other / "recovery.json"))[0] == 1
    code, text = said(capsys, "recovery", "rekey", str(home), "--key", str(stick))
    assert (code, "已更换" in text) == (0, True), text
    with opened(home) as hub, hub.databases.lease("directory") as replica:
        assert hub.key.public != stolen.public
        assert hub.own_device.device == f"{COUNTY}-001"
        heads = heads_in(replica)
        for pinned in (stolen.public, hub.key.public):      # a tablet of before, and one that enrols now
            history = DirectoryHistory.load(heads, pinned)
            assert (history.latest.hub_key, history.latest.staff("thief")) == (hub.key.public, None)
            assert [fork.kept != "" for fork in history.forks] == [True]
        late = build_head(history.latest, [], key=stolen, epoch=hub.epoch(), issued_at=hub.clock())
        after = DirectoryHistory.load([*heads, late], stolen.public)
        assert after.newest == history.newest, "the stolen key signs nothing any more"
        codes = [finding.code for finding in upkeep.doctor(hub)]
        assert not {"foreign_head", "hub_key"} & {*codes}
        again = receipts_of(hub).newest(device, f"office-{VILLAGE}")
        assert before is not None
        assert again is not None
        assert (again.refused, again.accepted) == (before.refused, before.accepted)
        assert again.n > before.n, "given anew under the new key"
        hub.author().write(Act("case.noted_by_a_newer_version", None, {}, actor="c1", role="dispatcher"))
    assert main(["staff", "add", str(home), "--id", "c2", "--name", "演示", "--office", COUNTY, "--roles", "dispatcher"]) == 0


def test_a_change_of_key_that_was_cut_is_ended_by_the_same_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = found_county(tmp_path)
    stick, write, calls = kept_key(home, tmp_path), HubHome.write_secrets, list[int]()

    def cut(self: HubHome, secrets: dict[str, Any]) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OSError("cut")
        write(self, secrets)

    monkeypatch.setattr(HubHome, "write_secrets", cut)
    with opened(home) as hub, pytest.raises(OSError, match="cut"):
        new_key.change_key(hub, recovery.read(stick))
    monkeypatch.undo()
    with opened(home) as hub:
        assert "hub_key" in [finding.code for finding in upkeep.doctor(hub)]
    assert main(["recovery", "rekey", str(home), "--key", str(stick)]) == 0
    with opened(home) as hub:
        assert "hub_key" not in [finding.code for finding in upkeep.doctor(hub)]
        assert [d.status for d in hub.directory.latest().devices_of(COUNTY)] == ["retired", "active"]


def test_heads_that_a_restore_lost_are_brought_back_and_read_for_old_citations_alone(tmp_path: Path, capsys: Any) -> None:
    home, device, late_device = found_county(tmp_path), f"{VILLAGE}-001", f"{VILLAGE}-002"
    with opened(home) as hub:
        hub.directory.add_device(device, office=VILLAGE, slot="001", public_key=DEVICE_KEY.public, role="tablet")
        hub.directory.add_staff([("v1", "演示", VILLAGE, ("mediator",))], since="2020-01-01")
        backups.backup(hub, tmp_path / "backup")
        hub.directory.add_staff([("late", "演示", VILLAGE, ("mediator",))], since="2020-01-01")
        hub.directory.add_device(late_device, office=VILLAGE, slot="002", public_key=OTHER_KEY.public, role="tablet")
        lost, cited = hub.directory.history().heads(), hub.directory.cited()
    stick, life = kept_key(home, tmp_path), tmp_path / "life"
    assert main(["restore", str(life), str(tmp_path / "backup"), "--recovery", str(stick)]) == 0
    with opened(life) as hub:
        newest = hub.directory.history().newest
        token = hub.registry.new_token(device)
        with TestClient(Starlette(routes=serving.routes(hub))) as client:
            def bring(heads: list[Any]) -> int:
                return int(client.post("/_hub/heads", json={"heads": heads}, auth=(device, token)).json()["kept"])

            beyond = build_head(hub.directory.latest(), [change("setting", "thief", {"on": True})], key=hub.key,
                                epoch=hub.epoch(), issued_at=hub.clock())
            assert bring([beyond, {"_id": "directory:x"}]) == 0, "nothing newer than the hub's own"
            assert client.post("/_hub/heads", json={"heads": lost}).status_code == 401
            assert (bring(lost), bring(lost)) == (2, 0)
        history = hub.directory.history()
        assert (history.newest, history.problems, history.rank(cited) is not None) == (newest, (), True)
        assert hub.directory.latest().staff("late") is None
        for one, key, slot in ((device, DEVICE_KEY, 1), (late_device, OTHER_KEY, 2)):
            with hub.databases.lease(f"office-{VILLAGE}") as replica:
                Author(ChainOf(replica, one), device=DeviceIdentity(one, slot, VILLAGE, key), clock=hub.clock,
                       directory=lambda: cited, offset_ms=lambda: 0).write(
                           Act("hazard.reported", None, build("hazard.reported", HAZARD), "late", "mediator"))
        upkeep.tell_receipts_again(hub)
        receipt = receipts_of(hub).newest(device, f"office-{VILLAGE}")
        assert receipt is not None
        assert receipt.accepted.json() == [[1, 1]], "judged by the head that its author held"
        assert [row.reason.partition(":")[0] for row in held(hub.home)] == ["device_unknown"]
        assert "offered_device" in [finding.code for finding in upkeep.doctor(hub)]
    assert said(capsys, "device", "admit", str(life), "nobody")[0] == 2
    assert said(capsys, "device", "admit", str(life), late_device)[0] == 0
    with opened(life) as hub:
        upkeep.tell_receipts_again(hub)
        assert held(hub.home) == []
        receipt = receipts_of(hub).newest(late_device, f"office-{VILLAGE}")
        assert receipt is not None
        assert receipt.accepted.json() == [[1, 1]]
