"""A HOME of an older program, and the way back to it: whole, repeatable, and never without being asked for."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.hub.hub import hub_home
from county_hub.hub.kept.formats import FORMAT, format_of
from county_hub.hub.kept.settings import DEFAULT_FILE
from sync.replica import LocalReplica, schema
from sync.replica.step_back import OLDEST, schema_of, step_back
from tests.support.county_hub.hub_support import VILLAGE, enrol, found_county, opened, running_hub


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    home = found_county(folder)
    with running_hub(home) as hub:
        device = enrol(hub, home, VILLAGE)
        with hub.client(device.device, device.token) as http:
            assert http.put(f"/office-{VILLAGE}/_local/checkpoint", json={"last_seq": 7}).status_code == 201
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "hub")
    return tmp_path / "hub"


def held(home: Path) -> dict[str, list[tuple[str, str]]]:
    with opened(home) as hub:
        found = {}
        for name in hub.databases.names():
            with hub.databases.lease(name) as replica:
                found[name] = [(row.id, row.rev) for row in replica.all_docs()]
        return found


def tables(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name"
        rows = db.execute(query).fetchall()
    return [re.sub(r"\s+", " ", sql).replace("( ", "(").replace(" )", ")") for (sql,) in rows]


def schemas(home: Path) -> set[int]:
    return {schema_of(path) for path in (home / "databases").glob("*.replica")}


def digests(home: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.rglob("*")
            if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock"))}


# --- replicas --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", range(OLDEST, schema.SCHEMA_VERSION))
def test_a_file_taken_back_has_the_tables_that_the_older_program_makes(tmp_path: Path, to: int) -> None:
    older, back = tmp_path / "older.replica", tmp_path / "back.replica"
    with contextlib.closing(sqlite3.connect(older)) as db:
        for statements in schema._MIGRATIONS[:to]:
            for statement in statements:
                db.execute(statement)
        db.commit()
    replica = LocalReplica.open(back)
    rev = replica.put({"_id": "a", "text": "DEMO"})
    replica.put_local("x", {"n": 1})
    replica.close()
    step_back(back, to)
    assert tables(back) == tables(older)
    assert schema_of(back) == to
    again = LocalReplica.open(back, create=False)
    assert again.get("a")["_rev"] == rev
    assert (again.get_local("x") or {})["n"] == 1
    assert again.verify() == []
    again.close()


def test_a_file_in_use_or_a_newer_one_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.replica"
    LocalReplica.open(path).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION + 1}")
    with pytest.raises(Exception, match="newer program"):
        step_back(path, OLDEST)
    with pytest.raises(Exception, match="no way leads"):
        step_back(path, OLDEST - 1)


# --- a HOME ----------------------------------------------------------------------------------------------------------------


def test_a_new_home_has_the_format_of_its_program(home: Path, capsys: Any) -> None:
    assert format_of(hub_home(str(home))) == FORMAT
    assert main(["upgrade", str(home)]) == 0
    assert "不用处理" in capsys.readouterr().out


@pytest.mark.parametrize("to", range(1, FORMAT))
def test_one_step_back_or_two_and_forward_again_loses_nothing(home: Path, capsys: Any, to: int) -> None:
    before = held(home)
    assert main(["upgrade", str(home), "--to", str(to)]) == 0
    assert format_of(hub_home(str(home))) == to
    assert schemas(home) == ({2} if to == 1 else {3})
    kept = digests(home)
    for command in (["status"], ["verify"], ["doctor"], ["backup"], ["enrol"], ["init"]):
        more = {"backup": [str(home.parent / "b")], "enrol": ["--office", VILLAGE],
                "init": ["--county", "150822", "--divisions", str(home.parent / "divisions.csv")]}.get(command[0], [])
        if command[0] == "init":
            found_divisions(home.parent)
        capsys.readouterr()
        assert main([command[0], str(home), *more]) == 1
        said = capsys.readouterr()
        assert "county-hub upgrade" in said.err + said.out
    assert digests(home) == kept, "what is not upgraded is not touched"
    assert main(["upgrade", str(home)]) == 0
    assert held(home) == before
    assert main(["verify", str(home)]) == 0
    assert schemas(home) == {3}


def found_divisions(folder: Path) -> None:
    from tests.support.county_hub.hub_support import DIVISIONS

    (folder / "divisions.csv").write_text(DIVISIONS, "utf-8")


def test_settings_that_the_older_program_does_not_know_become_comments(home: Path) -> None:
    (home / "hub.toml").write_text('silent_days = 4\nmetrics_from = "10.0.0.0/8"\n ready_lag_seconds = 60\n', "utf-8")
    assert main(["upgrade", str(home), "--to", "2"]) == 0
    assert (home / "hub.toml").read_text("utf-8") == 'silent_days = 4\n# metrics_from = "10.0.0.0/8"\n#  ready_lag_seconds = 60\n'
    assert main(["upgrade", str(home)]) == 0
    assert all(line.startswith("#") for line in DEFAULT_FILE.read_text("utf-8").splitlines())


@pytest.mark.parametrize("to", [1, FORMAT])
def test_a_step_that_was_cut_goes_on_with_the_next_run(home: Path, to: int) -> None:
    before = held(home)
    assert main(["upgrade", str(home), "--to", "2"]) == 0
    for path in sorted((home / "databases").glob("*.replica"))[:5]:
        step_back(path, 2)                              # as a kill in the middle of the step to 1 leaves it
    assert schemas(home) == {2, 3}
    assert main(["upgrade", str(home), "--to", str(to)]) == 0
    assert schemas(home) == ({2} if to == 1 else {3})
    assert main(["upgrade", str(home)]) == 0
    assert held(home) == before


def test_nothing_is_done_while_serve_runs(home: Path, capsys: Any) -> None:
    with running_hub(home):
        assert main(["upgrade", str(home), "--to", "2"]) == 1
    assert "请先停止它" in capsys.readouterr().err
    assert format_of(hub_home(str(home))) == FORMAT


def test_a_newer_home_is_refused_and_the_way_back_named(home: Path, capsys: Any) -> None:
    with contextlib.closing(sqlite3.connect(home / "hub.sqlite")) as db:
        db.execute(f"PRAGMA user_version = {FORMAT + 1}")
    for command in ("status", "upgrade", "doctor"):
        capsys.readouterr()
        assert main([command, str(home)]) == 1
        said = capsys.readouterr()
        assert f"upgrade {home} --to {FORMAT}" in said.err + said.out


def test_a_directory_from_before_signed_formats_were_fixed_is_refused_and_left_as_it_was(home: Path, capsys: Any) -> None:
    assert main(["upgrade", str(home), "--to", "1"]) == 0
    for path in (home / "databases").glob("directory.replica*"):
        path.unlink()
    replica = LocalReplica.open(home / "databases" / "directory.replica")
    replica.put({"_id": "directory:0001-abc:00000001", "kind": "directory", "changes": []})
    replica.close()
    step_back(home / "databases" / "directory.replica", 2)
    before = digests(home)
    assert main(["upgrade", str(home)]) == 1
    assert "签名格式定稿以前" in capsys.readouterr().err
    assert digests(home) == before


def test_the_backup_of_an_older_program_is_put_back_as_a_home_of_today(home: Path, tmp_path: Path) -> None:
    before, backup = held(home), tmp_path / "backup"
    assert main(["backup", str(home), str(backup)]) == 0
    older = hub_home(str(backup))
    with contextlib.closing(sqlite3.connect(older.registry)) as db:
        db.executescript("DROP TABLE upgrades; PRAGMA user_version = 0")
    for path in older.databases.glob("*.replica"):
        step_back(path, 2)
    for path in backup.rglob("*-wal"):
        path.unlink()
    manifest = json.loads((backup / "manifest.json").read_text("utf-8"))
    for name in manifest["files"]:
        manifest["files"][name]["sha256"] = hashlib.sha256((backup / name).read_bytes()).hexdigest()
    (backup / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert main(["restore", str(tmp_path / "new"), str(backup), "--recovery", str(home / "recovery.json")]) == 0
    assert format_of(hub_home(str(tmp_path / "new"))) == FORMAT
    after = held(tmp_path / "new")
    assert {name: set(rows) <= set(after[name]) for name, rows in before.items()} == dict.fromkeys(before, True)
    assert main(["verify", str(tmp_path / "new")]) == 0
