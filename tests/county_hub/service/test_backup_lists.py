"""A backup holds every database that the directory in it names; one whose list says less is put back, and what lacks is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from county_hub.commands.cli import main
from county_hub.service import backups
from tests.support.county_hub.hub_support import VILLAGE, found_county, opened


def listed(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "backup" / "manifest.json").read_text("utf-8"))["files"])


def test_a_backup_whose_list_leaves_out_an_office_says_so_when_proven_and_when_put_back(tmp_path: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    with opened(home) as hub:
        backups.backup(hub, tmp_path / "backup")
    list_of_files = tmp_path / "backup" / "manifest.json"
    told = json.loads(list_of_files.read_text("utf-8"))
    del told["files"][f"databases/office-{VILLAGE}.replica"]
    list_of_files.write_text(json.dumps(told), "utf-8")
    assert any(f"office-{VILLAGE}" in problem for problem in backups.prove(tmp_path / "backup", tmp_path / "scratch").problems)
    again = str(tmp_path / "again")
    capsys.readouterr()
    assert main(["restore", again, str(tmp_path / "backup")]) == 0
    said = capsys.readouterr().out
    assert f"office-{VILLAGE}" in said
    assert "doctor --sweep" in said
    assert main(["verify", again]) == 1
    main(["doctor", again, "--sweep"])
    assert main(["verify", again]) == 0


def test_a_backup_has_the_database_of_an_office_that_was_founded_while_it_was_made(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    late = f"office-{VILLAGE[:-1]}9"
    with opened(home) as hub:
        def founded(done: int, total: int) -> None:
            if not hub.databases.exists(late):
                hub.databases.create(late)

        backups.backup(hub, tmp_path / "backup", founded)
    assert f"databases/{late}.replica" in listed(tmp_path)
