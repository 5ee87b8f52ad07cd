"""The county's rescue key and one-time codes for PINs: what is secret goes to a file or a person, the directory learns the
rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from county_hub.commands.cli import main
from shared.ledger import vault
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.pin_codes import RESCUE_KEY, SETTING, code_matches
from tests.support.county_hub.hub_support import VILLAGE, found_county, opened


def said(capsys: Any, *words: object) -> tuple[int, str]:
    capsys.readouterr()
    code = main([str(word) for word in words])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def test_the_rescue_key_is_written_outside_and_its_public_half_is_published(tmp_path: Path, capsys: Any) -> None:
    home, out = found_county(tmp_path), tmp_path / "stick.key"
    assert "还没有应急钥匙" in said(capsys, "rescue", "show", home)[1]
    code, text = said(capsys, "rescue", "make", home, "--out", home / "inside.key")
    assert (code, "平台目录里" in text) == (2, True)
    assert said(capsys, "rescue", "make", home, "--out", out)[0] == 0
    assert out.stat().st_mode & 0o777 == 0o600
    key = DeviceKey.load(out.read_text().strip())
    with opened(home) as hub:
        assert hub.directory.latest().setting(RESCUE_KEY)["public_key"] == key.public
    assert key.public in said(capsys, "rescue", "show", home)[1]
    assert not [p for p in home.rglob("*") if p.is_file() and key.save().encode() in p.read_bytes()]
    assert said(capsys, "rescue", "make", home, "--out", tmp_path / "second.key")[0] == 2
    assert said(capsys, "rescue", "make", home, "--out", out, "--anew")[0] == 2, "a file is never overwritten"
    assert said(capsys, "rescue", "make", home, "--out", tmp_path / "second.key", "--anew")[0] == 0
    assert key.public not in said(capsys, "rescue", "show", home)[1]


def test_a_code_for_a_pin_is_told_once_and_checked_by_the_directory(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(vault, "ARGON2", (64, 1, 1))
    home = found_county(tmp_path)
    person = ("--id", "clerk-9", "--name", "演示员", "--office", VILLAGE, "--roles", "mediator")
    assert said(capsys, "staff", "add", home, *person)[0] == 0
    assert said(capsys, "staff", "pin", home, "nobody")[0] == 2
    told = json.loads(said(capsys, "staff", "pin", home, "clerk-9", "--json")[1])
    with opened(home) as hub:
        found, now = hub.directory.latest().setting(SETTING + "clerk-9"), hub.clock()
    assert told["code"].replace("-", "") not in json.dumps(found)
    assert code_matches(found, told["code"].lower(), now)
    assert not code_matches(found, told["code"], told["until"] + 1)
    assert not code_matches(found, "AAAA-AAAA-AAAA", now)
