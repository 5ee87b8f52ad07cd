"""Every option of a program that takes a day, found in its own parser, and what is no day."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

NO_DAYS = ("2026-02-30", "20261130", "2026/11/30", "2026-W48-1", "\uff12\uff10\uff12\uff16-11-30", "2026-11-\u00b23", "长期", "")
_DAY_SHOWN = re.compile(r"DATE|\d{4}-\d{2}-\d{2}")
# options that are called like a day and hold a time or a text
_NO_DAYS = {("appointment", "publish", "--start"), ("appointment", "publish", "--end")}
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
