"""Whoever asks a command by a script gets JSON for it: no command that opens a HOME or shows something lacks `--json`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from county_hub.commands.cli import parser as of_hub
from village_node.__main__ import build_parser as of_node

WITHOUT = {"app", "safe make", "package key"}       # a window; what makes a file and says one sentence


def leaves(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield " ".join(path), parser
    for action in below:
        for name, child in action.choices.items():
            yield from leaves(child, (*path, name))


@pytest.mark.parametrize("program", [of_hub, of_node], ids=["county-hub", "village-node"])
def test_every_command_takes_json(program: object) -> None:
    found = dict(leaves(program()))     # type: ignore[operator]
    assert len(found) > 100
    assert {name for name, made in found.items() if not any("--json" in one.option_strings for one in made._actions)} <= WITHOUT
