"""`county-hub recovery show|moved|use HOME`: the county's offline recovery key."""

from __future__ import annotations

import argparse
import contextlib
import io
from pathlib import Path
from typing import Any

import segno

from county_hub.accounts.operator import note_operator
from county_hub.commands.program import KIT, home_of
from county_hub.composition import open_hub
from county_hub.couchdb.edge_outbox import TELL_AGAIN, Outbox
from county_hub.county.desk import CountyDesk
from county_hub.hub.backing.store import EDGE
from county_hub.hub.kept import recovery
from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.hub.serving import is_serving
from county_hub.service import new_key, new_life, upkeep
from shared.commands.output import said
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "recovery", t("recovery.about"))
    KIT.unopened(verbs, "show", t("recovery.help_show"), _show)
    moved = KIT.unopened(verbs, "moved", t("recovery.help_moved"), _moved)
    moved.add_argument("--copy", type=Path, metavar="FILE", help=t("recovery.help_copy"))
    moved.add_argument("--printed", action="store_true", help=t("recovery.help_printed"))
    rekey = KIT.unopened(verbs, "rekey", t("recovery.help_rekey"), _rekey)
    rekey.add_argument("--key", type=Path, required=True, metavar="FILE", help=t("recovery.help_key"))
    use = KIT.verb(verbs, "use", t("recovery.help_use"), _use)
    use.add_argument("--key", type=Path, required=True, metavar="FILE", help=t("recovery.help_key"))


def _show(arguments: argparse.Namespace) -> Any:
    home = home_of(arguments)
    home.require()
    text = home.recovery_file.read_text("utf-8") if home.recovery_file.exists() else ""
    if not text:
        raise HubProblem(t("recovery.not_here", file=home.recovery_file))
    recovery.read(home.recovery_file)
    drawing = io.StringIO()
    segno.make(text, error="m").terminal(out=drawing, compact=True, border=2)
    return said(drawing.getvalue(), text, t("recovery.keep"))


def _moved(arguments: argparse.Namespace) -> Any:
    home = home_of(arguments)
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
    return said(t("recovery.moved"))


def _rekey(arguments: argparse.Namespace) -> Any:
    """The hub's key is another one from now on; `serve` must not run with the old one meanwhile."""
    home, key = home_of(arguments), recovery.read(arguments.key)
    with open_hub(home) as hub:
        if is_serving(hub):
            raise HubProblem(t("recovery.stop_first"))
        new_key.change_key(hub, key)
    with open_hub(home) as hub:
        epoch, version = new_key.after(hub)
        receipts = upkeep.tell_receipts_again(hub)
        note_operator(hub, "rekey")
        print_of = hub.keys().fingerprint()
    return said(t("recovery.rekeyed", epoch=epoch, version=version, receipts=receipts, fingerprint=print_of))


def _use(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    key = recovery.read(arguments.key)
    epoch, version = new_life.begin(desk.hub, key)
    if desk.hub.registry.meta(EDGE):        # the edge that serves tells them, behind which the store stands
        with contextlib.closing(Outbox(desk.hub.home.outbox, desk.hub.file_key)) as outbox:
            outbox.note(TELL_AGAIN, True)
        note_operator(desk.hub, "epoch", epoch)
        return said(t("recovery.begun_on_edge", epoch=epoch, version=version))
    receipts = upkeep.tell_receipts_again(desk.hub)
    note_operator(desk.hub, "epoch", epoch)
    return said(t("recovery.begun", epoch=epoch, version=version, receipts=receipts))
