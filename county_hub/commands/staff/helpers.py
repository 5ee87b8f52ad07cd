"""`county-hub helpers template|import|list HOME`: the villages' pools of helpers by kind, published to every service point."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county.csv_files import read_lines, write_lines
from county_hub.county.desk import CountyDesk
from county_hub.hub.problems import UsageProblem
from shared.commands.output import Answer, said
from shared.disputes.rules import helpers
from shared.ledger import codes
from shared.ledger.published.directory_heads import change
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "helpers", t("helpers.about"))
    template = KIT.verb(verbs, "template", t("helpers.template"), _template)
    template.add_argument("--out", type=Path, metavar="FILE.csv", help=t("gridcli.out"))
    load = KIT.verb(verbs, "import", t("helpers.import"), _import)
    load.add_argument("file", metavar="FILE.csv", type=Path, help=t("commands.csv_in"))
    listing = KIT.verb(verbs, "list", t("helpers.list"), _list)
    listing.add_argument("--office", default="", metavar="ID", help=t("hub.cli.office"))


def _template(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    villages = sorted(office.id for office in desk.hub.directory.latest().offices() if office.level == "village")
    rows = [{"office": office, "name": "", "kind": ""} for office in villages]
    written = write_lines(arguments.out, helpers.COLUMNS, rows)
    return said(*[t("grids.written", file=arguments.out, n=len(rows))] if written else [])


def _import(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    lines = read_lines(arguments.file, helpers.COLUMNS, lacking="helpers.columns")
    table, wrong = helpers.read(lines, desk.hub.directory.latest())
    if wrong:
        raise UsageProblem("\n".join([t("helpers.refused", file=arguments.file, n=len(wrong)), *wrong]))
    epoch, version = desk.hub.directory.revise(lambda latest: [change("table", helpers.TABLE, table)])
    return said(t("helpers.imported", n=sum(map(len, table.values())), epoch=epoch, version=version))


def _list(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    latest = desk.hub.directory.latest()
    desk.require_office(arguments.office)
    offices = [arguments.office] if arguments.office else sorted(latest.table(helpers.TABLE) or {})
    pools = latest.table(helpers.TABLE)
    found = [one for office in offices for one in helpers.pool(pools, office, latest.lineage)
             if arguments.office or one.office == office]
    table = [(desk.office_name(one.office), one.name, codes.name("helper_kind", one.kind)) for one in found]
    return Answer(value=[asdict(one) for one in found], table=table, lines=() if found else (t("helpers.none"),))
