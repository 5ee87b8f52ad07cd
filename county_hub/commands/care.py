"""`county-hub rebuild|doctor|verify|backup|restore`: the care of a HOME."""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.composition import open_hub
from county_hub.hub import recovery
from county_hub.hub.findings import Finding
from county_hub.hub.hub import hub_home
from county_hub.hub.output import print_json, progress
from county_hub.service import new_life, upkeep
from county_hub.service.files import damaged_files, disk
from shared.ledger.texts import t
from sync.errors import SyncError


def register(commands: Any) -> None:
    for name, function in (("rebuild", run_rebuild), ("doctor", run_doctor), ("verify", run_verify)):
        command = commands.add_parser(name, help=t(f"hub.cli.{name}"))
        command.add_argument("home", metavar="HOME")
        command.add_argument("--json", action="store_true", help=t("hub.cli.json"))
        command.set_defaults(func=function)
        if name == "doctor":
            command.add_argument("--sweep", action="store_true", help=t("hub.cli.sweep"))
    backup = commands.add_parser("backup", help=t("hub.cli.backup"))
    backup.add_argument("home", metavar="HOME")
    backup.add_argument("target", metavar="DIR", type=Path)
    backup.set_defaults(func=run_backup)
    restore = commands.add_parser("restore", help=t("hub.cli.restore"))
    restore.add_argument("home", metavar="HOME")
    restore.add_argument("source", metavar="DIR", type=Path)
    restore.add_argument("--recovery", type=Path, metavar="FILE", help=t("recovery.help_restore"))
    restore.set_defaults(func=run_restore)


def run_rebuild(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        count = hub.projector.rebuild()
        receipts = upkeep.tell_receipts_again(hub)
    if arguments.json:
        print_json({"rows": count, "receipts": receipts})
    else:
        print(t("hub.rebuild.done", n=count, receipts=receipts))
    return 0


def run_doctor(arguments: argparse.Namespace) -> int:
    home = hub_home(arguments.home)
    home.require()
    findings = [*disk(home), *damaged_files(home)]
    with _as_far_as_it_opens(findings), open_hub(home) as hub:
        findings += upkeep.doctor(hub)
        if arguments.sweep:
            findings += upkeep.sweep_findings(hub)
    return _report(arguments, findings, t("hub.doctor.fine"), "hub.doctor.found")


@contextlib.contextmanager
def _as_far_as_it_opens(findings: list[Finding]) -> Iterator[None]:
    """A hub that a damaged file or a full disk keeps from opening is looked at no further: that is named already."""
    try:
        yield
    except (SyncError, sqlite3.DatabaseError, OSError) as fault:
        if not any(finding.serious for finding in findings):
            findings.append(Finding(True, "storage", t("hub.cli.storage_of_doctor", reason=fault)))


def run_verify(arguments: argparse.Namespace) -> int:
    home, findings, count = hub_home(arguments.home), list[Finding](), 0
    home.require()
    findings += [*disk(home), *damaged_files(home)]
    with _as_far_as_it_opens(findings), open_hub(home) as hub:
        named = {finding.text for finding in findings}
        findings += [one for one in upkeep.verify(hub, progress("hub.verify.progress")) if one.text not in named]
        count = len(hub.databases.names())
    return _report(arguments, findings, t("hub.verify.fine", n=count), "hub.verify.found")


def _report(arguments: argparse.Namespace, findings: Sequence[Finding], fine: str, found: str) -> int:
    serious = any(finding.serious for finding in findings)
    if arguments.json:
        print_json({"ok": not serious, "findings": [asdict(finding) for finding in findings]})
    else:
        print(t(found, n=len(findings)) if findings else fine)
        for finding in findings:
            print(f"{'!' if finding.serious else '-'} {finding.text}")
    return 1 if serious else 0


def run_backup(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        done = upkeep.backup(hub, arguments.target.expanduser().absolute(), progress("hub.backup.progress"))
    print(t("hub.backup.done", files=done.files, bytes=done.bytes, folder=done.folder))
    return 0


def run_restore(arguments: argparse.Namespace) -> int:
    home, source = hub_home(arguments.home), arguments.source.expanduser().absolute()
    key = recovery.read(arguments.recovery) if arguments.recovery else None
    epoch = upkeep.restore(home, source, progress("hub.restore.progress"), recovery=key)
    print(t("hub.restore.done", source=source, home=home.root, epoch=epoch))
    with open_hub(home) as hub:
        if new_life.needs_recovery(hub):
            print(t("recovery.needed"))
    return 0
