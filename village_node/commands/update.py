"""`village-node update HOME`: the newer release that the county offers; fetched and carried here, installed by a person."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shared.commands.output import Answer
from shared.ledger.texts import t
from shared.version import VERSION
from village_node.commands.program import KIT


def add_commands(commands: Any) -> None:
    made = KIT.unopened(commands, "update", t("node.cli.help.update"), _update)
    what = made.add_mutually_exclusive_group()
    what.add_argument("--fetch", action="store_true", help=t("node.update.help_fetch"))
    what.add_argument("--from", dest="source", type=Path, metavar="DIR", help=t("node.update.help_from"))
    what.add_argument("--to", dest="target", type=Path, metavar="DIR", help=t("node.update.help_to"))


def _update(args: argparse.Namespace) -> Any:
    from village_node import composition
    from village_node.point.updates.updates import Updates

    with composition.open_node(args.home, key_file=args.key_file) as node:
        updates = Updates(node)
        path = None
        if args.source:
            path = updates.take(args.source)
        elif args.target:
            path = updates.carry(args.target)
        else:
            hub = node.hub()
            hub.time(node.clock)                # at whichever of its addresses it answers
            updates.ask(hub)
            path = updates.fetch(hub, told=lambda done, total: None if args.json else _tell(done, total)) if args.fetch else None
        release, path = updates.offered(), path or updates.ready()
    value = {"version": VERSION, "offered": asdict(release) if release else None, "file": str(path) if path else None}
    if release is None:
        return Answer(value=value, lines=[t("node.update.newest", version=VERSION)])
    lines = [t("node.update.offered", version=release.version, mine=VERSION), *release.notes.splitlines()]
    lines.append(t("node.update.install", file=path) if path else t("node.update.how", home=args.home))
    return Answer(value=value, lines=lines)


def _tell(done: int, total: int) -> None:
    print(t("node.update.progress", done=f"{done / (1 << 20):.1f}", total=f"{total / (1 << 20):.1f}"), file=sys.stderr)
