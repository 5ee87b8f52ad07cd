"""`county-hub fleet HOME [--office ID]`: the health of all devices."""

from __future__ import annotations

import argparse
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county.desk import CountyDesk
from county_hub.county.fleet import Health, fleet
from shared.commands.output import Answer
from shared.ledger.days import local_time
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verb = KIT.verb(commands, "fleet", t("fleet.cli"), _fleet, json=True)
    verb.add_argument("--office", default="", metavar="ID", help=t("fleet.cli_office"))


def _fleet(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    found, organisation = fleet(desk.hub, desk.below(arguments.office)), desk.hub.directory.organisation()
    rows = [(organisation.display_name(h.office), h.slot, local_time(h.last_at) if h.last_at else t("fleet.never"),
             waiting_words(h), "、".join(fault_words(h)) or t("fleet.good"), h.app) for h in found]
    head = tuple(t(f"fleet.column_{name}") for name in ("office", "slot", "contact", "waiting", "state", "app"))
    bad = sum(bool(h.faults) for h in found)
    return Answer(value=found, table=[head, *rows], lines=[t("fleet.total", n=len(found), bad=bad)])


def waiting_words(h: Health) -> str:
    if not h.records + h.files + h.bodies:
        return t("fleet.nothing_waits") if h.stated_at else t("fleet.not_stated")
    return t("fleet.waits", records=h.records, files=h.files, since=local_time(h.oldest) if h.oldest else "—")


def fault_words(h: Health) -> list[str]:
    days = abs(h.offset_ms) // 86_400_000
    values = {"n": h.refused, "days": days, "seq": h.forks[0] if h.forks else 0, "mb": (h.free_bytes or 0) >> 20,
              "error": h.last_error, "way": t("fleet.behind" if h.offset_ms > 0 else "fleet.ahead")}
    return [t(f"fleet.fault_{word}", **values) for word in h.faults]
