"""`village-node tasks HOME` and `village-node report HOME`: what waits for this office, and its own figures. Both offline."""

from __future__ import annotations

import argparse
from typing import Any

from shared.ledger.texts import t
from village_node.commands.home import add_home, show
from village_node.point.errors import UsageError


def add_commands(commands: Any) -> None:
    tasks = commands.add_parser("tasks", help=t("tasks.cli"))
    add_home(tasks)
    tasks.add_argument("--all", action="store_true", help=t("tasks.all"))
    tasks.add_argument("--as", dest="staff", metavar="STAFF", help=t("tasks.as"))
    tasks.add_argument("--json", action="store_true", help=t("node.cli.json_out"))
    tasks.set_defaults(run=run_tasks)
    report = commands.add_parser("report", help=t("figures.own.cli"))
    add_home(report)
    report.add_argument("--year", metavar="2026", help=t("figures.cli.year"))
    report.add_argument("--json", action="store_true", help=t("node.cli.json_out"))
    report.set_defaults(run=run_report)


def run_tasks(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        found = desk.tasks(everybody=args.all, staff_id=args.staff)
    if args.json:
        show(found)
        return 0
    for task in found:
        print(t("tasks.line", due=task["due"] or t("tasks.no_due"), office=task["adjudicator_name"], number=task["number"],
                text=task["text"], needs=t(f"tasks.{task['needs']}") if task["needs"] else ""))
    if not found:
        print(t("tasks.none"))
    return 0


def run_report(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        if args.year and not (args.year.isascii() and args.year.isdigit() and len(args.year) == 4):
            raise UsageError(t("figures.report.bad_year", value=args.year))
        made = desk.figures(int(args.year) if args.year else None)
    if args.json:
        show(made)
        return 0
    print(t("figures.own.title", office=made["office_name"], year=made["year"], end=made["period"]["end"]))
    for row in made["indicators"].values():
        number = t("figures.own.suppressed") if row["suppressed"] else str(row["numerator"])
        if row["denominator"] is not None:
            number = f"{number} / {row['denominator']}" + (f"（{row['percent']}%）" if row["percent"] is not None else "")
        print(f"{row['name']}：{number} {row['unit'] if row['denominator'] is None else ''}".rstrip())
    print(t("figures.own.published" if made["published"] else "figures.own.internal", small=made["small_cell"]))
    return 0
