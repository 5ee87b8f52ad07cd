"""The command line at a closed HOME: locked until it is opened, a PIN for who acts, a key file for services, the rescue key."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from dataclasses import dataclass

import pytest

from shared.ledger import texts, vault
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import change
from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node.__main__ import main
from village_node.point.safe import rescue

pytest.importorskip("sqlcipher3")
PIN, NEW = "258036", "909182"


@dataclass
class Ended:
    returncode: int
    stdout: str
    stderr: str


def run(*words: object, lines: tuple[str, ...] = (), stdin: str = "") -> Ended:
    """A command, in this process. `lines`: what stands on the file descriptor of `--pin-fd`."""
    there, here = os.pipe()
    os.write(here, "\n".join(lines).encode())
    os.close(here)
    given = [*map(str, words), *(["--pin-fd", str(there)] if lines else [])]
    out, err = io.StringIO(), io.StringIO()
    try:
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
            patch.setenv("SHUOSHI_KEYSTORE", "none")
            patch.delenv("SYNC_KEY", raising=False)
            code = main(given)
    finally:
        os.close(there)
        texts.tolerate_missing(False)
    assert "Traceback" not in err.getvalue(), err.getvalue()
    return Ended(code, out.getvalue(), err.getvalue())


def refused(made: Ended) -> str:
    assert made.returncode != 0
    assert made.stderr.strip().count("\n") == 0, made.stderr
    return made.stderr


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setattr(vault, "ARGON2", (64, 1, 1))
    return World(tmp_path / "world")


def test_a_home_from_its_first_pin_to_the_rescue_key(world, tmp_path):
    home, county = world.home(), DeviceKey.generate(world.bytes)
    assert "还没有人设密码" in run("status", home).stdout
    made = json.loads(run("pin", "set", home, "--as", CLERK, "--json", lines=(PIN,)).stdout)
    words = made["words"]
    assert len(words.split()) == 5

    locked = run("status", home)
    assert locked.returncode == 0
    assert "锁定" in locked.stdout
    assert json.loads(run("status", home, "--json").stdout)["locked"] is True
    assert "开机词" in refused(run("sync", home))
    assert "开机词" in refused(run("case", "list", home))
    assert "开机词" in refused(run("case", "list", home, lines=("红马青牛白羊黑鹿大兔",)))
    assert "没有密码打不开" in run("status", home, lines=(words,)).stdout

    draft = json.dumps(DRAFT, ensure_ascii=False)
    assert "密码不对" in refused(run("case", "register", home, "--as", CLERK, "--json", "-", stdin=draft, lines=(words, NEW)))
    assert run("case", "register", home, "--as", CLERK, "--json", "-", stdin=draft, lines=(words, PIN)).returncode == 0
    assert run("pin", "set", home, "--as", CLERK, lines=(words, PIN, NEW)).returncode == 0
    assert "原来的密码不对" in refused(run("pin", "set", home, "--as", CLERK, lines=(words, PIN, PIN)))

    key = tmp_path / "service.key"
    assert run("key", "file", home, "--out", key, lines=(words,)).returncode == 0
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(json.loads(run("case", "list", home, "--key-file", key).stdout)) == 1
    assert "设了密码" in refused(run("case", "register", home, "--as", CLERK, "--json", "-", "--key-file", key, stdin=draft))
    assert "不会覆盖" in refused(run("key", "file", home, "--out", key, lines=(words,)))

    world.publish([change("setting", rescue.SETTING, {"public_key": county.public})])
    with world.desk(home, given=key) as desk:
        desk.node.directory_replica.bulk_docs(world.heads, new_edits=False)
        desk.node.reload_directory()
    safe, foreign = tmp_path / "rescue", tmp_path / "foreign"
    safe.write_text(county.save())
    foreign.write_text(DeviceKey.generate(world.bytes).save())
    assert "应急钥匙打不开" in refused(run("key", "rescue", home, "--rescue-file", foreign))
    assert run("key", "rescue", home, "--rescue-file", safe).returncode == 0
    assert "还没有人设密码" in run("status", home).stdout
    assert len(json.loads(run("case", "list", home).stdout)) == 1


def test_new_start_words_replace_the_old(world):
    home = world.home()
    first = json.loads(run("pin", "set", home, "--as", CLERK, "--json", lines=(PIN,)).stdout)["words"]
    shown = run("key", "words", home, lines=(first,))
    assert shown.returncode == 0, shown.stderr
    second = shown.stdout.splitlines()[0].rpartition("：")[2]
    assert "开机词不对" in refused(run("case", "list", home, lines=(first,)))
    assert run("case", "list", home, lines=(second,)).returncode == 0
    assert "--pin-fd" in refused(run("pin", "set", home, "--as", CLERK))
