"""`county-hub roster list|set|remove|template|import`: who mediates, at what they are good, what they have to do.

The roster is one table of the directory, so every service point has it without a network. Rules are in
`shared.disputes.advice.roster`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county.csv_files import read_lines, write_lines
from county_hub.county.desk import CountyDesk
from county_hub.hub.hub import Hub
from county_hub.hub.problems import UsageProblem
from shared.commands.output import Answer, said
from shared.disputes.advice import roster
from shared.ledger import codes
from shared.ledger.published.directory_heads import Directory, change
from shared.ledger.texts import t

COLUMNS = ("staff", "name", "office", *roster.FIELDS)
_LISTS = ("specialities", "languages", "honours")


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "roster", t("roster.about"))
    listing = KIT.verb(verbs, "list", t("roster.cli_list"), _list)
    listing.add_argument("--office", default="", metavar="ID", help=t("roster.cli_office"))
    setting = KIT.verb(verbs, "set", t("roster.cli_set"), _set, checks=_set_wrong)
    setting.add_argument("--staff", required=True, metavar="ID", help=t("roster.cli_staff"))
    for name in roster.FIELDS:
        setting.add_argument(f"--{name}", help=t(f"roster.cli_{name}"))
    remove = KIT.verb(verbs, "remove", t("roster.cli_remove"), _remove)
    remove.add_argument("--staff", required=True, metavar="ID", help=t("roster.cli_staff"))
    template = KIT.verb(verbs, "template", t("roster.cli_template"), _template)
    template.add_argument("--out", type=Path, metavar="FILE.csv", help=t("gridcli.out"))
    load = KIT.verb(verbs, "import", t("roster.cli_import"), _import)
    load.add_argument("file", metavar="FILE.csv", type=Path, help=t("commands.csv_in"))


def _list(desk: CountyDesk, args: argparse.Namespace) -> Any:
    found = desk.roster(args.office)
    return Answer(value=[asdict(m) for m in found], lines=(), table=[
        (m.staff, m.name, desk.office_name(m.office), "、".join(codes.name("category", c) for c in m.specialities),
         "、".join(m.languages), m.grade, "、".join(m.honours), "；".join(m.reasons)) for m in found])


# --- keeping it


def _set(desk: CountyDesk, args: argparse.Namespace) -> Any:
    given = {name: getattr(args, name) for name in roster.FIELDS if getattr(args, name) is not None}
    if not given:
        raise UsageProblem(t("roster.nothing"))
    latest = desk.hub.directory.latest()
    before = (latest.table(roster.TABLE) or {}).get(args.staff) or {}
    row = {**before, **_row(given)}
    epoch, version = _publish(desk.hub, {args.staff: row})
    return said(t("roster.imported", n=1, epoch=epoch, version=version))


def _set_wrong(desk: CountyDesk, args: argparse.Namespace) -> dict[str, str]:
    row = _row({name: getattr(args, name) for name in roster.FIELDS if getattr(args, name) is not None})
    found = {name: "\n".join(wrong) for name in row if (wrong := roster.problems({name: row[name]}))}
    if nobody := _nobody(desk.hub.directory.latest(), args.staff or ""):
        found["staff"] = nobody
    return found


def _remove(desk: CountyDesk, args: argparse.Namespace) -> Any:
    if args.staff not in (desk.hub.directory.latest().table(roster.TABLE) or {}):
        raise UsageProblem(t("hub.staff.unknown", value=args.staff))
    epoch, version = _publish(desk.hub, {args.staff: None})
    return said(t("roster.removed", staff=args.staff, epoch=epoch, version=version))


def _template(desk: CountyDesk, args: argparse.Namespace) -> Any:
    latest, organisation = desk.hub.directory.latest(), desk.hub.directory.organisation()
    table = latest.table(roster.TABLE) or {}
    rows = [_cells(p, organisation.display_name(p.office), table.get(p.id) or {}) for p in latest.all_staff()
            if p.active and roster.MEDIATES & set(p.roles)]
    written = write_lines(args.out, COLUMNS, rows)
    return said(*[t("roster.written", file=args.out, n=len(rows))] if written else [])


def _import(desk: CountyDesk, args: argparse.Namespace) -> Any:
    latest = desk.hub.directory.latest()
    made: dict[str, dict[str, Any] | None] = {}
    wrong: list[str] = []
    for line, cells in read_lines(args.file, COLUMNS, lacking="roster.columns"):
        row = _row({name: (cells.get(name) or "").strip() for name in roster.FIELDS})
        staff = (cells.get("staff") or "").strip()
        wrong += [t("roster.line", line=line, problem=problem) for problem in _wrong(latest, staff, row)]
        made[staff] = row
    if wrong:
        raise UsageProblem("\n".join([t("roster.refused", file=args.file, n=len(wrong)), *wrong]))
    epoch, version = _publish(desk.hub, made)
    return said(t("roster.imported", n=len(made), epoch=epoch, version=version))


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
    nobody = _nobody(latest, staff)
    return [*([nobody] if nobody else []), *roster.problems(row)]


def _nobody(latest: Directory, staff: str) -> str:
    """Why this is nobody who mediates, or ""."""
    person = latest.staff(staff)
    if person is None or not person.active:
        return t("hub.staff.unknown", value=staff)
    return "" if roster.MEDIATES & set(person.roles) else t("roster.not_mediator", name=person.name, staff=staff)


def _publish(hub: Hub, rows: Mapping[str, Mapping[str, Any] | None]) -> tuple[str, int]:
    """The table with these people's rows changed; None takes one out."""

    def changes(latest: Directory) -> list[dict[str, Any]]:
        table = {**(latest.table(roster.TABLE) or {}), **rows}
        return [change("table", roster.TABLE, {staff: row for staff, row in sorted(table.items()) if row is not None})]

    return hub.directory.revise(changes)
