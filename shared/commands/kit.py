"""What every command line is made of: groups of verbs, what they take, and one way to open HOME, ask and print.

    kit = Kit(open=..., refusals=..., home=...)             one per program, in its `commands/program.py`
    verbs = kit.group(commands, "record", about)
    kit.verb(verbs, "list", words, run)                     run(desk, arguments) -> what is printed (`output.answer`)
It must not know what is opened, nor any verb.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.commands.arguments import Unusable, day_argument
from shared.commands.drafts import file_argument, set_argument
from shared.commands.output import answer
from shared.ledger.texts import t

D = TypeVar("D")
Run = Callable[[D, argparse.Namespace], Any]
Checks = Callable[[D, argparse.Namespace], Mapping[str, str]]     # option -> what is wrong with it, each asked by itself


def _nothing(draft: dict[str, Any]) -> str:
    return ""


def _no_more(parser: argparse.ArgumentParser) -> None:
    """A program that takes no files."""


def _no_files(arguments: argparse.Namespace) -> Sequence[Any]:
    return ()


def _named(desk: Any, arguments: argparse.Namespace) -> str:
    return str(arguments.staff)


def _checked(run: Run[D], checks: Checks[D]) -> Run[D]:
    def asked(desk: D, arguments: argparse.Namespace) -> Any:
        wrong = checks(desk, arguments)
        if wrong:
            raise Unusable("\n".join(dict.fromkeys(wrong.values())), wrong)
        return run(desk, arguments)

    return asked


@dataclass(frozen=True)
class Kit(Generic[D]):
    """`open` gives what a command asks; `refusals` turns a refusal of the domain into the program's own error; `home` adds HOME
    and how it is opened. `who`: who acts where `--as` may be left out. `attach`, `files`: options for files, and the files.
    `noted`: what there is to say of a draft that was taken."""

    open: Callable[[argparse.Namespace], AbstractContextManager[D]]
    refusals: Callable[[], AbstractContextManager[None]]
    home: Callable[[argparse.ArgumentParser], None]
    staff_needed: bool = True
    noted: Callable[[dict[str, Any]], str] = _nothing
    who: Callable[[D, argparse.Namespace], str] = _named
    attach: Callable[[argparse.ArgumentParser], None] = _no_more
    files: Callable[[argparse.Namespace], Sequence[Any]] = _no_files

    # --- what runs

    def command(self, run: Run[D]) -> Callable[[argparse.Namespace], int]:
        """Opens HOME, asks, prints; gives the exit code."""

        def opened(arguments: argparse.Namespace) -> int:
            with self.refusals(), self.open(arguments) as desk:
                return answer(run(desk, arguments), as_json=getattr(arguments, "json", False))

        return opened

    def plain(self, run: Callable[[argparse.Namespace], Any]) -> Callable[[argparse.Namespace], int]:
        """The same for a command that needs no HOME, or opens it by itself."""

        def ran(arguments: argparse.Namespace) -> int:
            with self.refusals():
                return answer(run(arguments), as_json=getattr(arguments, "json", False))

        return ran

    def step(self, run: Callable[[D, argparse.Namespace, dict[str, Any]], Any]) -> Callable[[argparse.Namespace], int]:
        """The same for an act: the draft was read with the command line, before HOME is opened."""

        def opened(arguments: argparse.Namespace) -> int:
            draft = self.read(arguments)
            code = self.command(lambda desk, given: run(desk, given, draft))(arguments)
            if code == 0 and (words := self.noted(draft)):
                print(words, file=sys.stderr)
            return code

        return opened

    def read(self, arguments: argparse.Namespace) -> dict[str, Any]:
        """The draft of the command line."""
        return {**(arguments.draft or {}), **dict(arguments.fields)}

    # --- what is typed

    @staticmethod
    def group(commands: Any, name: str, about: str) -> Any:
        """A word with verbs below it."""
        top = commands.add_parser(name, help=about)
        return top.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=type(top))

    def verb(self, verbs: Any, name: str, words: str, run: Run[D], *, aliases: Sequence[str] = (),
             checks: Checks[D] | None = None) -> argparse.ArgumentParser:
        """A command on a HOME; takes `--json`, also where it has no words beside. `checks`: asked before it runs; what it
        finds is told at once. An option that could not be read at all is None for it."""
        made: argparse.ArgumentParser = verbs.add_parser(name, aliases=list(aliases), help=words)
        self.home(made)
        self.json(made)
        asks = _checked(run, checks) if checks is not None else run
        made.set_defaults(run=self.command(asks), asks=asks, checks=checks)     # `asks`: for who has a HOME open already
        return made

    def unopened(self, verbs: Any, name: str, words: str, run: Callable[[argparse.Namespace], Any]) -> argparse.ArgumentParser:
        """A command that names HOME and opens nothing of it; takes `--json` as the others."""
        made: argparse.ArgumentParser = verbs.add_parser(name, help=words)
        self.home(made)
        self.json(made)
        made.set_defaults(run=self.plain(run))
        return made

    def act(self, verbs: Any, name: str, words: str, run: Callable[[D, argparse.Namespace, dict[str, Any]], Any], *,
            aliases: Sequence[str] = (), on: Callable[[argparse.ArgumentParser], None] = _no_more) -> argparse.ArgumentParser:
        """A command that writes what a draft says; `on` adds what it is done on, before the options of the draft."""
        made: argparse.ArgumentParser = verbs.add_parser(name, aliases=list(aliases), help=words)
        self.home(made)
        on(made)
        self.draft(made)
        made.set_defaults(run=self.step(run))
        return made

    @staticmethod
    def json(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=t("commands.json"))

    def staff(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--as", dest="staff", metavar="STAFF", required=self.staff_needed,
                            help=t("commands.staff" if self.staff_needed else "commands.staff_or_only"))

    def draft(self, parser: argparse.ArgumentParser) -> None:
        """Who acts, what is filled in, on which day."""
        self.staff(parser)
        parser.add_argument("--json", dest="draft", metavar="FILE|-", help=t("commands.draft"),
                            type=lambda source: file_argument(source, sys.stdin.buffer))
        parser.add_argument("--set", dest="fields", action="append", default=[], metavar="FIELD=VALUE", help=t("commands.set"),
                            type=set_argument)
        self.attach(parser)
        parser.add_argument("--date", type=day_argument, metavar="DATE", help=t("commands.date"))
