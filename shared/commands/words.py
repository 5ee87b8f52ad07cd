"""The words of a program's command line: only the module of the word that was typed is loaded and tells the parser its verbs.

A third of the start of a command, and what every call of it costs, was the verbs of the others.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from shared.commands.kit import Kit


def register(kit: Kit[Any], commands: Any, table: Mapping[str, str], typed: str) -> None:
    """`table` gives for each word "module:function", which adds it to `commands`; modules of `shared` are given the kit too.
    What is no word of the table (`--help`, a mistake) asks for all, in the order of the table."""
    for place in [table[typed]] if typed in table else dict.fromkeys(table.values()):
        module, _, function = place.partition(":")
        add = getattr(importlib.import_module(module), function)
        if module.startswith("shared."):
            add(kit, commands)
        else:
            add(commands)
