"""`county-hub duplicates list|dismiss|merge HOME`: cases that look like one dispute. A person decides; never by itself."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from county_hub.composition import open_hub
from county_hub.county.acts import CountyActs
from county_hub.hub.hub import hub_home
from county_hub.hub.output import print_json
from shared.disputes.advice import duplicate_list
from shared.disputes.rules.county import county_rules
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = commands.add_parser("duplicates", help=t("dupcli.about")).add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help=t("dupcli.list"))
    listing.add_argument("home", metavar="HOME")
    listing.add_argument("--case", default="", metavar="CASE", help=t("dupcli.case"))
    listing.add_argument("--office", default="", metavar="ID", help=t("dupcli.office"))
    listing.set_defaults(func=run_list)
    for name, run in (("dismiss", run_dismiss), ("merge", run_merge)):
        made = verbs.add_parser(name, help=t(f"dupcli.{name}"))
        made.add_argument("home", metavar="HOME")
        made.add_argument("case", metavar="CASE" if name == "dismiss" else "PRIMARY")
        made.add_argument("other", metavar="OTHER")
        made.add_argument("--as", dest="staff", required=True, metavar="STAFF", help=t("hub.cli.as"))
        made.add_argument("--reason", required=True, help=t("dupcli.reason"))
        made.set_defaults(func=run)


def run_list(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        acts = CountyActs(hub)
        case = acts.officers.case_id(arguments.case) if arguments.case else ""
        days = county_rules(hub.directory.latest()).rules.limits.duplicate_days
        with hub.projector.reader() as db:
            found = duplicate_list.listing(db, acts.state, days, case)
        within = set(acts.officers.with_lower(arguments.office)) if arguments.office else None
        print_json([{**asdict(line), "adjudicator_name": acts.officers.office_name(line.adjudicator)} for line in found
                    if within is None or line.place in within])
    return 0


def run_dismiss(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        CountyActs(hub).dismiss(arguments.staff, arguments.case, arguments.other, arguments.reason)
    print(t("dupcli.dismissed", one=arguments.case, other=arguments.other))
    return 0


def run_merge(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        acts = CountyActs(hub)
        primary, other = acts.state(arguments.case), acts.state(arguments.other)
        acts.merge(arguments.staff, primary.id, other.id, arguments.reason)
    print(t("dupcli.merged", primary=primary.number or primary.id, other=other.number or other.id))
    return 0
