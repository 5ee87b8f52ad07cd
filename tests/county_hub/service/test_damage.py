"""Damaged files, and a locked registry: what is whole goes on, and what is broken is named with its remedy."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from county_hub.commands.cli import main
from county_hub.hub.hub import hub_home
from county_hub.hub.kept.formats import FORMAT, mark
from county_hub.hub.kept.registry import Registry
from county_hub.hub.serving import orphans_of
from shared.ledger.formats.documents import make_chunk
from tests.support.county_hub.hub_support import (
    COUNTY,
    DIVISIONS,
    NEIGHBOUR,
    PASSWORD,
    REPOSITORY,
    TOWN,
    VILLAGE,
    enrol,
    found_county,
    opened,
    running_hub,
    store_in_county,
)
from tests.support.files import damage
from tests.support.shared.domain_events import World


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return found_county(tmp_path)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process writes, and does not end."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


# --- a lock on the registry -----------------------------------------------------------------------------------------------


def test_who_asks_for_the_time_waits_for_no_writer_of_the_registry(home: Path) -> None:
    with running_hub(home) as hub:
        device = enrol(hub, home, VILLAGE)
        with locked(home / "hub.sqlite"), hub.client(device.device, device.token) as http:
            assert http.get("/_hub/time").json()["hub"]["id"].startswith("hub-")
            assert http.get(f"/office-{VILLAGE}").status_code == 200
            assert http.get("/console/login").status_code == 200


def test_an_enrolment_that_waits_for_the_registry_keeps_nobody_else_waiting(home: Path) -> None:
    with running_hub(home) as hub, hub.client() as http:
        done = threading.Event()
        with locked(home / "hub.sqlite"):
            body = {"code": "AAAAA-BBBBB", "public_key": "x", "proof": "x"}
            asking = threading.Thread(target=lambda: (http.post("/_hub/enrol", json=body), done.set()))
            asking.start()
            with hub.client() as other:
                for _ in range(20):
                    assert other.get("/_hub/time").status_code == 200
        asking.join(60)
        assert done.is_set()


def test_many_who_wait_for_a_locked_file_keep_nobody_else_waiting(home: Path) -> None:
    """The clients are made before: a waiting one is sent away after ten seconds: few rounds on a busy machine."""
    with running_hub(home) as hub, hub.console() as officer, contextlib.ExitStack() as stack:
        device, ended = enrol(hub, home, VILLAGE), list[int]()

        def sign_in(http: httpx2.Client) -> None:
            with contextlib.suppress(httpx2.HTTPError):
                ended.append(http.post("/console/login", data={"staff": "admin", "password": PASSWORD}).status_code)

        clients = [stack.enter_context(hub.client()) for _ in range(45)]       # more than a server has threads
        many = [threading.Thread(target=sign_in, args=(client,)) for client in clients]
        http = stack.enter_context(hub.client(device.device, device.token))
        with locked(home / "hub.sqlite"):
            for each in many:
                each.start()
            for _ in range(2):
                assert http.get("/_up").json()["status"] == "ok"
                assert http.get(f"/office-{VILLAGE}").status_code == 200
                assert officer.get("/console/cases").status_code == 200
            assert not ended, "who asked something else waited until the first of them was sent away"
        for each in many:
            each.join(60)


# --- the file of the console's accounts ---------------------------------------------------------------------------------


def test_a_damaged_file_of_accounts_closes_the_console_and_keeps_no_device_from_sending(home: Path, capsys: Any) -> None:
    (home / "accounts.sqlite").write_bytes(b"no database" * 1000)
    with running_hub(home) as hub:
        device = enrol(hub, home, VILLAGE)
        with hub.client(device.device, device.token) as http:
            assert http.get(f"/office-{VILLAGE}").status_code == 200
            for answer in (http.get("/console/", headers={"cookie": "hub_console=x"}),
                           http.post("/console/login", data={"staff": "admin", "password": PASSWORD})):
                assert answer.status_code == 503
                assert "读" in answer.text
    capsys.readouterr()
    for command in ("doctor", "verify"):
        assert main([command, str(home)]) == 1
        said = capsys.readouterr().out
        assert "accounts.sqlite" in said
        assert "account add" in said
    assert main(["account", "list", str(home)]) == 1
    assert "accounts.sqlite" in capsys.readouterr().err


# --- one damaged database -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["head", "body"])
def test_doctor_and_verify_name_every_damaged_file_and_the_remedy(home: Path, capsys: Any, where: str) -> None:
    files = [home / "databases" / f"office-{office}.replica" for office in (NEIGHBOUR, TOWN)]
    for file in files:
        damage(file, where)
    for command in ("doctor", "verify"):
        capsys.readouterr()
        assert main([command, str(home)]) == 1
        said = capsys.readouterr().out
        for file in files:
            assert said.count(str(file)) == 1, said
        assert "移到别处" in said
        assert VILLAGE + ".replica" not in said


@pytest.mark.parametrize("name", ["hub.sqlite", "databases/directory.replica"])
def test_a_damaged_file_without_which_the_hub_does_not_open_is_named_with_its_remedy(home: Path, capsys: Any, name: str) -> None:
    damage(home / name, "head")
    capsys.readouterr()
    assert main(["doctor", str(home)]) == 1
    said = capsys.readouterr().out
    assert str(home / name) in said
    assert "restore" in said
    assert main(["status", str(home)]) == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("left", ["nothing", "tables"])
def test_an_emptied_registry_is_never_taken_for_one_that_is_new_or_old(home: Path, capsys: Any, left: str) -> None:
    (home / "hub.sqlite").unlink()
    (home / "hub.sqlite").touch()
    if left == "tables":
        Registry(home / "hub.sqlite", pepper=b"", clock=lambda: 0).close()
        mark(hub_home(str(home)), FORMAT, 0, "test")
    for argv in (["doctor"], ["upgrade"], ["status"], ["init", "--county", "150822", "--divisions", str(home.parent / "d.csv")]):
        (home.parent / "d.csv").write_text(DIVISIONS, "utf-8")
        if argv == ["upgrade"] and left == "tables":
            continue            # it has the number of today
        capsys.readouterr()
        assert main([argv[0], str(home), *argv[1:]]) == 1
        said = capsys.readouterr()
        assert "restore" in said.out + said.err, argv
        assert "hub.sqlite" in said.out + said.err, argv


def test_the_countys_own_database_is_put_back_and_not_put_away(home: Path, capsys: Any) -> None:
    file = home / "databases" / f"office-{COUNTY}.replica"
    damage(file, "body")
    for command in ("doctor", "verify"):
        capsys.readouterr()
        assert main([command, str(home)]) == 1
        [line] = [line for line in capsys.readouterr().out.splitlines() if str(file) in line]
        assert "restore" in line
        assert "移到别处" not in line, "without it the hub does not open"


@pytest.mark.parametrize("name", ["router.sqlite", "router-chains.sqlite", "read.sqlite"])
def test_what_lies_in_the_way_of_a_cache_is_named_by_whoever_comes_upon_it(home: Path, capsys: Any, name: str) -> None:
    (home / name).unlink(missing_ok=True)
    (home / name).symlink_to(home / "no disk" / name)
    for command in ("doctor", "rebuild"):
        capsys.readouterr()
        assert main([command, str(home)]) == 1
        told = capsys.readouterr()
        assert name in told.out + told.err
        assert ("移到别处" in told.out) == (command == "doctor")


def test_what_parts_of_a_command_log_goes_into_the_hubs_log_and_not_to_who_typed_it(home: Path) -> None:
    (home / "router.sqlite").write_bytes(b"no database" * 1000)
    (home / "hub.log").touch()
    command = [sys.executable, "-m", "county_hub", "rebuild", str(home)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0
    assert "damaged" not in done.stderr + done.stdout
    [line] = [line for line in (home / "hub.log").read_text("utf-8").splitlines() if "router.sqlite" in line]
    assert json.loads(line)["level"] == "WARNING"


def test_a_file_of_another_user_is_sound_and_is_given_back(home: Path) -> None:
    theirs = [home / "router-chains.sqlite", home / "databases" / f"office-{VILLAGE}.replica"]
    theirs[0].touch()
    for file in theirs:
        file.chmod(0)
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search"]
    if os.geteuid() == 0 and subprocess.run([*drop, "true"], capture_output=True).returncode != 0:
        pytest.skip("root needs setpriv to be denied anything")
    for file in theirs:         # commands close what lies open; the owner of these is somebody else
        os.chown(file, 65534, 65534) if os.geteuid() == 0 else None
    done = subprocess.run([*(drop if os.geteuid() == 0 else []), sys.executable, "-m", "county_hub", "doctor", str(home)],
                          cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 1
    for file in theirs:
        [line] = [line for line in done.stdout.splitlines() if str(file) in line]
        assert "chown" in line
        assert "restore" not in line


def test_damage_deep_in_the_accounts_is_told_once_somebody_came_upon_it(home: Path) -> None:
    main(["account", "list", str(home)])
    damage(home / "accounts.sqlite", "body")
    with running_hub(home) as hub, hub.client() as http:
        assert http.post("/console/login", data={"staff": "admin", "password": PASSWORD}).status_code == 503
        assert "damaged_file" in http.get("/_ready").json()["faults"]
        assert http.get("/_up").status_code == 200


def test_a_damaged_database_that_was_put_away_is_filled_again(home: Path) -> None:
    world, file = World(), home / "databases" / f"office-{VILLAGE}.replica"
    with running_hub(home) as hub:
        device = enrol(hub, home, VILLAGE)
        with hub.client(device.device, device.token) as http:
            assert http.get(f"/office-{VILLAGE}").status_code == 200
    case = world.register().subject
    store_in_county(home, [event.doc() for event in world.events[case]])
    damage(file, "body")
    for each in file.parent.glob(file.name + "*"):
        shutil.move(each, home / each.name)
    main(["doctor", str(home), "--sweep"])
    assert main(["doctor", str(home), "--sweep"]) == 0


def _chunk(data: bytes) -> dict[str, Any]:
    return {"docs": [make_chunk(data)], "new_edits": False}


def test_a_damaged_count_of_what_devices_stored_keeps_nobody_from_sending(home: Path) -> None:
    with running_hub(home) as hub:
        device = enrol(hub, home, VILLAGE)
        with hub.client(device.device, device.token) as http:
            assert http.post(f"/office-{VILLAGE}-files/_bulk_docs", json=_chunk(b"a")).json() == []
            assert hub.stop() == 0
    for name in ("quotas.sqlite", "orphans.sqlite"):
        (home / name).write_bytes(b"no database" * 1000)
    with running_hub(home) as hub, hub.client(device.device, device.token) as http:
        assert http.post(f"/office-{VILLAGE}-files/_bulk_docs", json=_chunk(b"b")).json() == []
    with opened(home) as county:
        assert orphans_of(county).purge_old() == 0
    assert main(["doctor", str(home)]) == 0


# --- a full disk ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, which only root can mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], capture_output=True).returncode != 0:
        pytest.skip("a small disk needs the right to mount one")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path) -> Path:
    filler = os.open(disk / "fill", os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while True:
            os.write(filler, bytes(4096))
    os.close(filler)
    return disk / "fill"


def test_on_a_full_disk_everything_says_so_and_nothing_is_called_saved(small_disk: Path, capsys: Any) -> None:
    home = found_county(small_disk)
    with running_hub(home) as hub:
        device = enrol(hub, home, VILLAGE)
        with hub.console() as officer, hub.client(device.device, device.token) as http:
            assert http.get("/_up").status_code == 200
            filler = fill(small_disk)
            assert officer.get("/console/").status_code == 200, "who is signed in reads on"
            up, put = http.get("/_up"), http.put(f"/office-{VILLAGE}/_local/x", json={"text": "y" * 5000})
            login = http.post("/console/login", data={"staff": "x1", "password": PASSWORD})
            assert (up.status_code, up.json()["status"]) == (503, "disk_full")
            assert (put.status_code, put.json()["error"]) == (507, "disk_full")
            assert login.status_code == 507
            assert "磁盘满了" in login.text
            for command in ("doctor", "verify"):
                capsys.readouterr()
                assert main([command, str(home)]) == 1
                said = capsys.readouterr().out
                assert "磁盘只剩 0 MB" in said
                assert "移到别处" not in said
            assert main(["status", str(home)]) in (0, 1)
            assert "no space" not in capsys.readouterr().err
            filler.unlink()
            assert http.get("/_up").status_code == 200
            assert http.put(f"/office-{VILLAGE}/_local/x", json={"text": "y" * 5000}).status_code == 201
    assert "Traceback" not in (home / "hub.log").read_text()
