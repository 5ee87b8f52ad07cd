"""`county-hub recovery show|moved|use HOME`: the county's offline recovery key."""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

import segno

from county_hub.composition import open_hub
from county_hub.hub import recovery
from county_hub.hub.hub import hub_home
from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.service import new_life, upkeep
from shared.ledger.texts import t


def register(commands: Any) -> None:
    group = commands.add_parser("recovery", help=t("recovery.about")).add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, function in (("show", run_show), ("moved", run_moved), ("use", run_use)):
        command = group.add_parser(verb, help=t(f"recovery.help_{verb}"))
        command.add_argument("home", metavar="HOME")
        command.set_defaults(func=function)
        if verb == "moved":
            command.add_argument("--copy", type=Path, metavar="FILE", help=t("recovery.help_copy"))
            command.add_argument("--printed", action="store_true", help=t("recovery.help_printed"))
        if verb == "use":
            command.add_argument("--key", type=Path, required=True, metavar="FILE", help=t("recovery.help_key"))


def run_show(arguments: argparse.Namespace) -> int:
    home = hub_home(arguments.home)
    home.require()
    text = home.recovery_file.read_text("utf-8") if home.recovery_file.exists() else ""
    if not text:
        raise HubProblem(t("recovery.not_here", file=home.recovery_file))
    recovery.read(home.recovery_file)
    drawing = io.StringIO()
    segno.make(text, error="m").terminal(out=drawing, compact=True, border=2)
    print(drawing.getvalue())
    print(text)
    print(t("recovery.keep"))
    return 0


def run_moved(arguments: argparse.Namespace) -> int:
    home = hub_home(arguments.home)
    home.require()
    if not home.recovery_file.exists():
        raise HubProblem(t("recovery.not_here", file=home.recovery_file))
    if not arguments.copy and not arguments.printed:
        raise UsageProblem(t("recovery.where", home=home.root))
    if arguments.copy:
        if arguments.copy.resolve().is_relative_to(home.root.resolve()):
            raise UsageProblem(t("recovery.inside", file=arguments.copy))
        if recovery.read(arguments.copy).public != recovery.read(home.recovery_file).public:
            raise HubProblem(t("recovery.other_key", file=arguments.copy))
    home.recovery_file.unlink()
    print(t("recovery.moved"))
    return 0


def run_use(arguments: argparse.Namespace) -> int:
    key = recovery.read(arguments.key)
    with open_hub(hub_home(arguments.home)) as hub:
        epoch, version = new_life.begin(hub, key)
        receipts = upkeep.tell_receipts_again(hub)
    print(t("recovery.begun", epoch=epoch, version=version, receipts=receipts))
    return 0
