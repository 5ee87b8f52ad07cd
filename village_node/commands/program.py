"""How the commands of a service point open HOME, say what they refuse and take files; every module registers on this kit."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shared.commands.arguments import Unusable, whole_argument
from shared.commands.kit import Kit
from shared.disputes.acts.drafts import left_out
from shared.ledger.texts import t
from village_node.commands.asking import lines_of, someone_there
from village_node.commands.files import parse_file
from village_node.desk.desk import Desk
from village_node.desk.place import in_words
from village_node.point.errors import NodeError, UsageError
from village_node.point.files import PURPOSES, FileDraft
from village_node.point.home import default_home


@contextlib.contextmanager
def _open(args: argparse.Namespace) -> Iterator[Desk]:
    from village_node import composition  # loads the whole program: not for --help

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        yield desk


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        with in_words():
            yield
    except Unusable as no:
        raise UsageError(str(no)) from no


def add_home(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """`optional`: without it, the folder of this person's service point."""
    if optional:
        parser.add_argument("home", metavar="HOME", nargs="?", default=str(default_home()), help=t("node.cli.home"))
    else:
        parser.add_argument("home", metavar="HOME", help=t("node.cli.home"))
    parser.add_argument("--key-file", dest="key_file", action=_KeyFile, default=someone_there(), metavar="FILE",
                        help=t("node.cli.key_file"))
    parser.add_argument("--pin-fd", dest="key_file", action=_PinFd, type=whole_argument(0, 1 << 20), metavar="N",
                        default=argparse.SUPPRESS, help=t("node.cli.pin_fd"))


class _KeyFile(argparse.Action):
    """`args.key_file` holds all means by which HOME is opened; this adds the file."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        namespace.key_file = replace(namespace.key_file, key_file=values)


class _PinFd(argparse.Action):
    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        namespace.key_file = replace(namespace.key_file, ask=lines_of(values))


def _who(desk: Desk, args: argparse.Namespace) -> str:
    return desk.people.acting(args.staff or desk.only_staff())


def _attach(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--file", dest="files", action="append", default=[], type=_file, metavar="PATH", help=t("node.cli.file"))
    parser.add_argument("--purpose", choices=PURPOSES, default="photo", help=t("node.cli.purpose"))


def _file(words: str) -> FileDraft:
    """`type=`; a purpose that is not named comes with `--purpose`."""
    try:
        return parse_file(words, "")
    except NodeError as wrong:
        raise argparse.ArgumentTypeError(wrong.sentence) from wrong


def _files(args: argparse.Namespace) -> list[FileDraft]:
    return [replace(draft, purpose=draft.purpose or args.purpose) for draft in args.files]


KIT = Kit(open=_open, refusals=_refusals, home=add_home, noted=left_out, staff_needed=False, who=_who, attach=_attach,
          files=_files)
