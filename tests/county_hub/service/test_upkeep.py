"""Backup, restore, verify, doctor, rebuild: what the care of a HOME promises."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.hub.published.directory_office import DirectoryOffice
from county_hub.service import backups
from shared.disputes.fold import fold as folding
from shared.disputes.kinds.registry import build
from shared.ledger.authoring import Act, Author, DeviceIdentity
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import change
from sync.databases import Databases
from sync.replica import LocalReplica
from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE, enrol, found_county, opened, running_hub, store_in_county
from tests.support.shared.domain_events import World


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return found_county(tmp_path)


def add_supervisor(home: Path) -> None:
    assert main(["staff", "add", str(home), "--id", "x1", "--name", "演示督办员", "--office", COUNTY, "--roles",
                 "supervisor"]) == 0


def supervised(home: Path, case: str) -> str:
    """Write a supervision through the hub's own device; returns the event id."""
    with opened(home) as hub:
        body = build("case.supervision_issued", {"level": "reminder", "text": "DEMO", "to": VILLAGE})
        event = hub.author().write(Act("case.supervision_issued", case, body, actor="x1", role="supervisor"))
    return event.id


def test_a_restored_hub_has_everything_and_a_new_epoch(home: Path, tmp_path: Path, capsys: Any) -> None:
    add_supervisor(home)
    world = World()
    case = world.register().subject
    store_in_county(home, [event.doc() for event in world.events[case]])
    supervision = supervised(home, case)
    assert main(["backup", str(home), str(tmp_path / "backup")]) == 0
    with opened(home) as hub:
        before, directory, replica_epoch = hub.identity(), hub.directory.latest(), hub.replica.epoch
    capsys.readouterr()
    assert main(["restore", str(tmp_path / "new"), str(tmp_path / "backup"), "--recovery", str(home / "recovery.json")]) == 0
    with opened(tmp_path / "new") as hub:
        after = hub.identity()
        assert (after.hub_id, after.public_key) == (before.hub_id, before.public_key)
        assert after.epoch > before.epoch
        assert hub.replica.epoch != replica_epoch
        latest = hub.directory.latest()
        assert latest.place == (after.epoch, directory.version + 1)
        assert hub.replica.get(supervision)["actor"] == "x1"
        with hub.projector.reader() as db:
            assert db.execute("SELECT count(*) FROM cases").fetchone() == (1,)
    assert after.epoch in capsys.readouterr().out


def test_a_new_life_of_the_hub_is_the_newest_even_if_the_clock_was_years_ahead_in_the_old_one(tmp_path: Path) -> None:
    databases, key, life = Databases(tmp_path), DeviceKey.generate(os.urandom), ["0001-a", 2_000_000_000_000]
    databases.create("directory")
    office = DirectoryOffice(databases, key, epoch=lambda: str(life[0]), clock=lambda: int(life[1]))
    office.publish([change("hub", "hub", {"hub_id": "h", "name": "DEMO", "public_key": key.public, "alg": key.alg})])
    life[:] = ["0002-b", 1_700_000_000_000]
    for minutes in (5, 7):
        office.publish([change("setting", "round", {"minutes": minutes})])
        assert office.latest().setting("round") == {"minutes": minutes}
    assert office.cited()[:2] == ("0002-b", 3)
    databases.close()


def test_after_a_restore_the_hub_writes_through_a_fresh_device_and_gives_no_slot_twice(home: Path, tmp_path: Path) -> None:
    add_supervisor(home)
    world = World()
    case = world.register().subject
    store_in_county(home, [event.doc() for event in world.events[case]])
    supervised(home, case)
    with opened(home) as hub:
        old, head = hub.own_device, hub.chain_head()
    assert main(["backup", str(home), str(tmp_path / "backup")]) == 0
    # What the hub does after the backup is lost to the restored one.
    lost = supervised(home, case)
    with opened(home) as hub:
        given = hub.registry.next_device(VILLAGE)[1]
    assert main(["restore", str(tmp_path / "new"), str(tmp_path / "backup"), "--recovery", str(home / "recovery.json")]) == 0
    fresh = supervised(tmp_path / "new", case)
    with opened(tmp_path / "new") as hub:
        retired = hub.directory.latest().device(old.device)
        now = hub.directory.latest().device(hub.own_device.device)
        event = hub.replica.get(fresh)
        next_slot = hub.registry.next_device(VILLAGE)[1]
    assert retired is not None
    assert now is not None
    assert head is not None
    assert (retired.status, retired.final_seq) == ("retired", head.seq)
    assert now.continues == {"device": old.device, "seq": head.seq, "hash": head.hash}
    assert event["device"] != old.device
    assert fresh != lost
    assert int(next_slot) > int(given)


def test_a_backup_taken_while_serve_runs_and_writes_is_sound(home: Path, tmp_path: Path, capsys: Any) -> None:
    world = World()
    first = world.register().subject
    with running_hub(home):
        store_in_county(home, [event.doc() for event in world.events[first]])
        assert main(["backup", str(home), str(tmp_path / "backup")]) == 0
    assert main(["restore", str(tmp_path / "new"), str(tmp_path / "backup"), "--recovery", str(home / "recovery.json")]) == 0
    with opened(tmp_path / "new") as hub:
        for name in hub.databases.names():
            with hub.databases.lease(name) as replica:
                assert replica.verify() == []


def test_backup_and_restore_never_overwrite(home: Path, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    assert main(["backup", str(home), str(tmp_path / "full")]) == 2
    assert main(["backup", str(home), str(tmp_path / "backup")]) == 0
    assert main(["restore", str(home), str(tmp_path / "backup")]) == 2
    assert "不会覆盖" in capsys.readouterr().err


def test_a_damaged_or_unfinished_backup_is_refused_before_anything_is_used(home: Path, tmp_path: Path, capsys: Any) -> None:
    assert main(["backup", str(home), str(tmp_path / "backup")]) == 0
    unfinished = tmp_path / "unfinished"
    shutil.copytree(tmp_path / "backup", unfinished)
    (unfinished / "manifest.json").unlink()
    assert main(["restore", str(tmp_path / "a"), str(unfinished)]) == 2
    damaged = tmp_path / "backup" / "databases" / "directory.replica"
    content = bytearray(damaged.read_bytes())
    content[5000] ^= 1
    damaged.write_bytes(content)
    assert main(["restore", str(tmp_path / "b"), str(tmp_path / "backup")]) == 1
    assert "directory.replica" in capsys.readouterr().err
    damaged.unlink()
    assert main(["restore", str(tmp_path / "c"), str(tmp_path / "backup")]) == 1
    (unfinished / "manifest.json").write_text('{"files": {"hub.sqlite": 3}}')
    assert main(["restore", str(tmp_path / "d"), str(unfinished)]) == 2
    later = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    (unfinished / "manifest.json").write_text(json.dumps({**later, "format": 2}))
    capsys.readouterr()
    assert main(["restore", str(tmp_path / "d"), str(unfinished)]) == 1
    assert "第 2 版" in capsys.readouterr().err, "of a later program, which may mean something else by it"
    (tmp_path / "f").write_text("x")
    assert main(["restore", str(tmp_path / "f"), str(unfinished)]) == 2
    assert not any((tmp_path / name).exists() for name in "abcd"), "nothing is left of what did not come to its end"


def test_a_restore_that_was_killed_is_served_by_nobody_and_begins_again(home: Path, tmp_path: Path, capsys: Any) -> None:
    """What it had copied is of the epoch before: served like that, devices would not bring again what the copy lacks."""
    new, backup = tmp_path / "new", tmp_path / "backup"
    assert main(["backup", str(home), str(backup)]) == 0
    shutil.copytree(backup, new)
    (new / "restoring").touch()
    for words in (["serve", "--port", "0"], ["doctor"], ["status"], ["upgrade"], ["backup", str(tmp_path / "other")]):
        capsys.readouterr()
        assert main([words[0], str(new), *words[1:]]) == 1
        assert "没有做完" in capsys.readouterr().err
    assert main(["restore", str(new), str(backup), "--recovery", str(home / "recovery.json")]) == 0
    assert main(["doctor", str(new)]) == 0
    assert main(["restore", str(new), str(backup)]) == 2


def test_a_backup_that_is_interrupted_leaves_nothing_and_none_goes_into_home(home: Path, tmp_path: Path, capsys: Any) -> None:
    def full(done: int, total: int) -> None:
        if done == 5:
            raise OSError(28, "No space left on device")

    with opened(home) as hub, pytest.raises(OSError, match="No space"):
        backups.backup(hub, tmp_path / "backup", full)
    assert not (tmp_path / "backup").exists()
    assert main(["backup", str(home), str(home / "backup")]) == 2
    assert "里面" in capsys.readouterr().err
    assert not (home / "backup").exists()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_ends_a_backup_or_restore_finds_nothing_of_it(home: Path, tmp_path: Path, told: int) -> None:
    """In a process of its own, on a disk that takes no file to its end."""
    assert main(["backup", str(home), str(tmp_path / "backup")]) == 0
    process = subprocess.Popen([sys.executable, "-c", _ENDED, "restore", str(tmp_path / "new"), str(tmp_path / "backup")],
                               stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "new" / "restoring").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(told)
    assert "已中断" in process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert not (tmp_path / "new").exists()


# A shell that starts a command beside itself lets it ignore SIGINT.
_ENDED = ("import shutil, signal, sys, time; signal.signal(signal.SIGINT, signal.default_int_handler);"
          "shutil.copyfile = lambda *files: time.sleep(60);"
          "from county_hub.commands.cli import main; sys.exit(main(sys.argv[1:]))")


@pytest.mark.parametrize("gone", ["hub.sqlite", "secrets.json", "databases/directory.replica",
                                  f"databases/office-{COUNTY}.replica"])
def test_a_home_that_lacks_what_cannot_be_made_again_names_it_and_is_never_founded_anew(
        home: Path, tmp_path: Path, gone: str, capsys: Any) -> None:
    (home / gone).unlink()
    before = sorted(path.name for path in home.rglob("*") if "-wal" not in path.name and "-shm" not in path.name)
    commands = [["status", str(home)], ["doctor", str(home)]]
    if not gone.startswith("databases"):
        commands.append(["init", str(home), "--county", "150822", "--divisions", str(tmp_path / "divisions.csv")])
    for words in commands:
        capsys.readouterr()
        assert main(words) == 1
        said = capsys.readouterr()
        assert gone in said.err + said.out, words
        assert "restore" in said.err + said.out
    assert before == sorted(path.name for path in home.rglob("*") if "-wal" not in path.name and "-shm" not in path.name)


def modes_of(folder: Path) -> dict[str, int]:
    """What others may do with the folder and everything in it, SQLite's side files among it; empty = nothing."""
    return {str(path): mode for path in (folder, *folder.rglob("*")) if (mode := path.stat().st_mode & 0o777)
            != (0o700 if path.is_dir() else 0o600)}


def test_home_backup_and_restored_home_are_their_owners_alone_while_the_hub_runs_too(tmp_path: Path) -> None:
    os.umask(0o022)                                    # a new process begins so; nothing may rest on the caller's
    home = found_county(tmp_path)
    os.umask(0o022)
    assert main(["backup", str(home), str(tmp_path / "backup")]) == 0
    os.umask(0o022)
    assert main(["restore", str(tmp_path / "new"), str(tmp_path / "backup"), "--recovery", str(home / "recovery.json")]) == 0
    for folder in (home, tmp_path / "backup", tmp_path / "new"):
        assert modes_of(folder) == {}
    os.umask(0o022)
    for path in (tmp_path / "new").rglob("*"):         # as an older program or a plain copy left it
        path.chmod(0o755 if path.is_dir() else 0o644)
    (tmp_path / "new").chmod(0o755)
    with running_hub(tmp_path / "new") as hub:
        enrol(hub, tmp_path / "new", VILLAGE)
        with hub.console() as client:
            assert client.get("/console/").status_code == 200
        names = {path.name for path in (tmp_path / "new").rglob("*")}
        assert {"hub.log", "router.sqlite", "read.sqlite"} <= names
        assert any(name.endswith("-wal") for name in names)
        assert modes_of(tmp_path / "new") == {}


def test_verify_passes_a_sound_hub_and_names_an_event_of_a_stranger(home: Path, capsys: Any) -> None:
    assert main(["verify", str(home)]) == 0
    world = World()
    event = world.register()
    store_in_county(home, [event.doc()])
    capsys.readouterr()
    assert main(["verify", str(home), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["ok"]
    assert any(event.id in finding["text"] for finding in report["findings"])


def test_verify_accepts_what_an_enrolled_device_signed(home: Path, tmp_path: Path) -> None:
    key = DeviceKey.generate(os.urandom)
    with opened(home) as hub:
        hub.directory.add_device(f"{VILLAGE}-001", office=VILLAGE, slot="001", public_key=key.public, role="tablet")
        store = LocalReplica.open(tmp_path / "node.replica")
        author = Author(store, device=DeviceIdentity(f"{VILLAGE}-001", 1, VILLAGE, key), clock=hub.clock,
                        directory=hub.directory.cited, offset_ms=lambda: 0)
        event = author.write(Act("case.noted", None, {"text": "DEMO"}, actor="x", role="mediator"))
        store.close()
    store_in_county(home, [event.doc()])
    assert main(["verify", str(home)]) == 0


def test_doctor_finds_what_often_goes_wrong(home: Path, capsys: Any) -> None:
    capsys.readouterr()
    assert main(["doctor", str(home), "--json"]) == 0
    assert {f["code"] for f in json.loads(capsys.readouterr().out)["findings"]} == {
        "no_staff", "recovery_here", "in_the_clear"}
    add_supervisor(home)
    with opened(home) as hub:
        hub.databases.delete(f"office-{TOWN}-files")
    os.chmod(home / "secrets.json", 0o644)
    capsys.readouterr()
    assert main(["doctor", str(home)]) == 1
    text = capsys.readouterr().out
    assert "secrets.json 的权限原来是 644" in text
    assert (home / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert f"office-{TOWN}-files" in text


def test_doctor_names_two_cases_with_one_file_number_and_who_changes_which(home: Path, capsys: Any) -> None:
    world, number = World(), "（2026）演示人调字第1号"
    first, second = world.register().subject, world.register().subject
    world.accept(first, date="2026-03-03", file_no=number)
    world.accept(second, date="2026-03-04", file_no=number)
    store_in_county(home, [event.doc() for case in (first, second) for event in world.events[case]])
    with opened(home) as hub:
        hub.projector.catch_up()
    capsys.readouterr()
    main(["doctor", str(home), "--json"])
    (found,) = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["code"] == "file_number"]
    assert not found["serious"]
    assert found["text"].index(first) < found["text"].index(second)
    assert number in found["text"]


def test_doctor_with_sweep_finds_nothing_to_repair_in_a_sound_hub(home: Path, capsys: Any) -> None:
    add_supervisor(home)
    assert main(["doctor", str(home), "--sweep"]) == 0


def test_the_read_model_can_be_thrown_away(home: Path) -> None:
    world = World()
    for _ in range(3):
        world.register()
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    for path in home.glob("read.sqlite*"):
        path.unlink()
    assert main(["rebuild", str(home)]) == 0
    with opened(home) as hub, hub.projector.reader() as db:
        assert db.execute("SELECT count(*) FROM cases").fetchone() == (3,)


@pytest.mark.parametrize("content", [None, "", "[]", '{"hub_key": "x"}'])
def test_damaged_secrets_are_one_sentence(home: Path, capsys: Any, content: str | None) -> None:
    if content is None:
        (home / "hub.sqlite").write_bytes(b"no database at all" * 100)
    else:
        (home / "secrets.json").write_text(content)
    capsys.readouterr()
    assert main(["status", str(home)]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_doctor_lists_a_case_that_this_program_cannot_fold_and_the_console_shows_it(
    home: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_supervisor(home)
    world = World()
    case = world.register().subject
    event = world.event(case, "case.evidence_added", {"title": "DEMO"})

    def broken(*_: object) -> None:
        raise KeyError("DEMO")

    monkeypatch.setitem(folding.HANDLERS, "case.evidence_added", broken)
    store_in_county(home, [e.doc() for e in world.events[case]])
    capsys.readouterr()
    assert main(["doctor", str(home), "--json"]) == 1
    (finding,) = [f for f in json.loads(capsys.readouterr().out)["findings"] if f["code"] == "cannot_fold"]
    assert case in finding["text"]
    assert main(["case", "show", str(home), case]) == 0
    shown = capsys.readouterr().out
    assert "DEMO 排水渠争议" in shown
    assert event.id


def test_a_backup_is_proven_by_a_trial_restore_and_old_ones_go(home: Path, tmp_path: Path, capsys: Any) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("backup-20200101-000000", "backup-20200102-000000", "backup-0notes", "pictures"):
        (folder / name).mkdir()
    made = []
    for _ in range(3):
        assert main(["backup", str(home), str(folder), "--keep", "2", "--prove"]) == 0
        assert "这份备份可以恢复" in capsys.readouterr().out
        made.append(max(path.name for path in folder.glob("backup-2*")))
        (folder / made[-1]).rename(folder / f"backup-2026010{len(made)}-000000")      # as on three days
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["backup-0notes", "backup-20260102-000000", "backup-20260103-000000", "pictures"]


def test_an_unsound_backup_is_said_and_drops_no_other(home: Path, tmp_path: Path, capsys: Any) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    assert main(["backup", str(home), str(folder), "--keep", "1"]) == 0
    first = next(folder.glob("backup-2*")).rename(folder / "backup-20200101-000000")
    store_in_county(home, [World().register().doc()])          # signed by nobody that this county knows
    capsys.readouterr()
    assert main(["backup", str(home), str(folder), "--keep", "1", "--prove"]) == 1
    assert "这份备份不可靠" in capsys.readouterr().out
    assert first.exists()
    assert not list(folder.glob("*.trial"))
