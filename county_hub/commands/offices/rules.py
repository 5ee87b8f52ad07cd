"""`county-hub rules calendar|table|show HOME` and `county-hub codes`: the county's own numbers and calendars, the code tables.

What is published here travels in the directory; every tablet and the hub recompute their due dates
(`shared.disputes.rules.county`).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county.desk import CountyDesk
from county_hub.hub.problems import UsageProblem
from shared.commands.output import Answer, said
from shared.disputes.advice import assessment, subsidy
from shared.disputes.figures import figures
from shared.disputes.rules import limits, risk_score, rooms, statutory
from shared.disputes.rules.clocks import CHOICE, default_rules, overlaid
from shared.disputes.rules.county import county_rules
from shared.ledger import codes
from shared.ledger.formats import loose_json
from shared.ledger.published.directory_heads import Directory, change
from shared.ledger.texts import has, t
from shared.ledger.workdays import calendar_from
from shared.ledger.wrong_table import WrongTable, in_force, told

TABLES = ("clocks", "limits", "risk", "figures", "subsidy", "roster", "assessment", rooms.TABLE)

_CHECKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "subsidy": subsidy.table, "limits": limits.overlaid, "risk": risk_score.overlaid, "figures": figures.publication_of,
    "assessment": assessment.rules_of, rooms.TABLE: rooms.checked,
}


# tables that are laid over ours where they are used, whole or not at all
_OVERLAYS: dict[str, Callable[[Mapping[str, Any] | None], object]] = {
    "figures": figures.publication_of, "subsidy": subsidy.table, "assessment": assessment.rules_of}


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "rules", t("rulescli.about"))
    calendar = KIT.verb(verbs, "calendar", t("rulescli.calendar"), _calendar)
    table = KIT.verb(verbs, "table", t("rulescli.table"), _table)
    table.add_argument("name", choices=TABLES, metavar="NAME", help=t("rulescli.name", known="、".join(TABLES)))
    for made in (calendar, table):
        made.add_argument("file", metavar="FILE.json", type=Path, help=t("rulescli.file"))
    KIT.verb(verbs, "show", t("rulescli.show"), _show).set_defaults(asks=_in_words)
    exported = commands.add_parser("codes", help=t("rulescli.codes"))
    KIT.json(exported)
    exported.set_defaults(run=KIT.plain(_codes))


def _calendar(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    """{"year": 2027, "holidays": ["2027-01-01", ...], "workdays": [...]}: days off, and weekend days worked."""
    value = _read(arguments.file)
    try:
        calendar_from([value])
    except (ValueError, TypeError) as wrong:
        raise _bad(arguments.file, wrong) from None
    return _publish(desk, "calendar", str(value["year"]), value)


def _table(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    value = _read(arguments.file)
    try:
        if arguments.name == "clocks":
            of_matters = {kind: row for kind, row in value.items() if kind in statutory.default_rules().rules}
            statutory.overlaid(of_matters)
            overlaid({kind: row for kind, row in value.items() if kind not in of_matters})
            for kind in value.keys() - of_matters.keys() - {CHOICE}:
                if kind not in (known := default_rules().rules):
                    raise WrongTable(f"clocks.{kind}", "no such clock", "unknown", known=", ".join(known))
        elif arguments.name in _CHECKS:
            _CHECKS[arguments.name](value)
        elif not all(isinstance(row, (dict, int, str)) for row in value.values()):
            raise WrongTable(arguments.name, "rows must be objects", "object", fields="{...}")
    except (ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise _bad(arguments.file, wrong) from None
    return _publish(desk, "table", arguments.name, value)


def _show(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub = desk.hub
    latest = hub.directory.latest()
    ours = county_rules(latest)
    return {
        "clocks": {r.kind: {"amount": r.amount, "unit": r.unit, "source": r.source}
                   for r in (*ours.rules.rules.values(), *ours.matters.rules.values())},
        "limits": asdict(ours.rules.limits), "risk": {code: asdict(item) for code, item in ours.rules.risk.items.items()},
        "figures": asdict(figures.publication_in_force(latest.table("figures"))[0]),
        "calendars": latest.keys("calendar"), "tables": [n for n in TABLES if latest.table(n)],
        "problems": (*ours.problems, *_left_out(latest)),
    }


def _in_words(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    """The terms in force as a page shows them, with who set each."""
    from county_hub.console.render import source

    latest = desk.hub.directory.latest()
    ours = county_rules(latest)
    rows = [(t(f"rulescli.of.{r.kind}") if has(f"rulescli.of.{r.kind}") else codes.name("clock", r.kind),
             t(f"rulescli.unit_{r.unit}", n=r.amount) if r.amount else t("rulescli.same_day"), source(r.source))
            for r in (*ours.rules.rules.values(), *ours.matters.rules.values())]
    own, years = [n for n in TABLES if latest.table(n)], latest.keys("calendar")
    return Answer(table=rows, lines=[
        t("rulescli.own_tables", n=len(own), names="、".join(t(f"uses.choice.{n}") for n in own))
        if own else t("rulescli.no_tables"),
        t("rulescli.calendars", years="、".join(years)) if years else t("rulescli.no_calendars"), *ours.problems,
        *_left_out(latest)])


def _left_out(latest: Directory) -> list[str]:
    """What else was published and cannot hold, a sentence each."""
    return [why for name, make in _OVERLAYS.items() if (why := in_force(name, make, latest.table(name))[1])]


def _codes(arguments: argparse.Namespace) -> Any:
    return said(codes.export())


def _bad(file: Path, wrong: BaseException) -> UsageProblem:
    return UsageProblem(t("rulescli.bad", file=file, reason=told(wrong)))


def _publish(desk: CountyDesk, op: str, key: str, value: dict[str, Any]) -> Answer:
    epoch, version = desk.hub.directory.publish([change(op, key, value)])
    return said(t("rulescli.published", name=key, epoch=epoch, version=version))


def _read(path: Path) -> dict[str, Any]:
    try:
        value = loose_json.read(path, parse_float=str)
    except FileNotFoundError:
        raise UsageProblem(t("hub.divisions.no_file", file=path)) from None
    except (OSError, ValueError) as wrong:
        raise _bad(path, wrong) from None
    if not isinstance(value, dict):
        raise UsageProblem(t("rulescli.bad", file=path, reason="{...}"))
    return value
