"""`village-node grids HOME`: the grids of this office and below: leaders, members with households, one grid five officers."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from shared.ledger import codes
from shared.ledger.texts import t
from village_node.commands.home import add_home, show


def add_commands(commands: Any) -> None:
    made = commands.add_parser("grids", help=t("gridcli.list"))
    add_home(made)
    made.add_argument("--json", action="store_true", help=t("node.cli.json_out"))
    made.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        found = desk.grids()
        names = {who: desk.staff_name(who) for grid in found
                 for who in (grid.leader, *(m.staff for m in grid.members), *(staff for _, staff in grid.officers))}
    if args.json:
        show([{**asdict(grid), "households": grid.households, "names": names} for grid in found])
        return 0
    for grid in found:
        people = [f"{names[m.staff]} {m.households}" for m in grid.members]
        people += [f"{codes.name('grid_officer_slot', slot)} {names[staff]}" for slot, staff in grid.officers]
        print(grid.id, grid.name, codes.name("grid_tier", grid.tier), names.get(grid.leader) or "-", "、".join(people))
    return 0
