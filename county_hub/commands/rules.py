"""`county-hub rules calendar|table|show HOME` and `county-hub codes`: the county's own numbers and calendars, the code tables.

What is published here travels in the directory; every tablet and the hub recompute their due dates
(`shared.disputes.rules.county`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.composition import open_hub
from county_hub.hub.hub import hub_home
from county_hub.hub.output import print_json
from county_hub.hub.problems import UsageProblem
from shared.disputes.advice import subsidy
from shared.disputes.figures import figures
from shared.disputes.rules import limits, risk_score, statutory
from shared.disputes.rules.clocks import CHOICE, default_rules, overlaid
from shared.disputes.rules.county import county_rules
from shared.ledger import codes
from shared.ledger.published.directory_heads import change
from shared.ledger.texts import t
from shared.ledger.workdays import calendar_from

TABLES = ("clocks", "limits", "risk", "figures", "subsidy", "roster", "assessment")

_CHECKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "subsidy": subsidy.table, "limits": limits.overlaid, "risk": risk_score.overlaid, "figures": figures.publication_of,
}


def register(commands: Any) -> None:
    verbs = commands.add_parser("rules", help=t("rulescli.about")).add_subparsers(dest="verb", required=True, metavar="VERB")
    calendar = verbs.add_parser("calendar", help=t("rulescli.calendar"))
    calendar.add_argument("home", metavar="HOME")
    calendar.add_argument("file", metavar="FILE.json", type=Path)
    calendar.set_defaults(func=run_calendar)
    table = verbs.add_parser("table", help=t("rulescli.table"))
    table.add_argument("home", metavar="HOME")
    table.add_argument("name", choices=TABLES, metavar="NAME", help="|".join(TABLES))
    table.add_argument("file", metavar="FILE.json", type=Path)
    table.set_defaults(func=run_table)
    show = verbs.add_parser("show", help=t("rulescli.show"))
    show.add_argument("home", metavar="HOME")
    show.set_defaults(func=run_show)
    export = commands.add_parser("codes", help=t("rulescli.codes"))
    export.set_defaults(func=run_codes)


def run_calendar(arguments: argparse.Namespace) -> int:
    """{"year": 2027, "holidays": ["2027-01-01", ...], "workdays": [...]}: days off, and weekend days worked."""
    value = _read(arguments.file)
    try:
        calendar_from([value])
    except (ValueError, TypeError) as wrong:
        raise UsageProblem(t("rulescli.bad", file=arguments.file, reason=wrong)) from None
    return _publish(arguments.home, "calendar", str(value["year"]), value)


def run_table(arguments: argparse.Namespace) -> int:
    value = _read(arguments.file)
    try:
        if arguments.name == "clocks":
            of_matters = {kind: row for kind, row in value.items() if kind in statutory.default_rules().rules}
            statutory.overlaid(of_matters)
            overlaid({kind: row for kind, row in value.items() if kind not in of_matters})
            for kind in value.keys() - of_matters.keys() - {CHOICE}:
                default_rules().rule(kind)
        elif arguments.name in _CHECKS:
            _CHECKS[arguments.name](value)
        elif not all(isinstance(row, (dict, int, str)) for row in value.values()):
            raise ValueError("rows must be objects")
    except (ValueError, TypeError, KeyError) as wrong:
        raise UsageProblem(t("rulescli.bad", file=arguments.file, reason=wrong)) from None
    return _publish(arguments.home, "table", arguments.name, value)


def run_show(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        latest = hub.directory.latest()
        ours = county_rules(latest)
        print_json({
            "clocks": {r.kind: {"amount": r.amount, "unit": r.unit, "source": r.source}
                       for r in (*ours.rules.rules.values(), *ours.matters.rules.values())},
            "limits": asdict(ours.rules.limits), "risk": {code: asdict(item) for code, item in ours.rules.risk.items.items()},
            "figures": asdict(figures.publication_of(latest.table("figures"))),
            "calendars": latest.keys("calendar"), "tables": [n for n in TABLES if latest.table(n)], "problems": ours.problems,
        })
    return 0


def run_codes(arguments: argparse.Namespace) -> int:
    print(codes.export())
    return 0


def _publish(home: str, op: str, key: str, value: dict[str, Any]) -> int:
    with open_hub(hub_home(home)) as hub:
        epoch, version = hub.directory.publish([change(op, key, value)])
    print(t("rulescli.published", name=key, epoch=epoch, version=version))
    return 0


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=str)
    except FileNotFoundError:
        raise UsageProblem(t("hub.divisions.no_file", file=path)) from None
    except (OSError, ValueError) as wrong:
        raise UsageProblem(t("rulescli.bad", file=path, reason=wrong)) from None
    if not isinstance(value, dict):
        raise UsageProblem(t("rulescli.bad", file=path, reason="{...}"))
    return value
