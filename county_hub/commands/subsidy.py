"""`county-hub subsidy table|compute|list|publicise|approve|pay HOME`: the per-case subsidy of a period (以案定补).

    subsidy compute HOME --period 2026-H2             what each claim is due by the county's table, and what it lacks
    subsidy publicise HOME --period 2026-H2 --as STAFF [--end DATE]      subsidy approve ...      subsidy pay ...
Single steps (first check, grade, refusal, claw-back) are verbs of `county-hub case`.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import asdict
from typing import Any

from county_hub.composition import open_hub
from county_hub.county.acts import CountyActs
from county_hub.county.subsidy_office import Line, SubsidyOffice, period
from county_hub.hub.hub import hub_home
from county_hub.hub.output import print_json, print_table
from shared.disputes.advice import subsidy
from shared.ledger import codes
from shared.ledger.days import day_argument
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = commands.add_parser("subsidy", help=t("subsidycli.about")).add_subparsers(dest="verb", required=True, metavar="VERB")
    table = verbs.add_parser("table", help=t("subsidycli.table"))
    table.add_argument("home", metavar="HOME")
    table.add_argument("--sample", action="store_true", help=t("subsidycli.sample"))
    table.set_defaults(func=run_table)
    for name in ("compute", "list", "publicise", "approve", "pay"):
        made = verbs.add_parser(name, help=t(f"subsidycli.{name}"))
        made.add_argument("home", metavar="HOME")
        made.add_argument("--period", required=True, metavar="2026-H2", help=t("subsidycli.period"))
        made.add_argument("--json", action="store_true", help=t("hub.cli.json"))
        if name in ("compute", "list"):
            made.add_argument("--state", default="", choices=("", *codes.names("subsidy_state")), metavar="STATE",
                              help="|".join(codes.names("subsidy_state")))
            made.set_defaults(func=run_list)
            continue
        made.add_argument("--as", dest="staff", required=True, metavar="STAFF", help=t("hub.cli.as"))
        made.add_argument("--end" if name == "publicise" else "--on", dest="date", type=day_argument, metavar="DATE",
                          help=t("acts.date"))
        made.set_defaults(func=run_act)


def run_table(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        office = SubsidyOffice(CountyActs(hub))
    rules = subsidy.sample() if arguments.sample else office.rules
    print_json({**asdict(rules), "from": "sample" if arguments.sample else office.source})
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    start, end = period(arguments.period)
    with open_hub(hub_home(arguments.home)) as hub:
        office = SubsidyOffice(CountyActs(hub))
        lines = [line for line in office.lines(start, end) if arguments.state in ("", line.state)]
        names = {staff: office.acts.officers.staff_name(staff) for line in lines for staff in line.parts}
        _print(arguments, office, lines, names)
    return 0


def run_act(arguments: argparse.Namespace) -> int:
    start, end = period(arguments.period)
    with open_hub(hub_home(arguments.home)) as hub:
        office = SubsidyOffice(CountyActs(hub))
        lines = office.lines(start, end)
        if arguments.verb == "publicise":
            done = office.publicise(lines, arguments.staff, arguments.date)
        elif arguments.verb == "approve":
            done = office.approve(lines, arguments.staff)
        else:
            done = office.pay(lines, arguments.staff, office.acts.date(arguments.date))
    for number, why in office.left:
        print(t("subsidycli.left", number=number, why=why), file=sys.stderr)
    if arguments.json:
        print_json([asdict(line) for line in done])
        return 0
    print(t("subsidycli.done", n=len(done), yuan=_yuan(sum(line.amount_fen for line in done))))
    return 0


def _print(arguments: argparse.Namespace, office: SubsidyOffice, lines: list[Line], names: dict[str, str]) -> None:
    people: Counter[str] = Counter()
    for line in lines:
        people.update(line.parts)
    if arguments.json:
        print_json({"period": arguments.period, "source": office.rules.source, "lines": [asdict(line) for line in lines],
                    "mediators": dict(people), "total_fen": sum(people.values())})
        return
    def shares(line: Line) -> str:
        return "；".join(f"{names.get(who, who)} {_yuan(fen)}" for who, fen in line.parts.items())

    print_table([
        (line.number or line.case, line.claimed_on, codes.name("subsidy_state", line.state),
         codes.name("subsidy_grade", line.grade), _yuan(line.amount_fen), shares(line),
         "、".join(line.lacking) or t("subsidycli.complete")) for line in lines])
    print(t("subsidycli.total", n=len(lines), yuan=_yuan(sum(people.values())), source=office.rules.source))


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
