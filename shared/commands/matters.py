"""`PROGRAM petition VERB HOME [ID]`, `PROGRAM legal-aid VERB HOME [ID]`: matters with statutory clocks of their own.

    petition register HOME --as STAFF --set channel=letter_visit ... [--case CASE]      petition accept HOME ID --as STAFF
    legal-aid register HOME --as STAFF --set matter=wages --set summary=...
    petition print HOME ID --letter P02 --out notice.pdf
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from shared.commands.desk import Desk
from shared.commands.kit import Kit
from shared.commands.output import Answer
from shared.commands.records import list_options, record_option
from shared.disputes.kinds.registry import worded
from shared.disputes.records.verbs import COMMANDS, VERBS
from shared.ledger.texts import t

D = TypeVar("D", bound=Desk)
# The letters of each (`shared.disputes.papers.sheets.matter_letters`), named here so that no PDF library is loaded for --help.
LETTERS = {"petition": ("P", 6), "legal_aid": ("L", 4)}


def add(kit: Kit[D], commands: Any, letter: Callable[[D, str, str, str, str], bytes], save: Callable[[str, bytes], None]) -> None:
    """`letter(desk, aggregate, record, code, staff)` gives a written notice as PDF, `save(path, bytes)` keeps it. `staff`
    ("": nobody) opens a name that the law protects."""
    for aggregate in VERBS:
        _family(kit, commands, aggregate, letter, save)


def _family(kit: Kit[D], commands: Any, aggregate: str, letter: Callable[[D, str, str, str, str], bytes],
            save: Callable[[str, bytes], None]) -> None:
    verbs = kit.group(commands, COMMANDS[aggregate], t(f"matters.{aggregate}"))

    def listed(desk: D, args: argparse.Namespace) -> Any:
        return desk.records(aggregate, open_only=args.open, limit=1000, case=args.case)

    def shown(desk: D, args: argparse.Namespace) -> Any:
        made = asdict(desk.matter(aggregate, args.record))
        opened = {"opened": desk.opened(args.record, kit.who(desk, args))} if args.staff else {}
        left_out = desk.left_out(args.record)
        return {**made, **desk.came_again(aggregate, args.record), **opened, **({"left_out": left_out} if left_out else {})}

    def printed(desk: D, args: argparse.Namespace) -> Any:
        pdf = letter(desk, aggregate, args.record, args.letter.upper(), kit.who(desk, args) if args.staff else "")
        if args.out == "-":
            sys.stdout.buffer.write(pdf)
            return Answer(lines=())
        save(args.out, pdf)
        return {"ok": True, "file": args.out, "bytes": len(pdf)}

    list_options(kit.verb(verbs, "list", t("matters.list"), listed))
    show = kit.verb(verbs, "show", t("matters.show"), shown)
    record_option(show)
    initial, count = LETTERS[aggregate]
    letters = "、".join(f"{initial}{n:02d}" for n in range(1, count + 1))
    made = kit.verb(verbs, "print", t("matters.print", letters=letters), printed)
    record_option(made)
    made.add_argument("--letter", required=True, metavar=f"{initial}02", help=t("matters.letter"))
    made.add_argument("--out", required=True, metavar="FILE.pdf", help=t("matters.print_out"))
    for parser in (show, made):
        parser.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("matters.opened"))
    for word, kind in VERBS[aggregate].items():
        kit.act(verbs, word, t(f"records.{kind.replace('.', '_', 1)}"), _step(kit, aggregate, kind),
                on=_case if word == "register" else record_option)


def _case(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--case", default="", metavar="CASE", help=t("matters.case"))


def _step(kit: Kit[D], aggregate: str, kind: str) -> Any:
    def run(desk: D, args: argparse.Namespace, draft: dict[str, Any]) -> Any:
        record = getattr(args, "record", None)
        state, linked = desk.write_matter(aggregate, kind, kit.who(desk, args), record, worded(kind, draft),
                                          case=getattr(args, "case", ""), files=kit.files(args), legal_date=args.date)
        again = desk.came_again(aggregate, state.id) if record is None else {}
        return Answer(value={**asdict(state), **again}, notes=(linked,) if linked else ())

    return run
