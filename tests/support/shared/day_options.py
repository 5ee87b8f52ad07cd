"""Every option of a program that takes a day, found in its own parser, and what is no day."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator

import pytest

from shared.commands.arguments import day_argument

NO_DAYS = ("2026-02-30", "20261130", "2026/11/30", "2026-W48-1", "\uff12\uff10\uff12\uff16-11-30", "2026-11-\u00b23", "长期", "")
_DAY_SHOWN = re.compile(r"DATE|\d{4}-\d{2}-\d{2}")
# options that are called like a day and hold a time, a text or a folder
_NO_DAYS = {("appointment", "publish", "--start"), ("appointment", "publish", "--end"), ("update", "--from")}
_CALLED = {f"--{name}" for name in (
    "today", "date", "until", "since", "due", "last-day", "start", "end", "on", "date-of-duty", "from")}


def commands(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], argparse.Action]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from commands(below, (*words, name))
        else:
            yield words, action


def day_options(parser: argparse.ArgumentParser) -> list[tuple[tuple[str, ...], argparse.Action]]:
    """(command words, option) of every option that is shown or called like a day."""
    return [
        (words, action) for words, action in commands(parser)
        if (_DAY_SHOWN.fullmatch(str(action.metavar or "")) or _CALLED & set(action.option_strings))
        and action.nargs != 0 and not any((*words, name) in _NO_DAYS for name in action.option_strings)
    ]


def one_form(parser: argparse.ArgumentParser) -> None:
    """Every option that takes a day has the one parser, and no text for a default."""
    found = day_options(parser)
    assert len(found) > 50
    assert [(words, action.option_strings) for words, action in found if action.type is not day_argument] == []
    assert [(words, action.default) for words, action in found if isinstance(action.default, str)] == []


def refused(main: Callable[[list[str]], int], command: list[str], value: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no day is refused by the option's name, with the value and how a day is written."""
    with pytest.raises(SystemExit) as left:
        main([*command, value])
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert all(part in said for part in ("2026-11-23", value, command[-1])), said
