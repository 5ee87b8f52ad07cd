"""`village-node record ...`: hazards, sweeps, small services, talk items, appointments, panels, referrals without a screen.

    record kinds HOME [AGGREGATE]               the steps there are
    record list HOME [AGGREGATE] [--open]       record show HOME ID        record warnings HOME
    record write HOME hazard.reported --as STAFF --set title=... [--file crack.jpg]        opens one and prints it
    record write HOME hazard.assessed ID --as STAFF --json draft.json                      takes a step
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from shared.disputes.kinds import registry as bodies
from shared.disputes.records import aggregates
from shared.ledger.entry import whole_argument
from shared.ledger.texts import t
from village_node.commands.case import _draft_options, _files, read_draft
from village_node.commands.home import add_home, show
from village_node.point.errors import UsageError


def add_commands(commands: Any) -> None:
    record = commands.add_parser("record", help=t("recordcli.about"))
    verbs = record.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=type(record))
    kinds = verbs.add_parser("kinds", help=t("recordcli.kinds"))
    add_home(kinds)
    kinds.add_argument("aggregate", nargs="?", default="", metavar="AGGREGATE")
    kinds.set_defaults(run=run_kinds)
    listing = verbs.add_parser("list", help=t("recordcli.list"))
    add_home(listing)
    listing.add_argument("aggregate", nargs="?", default="", metavar="AGGREGATE")
    listing.add_argument("--open", action="store_true")
    listing.add_argument("--case", default="", metavar="CASE", help=t("matters.only_case"))
    listing.add_argument("--limit", type=whole_argument(1, 10**9), default=200)
    listing.add_argument("--offset", type=whole_argument(0, 10**9), default=0)
    listing.set_defaults(run=run_list)
    shown = verbs.add_parser("show", help=t("recordcli.show"))
    add_home(shown)
    shown.add_argument("record", metavar="ID")
    shown.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("node.cli.staff"))
    shown.set_defaults(run=run_show)
    due = verbs.add_parser("warnings", help=t("recordcli.warnings"))
    add_home(due)
    due.set_defaults(run=run_warnings)
    write = verbs.add_parser("write", help=t("recordcli.write"))
    add_home(write)
    write.add_argument("kind", metavar="KIND", help=t("recordcli.kind"))
    write.add_argument("record", nargs="?", metavar="ID")
    _draft_options(write)
    write.set_defaults(run=run_write)


def run_kinds(args: argparse.Namespace) -> int:
    if args.aggregate and args.aggregate not in aggregates.NAMES:
        raise UsageError(t("recordcli.no_aggregate", value=args.aggregate, known="、".join(aggregates.NAMES)))
    show(aggregates.kinds(args.aggregate))
    return 0


def run_list(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        show(desk.records(args.aggregate, open_only=args.open, limit=args.limit, offset=args.offset, case=args.case))
    return 0


def run_show(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        made = asdict(desk.record(args.record))
        show({**made, "opened": desk.opened(args.record, desk.people.acting(args.staff))} if args.staff else made)
    return 0


def run_warnings(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        show(desk.record_warnings())
    return 0


def run_write(args: argparse.Namespace) -> int:
    from village_node import composition

    draft = read_draft(args)
    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        staff = desk.people.acting(args.staff or desk.only_staff())
        draft = bodies.worded(args.kind, draft)
        show(asdict(desk.write_record(args.kind, staff, args.record, draft, files=_files(args),
                                      legal_date=args.date)))
    return 0
