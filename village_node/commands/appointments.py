"""`village-node appointment calendar|list|request|confirm|accept|cancel|attended|absent|advise|close HOME`.

    appointment calendar HOME                                      duty posts, own seats, what the county last said
    appointment request HOME --as STAFF --duty ID --set asker=... --set topic=...      waits for the county, also offline
    appointment confirm HOME ID --as STAFF                         a seat of this village's quota, also offline
    appointment list HOME                                          what is true of each now
"""

from __future__ import annotations

import argparse
from typing import Any

from shared.commands import appointments
from village_node.commands.program import KIT
from village_node.desk.appointments import STEPS
from village_node.desk.desk import Desk


def add_commands(commands: Any) -> None:
    appointments.add(KIT, commands, STEPS, _calendar)


def _calendar(desk: Desk, args: argparse.Namespace) -> Any:
    return desk.calendar(args.since)
