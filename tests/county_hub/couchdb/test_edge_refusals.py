"""What `serve --couchdb` refuses, each in one sentence and before anything is served or written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.hub.backing.store import EDGE
from sync.endpoint.auth import SingleAdmin
from tests.support.county_hub.hub_support import found_county, opened
from tests.support.sync.server import running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_county(tmp_path_factory.mktemp("county"))


@pytest.fixture
def account(tmp_path: Path) -> Path:
    path = tmp_path / "account"
    path.write_text("admin:right\n", "utf-8")
    return path


@pytest.mark.parametrize(("options", "code", "word"), [
    (("--couchdb", "http://admin:secret@127.0.0.1:9"), 2, "不能写名称和密码"),
    (("--couchdb", "http://127.0.0.1:9", "--offices", "150822100000"), 2, "--offices"),
    (("--couchdb", "http://127.0.0.1:9"), 1, "连不上"),
    (("--couchdb", "couch.example"), 1, "地址"),
    (("--couchdb", "http://127.0.0.1:9", "--couchdb-password-file", "/nowhere"), 1, "/nowhere"),
])
def test_what_cannot_be_an_edge_is_told_in_a_sentence(
    home: Path, capsys: Any, options: tuple[str, ...], code: int, word: str
) -> None:
    assert main(["serve", str(home), "--port", "0", *options]) == code
    said = capsys.readouterr().err
    assert word in said
    assert "secret" not in said
    assert "Traceback" not in said


def test_a_server_that_is_not_provisioned_or_does_not_know_the_account_is_refused(
    home: Path, account: Path, tmp_path: Path, capsys: Any
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("admin:wrong\n", "utf-8")
    with running(tmp_path / "store", authoriser=SingleAdmin("admin", "right")) as server:
        for file, word in ((wrong, "不认这个名称或密码"), (account, "couchdb provision")):
            given = ["serve", str(home), "--port", "0", "--couchdb", server.url, "--couchdb-password-file", str(file)]
            assert main(given) == 1
            assert word in capsys.readouterr().err
        assert server.databases.names() == []


def test_a_home_that_is_an_edge_works_on_nothing_without_its_store(tmp_path: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    with opened(home) as hub:
        hub.registry.set_meta({EDGE: json.dumps({"url": "http://couch.example:5984", "prefix": "x-"})})
    for command in (["serve", str(home), "--port", "0"], ["doctor", str(home), "--sweep"]):
        assert main(command) == 1
        assert "http://couch.example:5984" in capsys.readouterr().err
    assert main(["staff", "list", str(home)]) == 0
