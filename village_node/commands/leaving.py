"""`village-node leave HOME --out FILE`: what the county has not signed for, as a file for `county-hub device take`."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shared.commands.output import Answer
from shared.ledger.texts import t
from village_node.commands.program import KIT
from village_node.desk.desk import Desk
from village_node.point.leaving import file


def add_commands(commands: Any) -> None:
    made = KIT.verb(commands, "leave", t("node.leaving.cli"), _leave)
    made.add_argument("--out", required=True, type=Path, metavar="FILE", help=t("node.leaving.cli_out"))


def _leave(desk: Desk, args: argparse.Namespace) -> Any:
    made = file.write(desk.node, args.out)
    return Answer(value=asdict(made), lines=[t("node.leaving.written", file=made.path, records=made.records, bodies=made.bodies,
                                               chunks=made.chunks, refused=made.refused)])
