"""`village-node case print | file | court-package | documents`: the papers of a case as PDF.

    case print HOME CASE --document D10 [--document D04] --out agreement.pdf
    case file HOME CASE --out file.pdf           cover, index, papers, back; lacking must-papers go to stderr
    case court-package HOME CASE [--consent 0 --consent 1] --court-key KEY --out court.zip      signed and encrypted
    case court-package HOME CASE [--consent 0 --consent 1] --out court.pdf                      the papers, to print
    case documents HOME CASE                     what the file needs and what it lacks, as JSON
    card HOME --out card.pdf                     the clerk's card, two pages
`--out -` writes the PDF to stdout; otherwise the answer is one JSON object.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from shared.commands.arguments import whole_argument
from shared.commands.cases import case_option
from shared.commands.output import Answer
from shared.ledger.texts import t
from village_node.commands.package import add_recipient
from village_node.commands.program import KIT

_TO_COURT = frozenset({"D02", "D10", "D11", "D14"})         # a court wants the whole identity number on these


def add_commands(verbs: Any) -> None:
    """Add to the verbs of `village-node case`."""
    printed = _command(verbs, "print", _documents)
    printed.add_argument("--document", dest="documents", action="append", required=True, metavar="D10",
                         help=t("forms.cli.document"))
    _command(verbs, "file", _file)
    package = _command(verbs, "court-package", _package, "package")
    add_recipient(package)
    package.add_argument("--consent", dest="consents", type=whole_argument(0, 999), action="append", default=[], metavar="N",
                         help=t("forms.cli.consent"))
    case_option(KIT.unopened(verbs, "documents", t("forms.cli.documents"), _needs))


def add_card(commands: Any) -> None:
    """`village-node card HOME --out FILE.pdf`."""
    made = KIT.unopened(commands, "card", t("help.card.cli"), _card)
    made.add_argument("--out", required=True, metavar="FILE.pdf", help=t("forms.cli.out"))
    made.add_argument("--font", metavar="FILE", help=t("forms.cli.font"))


def _card(args: argparse.Namespace) -> Any:
    from village_node import composition
    from village_node.papers.card import clerk_card
    from village_node.papers.printing import save

    with composition.open_node(args.home, key_file=args.key_file) as node:
        pdf = clerk_card(node, args.font)
    save(args.out, pdf)
    return Answer(value={"ok": True, "file": args.out, "bytes": len(pdf)})


def _command(verbs: Any, name: str, run: Callable[[argparse.Namespace], Any], key: str = "") -> argparse.ArgumentParser:
    made = KIT.unopened(verbs, name, t(f"forms.cli.{key or name}"), run)
    case_option(made)
    made.add_argument("--out", required=True, metavar="FILE.pdf", help=t("forms.cli.out"))
    made.add_argument("--font", metavar="FILE", help=t("forms.cli.font"))
    made.add_argument("--demo", action="store_true", help=t("forms.cli.demo"))
    made.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("forms.cli.as"))
    for option in ("court", "keeper", "checker", "telephone"):
        made.add_argument(f"--{option}", default="", help=t(f"forms.cli.{option}"))
    return made


def _documents(args: argparse.Namespace) -> Any:
    return _print(args, lambda printing: printing.documents(args.case, [code.upper() for code in args.documents]))


def _file(args: argparse.Namespace) -> Any:
    return _print(args, lambda printing: printing.case_file(args.case), lacking=True)


def _package(args: argparse.Namespace) -> Any:
    if args.out.lower().endswith(".pdf"):                  # the papers alone, to print and hand over
        return _print(args, lambda printing: printing.court_package(args.case, args.consents))
    from village_node import composition
    from village_node.papers import court
    from village_node.papers.printing import Printing, save

    recipient = court.recipient(args.court_key, args.passphrase_file)
    with composition.open_node(args.home, key_file=args.key_file) as node:
        printing = Printing(node, _wishes(args))
        data, said = court.make(node, printing, args.case, args.consents, recipient)
        notes = _unopened(printing, args)
    save(args.out, data)
    return Answer(value={"ok": True, "file": args.out, "bytes": len(data), **said}, notes=notes)


def _needs(args: argparse.Namespace) -> Any:
    from village_node import composition
    from village_node.papers.printing import Printing

    with composition.open_node(args.home, key_file=args.key_file) as node:
        return Printing(node).needs(args.case)


def _wishes(args: argparse.Namespace) -> Any:
    from village_node.papers.printing import Wishes

    return Wishes(args.font, args.court, args.keeper, args.checker, args.telephone, args.demo,
                  args.staff)


def _unopened(printing: Any, args: argparse.Namespace) -> list[str]:
    """Where a paper for a court shows only the end of a number although the whole one is sealed in the case."""
    codes = {code.upper() for code in getattr(args, "documents", None) or _TO_COURT}
    return [t("forms.cli.numbers_closed")] if codes & _TO_COURT and printing.unopened(args.case) else []


def _print(args: argparse.Namespace, make: Any, *, lacking: bool = False) -> Any:
    from village_node import composition
    from village_node.papers.printing import Printing, save

    wishes = _wishes(args)
    with composition.open_node(args.home, key_file=args.key_file) as node:
        printing = Printing(node, wishes)
        pdf = make(printing)
        missing = printing.missing(args.case) if lacking else []
        notes = _unopened(printing, args)
    notes += [t("forms.cli.lacking", names="、".join(m["name"] for m in missing))] if missing else []
    if args.out == "-":
        sys.stdout.buffer.write(pdf)
        return Answer(lines=(), notes=notes)
    save(args.out, pdf)
    made = {"ok": True, "file": args.out, "bytes": len(pdf), **({"missing": missing} if lacking else {})}
    return Answer(value=made, notes=notes)
