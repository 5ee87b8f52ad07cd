"""Whatever HOME a command is given, none of ours, foreign or damaged: one sentence in Chinese, never what a driver said."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from county_hub.commands import cli
from county_hub.commands.as_uses import verbs_of
from shared.commands.arguments import day_argument
from tests.support.county_hub.hub_support import VILLAGE, found_county
from tests.support.sample import SEED, sampled

ENGLISH = re.compile(r"(?<![-/\w])[A-Za-z']{2,} [a-z']{2,} [a-z]{2,}")
CHINESE = re.compile("[\u4e00-\u9fff]")
# what needs nothing of a HOME, or of its databases
NOT_ASKED = {"codes", "safe make", "init", "demo-years"}
FILES_ALONE = {"recovery show", "safe show"}
HOMES = ("missing", "file", "foreign", "damaged", "cut")
VERBS = [(words, made) for word in cli.COMMANDS for words, made in verbs_of(cli.parser(typed=word)) if words.split()[0] == word]


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("homes")
    made = {name: found_county(_made(folder / f"for-{name}"), name) for name in ("damaged", "cut")}
    for name, home in made.items():
        for file in (*home.rglob("*.replica"), *home.rglob("*.sqlite")):
            file.write_bytes(os.urandom(5000) if name == "damaged" else file.read_bytes()[:100])
    (_made(folder / "foreign") / "readme.txt").write_text("not ours", "utf-8")
    (folder / "file").write_bytes(b"\xff\x00")
    return {**made, "foreign": folder / "foreign", "missing": folder / "none", "file": folder / "file"}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _typed(words: str, made: argparse.ArgumentParser, home: Path, folder: Path) -> list[str]:
    either = {id(a): n for group in made._mutually_exclusive_groups if group.required for n, a in enumerate(group._group_actions)}
    flags, placed = list[str](), list[str]()
    for action in made._actions:
        if not action.option_strings:
            placed.append(_value(action, home, folder))
        elif (action.required or either.get(id(action)) == 0) and action.dest != "help":
            flags += [action.option_strings[-1], *([] if action.nargs == 0 else [_value(action, home, folder)])]
    return [*words.split(), *flags, "--", *placed]


def _value(action: argparse.Action, home: Path, folder: Path) -> str:
    if action.dest == "home":
        return str(home)
    if action.choices is not None:
        return next(str(one) for one in action.choices if one)
    if action.type is not None and action.type is not Path:
        return "2026-11-01" if action.type is day_argument else "1"
    known = {"office": VILLAGE, "period": "2026-11", "year": "2026", "couchdb": "http://127.0.0.1:9/", "url": "http://127.0.0.1:9/"}
    return known.get(action.dest, str(folder / "odd") if action.type is Path else "x1")


def _whole() -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    for words, made in VERBS:
        for home in HOMES if words not in NOT_ASKED else ():
            yield words, made, home


@pytest.mark.parametrize("one", sampled([*_whole()], 90), ids=lambda one: f"{one[0]} {one[2]}")
def test_a_command_says_in_chinese_what_is_wrong_with_home(
        one: tuple[str, argparse.ArgumentParser, str], homes: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
        ) -> None:
    (words, made, home), seed = one, f"SEED={SEED}"
    (tmp_path / "odd").write_text("{}", "utf-8")
    argv = _typed(words, made, homes[home], tmp_path)
    capsys.readouterr()
    try:
        code = cli.main(argv)
    except SystemExit as ended:
        code = int(ended.code or 0)
    out, said = capsys.readouterr()
    if words in FILES_ALONE and home in ("damaged", "cut"):
        return
    assert code in (1, 2), (seed, argv)
    told = re.sub(r"/\S+", "", said or out)
    assert CHINESE.search(told), (seed, argv)
    assert not ENGLISH.search(told), (seed, told)
