"""Devices that the hub holds for organs: made once, their chains never fork, and a new life or key of the hub retires them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.county.fleet import fleet
from county_hub.county.organ_desk import organ_acts
from county_hub.hub import hosted
from county_hub.hub.hub import Hub
from county_hub.hub.problems import HubProblem
from county_hub.service import backups
from shared.ledger.authoring import Act
from tests.support.county_hub.hub_support import COUNTY, found_county, opened


def court_of(hub: Hub) -> str:
    return next(office.id for office in hub.directory.latest().offices() if hub.directory.latest().lineage.is_organ(office.id))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = found_county(tmp_path)
    assert main(["office", "add", str(home), "--organ", "court", "--name", "演示法院"]) == 0
    with opened(home) as hub:
        court = court_of(hub)
    assert main(["staff", "add", str(home), "--id", "judge-1", "--name", "演示员", "--office", court, "--roles", "handler"]) == 0
    return home


def written(hub: Hub, court: str) -> Any:
    with organ_acts(hub, court).place.author() as author:
        return author.write(Act("case.noted_by_a_newer_version", None, {}, actor="judge-1", role="handler"))


def test_it_is_made_once_by_whoever_comes_first_and_is_nobodys_to_revoke(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(home) as hub, opened(home) as serving:
        court = court_of(hub)
        assert hosted.identity(serving, court) is None
        made = hosted.host(hub, court)
        assert hosted.host(hub, court) == hosted.identity(serving, court) == made, "a process that runs on learns of it"
        assert [d.id for d in hub.directory.latest().devices() if d.office == court] == [made.device]
        assert made.device not in [health.device for health in fleet(hub)], "it never calls"
        event = written(hub, court)
        assert (event.device, event.office, event.device_seq) == (made.device, court, 1)
    capsys.readouterr()
    assert main(["device", "revoke", str(home), made.device, "--lost"]) == 2
    assert "不能注销" in capsys.readouterr().err


def test_a_restored_hub_goes_on_for_an_organ_with_a_fresh_device(home: Path, tmp_path: Path) -> None:
    stick, life = tmp_path / "stick.json", tmp_path / "life"
    stick.write_bytes((home / "recovery.json").read_bytes())
    assert main(["recovery", "moved", str(home), "--copy", str(stick)]) == 0
    with opened(home) as hub:
        court = court_of(hub)
        first = written(hub, court)
        backups.backup(hub, tmp_path / "backup")
        lost = written(hub, court)
    assert main(["restore", str(life), str(tmp_path / "backup")]) == 0
    with opened(life) as hub, pytest.raises(HubProblem, match="recovery use"):
        organ_acts(hub, court)
    assert main(["recovery", "use", str(life), "--key", str(stick)]) == 0
    with opened(life) as hub:
        event = written(hub, court)
        old, new = hub.directory.latest().device(lost.device), hub.directory.latest().device(event.device)
        assert event.device != lost.device == first.device
        assert old is not None
        assert new is not None
        assert (old.status, old.raw["final_seq"], new.status, event.device_seq) == ("retired", 1, "active", 1)


def test_a_new_key_of_the_hub_takes_the_organs_devices_with_it(home: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick.json"
    stick.write_bytes((home / "recovery.json").read_bytes())
    assert main(["recovery", "moved", str(home), "--copy", str(stick)]) == 0
    with opened(home) as hub:
        court = court_of(hub)
        before = written(hub, court)
    assert main(["recovery", "rekey", str(home), "--key", str(stick)]) == 0
    with opened(home) as hub:
        after = written(hub, court)
        found = hub.directory.latest().device(before.device)
        assert found is not None
        assert (found.status, after.device != before.device) == ("retired", True)
        assert hub.own_device.device == f"{COUNTY}-001"
