"""The documents that lead through the code are held to it: what they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import rooms

ROOT = Path(__file__).resolve().parent.parent
MAPS = ("ARCHITECTURE", "CHANGE", "TRAVEL", "SYNC", "SECURITY", "SERVICE_POINT")


def test_the_map_of_rooms_is_the_code() -> None:
    assert rooms.MAP.read_text(encoding="utf-8") == rooms.render(), "python -m tests.support.rooms --write"


@pytest.mark.parametrize("name", MAPS)
def test_every_path_that_a_map_names_exists(name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:sync|shared|village_node|county_hub|tests)/[\w/.]+)`", text))
    assert not {path for path in named if not (ROOT / path).exists()}


def test_twenty_questions_are_answered() -> None:
    table = (ROOT / "docs" / "CHANGE.md").read_text(encoding="utf-8").split("|---|---|---|\n", 1)[1]
    assert len([row for row in table.splitlines() if row.startswith("| ")]) >= 20


def test_every_module_has_a_first_sentence() -> None:
    folders = [folder for package in rooms.PACKAGES for folder in rooms.folders(package)]
    silent = [(folder.name, module) for folder in folders for module, text in rooms.rows(folder) if not text]
    assert not silent
