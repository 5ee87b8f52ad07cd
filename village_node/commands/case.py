"""`village-node case VERB HOME ...`: every use case of the desk without a screen.

    case list HOME [--open] [--text 水渠]          case show HOME CASE
Every other verb is that of both programs (`shared.commands.cases`), or prints papers (`village_node.commands.papers`).
"""

from __future__ import annotations

import argparse
from typing import Any

from shared.commands import cases
from shared.commands.arguments import whole_argument
from shared.ledger import codes
from shared.ledger.texts import t
from village_node.commands import papers
from village_node.commands.program import KIT
from village_node.desk.desk import Desk


def add_commands(commands: Any) -> None:
    verbs = KIT.group(commands, "case", t("node.cli.help.case"))
    _list_options(KIT.verb(verbs, "list", t("node.cli.help.list"), _list))
    shown = KIT.verb(verbs, "show", t("node.cli.help.show"), _show)
    cases.case_option(shown)
    KIT.staff(shown)
    cases.add(KIT, verbs)
    papers.add_commands(verbs)


def _list_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", metavar="STATE", help=t("commands.state", known="、".join(codes.names("lifecycle"))))
    parser.add_argument("--open", action="store_true", help=t("recordcli.open"))
    parser.add_argument("--held-here", action="store_true", help=t("node.cli.held_here"))
    parser.add_argument("--text", default="", metavar="TEXT", help=t("commands.search"))
    parser.add_argument("--limit", type=whole_argument(1, 10**9), default=200, metavar="N", help=t("commands.limit"))
    parser.add_argument("--offset", type=whole_argument(0, 10**9), default=0, metavar="N", help=t("commands.offset"))


def _list(desk: Desk, args: argparse.Namespace) -> Any:
    return desk.list_cases(state=args.state, open_only=args.open, held_here=args.held_here or None, text=args.text,
                           limit=args.limit, offset=args.offset)


def _show(desk: Desk, args: argparse.Namespace) -> Any:
    return desk.case(args.case, staff_id=KIT.who(desk, args) if args.staff else None)
