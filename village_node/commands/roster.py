"""`village-node roster HOME` and `village-node case propose HOME CASE`: who mediates, and whom and which way the case suggests.

Both are answered from the copy on this device. Load counts the cases that are here; the county's list counts all.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from shared.ledger import codes
from shared.ledger.texts import t
from village_node.commands.home import add_home, show


def add_commands(commands: Any) -> None:
    roster = commands.add_parser("roster", help=t("roster.cli_list"))
    add_home(roster)
    roster.add_argument("--office", default="", metavar="ID", help=t("roster.cli_office"))
    roster.add_argument("--json", action="store_true", help=t("node.cli.json_out"))
    roster.set_defaults(run=run_roster)


def add_propose(verbs: Any) -> None:
    """Beside the verbs of `village-node case`."""
    way = verbs.add_parser("chain", help=t("chain.about"))
    add_home(way)
    way.add_argument("case", metavar="CASE", help=t("node.cli.case"))
    way.set_defaults(run=run_chain)
    propose = verbs.add_parser("propose", help=t("roster.cli_propose"))
    add_home(propose)
    propose.add_argument("case", metavar="CASE", help=t("node.cli.case"))
    propose.add_argument("--language", default="", help=t("roster.cli_language"))
    propose.set_defaults(run=run_propose)


def run_roster(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        found = desk.roster(args.office)
        names = {m.office: desk.office_name(m.office) for m in found}
    if args.json:
        show([{**asdict(m), "office_name": names[m.office]} for m in found])
        return 0
    for m in found:
        skills = "、".join(codes.name("category", code) for code in m.specialities)
        words = (skills, "、".join(m.languages), m.grade)
        print(m.staff, m.name, names[m.office], *(word or "-" for word in words), "；".join(m.reasons))
    return 0


def run_chain(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        show([{**asdict(link), "office_name": desk.office_name(link.office)} for link in desk.chain(args.case)])
    return 0


def run_propose(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        show(asdict(desk.propose(args.case, language=args.language)))
    return 0
