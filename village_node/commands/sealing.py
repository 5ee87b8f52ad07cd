"""`village-node sealing devices|confirm|refuse HOME`: which devices get keys of sealed records written here.

    sealing devices HOME [--json]                  all, those that wait for an answer first
    sealing confirm|refuse HOME DEVICE --as STAFF  a person's word, for records from now on; it may be changed
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from shared.commands.output import Answer
from shared.ledger.texts import t
from village_node.commands.program import KIT
from village_node.desk.desk import Desk
from village_node.desk.devices import DeviceLine
from village_node.point.clock import moment_of


def add_commands(commands: Any) -> None:
    verbs = KIT.group(commands, "sealing", t("sealing.device.help"))
    KIT.verb(verbs, "devices", t("sealing.device.help_devices"), _devices)
    for name in ("confirm", "refuse"):
        made = KIT.verb(verbs, name, t(f"sealing.device.help_{name}"), _answer)
        made.add_argument("device", metavar="DEVICE", help=t("sealing.device.device"))
        KIT.staff(made)


def _devices(desk: Desk, args: argparse.Namespace) -> Any:
    found = desk.devices.listed()
    waits = any(one.status == "waiting" for one in found)
    lines = [] if waits else [t("sealing.device.all_known")]
    return Answer(value=[asdict(one) for one in found], lines=lines,
                  table=[(one.id, one.office_name, one.mark, _state(desk, one)) for one in found])


def _state(desk: Desk, one: DeviceLine) -> str:
    if one.status == "waiting":
        return f"{t('sealing.device.waiting')}（{moment_of(one.since)}）"
    if one.by:
        said = t("sealing.device.answered", who=desk.staff_name(one.by), when=moment_of(one.at))
        return t(f"sealing.device.{one.status}") + said
    return t("sealing.device.first" if one.status == "confirmed" else f"sealing.device.{one.status}")


def _answer(desk: Desk, args: argparse.Namespace) -> Any:
    staff = desk.people.acting(args.staff or desk.only_staff())
    done = (desk.devices.confirm if args.verb == "confirm" else desk.devices.refuse)(args.device, staff)
    return Answer(value=asdict(done), lines=[t(f"sealing.device.told_{done.status}", device=done.id)])
