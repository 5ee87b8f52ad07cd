"""`PROGRAM appointment list|STEP HOME`: appointments and their steps; the calendar of duty posts each program shows itself."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any, TypeVar

from shared.commands.arguments import day_argument
from shared.commands.desk import Desk
from shared.commands.kit import Kit, Run
from shared.disputes.kinds.registry import worded
from shared.ledger.texts import t

D = TypeVar("D", bound=Desk)


def add(kit: Kit[D], commands: Any, steps: Mapping[str, str], calendar: Run[D]) -> Any:
    """`steps`: verb -> kind, of those who work here. Returns the verbs, for the program's own."""
    verbs = kit.group(commands, "appointment", t("appointments.about"))
    made = kit.verb(verbs, "calendar", t("appointments.cli_calendar"), calendar)
    made.add_argument("--from", dest="since", type=day_argument, metavar="DATE", help=t("appointments.cli_from"))
    kit.verb(verbs, "list", t("appointments.cli_list"), _list).add_argument(
        "--open", action="store_true", help=t("recordcli.open"))
    for verb, kind in steps.items():
        kit.act(verbs, verb, t(f"appointments.cli_{verb}"), _step(kit, kind), on=_asked if verb == "request" else _on(kind))
    return verbs


def id_option(parser: argparse.ArgumentParser, of: str = "id") -> None:
    parser.add_argument("record", metavar="ID", help=t(f"appointments.cli_{of}"))


def _on(kind: str) -> Any:
    def options(parser: argparse.ArgumentParser) -> None:
        id_option(parser, "duty" if kind.startswith("duty.") else "id")
        if kind == "appointment.confirmed":
            _asked(parser)

    return options


def _asked(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--duty", default="", metavar="ID", help=t("appointments.cli_duty"))


def _list(desk: Desk, args: argparse.Namespace) -> Any:
    return desk.appointments(open_only=args.open)


def _step(kit: Kit[D], kind: str) -> Any:
    def run(desk: D, args: argparse.Namespace, draft: dict[str, Any]) -> Any:
        made = worded(kind, draft)
        if getattr(args, "duty", ""):
            made["duty"] = args.duty
        return desk.appointment(args.verb, kit.who(desk, args), getattr(args, "record", None), made, legal_date=args.date)

    return run
