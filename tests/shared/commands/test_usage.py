"""Every verb of both command lines says in Chinese what it does, and argparse speaks Chinese too."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from county_hub.commands.as_uses import verbs_of
from county_hub.commands.cli import COMMANDS as HUB
from county_hub.commands.cli import main as hub_main
from county_hub.commands.cli import parser as hub_parser
from tests.support.county_hub.hub_support import COUNTY, found_county
from tests.support.shared.day_options import commands
from village_node.__main__ import COMMANDS as NODE
from village_node.__main__ import build_parser as node_parser

CHINESE = re.compile("[\u4e00-\u9fff]")


def verbs(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """(the words of a command, what its line in --help says), all the way down; aliases have no line."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for line in action._choices_actions:
                yield f"{parser.prog} {line.dest}", line.help or ""
            for sub in {id(made): made for made in action.choices.values()}.values():
                yield from verbs(sub)


@pytest.mark.parametrize("make", [hub_parser, node_parser], ids=["county-hub", "village-node"])
def test_every_verb_of_both_programs_says_in_chinese_what_it_does(make: object) -> None:
    told = dict(verbs(make()))
    assert len(told) > 60
    assert [verb for verb, text in told.items() if not CHINESE.search(text)] == []


@pytest.mark.parametrize("make", [hub_parser, node_parser], ids=["county-hub", "village-node"])
def test_every_argument_of_every_verb_says_in_chinese_what_it_is(make: object) -> None:
    found = [(words, action) for words, action in commands(make()) if action.dest != "help"]
    assert len(found) > 600
    assert [(words, action.dest) for words, action in found if not CHINESE.search(action.help or "")] == []


@pytest.mark.parametrize(("make", "table"), [(hub_parser, HUB), (node_parser, NODE)], ids=["county-hub", "village-node"])
def test_the_table_names_for_each_word_the_module_that_adds_it(make: object, table: dict[str, str]) -> None:
    """A word is typed alone with the others of its module, and all of them together are all that there are."""
    def words(typed: str) -> list[str]:
        [found] = [action for action in make(typed=typed)._actions if isinstance(action, argparse._SubParsersAction)]
        return list(found.choices)

    assert words("") == list(table)
    assert all(words(word) == [other for other in table if table[other] == table[word]] for word in table)


@pytest.mark.parametrize(("make", "table", "word"), [
    ("county_hub.commands.cli import parser", HUB, "account"),
    ("village_node.__main__ import build_parser as parser", NODE, "pin"),
])
def test_what_was_not_typed_is_not_loaded(make: str, table: dict[str, str], word: str) -> None:
    script = f"import sys; from {make}; parser(typed={word!r}); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert {place.partition(":")[0] for place in table.values()} & {*loaded} == {table[word].partition(":")[0]}


@pytest.mark.parametrize("module", ["county_hub", "village_node"])
def test_started_as_a_module_a_program_speaks_chinese(module: str) -> None:
    for argv in (["--help"], ["nonsense"]):
        ended = subprocess.run([sys.executable, "-m", module, *argv], capture_output=True, text=True, check=False)
        lines = [line for line in (ended.stdout + ended.stderr).splitlines() if line.strip()]
        assert CHINESE.search(lines[0]), argv
        assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("argv", [
    ["case", "accept"], ["case", "list", "HOME", "--page", "x"], ["nonsense"], ["status", "HOME", "--odd"]])
def test_a_wrong_command_is_answered_without_a_word_of_argparses_english(argv: list[str], capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        hub_parser().parse_args(argv)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert CHINESE.search(said)
    assert not re.search("argument|required|unrecognized|invalid|choose from|usage:", said)


def test_the_headings_of_the_help_are_chinese(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        hub_parser().parse_args(["--help"])
    said = capsys.readouterr().out
    assert "用法：" in said
    assert "显示本帮助" in said
    assert not re.search("positional arguments|show this help", said)


@pytest.mark.parametrize("make", [hub_parser, node_parser], ids=["county-hub", "village-node"])
def test_every_command_tells_all_the_values_that_it_cannot_use(make: object, capsys: pytest.CaptureFixture[str]) -> None:
    several = 0
    for words, leaf in verbs_of(make()):
        wrong = [action for action in leaf._actions if action.option_strings and action.nargs is None and (
            action.choices or getattr(action.type, "__module__", "") == "shared.commands.arguments")]
        exclusive = {id(action) for group in leaf._mutually_exclusive_groups for action in group._group_actions}
        wrong = [action for action in wrong if id(action) not in exclusive]
        with pytest.raises(SystemExit) as left:
            leaf.parse_args([part for action in wrong for part in (action.option_strings[0], "x\ty")] + ["--no-such-option"])
        told = capsys.readouterr().err
        assert left.value.code == 2, words
        assert [action.option_strings[0] for action in wrong if action.option_strings[0] not in told] == [], (words, told)
        several += len(wrong) > 1
    assert several >= 4


def test_a_draft_with_several_faults_is_told_with_all_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = found_county(tmp_path)
    assert hub_main(["staff", "add", str(home), "--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles", "mediator"]) == 0
    capsys.readouterr()
    draft = ("--set", "risk=9", "--set", "summary=", "--set", "category=DC02")
    assert hub_main(["case", "register", str(home), "--as", "x1", *draft]) == 2
    told = capsys.readouterr().err.split("；")
    assert len(told) >= 3, told
    assert all(any(word in line for line in told) for word in ("风险", "当事人", "纠纷简要情况")), told
    assert hub_main(["staff", "add", str(home), "--id", "a b", "--name", "", "--office", "1", "--roles", "king"]) == 2
    assert len(capsys.readouterr().err.split("；")) >= 4
