"""What argparse says of itself, in Chinese: headings of the help, and its refusals, all of a command at once.

argparse takes its words through a function of its own module, `_`, meant for a translator; it offers no other way in. A word that
is not in the table stays as it is, so a newer Python never breaks a command.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

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


class Telling(argparse.ArgumentParser):
    """Tells every argument that cannot be used, where argparse tells the first; `refuse` says it."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._wrong: list[str] = []

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> tuple[Any, list[str]]:  # type: ignore[override]
        found, left = super().parse_known_args(args, namespace)
        if self._wrong:
            self.error(translated("unrecognized arguments: %s") % " ".join(left) if left else "")
        return found, left

    def error(self, message: str) -> Any:
        told, self._wrong = [*self._wrong, *([message] if message else [])], []
        self.refuse("；".join(dict.fromkeys(one.rstrip("。") for one in told)))

    def refuse(self, message: str) -> None:
        """Does not come back."""
        raise NotImplementedError

    def _get_value(self, action: argparse.Action, text: str) -> Any:
        try:
            return super()._get_value(action, text)
        except argparse.ArgumentError as wrong:
            self._wrong.append(str(wrong))
            return None

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as wrong:
            if isinstance(action, argparse._SubParsersAction):
                raise
            if value is not None:
                self._wrong.append(str(wrong))


def translated(message: str) -> str:
    key = _KEYS.get(message)
    return t(f"usage.{key}") if key else message


def speak_chinese() -> None:
    """For the whole program: called once, before a parser is made."""
    setattr(argparse, "_", translated)      # noqa: B010  mypy knows no such name
