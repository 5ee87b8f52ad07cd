"""Whatever lies in a file that a command is given: one sentence in Chinese that names it, never what a parser said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from county_hub.commands.cli import main
from tests.support.county_hub.hub_support import COUNTY, found_county

ODD = {"nothing": b"", "letters.csv": "编号,姓名\n一,二\n".encode("gb18030"), "quote.csv": b'kind,name\n"' + b"x" * 200_000,
       "deep.json": b"[" * 100_000, "digits.json": b'{"a": ' + b"9" * 6000 + b"}"}
TAKES = (["staff", "import", "HOME", "FILE"], ["office", "import", "HOME", "FILE"], ["grids", "import", "HOME", "FILE"],
         ["helpers", "import", "HOME", "FILE"], ["roster", "import", "HOME", "FILE"], ["device", "take", "HOME", "FILE"],
         ["recovery", "use", "HOME", "--key", "FILE"], ["rules", "table", "HOME", "clocks", "FILE"],
         ["init", "OTHER", "--county", COUNTY[:6], "--divisions", "FILE"],
         ["init", "OTHER", "--county", COUNTY[:6], "--divisions", "DIVISIONS", "--admin-password-file", "FILE"],
         ["release", "add", "HOME", "DIVISIONS", "--version", "9.9.9", "--notes", "FILE"])
ENGLISH = re.compile(r"(?<![-/\w])[A-Za-z']{2,} [a-z']{2,} [a-z]{2,}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_county(tmp_path_factory.mktemp("odd"))


@pytest.mark.parametrize("words", TAKES, ids=lambda words: " ".join(words[:2]))
def test_an_odd_file_is_refused_in_chinese(
        home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    divisions = tmp_path / "divisions.csv"
    divisions.write_text("code,name,level,parent_code\n150822,DEMO,county,\n", "utf-8")
    for name, data in ODD.items():
        (tmp_path / name).write_bytes(data)
    capsys.readouterr()
    for file in (*(tmp_path / name for name in ODD), tmp_path, tmp_path / "missing", Path("/proc/self/mem")):
        known = {"HOME": home, "FILE": file, "OTHER": tmp_path / "other", "DIVISIONS": divisions}
        if main([str(known.get(word, word)) for word in words]) == 0:
            assert words[0] in ("release", "init")
            continue
        said = capsys.readouterr().err
        assert said.strip()
        assert not ENGLISH.search(said.replace(str(tmp_path), "")), said
        assert len(said) < 2000


def test_a_damaged_secret_or_setting_is_told_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = found_county(tmp_path)
    for name in ("hub.toml", "secrets.json"):
        for damage in (b"\xff", b"a = [", b"{", b"[1]", b'{"hub_key": 1}'):
            (home / name).write_bytes(damage)
            for words in (["status", str(home)],
                          ["init", str(home), "--county", COUNTY[:6], "--divisions", str(tmp_path / "divisions.csv")]):
                capsys.readouterr()
                assert main(words) in (1, 2)
                said = capsys.readouterr().err
                assert name in said
                assert not ENGLISH.search(said.replace(str(tmp_path), "")), said
        (home / name).write_bytes(b"") if name == "hub.toml" else None
