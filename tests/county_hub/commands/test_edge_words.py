"""What a command on an edge says: where it is done, or that the edge was never served; nothing of an empty directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from county_hub.commands.cli import main
from shared.ledger.texts import t
from tests.support.county_hub.hub_support import TOWN, VILLAGE, found_county

PUBLISHERS = (["staff", "add", "EDGE", "--id", "x9", "--name", "DEMO 演示", "--office", VILLAGE, "--roles", "mediator"],
              ["staff", "pin", "EDGE", "x9"], ["office", "close", "EDGE", VILLAGE, "--from", "2026-11-01"],
              ["device", "revoke", "EDGE", "d1", "--lost"], ["enrol", "EDGE", "--office", VILLAGE],
              ["edge", "add", "EDGE", "two", "--offices", TOWN, "--out", "FILE"])
READERS = (["staff", "list", "EDGE", "--office", VILLAGE], ["case", "list", "EDGE"], ["status", "EDGE"],
           ["roster", "list", "EDGE"])


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edge")
    home = found_county(folder)
    bundle, password = str(folder / "b"), str(folder / "password.txt")
    assert main(["edge", "add", str(home), "one", "--offices", TOWN, "--url", "https://127.0.0.1:1", "--out", bundle]) == 0
    assert main(["init", str(folder / "edge"), "--edge", bundle, "--admin-password-file", password]) == 0
    return folder / "edge"


@pytest.mark.parametrize("words", PUBLISHERS, ids=lambda words: " ".join(words[:2]))
def test_what_the_publisher_alone_does_says_so_before_anything_else(
        edge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    capsys.readouterr()
    assert main([{"EDGE": str(edge), "FILE": str(tmp_path / "b")}.get(word, word) for word in words]) == 1
    assert capsys.readouterr().err.strip() == t("edges.not_here")


@pytest.mark.parametrize("words", READERS, ids=lambda words: " ".join(words[:2]))
def test_an_edge_that_was_never_served_says_how_it_comes_to_its_directory(
        edge: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    capsys.readouterr()
    assert main([str(edge) if word == "EDGE" else word for word in words]) == 1
    assert capsys.readouterr().err.strip() == t("edges.not_served", home=edge)
