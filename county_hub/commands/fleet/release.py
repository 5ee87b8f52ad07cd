"""`county-hub release add|list|withdraw HOME`: which releases of the program the county offers to its service points."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from county_hub.accounts.operator import note_operator
from county_hub.commands.program import KIT
from county_hub.couchdb.edges import require_publisher
from county_hub.county.desk import CountyDesk
from county_hub.hub.problems import UsageProblem
from county_hub.hub.releases.shelf import Shelf
from shared.commands.output import Answer, said
from shared.ledger.days import local_time
from shared.ledger.os_words import read_reason
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "release", t("hub.release.about"))
    add = KIT.verb(verbs, "add", t("hub.release.help_add"), _add)
    add.add_argument("file", type=Path, metavar="FILE", help=t("hub.release.help_file"))
    add.add_argument("--version", default="", metavar="V", help=t("hub.release.help_version"))
    add.add_argument("--notes", type=Path, metavar="FILE", help=t("hub.release.help_notes"))
    KIT.verb(verbs, "list", t("hub.release.help_list"), _list)
    withdraw = KIT.verb(verbs, "withdraw", t("hub.release.help_withdraw"), _withdraw)
    withdraw.add_argument("version", metavar="V", help=t("hub.release.help_version"))


def _shelf(desk: CountyDesk) -> Shelf:
    return Shelf(desk.hub.home.releases)


def _add(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    require_publisher(desk.hub)     # devices believe his signature alone; edges get his shelf
    file = arguments.file.expanduser().absolute()
    named = re.match(r"[A-Za-z_]+-([0-9.]+[0-9])(?:-|\.tar|\.)", file.name)      # as `make dist` names its files
    version = arguments.version or (named[1] if named else "")
    try:
        notes = arguments.notes.read_text("utf-8").strip() if arguments.notes else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(t("hub.release.unreadable", file=arguments.notes, reason=read_reason(error))) from None
    done = _shelf(desk).add(file, version, notes, desk.hub.key, desk.hub.clock())
    note_operator(desk.hub, "app_release", done.version)
    return said(t("hub.release.added", version=done.version, file=done.name, sha256=done.sha256))


def _list(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    found = _shelf(desk).manifests()
    rows = [(doc["version"], doc["name"], f"{doc['size'] / (1 << 20):.1f} MB", local_time(doc["issued_at"])) for doc in found]
    return Answer(value=found, table=rows, lines=() if rows else (t("hub.release.none"),))


def _withdraw(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    require_publisher(desk.hub)
    _shelf(desk).withdraw(arguments.version)
    note_operator(desk.hub, "app_withdraw", arguments.version)
    return said(t("hub.release.withdrawn", version=arguments.version))
