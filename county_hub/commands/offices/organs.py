"""`county-hub office add|import`: departments and merged centres of the county beside its divisions."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county import organs
from county_hub.county.desk import CountyDesk
from county_hub.hub.founding import make_databases
from shared.commands.arguments import day_argument, name_argument
from shared.commands.output import Answer
from shared.ledger.days import local_date
from shared.ledger.published.directory_heads import change
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t


def register(verbs: Any) -> None:
    """Joins the verbs of `county-hub office`."""
    add = KIT.verb(verbs, "add", t("organ.cli_add"), _add)
    add.add_argument("--organ", required=True, metavar="KIND", help=t("organ.cli_kind", known=organs.known()))
    add.add_argument("--name", type=name_argument, required=True, metavar="NAME", help=t("organ.cli_name"))
    load = KIT.verb(verbs, "import", t("organ.cli_import"), _import)
    load.add_argument("file", metavar="FILE.csv", type=Path, help=t("commands.csv_in"))
    for made in (add, load):
        made.add_argument("--from", dest="start", type=day_argument, metavar="DATE", help=t("organ.cli_from"))


def _add(desk: CountyDesk, args: argparse.Namespace) -> Any:
    return _found(desk, [(args.organ, args.name)], args.start)


def _import(desk: CountyDesk, args: argparse.Namespace) -> Any:
    return _found(desk, organs.read(args.file), args.start)


def _found(desk: CountyDesk, wanted: Sequence[tuple[str, str]], start: str | None) -> Answer:
    """Databases first: a device that is told of an office must find its database."""
    hub = desk.hub
    made = organs.found(hub.directory.latest(), hub.county, wanted, start or local_date(hub.clock()))
    make_databases(hub.databases, Organisation({office.id: office for office in made}))
    epoch, version = hub.directory.publish([change("office", office.id, office.value()) for office in made])
    value = {"offices": [{"id": office.id, "kind": office.kind, "name": office.name} for office in made],
             "directory": [epoch, version]}
    return Answer(value=value, lines=[
        t("organ.added", name=office.name, id=office.id, epoch=epoch, version=version) for office in made])
