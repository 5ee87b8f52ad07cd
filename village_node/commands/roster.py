"""`village-node roster HOME`, `village-node grids HOME`: who mediates, and the grids of this office and below: leaders, members
with households, one grid five officers. Answered from the copy on this device: load counts the cases that are here.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from shared.commands.output import Answer
from shared.disputes.rules.helpers import TABLE, pool
from shared.ledger import codes
from shared.ledger.texts import t
from village_node.commands.program import KIT
from village_node.desk.desk import Desk


def add_commands(commands: Any) -> None:
    roster = KIT.verb(commands, "roster", t("roster.cli_list"), _roster)
    roster.add_argument("--office", default="", metavar="ID", help=t("roster.cli_office"))
    KIT.verb(commands, "helpers", t("helpers.list"), _helpers)
    KIT.verb(commands, "grids", t("gridcli.list"), _grids)


def _roster(desk: Desk, args: argparse.Namespace) -> Any:
    found = desk.roster(args.office)
    names = {m.office: desk.office_name(m.office) for m in found}
    lines = []
    for m in found:
        words = ("、".join(codes.name("category", code) for code in m.specialities), "、".join(m.languages), m.grade)
        lines.append(" ".join([m.staff, m.name, names[m.office], *(word or "-" for word in words), "；".join(m.reasons)]))
    return Answer(value=[{**asdict(m), "office_name": names[m.office]} for m in found], lines=lines)


def _helpers(desk: Desk, args: argparse.Namespace) -> Any:
    found = pool(desk.node.directory.table(TABLE), desk.node.config.office, desk.node.directory.lineage)
    table = [(desk.office_name(one.office), one.name, codes.name("helper_kind", one.kind)) for one in found]
    return Answer(value=found, table=table, lines=() if found else (t("helpers.none"),))


def _grids(desk: Desk, args: argparse.Namespace) -> Any:
    found = desk.grids()
    names = {who: desk.staff_name(who) for grid in found
             for who in (grid.leader, *(m.staff for m in grid.members), *(staff for _, staff in grid.officers))}
    lines = []
    for grid in found:
        people = [f"{names[m.staff]} {m.households}" for m in grid.members]
        people += [f"{codes.name('grid_officer_slot', slot)} {names[staff]}" for slot, staff in grid.officers]
        lines.append(" ".join([grid.id, grid.name, codes.name("grid_tier", grid.tier), names.get(grid.leader) or "-",
                               "、".join(people)]))
    return Answer(value=[{**asdict(grid), "households": grid.households, "names": names} for grid in found], lines=lines)
