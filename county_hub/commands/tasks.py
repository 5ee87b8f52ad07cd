"""`county-hub tasks HOME`: what waits for the county (or for an office, or for everybody), with who decides and by when."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from county_hub.composition import open_hub
from county_hub.county.officers import officers_of
from county_hub.hub.hub import hub_home
from county_hub.hub.output import print_json, print_table
from county_hub.hub.problems import UsageProblem
from shared.disputes.acts import tasks
from shared.disputes.tables import cases as read_model_queries
from shared.ledger.texts import t


def register(commands: Any) -> None:
    made = commands.add_parser("tasks", help=t("tasks.cli"))
    made.add_argument("home", metavar="HOME")
    made.add_argument("--office", default="", metavar="ID", help=t("hub.cli.office"))
    made.add_argument("--all", action="store_true", help=t("tasks.all"))
    made.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    made.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        hub.projector.catch_up()
        officers = officers_of(hub)
        organisation = officers.organisation()
        if arguments.office and organisation.get(arguments.office) is None:
            raise UsageProblem(t("hub.office.unknown", value=arguments.office))
        office = "" if arguments.all else arguments.office or hub.county
        with officers.read() as db:
            ids = read_model_queries.task_cases(db)
        states = (officers.case(id) for id in ids)
        found = tasks.order([task for state in states if state is not None for task in tasks.tasks(state, office)])
        rows = [{**asdict(task), "number": officers.short_number(organisation, task.number, task.case),
                 "text": officers.named(task.text),
                 "adjudicator_name": officers.office_name(task.adjudicator)} for task in found]
    if arguments.json:
        print_json(rows)
        return 0
    if not rows:
        print(t("tasks.none"))
        return 0
    print_table([
        (row["due"] or t("tasks.no_due"), row["adjudicator_name"], row["number"] or row["case"],
         row["text"] + (t(f"tasks.{row['needs']}") if row["needs"] else "")) for row in rows])
    return 0
