"""`village-node package key | check | open`: the court's side of a package; needs no HOME.

    package key --out court.key                                  a key pair; the public key goes to the service points
    package check FILE --court-key-file court.key [--known-by HOME]  every hash and the signature; nothing is written
    package open FILE --court-key-file court.key --out DIR
`--passphrase-file F` in place of the key for a package made with a passphrase. Answers are JSON.
"""

from __future__ import annotations

import argparse
from typing import Any

from shared.commands.output import Answer
from shared.ledger.texts import t
from village_node.commands.program import KIT


def add_commands(commands: Any) -> None:
    verbs = KIT.group(commands, "package", t("courtcli.about"))
    key = verbs.add_parser("key", help=t("courtcli.key"))
    key.add_argument("--out", required=True, metavar="FILE", help=t("courtcli.key_out"))
    key.set_defaults(run=KIT.plain(_key))
    for name, run in (("check", _check), ("open", _open)):
        made = verbs.add_parser(name, help=t(f"courtcli.{name}"))
        made.add_argument("file", metavar="FILE", help=t("courtcli.file"))
        KIT.json(made)
        made.add_argument("--court-key-file", default="", metavar="F", help=t("courtcli.court_key_file"))
        made.add_argument("--passphrase-file", default="", metavar="F", help=t("courtcli.passphrase_file"))
        made.add_argument("--known-by", default="", metavar="HOME", help=t("courtcli.home"))
        made.add_argument("--key-file", metavar="FILE", help=t("node.cli.key_file"))
        if name == "open":
            made.add_argument("--out", required=True, metavar="DIR", help=t("courtcli.folder"))
        made.set_defaults(run=KIT.plain(run))


def add_recipient(parser: argparse.ArgumentParser) -> None:
    """Whom `case court-package` encrypts for."""
    parser.add_argument("--court-key", default="", metavar="KEY|FILE", help=t("courtcli.court_key"))
    parser.add_argument("--passphrase-file", default="", metavar="F", help=t("courtcli.passphrase_file"))


def _key(args: argparse.Namespace) -> Any:
    from village_node.papers import court

    return court.new_key(args.out)


def _check(args: argparse.Namespace) -> Any:
    report, _ = _checked(args)
    return Answer(value=report, code=0 if report["ok"] else 1)


def _open(args: argparse.Namespace) -> Any:
    from village_node.papers import court

    report, made = _checked(args)
    written = court.write_parts(made, args.out) if report["ok"] else []
    return Answer(value={**report, "written": written}, code=0 if report["ok"] else 1)


def _checked(args: argparse.Namespace) -> tuple[dict[str, Any], Any]:
    from village_node import composition
    from village_node.papers import court

    made = court.opened(args.file, args.court_key_file, args.passphrase_file)
    if not args.known_by:
        return court.report(made, None), made
    with composition.open_node(args.known_by, key_file=args.key_file) as node:
        return court.report(made, node), made
