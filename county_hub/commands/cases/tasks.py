"""`county-hub tasks HOME`: what waits for the county (or for an office, or for everybody), with who decides and by when."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county.desk import CountyDesk
from shared.commands.output import Answer
from shared.disputes.acts import tasks
from shared.disputes.tables.cases import task_cases
from shared.ledger.texts import t


def register(commands: Any) -> None:
    made = KIT.verb(commands, "tasks", t("tasks.cli"), _tasks)
    made.add_argument("--office", default="", metavar="ID", help=t("hub.cli.office"))
    made.add_argument("--all", action="store_true", help=t("tasks.all"))


def _tasks(desk: CountyDesk, args: argparse.Namespace) -> Any:
    desk.require_office(args.office)
    officers, organisation = desk.officers, desk.officers.organisation()
    office = "" if args.all else args.office or desk.hub.county
    with officers.read() as db:
        ids = task_cases(db)
    states = (officers.case(id) for id in ids)
    lines = desk.hub.directory.latest().lineage
    found = tasks.order([task for state in states if state is not None for task in tasks.tasks(state, office, lines)])
    rows = [{**asdict(task), "number": officers.short_number(organisation, task.number, task.case),
             "text": officers.named(task.text), "adjudicator_name": desk.office_name(task.adjudicator)} for task in found]
    return Answer(value=rows, lines=() if rows else [t("tasks.none")], table=[
        (row["due"] or t("tasks.no_due"), row["adjudicator_name"], row["number"] or row["case"],
         row["text"] + (t(f"tasks.{row['needs']}") if row["needs"] else "")) for row in rows])
