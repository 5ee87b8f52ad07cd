"""`county-hub roster list|set|remove|template|import`: who mediates, at what they are good, what they have to do; and
`county-hub case propose`: method and mediators for one case, with reasons.

The roster is one table of the directory, so every service point has it without a network. Rules are in
`shared.disputes.advice.roster`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.composition import open_hub
from county_hub.county.acts import CountyActs
from county_hub.county.csv_files import read_lines, write_lines
from county_hub.hub.hub import Hub, hub_home
from county_hub.hub.output import print_json, print_table
from county_hub.hub.problems import UsageProblem
from shared.disputes.advice import roster
from shared.disputes.case.chain import chain
from shared.disputes.tables.cases import mediator_loads
from shared.ledger import codes
from shared.ledger.published.directory_heads import Directory, change
from shared.ledger.texts import t

COLUMNS = ("staff", "name", "office", *roster.FIELDS)
_LISTS = ("specialities", "languages", "honours")


def register(commands: Any) -> None:
    verbs = commands.add_parser("roster", help=t("roster.about")).add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help=t("roster.cli_list"))
    listing.add_argument("home", metavar="HOME")
    listing.add_argument("--office", default="", metavar="ID", help=t("roster.cli_office"))
    listing.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    listing.set_defaults(func=run_list)
    setting = verbs.add_parser("set", help=t("roster.cli_set"))
    setting.add_argument("home", metavar="HOME")
    setting.add_argument("--staff", required=True, metavar="ID", help=t("roster.cli_staff"))
    for name in roster.FIELDS:
        setting.add_argument(f"--{name}", help=t(f"roster.cli_{name}"))
    setting.set_defaults(func=run_set)
    remove = verbs.add_parser("remove", help=t("roster.cli_remove"))
    remove.add_argument("home", metavar="HOME")
    remove.add_argument("--staff", required=True, metavar="ID", help=t("roster.cli_staff"))
    remove.set_defaults(func=run_remove)
    template = verbs.add_parser("template", help=t("roster.cli_template"))
    template.add_argument("home", metavar="HOME")
    template.add_argument("--out", type=Path, metavar="FILE.csv", help=t("gridcli.out"))
    template.set_defaults(func=run_template)
    load = verbs.add_parser("import", help=t("roster.cli_import"))
    load.add_argument("home", metavar="HOME")
    load.add_argument("file", metavar="FILE.csv", type=Path)
    load.set_defaults(func=run_import)


def register_questions(verbs: Any) -> None:
    """`case propose` and `case chain`, beside the verbs of a case."""
    way = verbs.add_parser("chain", help=t("chain.about"))
    way.add_argument("home", metavar="HOME")
    way.add_argument("case", metavar="CASE")
    way.set_defaults(func=run_chain)
    made = verbs.add_parser("propose", help=t("roster.cli_propose"))
    made.add_argument("home", metavar="HOME")
    made.add_argument("case", metavar="CASE")
    made.add_argument("--language", default="", help=t("roster.cli_language"))
    made.set_defaults(func=run_propose)


# --- questions


def run_list(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        acts, latest = CountyActs(hub), hub.directory.latest()
        if arguments.office and latest.office(arguments.office) is None:
            raise UsageProblem(t("hub.office.unknown", value=arguments.office))
        people = [p for p in latest.all_staff() if not arguments.office or latest.is_within(p.office, arguments.office)]
        with hub.projector.reader() as db:
            found = roster.listed(people, latest.table(roster.TABLE), mediator_loads(db), today=acts.today())
        organisation = hub.directory.organisation()
        if arguments.json:
            print_json([asdict(m) for m in found])
        else:
            print_table([
                (m.staff, m.name, organisation.display_name(m.office),
                 "、".join(codes.name("category", c) for c in m.specialities), "、".join(m.languages), m.grade,
                 "、".join(m.honours), "；".join(m.reasons)) for m in found])
    return 0


def run_propose(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        acts, latest = CountyActs(hub), hub.directory.latest()
        with hub.projector.reader() as db:
            loads = mediator_loads(db)
        print_json(asdict(roster.propose(acts.state(arguments.case), latest.all_staff(), latest.table(roster.TABLE), loads,
                                         today=acts.today(), language=arguments.language)))
    return 0


def run_chain(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        acts = CountyActs(hub)
        print_json([{**asdict(link), "office_name": acts.officers.office_name(link.office)}
                    for link in chain(acts.state(arguments.case))])
    return 0


# --- keeping it


def run_set(arguments: argparse.Namespace) -> int:
    given = {name: getattr(arguments, name) for name in roster.FIELDS if getattr(arguments, name) is not None}
    if not given:
        raise UsageProblem(t("roster.nothing"))
    with open_hub(hub_home(arguments.home)) as hub:
        latest = hub.directory.latest()
        before = (latest.table(roster.TABLE) or {}).get(arguments.staff) or {}
        row = {**before, **_row(given)}
        wrong = _wrong(latest, arguments.staff, row)
        if wrong:
            raise UsageProblem("\n".join(wrong))
        epoch, version = _publish(hub, {arguments.staff: row})
    print(t("roster.imported", n=1, epoch=epoch, version=version))
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        if arguments.staff not in (hub.directory.latest().table(roster.TABLE) or {}):
            raise UsageProblem(t("hub.staff.unknown", value=arguments.staff))
        epoch, version = _publish(hub, {arguments.staff: None})
    print(t("roster.removed", staff=arguments.staff, epoch=epoch, version=version))
    return 0


def run_template(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        latest, organisation = hub.directory.latest(), hub.directory.organisation()
        table = latest.table(roster.TABLE) or {}
        rows = [_cells(p, organisation.display_name(p.office), table.get(p.id) or {}) for p in latest.all_staff()
                if p.active and roster.MEDIATES & set(p.roles)]
    if write_lines(arguments.out, COLUMNS, rows):
        print(t("roster.written", file=arguments.out, n=len(rows)))
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    rows = read_lines(arguments.file, COLUMNS, lacking="roster.columns")
    with open_hub(hub_home(arguments.home)) as hub:
        latest = hub.directory.latest()
        made: dict[str, dict[str, Any] | None] = {}
        wrong: list[str] = []
        for line, cells in rows:
            row = _row({name: (cells.get(name) or "").strip() for name in roster.FIELDS})
            staff = (cells.get("staff") or "").strip()
            wrong += [t("roster.line", line=line, problem=problem) for problem in _wrong(latest, staff, row)]
            made[staff] = row
        if wrong:
            raise UsageProblem("\n".join([t("roster.refused", file=arguments.file, n=len(wrong)), *wrong]))
        epoch, version = _publish(hub, made)
    print(t("roster.imported", n=len(made), epoch=epoch, version=version))
    return 0


def _row(given: Mapping[str, str]) -> dict[str, Any]:
    """Words of the command line or of a CSV line as the table holds them."""
    row: dict[str, Any] = {}
    for name, text in given.items():
        if name in _LISTS:
            row[name] = [word.strip() for word in text.replace(",", ";").replace("；", ";").split(";") if word.strip()]
        elif name == "away":
            row[name] = [] if text in ("", "none") else [day.strip() for day in text.split("..")]
        else:
            row[name] = text.strip()
    return row


def _cells(person: Any, office: str, row: Mapping[str, Any]) -> dict[str, str]:
    lists = {name: ";".join(map(str, row.get(name) or ())) for name in _LISTS}
    return {"staff": person.id, "name": person.name, "office": office, **lists, "grade": str(row.get("grade", "")),
            "away": "..".join(map(str, row.get("away") or ()))}


def _wrong(latest: Directory, staff: str, row: Mapping[str, Any]) -> list[str]:
    person = latest.staff(staff)
    if person is None or not person.active:
        return [t("hub.staff.unknown", value=staff)]
    if not roster.MEDIATES & set(person.roles):
        return [t("roster.not_mediator", name=person.name, staff=staff)]
    return roster.problems(row)


def _publish(hub: Hub, rows: Mapping[str, Mapping[str, Any] | None]) -> tuple[str, int]:
    """The table with these people's rows changed; None takes one out."""

    def changes(latest: Directory) -> list[dict[str, Any]]:
        table = {**(latest.table(roster.TABLE) or {}), **rows}
        return [change("table", roster.TABLE, {staff: row for staff, row in sorted(table.items()) if row is not None})]

    return hub.directory.revise(changes)
