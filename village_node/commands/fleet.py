"""`village-node fleet HOME`: the health of the devices of this office and of those below it, as the county sees them now."""

from __future__ import annotations

import argparse
from typing import Any

from shared.commands import fleet as words_of_fleet
from shared.ledger.texts import t
from village_node.commands.program import KIT


def add_commands(commands: Any) -> None:
    KIT.unopened(commands, "fleet", t("fleet.lower_cli"), _fleet)


def _fleet(args: argparse.Namespace) -> Any:
    from village_node import composition
    from village_node.desk.present import office_name

    with composition.open_node(args.home, key_file=args.key_file) as node:
        hub = node.hub()
        hub.time(node.clock)                # at whichever of its addresses it answers
        found = hub.fleet()
        return words_of_fleet.answer(found, lambda office: office_name(node.directory, office))
