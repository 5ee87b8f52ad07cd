"""`county-hub record kinds|list|show|warnings|write`: duties, panels, public Q&A, referrals, petitions, legal aid, assessments
and the other aggregates beside cases.

Steps and rules are `shared.disputes.records.aggregates`; who may is `shared.disputes.kinds.policy`. The officer's act is one
signed event of the hub's own device, judged and routed like everybody's.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from county_hub.commands.case_acts import draft_options, read_draft
from county_hub.composition import open_hub
from county_hub.county.acts import CountyActs
from county_hub.hub.hub import hub_home
from county_hub.hub.output import print_json
from county_hub.hub.problems import UsageProblem
from shared.disputes.kinds.registry import worded
from shared.disputes.records import aggregates
from shared.disputes.tables import due as read_model_matters
from shared.ledger.days import local_date
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = commands.add_parser("record", help=t("recordcli.about")).add_subparsers(dest="verb", required=True, metavar="VERB")
    kinds = verbs.add_parser("kinds", help=t("recordcli.kinds"))
    kinds.add_argument("aggregate", nargs="?", default="", metavar="AGGREGATE")
    kinds.set_defaults(func=run_kinds)
    listing = verbs.add_parser("list", help=t("recordcli.list"))
    listing.add_argument("home", metavar="HOME")
    listing.add_argument("aggregate", nargs="?", default="", metavar="AGGREGATE")
    listing.add_argument("--open", action="store_true", help=t("recordcli.open"))
    listing.add_argument("--case", default="", metavar="CASE", help=t("matters.only_case"))
    listing.set_defaults(func=run_list)
    show = verbs.add_parser("show", help=t("recordcli.show"))
    show.add_argument("home", metavar="HOME")
    show.add_argument("record", metavar="ID")
    show.set_defaults(func=run_show)
    due = verbs.add_parser("warnings", help=t("recordcli.warnings"))
    due.add_argument("home", metavar="HOME")
    due.set_defaults(func=run_warnings)
    write = verbs.add_parser("write", help=t("recordcli.write"))
    write.add_argument("home", metavar="HOME")
    write.add_argument("kind", metavar="KIND", help=t("recordcli.kind"))
    write.add_argument("record", nargs="?", metavar="ID")
    draft_options(write)
    write.set_defaults(func=run_write)


def _known(aggregate: str) -> str:
    if aggregate and aggregate not in aggregates.NAMES:
        raise UsageProblem(t("recordcli.no_aggregate", value=aggregate, known="、".join(aggregates.NAMES)))
    return aggregate


def run_kinds(arguments: argparse.Namespace) -> int:
    print_json(aggregates.kinds(_known(arguments.aggregate)))
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    _known(arguments.aggregate)
    with open_hub(hub_home(arguments.home)) as hub:
        case = CountyActs(hub).officers.case_id(arguments.case) if arguments.case else ""
        hub.projector.catch_up()
        with hub.projector.reader() as db:
            print_json(read_model_matters.rows(db, arguments.aggregate, open_only=arguments.open, limit=1000, case=case))
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        print_json(asdict(CountyActs(hub).show(arguments.record)))
    return 0


def run_warnings(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        hub.projector.catch_up()
        with hub.projector.reader() as db:
            print_json(read_model_matters.warnings(db, local_date(hub.clock()), hub.clock()))
    return 0


def run_write(arguments: argparse.Namespace) -> int:
    draft = worded(arguments.kind, read_draft(arguments))
    with open_hub(hub_home(arguments.home)) as hub:
        print_json(asdict(CountyActs(hub).record(arguments.kind, arguments.record, arguments.staff, draft, arguments.date)))
    return 0
