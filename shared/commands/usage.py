"""What argparse says of itself, in Chinese: headings of the help, and its refusals.

argparse takes its words through a function of its own module, `_`, meant for a translator; it offers no other way in. A word that
is not in the table stays as it is, so a newer Python never breaks a command.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from shared.ledger.texts import t

_KEYS: Mapping[str, str] = {
    "usage: ": "usage", "positional arguments": "positionals", "options": "options", "subcommands": "subcommands",
    "show this help message and exit": "help", "argument %(argument_name)s: %(message)s": "argument",
    "the following arguments are required: %s": "required", "unrecognized arguments: %s": "unrecognized",
    "invalid choice: %(value)r (choose from %(choices)s)": "choice", "expected one argument": "one",
    "expected at least one argument": "at_least_one", "expected at most one argument": "at_most_one",
    "not allowed with argument %s": "conflict",
    "invalid %(type)s value: %(value)r": "value", "one of the arguments %s is required": "one_of",
    "ambiguous option: %(option)s could match %(matches)s": "ambiguous", "ignored explicit argument %r": "ignored",
}


def translated(message: str) -> str:
    key = _KEYS.get(message)
    return t(f"usage.{key}") if key else message


def speak_chinese() -> None:
    """For the whole program: called once, before a parser is made."""
    setattr(argparse, "_", translated)      # noqa: B010  mypy knows no such name
