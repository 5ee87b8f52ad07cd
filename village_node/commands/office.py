"""`village-node tasks HOME` and `village-node report HOME`: what waits for this office, and its own figures. Both offline."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from shared.commands.arguments import year
from shared.commands.output import Answer
from shared.ledger.texts import t
from village_node.commands.program import KIT
from village_node.desk.desk import Desk


def add_commands(commands: Any) -> None:
    tasks = KIT.verb(commands, "tasks", t("tasks.cli"), _tasks)
    tasks.add_argument("--all", action="store_true", help=t("tasks.all"))
    tasks.add_argument("--as", dest="staff", metavar="STAFF", help=t("tasks.as"))
    report = KIT.verb(commands, "report", t("figures.own.cli"), _report)
    report.add_argument("--year", metavar="2026", help=t("figures.cli.year"))


def _tasks(desk: Desk, args: argparse.Namespace) -> Any:
    found = desk.tasks(everybody=args.all, staff_id=args.staff)
    lines = [t("tasks.line", due=task["due"] or t("tasks.no_due"), office=task["adjudicator_name"], number=task["number"],
               text=task["text"], needs=t(f"tasks.{task['needs']}") if task["needs"] else "") for task in found]
    return Answer(value=found, lines=lines or [t("tasks.none")])


def _report(desk: Desk, args: argparse.Namespace) -> Any:
    made = desk.figures(year(args.year) if args.year else None)
    return Answer(value=made, lines=[
        t("figures.own.title", office=made["office_name"], year=made["year"], end=made["period"]["end"]),
        *map(_line, made["indicators"].values()),
        t("figures.own.published" if made["published"] else "figures.own.internal", small=made["small_cell"])])


def _line(row: Mapping[str, Any]) -> str:
    number = t("figures.own.suppressed") if row["suppressed"] else str(row["numerator"])
    if row["denominator"] is not None:
        number = f"{number} / {row['denominator']}" + (f"（{row['percent']}%）" if row["percent"] is not None else "")
    return f"{row['name']}：{number} {row['unit'] if row['denominator'] is None else ''}".rstrip()
