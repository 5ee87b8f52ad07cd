"""`PROGRAM duplicates list|dismiss|merge HOME`: cases that look like one dispute. A person decides; never by itself."""

from __future__ import annotations

import argparse
from typing import Any, TypeVar

from shared.commands.desk import Desk
from shared.commands.kit import Kit
from shared.commands.output import said
from shared.ledger.texts import t

D = TypeVar("D", bound=Desk)


def add(kit: Kit[D], commands: Any) -> None:
    verbs = kit.group(commands, "duplicates", t("dupcli.about"))
    listing = kit.verb(verbs, "list", t("dupcli.list"), _list)
    listing.add_argument("--case", default="", metavar="CASE", help=t("dupcli.case"))
    listing.add_argument("--office", default="", metavar="ID", help=t("dupcli.office"))

    def dismiss(desk: D, args: argparse.Namespace) -> Any:
        desk.dismiss_duplicate_of(kit.who(desk, args), args.case, args.other, args.reason)
        return said(t("dupcli.dismissed", one=args.case, other=args.other))

    def merge(desk: D, args: argparse.Namespace) -> Any:
        desk.merge_cases(kit.who(desk, args), args.case, args.other, args.reason)
        return said(t("dupcli.merged", primary=args.case, other=args.other))

    for name, run, first in (("dismiss", dismiss, "case"), ("merge", merge, "primary")):
        made = kit.verb(verbs, name, t(f"dupcli.{name}"), run)
        made.add_argument("case", metavar=first.upper(), help=t(f"commands.{first}"))
        made.add_argument("other", metavar="OTHER", help=t("commands.other"))
        kit.staff(made)
        made.add_argument("--reason", required=True, help=t("dupcli.reason"))


def _list(desk: Desk, args: argparse.Namespace) -> Any:
    return desk.duplicates(args.case, office=args.office)
