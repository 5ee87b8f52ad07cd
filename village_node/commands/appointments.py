"""`village-node appointment calendar|list|request|confirm|accept|cancel|attended|absent|advise|close HOME`.

    appointment calendar HOME                                      duty posts, own seats, what the county last said
    appointment request HOME --as STAFF --duty ID --set asker=... --set topic=...      waits for the county, also offline
    appointment confirm HOME ID --as STAFF                         a seat of this village's quota, also offline
    appointment list HOME                                          what is true of each now
"""

from __future__ import annotations

import argparse
from typing import Any

from shared.disputes.kinds import registry as bodies
from shared.ledger.days import day_argument
from shared.ledger.texts import t
from village_node.commands.case import _draft_options, read_draft
from village_node.commands.home import add_home, show
from village_node.desk.appointments import STEPS


def add_commands(commands: Any) -> None:
    top = commands.add_parser("appointment", help=t("appointments.about"))
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=type(top))
    calendar = verbs.add_parser("calendar", help=t("appointments.cli_calendar"))
    add_home(calendar)
    calendar.add_argument("--from", dest="since", type=day_argument, metavar="DATE", help=t("appointments.cli_from"))
    calendar.set_defaults(run=run_calendar)
    listing = verbs.add_parser("list", help=t("appointments.cli_list"))
    add_home(listing)
    listing.add_argument("--open", action="store_true", help=t("recordcli.open"))
    listing.set_defaults(run=run_list)
    for verb in STEPS:
        made = verbs.add_parser(verb, help=t(f"appointments.cli_{verb}"))
        add_home(made)
        if verb != "request":
            made.add_argument("record", metavar="ID", help=t("appointments.cli_id"))
        if verb in ("request", "confirm"):
            made.add_argument("--duty", default="", metavar="ID", help=t("appointments.cli_duty"))
        _draft_options(made)
        made.set_defaults(run=run_step)


def run_calendar(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        show(desk.calendar(args.since))
    return 0


def run_list(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        show(desk.appointments(open_only=args.open))
    return 0


def run_step(args: argparse.Namespace) -> int:
    from village_node import composition

    draft = bodies.worded(STEPS[args.verb], read_draft(args))
    if getattr(args, "duty", ""):
        draft["duty"] = args.duty
    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        staff = desk.people.acting(args.staff or desk.only_staff())
        show(desk.appointment(args.verb, staff, getattr(args, "record", None), draft, legal_date=args.date))
    return 0
