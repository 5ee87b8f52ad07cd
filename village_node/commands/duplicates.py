"""`village-node duplicates list|dismiss|merge HOME`: cases that look like one dispute. A person decides; never by itself."""

from __future__ import annotations

import argparse
from typing import Any

from shared.ledger.texts import t
from village_node.commands.home import add_home, show


def add_commands(commands: Any) -> None:
    top = commands.add_parser("duplicates", help=t("dupcli.about"))
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=type(top))
    listing = verbs.add_parser("list", help=t("dupcli.list"))
    add_home(listing)
    listing.add_argument("--case", default="", metavar="CASE", help=t("dupcli.case"))
    listing.set_defaults(run=run_list)
    for name in ("dismiss", "merge"):
        made = verbs.add_parser(name, help=t(f"dupcli.{name}"))
        add_home(made)
        made.add_argument("case", metavar="CASE" if name == "dismiss" else "PRIMARY")
        made.add_argument("other", metavar="OTHER")
        made.add_argument("--as", dest="staff", metavar="STAFF", help=t("node.cli.staff"))
        made.add_argument("--reason", required=True, help=t("dupcli.reason"))
        made.set_defaults(run=run_decide)


def run_list(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        show(desk.duplicates(args.case))
    return 0


def run_decide(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        staff = desk.people.acting(args.staff or desk.only_staff())
        if args.verb == "merge":
            desk.merge_cases(staff, args.case, args.other, args.reason)
        else:
            desk.dismiss_duplicate_of(staff, args.case, args.other, args.reason)
    print(t("dupcli.merged" if args.verb == "merge" else "dupcli.dismissed", primary=args.case, one=args.case, other=args.other))
    return 0
