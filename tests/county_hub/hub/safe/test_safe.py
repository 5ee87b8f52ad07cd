"""What a finder reads on the disk of the hub's HOME, or in a backup of it, where a key file was given: nothing that somebody
wrote. A HOME from before is encrypted, also when the power goes while that is done; without the key nothing opens."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.hub.hub import hub_home
from county_hub.hub.published.offered_heads import OfferedHeads
from county_hub.hub.safe.moving import plain_files
from shared.ledger import key_file as key_files
from sync.encrypting import encrypt
from tests.support.county_hub.hub_support import (
    COUNTY,
    PASSWORD,
    found_county,
    opened,
    running_hub,
    store_in_county,
    with_account,
)
from tests.support.shared.domain_events import World

pytest.importorskip("sqlcipher3")
SEED = 20261129
MARK = "演示秘字"


def marked(word: str) -> str:
    return f"{MARK}{word}"


def said(capsys: Any, *words: object) -> tuple[int, str]:
    capsys.readouterr()
    code = main([str(word) for word in words])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def found_in(folder: Path, *needles: bytes) -> list[str]:
    return [f"{path.relative_to(folder)}: {needle!r}" for path in folder.rglob("*") if path.is_file()
            for needle in needles if needle in path.read_bytes()]


def spelled(word: str) -> tuple[bytes, ...]:
    return word.encode(), word.encode("utf-16-le"), ascii(word)[1:-1].encode()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "hub.key"
    key_files.make(path, os.urandom)
    return path


@pytest.fixture(autouse=True)
def no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COUNTY_HUB_KEY_FILE", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def write_marks(home: Path) -> str:
    """Marked words into every kind of database of HOME; the id of the case."""
    person = ("--id", "x1", "--name", marked("员"), "--office", COUNTY, "--roles", "supervisor")
    assert main(["staff", "add", str(home), *person]) == 0
    world = World()
    case = world.register(summary=marked("案情")).subject
    store_in_county(home, [event.doc() for event in world.events[case]])
    with_account(home, "x1")
    OfferedHeads(home / "offered-heads.json", hub_home(str(home)).safe).keep([{"_id": "directory:x", "name": marked("头")}])
    with opened(home) as hub:
        hub.registry.set_meta({"marked": marked("登记")})
    return case


def needles(home: Path) -> list[bytes]:
    secrets = hub_home(str(home)).read_secrets()
    hidden = [secrets[name].encode() for name in ("hub_key", "device_key", "pepper", "cookie_key")]
    return [*spelled(MARK), *hidden, PASSWORD.encode()]


def test_nothing_that_was_written_is_readable_in_home_or_backup(
    tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("COUNTY_HUB_KEY_FILE", str(key_file))
    home = found_county(tmp_path)
    case = write_marks(home)
    with running_hub(home) as hub, hub.console("x1") as browser:
        page = browser.get(f"/console/cases/{case}").text
        assert MARK in page
        assert found_in(home, *needles(home)) == []
        assert main(["backup", str(home), str(tmp_path / "backup")]) == 0
    for folder in (home, tmp_path / "backup", temporary):
        assert found_in(folder, *needles(home)) == []
    mark = key_files.mark_of(key_files.read(key_file))
    assert json.loads((tmp_path / "backup" / "manifest.json").read_text())["key_file"] == mark
    assert all(mark in said(capsys, *words)[1] for words in (("doctor", home), ("verify", home), ("status", home)))
    # The backup opens with the same key, and with no other.
    other = tmp_path / "other.key"
    key_files.make(other, os.urandom)
    monkeypatch.delenv("COUNTY_HUB_KEY_FILE")
    code, text = said(capsys, "restore", tmp_path / "new", tmp_path / "backup", "--key-file", other)
    assert (code, mark in text, (tmp_path / "new").exists()) == (1, True, False)
    assert said(capsys, "restore", tmp_path / "new", tmp_path / "backup", "--key-file", key_file)[0] == 0
    monkeypatch.setenv("COUNTY_HUB_KEY_FILE", str(key_file))
    with opened(tmp_path / "new") as restored:
        assert restored.replica.all_docs(startkey=f"case:{case}", limit=1)
    assert found_in(tmp_path / "new", *needles(home)) == []


def test_without_the_key_nothing_opens_and_the_sentence_names_the_key(tmp_path: Path, key_file: Path, capsys: Any) -> None:
    home = tmp_path / "hub"
    found_county(tmp_path, "plain")
    words = ("init", home, "--county", "150822", "--divisions", tmp_path / "divisions.csv", "--key-file", key_file)
    assert said(capsys, *words)[0] == 0
    mark = key_files.mark_of(key_files.read(key_file))
    for command in (("status", home), ("doctor", home), ("case", "list", home), ("backup", home, tmp_path / "b")):
        code, text = said(capsys, *command)
        assert (code, mark in text) == (1, True), text
    assert said(capsys, "status", home, "--key-file", key_file)[0] == 0
    code, text = said(capsys, "safe", "show", home, "--json")
    assert (code, json.loads(text)["encrypted"], json.loads(text)["key_file"]) == (0, True, mark)
    # An old HOME is no reason to believe that it is encrypted.
    code, text = said(capsys, "status", tmp_path / "plain", "--key-file", key_file)
    assert (code, "没有加密" in text) == (1, True)
    assert said(capsys, "init", tmp_path / "plain", *words[2:])[0] == 1
    assert "in_the_clear" in said(capsys, "doctor", tmp_path / "plain", "--json")[1]


def test_the_key_comes_from_systemd(tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    key_file.rename(credentials / "county-hub.key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    home = found_county(tmp_path)
    assert plain_files(hub_home(str(home)).files()) == []
    with running_hub(home) as hub, hub.client() as client:
        assert client.get("/_hub/time").status_code == 200


def test_another_key_file_and_the_rescue_key_open_and_nothing_is_encrypted_anew(
    tmp_path: Path, key_file: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTY_HUB_KEY_FILE", str(key_file))
    home = found_county(tmp_path)
    assert said(capsys, "rescue", "make", home, "--out", tmp_path / "rescue.key")[0] == 0
    assert said(capsys, "safe", "show", home)[1].count("应急钥匙也能打开") == 1
    monkeypatch.delenv("COUNTY_HUB_KEY_FILE")
    before = (home / "databases" / "directory.replica").read_bytes()
    new, newer = tmp_path / "new.key", tmp_path / "newer.key"
    for path in (new, newer):
        assert said(capsys, "safe", "make", path)[0] == 0
    assert said(capsys, "safe", "make", new)[0] == 2
    assert said(capsys, "safe", "change", home, "--key-file", key_file, "--to", new)[0] == 0
    assert said(capsys, "status", home, "--key-file", key_file)[0] == 1
    assert said(capsys, "status", home, "--key-file", new)[0] == 0
    # Both files are lost: the rescue key gives another one.
    rescued = said(capsys, "safe", "change", home, "--rescue-file", tmp_path / "rescue.key", "--to", newer)
    assert rescued[0] == 0, rescued
    assert said(capsys, "status", home, "--key-file", newer)[0] == 0
    assert (home / "databases" / "directory.replica").read_bytes() == before


# ---- a HOME from before


def test_a_home_is_encrypted_where_it_lies_and_nothing_is_lost(tmp_path: Path, key_file: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    case = write_marks(home)
    assert found_in(home, *needles(home))
    with opened(home) as hub:
        before = (hub.identity(), hub.replica.epoch, {row.id: row.rev for row in hub.replica.all_docs()})
        code, text = said(capsys, "safe", "encrypt", home, "--key-file", key_file)
        assert (code, "停掉 serve" in text) == (1, True)
    assert not (home / "vault.json").exists()
    inside = home / "databases" / "x.key"
    inside.write_bytes(key_file.read_bytes())
    assert said(capsys, "safe", "encrypt", home, "--key-file", inside)[0] == 2
    inside.unlink()
    unsealed = needles(home)
    assert said(capsys, "safe", "encrypt", home, "--key-file", key_file)[0] == 0
    assert found_in(home, *unsealed) == []
    assert list(home.rglob("*.moving*")) == []
    assert said(capsys, "safe", "encrypt", home, "--key-file", key_file)[0] == 1, "it is encrypted already"
    with open_with(home, key_file) as hub:
        assert (hub.identity(), hub.replica.epoch, {row.id: row.rev for row in hub.replica.all_docs()}) == before
        hub.projector.catch_up()
        with hub.projector.reader() as db:
            assert db.execute("SELECT case_id FROM cases").fetchall() == [(case,)]
        assert hub.registry.meta("marked") == marked("登记")


def open_with(home: Path, key_file: Path) -> Any:
    from county_hub.composition import open_hub

    return open_hub(hub_home(str(home), key_file))


def killed_while_encrypting(home: Path, key_file: Path, seam: int) -> bool:
    """A child encrypts HOME and dies by SIGKILL before the n-th file or connection that it opens, renames or removes: at a seam,
    not by a clock. False: it came to its end before."""
    child = os.fork()
    if child == 0:
        left = seam

        def die(event: str, _args: object) -> None:
            nonlocal left
            if event in ("open", "os.rename", "os.remove", "sqlite3.connect"):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(die)
        try:
            main(["safe", "encrypt", str(home), "--key-file", str(key_file)])
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_encrypting_goes_on_after_sigkill(tmp_path: Path, key_file: Path, capsys: Any) -> None:
    print("seed", SEED)
    dice = random.Random(SEED)
    home = found_county(tmp_path)
    case = write_marks(home)
    unsealed = needles(home)
    killed = sum(killed_while_encrypting(home, key_file, dice.randint(3, 60)) for _ in range(12))
    assert killed >= 5, "the power went in the middle"
    assert said(capsys, "status", home)[0] == 1, "half encrypted opens without a key no more"
    text = said(capsys, "verify", home, "--key-file", key_file)[1]
    assert "读不出来" not in text, text
    with open_with(home, key_file) as hub:
        assert hub.replica.all_docs(startkey=f"case:{case}", limit=1)
    assert plain_files(hub_home(str(home)).files()) == []
    assert found_in(home, *unsealed) == []
    assert not json.loads((home / "vault.json").read_text()).get("moving")


DAMAGED = ("hub.sqlite", "accounts.sqlite", "databases/directory.replica", "databases/quarantine.replica")


@pytest.mark.parametrize("where", DAMAGED)
def test_a_damaged_file_of_an_encrypted_home_is_named(tmp_path: Path, key_file: Path, where: str, capsys: Any,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTY_HUB_KEY_FILE", str(key_file))
    home = found_county(tmp_path)
    with opened(home):
        pass
    assert said(capsys, "verify", home)[0] == 0
    file = home / where
    file.touch()
    content = file.read_bytes()
    file.write_bytes(os.urandom(4096) + content[4096:])
    code, text = said(capsys, "doctor", home)
    assert (code, f"{where} 读不出来：内容已损坏" in text) == (1, True), text


def test_a_file_without_a_place_of_its_own_keeps_its_meta(tmp_path: Path) -> None:
    """A registry has a table `meta` too, which is not a replica's."""
    from sync.shared_file import SharedFile
    from sync.storage import open_file

    path, key = tmp_path / "x.sqlite", os.urandom(32)
    file = SharedFile(path)
    with file.changing() as db:
        db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT)")
        db.execute("INSERT INTO meta VALUES ('home', '7')")
    file.close()
    encrypt(path, key)
    db = open_file(path, key, timeout_s=1)
    assert db.execute("SELECT * FROM meta").fetchall() == [("home", "7")]
    db.close()
