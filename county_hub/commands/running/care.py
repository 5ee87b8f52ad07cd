"""`county-hub rebuild|doctor|verify|backup|restore`: the care of a HOME."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT, home_of
from county_hub.composition import open_hub, real_clock
from county_hub.county.desk import CountyDesk
from county_hub.hub.findings import Finding
from county_hub.hub.kept import recovery
from county_hub.hub.kept.formats import FIRST, FORMAT, require_format
from county_hub.hub.kept.home import HubHome
from county_hub.hub.safe import moving
from county_hub.service import backups, new_life, upkeep
from county_hub.service import upgrade as upgrading
from county_hub.service.files import damaged_files, disk
from shared.commands.arguments import whole_argument
from shared.commands.output import Answer, progress, said
from shared.ledger.entry import of_file_system
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t
from sync.errors import StorageError, SyncError
from sync.storage import DRIVER_ERRORS

_UNREADABLE: tuple[type[Exception], ...] = (SyncError, OSError, *DRIVER_ERRORS)

MOST_TOLD = 20


def register(commands: Any) -> None:
    KIT.verb(commands, "rebuild", t("hub.cli.rebuild"), _rebuild)
    for name, run in (("doctor", _doctor), ("verify", _verify)):
        made = KIT.unopened(commands, name, t(f"hub.cli.{name}"), run)
        if name == "doctor":
            made.add_argument("--sweep", action="store_true", help=t("hub.cli.sweep"))
    upgrade = KIT.unopened(commands, "upgrade", t("hub.cli.upgrade"), _upgrade)
    upgrade.add_argument("--to", type=whole_argument(FIRST, FORMAT), default=FORMAT, metavar="N", help=t("hub.cli.upgrade_to"))
    backup = KIT.verb(commands, "backup", t("hub.cli.backup"), _backup)
    backup.add_argument("target", metavar="DIR", type=Path, help=t("hub.cli.backup_to"))
    backup.add_argument("--keep", type=whole_argument(1, 10_000), metavar="N", help=t("hub.cli.backup_keep"))
    backup.add_argument("--prove", action="store_true", help=t("hub.cli.backup_prove"))
    restore = KIT.unopened(commands, "restore", t("hub.cli.restore"), _restore)
    restore.add_argument("source", metavar="DIR", type=Path, help=t("hub.cli.backup_from"))
    restore.add_argument("--recovery", type=Path, metavar="FILE", help=t("recovery.help_restore"))


def _rebuild(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    count, receipts = desk.hub.projector.rebuild(), upkeep.tell_receipts_again(desk.hub)
    return Answer(value={"rows": count, "receipts": receipts}, lines=[t("hub.rebuild.done", n=count, receipts=receipts)])


def _doctor(arguments: argparse.Namespace) -> Any:
    home = home_of(arguments)
    home.require()
    moving.go_on(home.safe, home.files())
    require_format(home)
    findings = [*disk(home), *damaged_files(home)]
    with _as_far_as_it_opens(findings), open_hub(home) as hub:
        findings += upkeep.doctor(hub)
        if arguments.sweep:
            findings += upkeep.sweep_findings(hub)
    return _report(findings, t("hub.doctor.fine"), "hub.doctor.found", home)


@contextlib.contextmanager
def _as_far_as_it_opens(findings: list[Finding]) -> Iterator[None]:
    """A hub that a damaged file or a full disk keeps from opening is looked at no further: that is named already."""
    try:
        yield
    except _UNREADABLE as fault:
        if not any(finding.serious for finding in findings):
            findings.append(Finding(True, "storage", t("hub.cli.storage_of_doctor", reason=_in_words(fault))))


def _in_words(fault: Exception) -> str:
    if isinstance(fault, OSError):
        return f"{of_file_system(str(fault.filename or '-'))}（{os_reason(fault)}）"
    return str(fault).partition(":")[0] if isinstance(fault, StorageError) else t("hub.file.unreadable")


def _verify(arguments: argparse.Namespace) -> Any:
    home, findings, count = home_of(arguments), list[Finding](), 0
    home.require()
    moving.go_on(home.safe, home.files())
    require_format(home)
    findings += [*disk(home), *damaged_files(home)]
    with _as_far_as_it_opens(findings), open_hub(home) as hub:
        named = {finding.text for finding in findings}
        findings += [one for one in upkeep.verify(hub, progress("hub.verify.progress")) if one.text not in named]
        count = len(hub.databases.names())
    return _report(findings, t("hub.verify.fine", n=count), "hub.verify.found", home)


def _report(findings: Sequence[Finding], fine: str, found: str, home: HubHome) -> Answer:
    serious, key = any(finding.serious for finding in findings), home.safe.marks()
    value = {"ok": not serious, "encrypted": bool(key), "key_file": key, "findings": [asdict(finding) for finding in findings]}
    at_rest = t("hub.safe.is", mark=key) if key else t("hub.safe.is_not")
    return Answer(value=value, code=1 if serious else 0, lines=[
        t(found, n=len(findings)) if findings else fine,
        *(f"{'!' if finding.serious else '-'} {finding.text}" for finding in findings), at_rest])


def _upgrade(arguments: argparse.Namespace) -> Any:
    home = home_of(arguments)
    home.require()
    moving.go_on(home.safe, home.files())
    went = upgrading.upgrade(home, arguments.to, real_clock, progress("hub.upgrade.progress"))
    words = {"home": home.root, "found": went[0], "to": went[-1]}
    if len(went) == 1:
        return said(t("hub.upgrade.nothing", **words))
    return said(t("hub.upgrade.done" if went[-1] > went[0] else "hub.upgrade.back", **words))


def _backup(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub, folder = desk.hub, arguments.target.expanduser().absolute()
    target = backups.new_place(folder, hub.clock()) if arguments.keep else folder
    done = backups.backup(hub, target, progress("hub.backup.progress"))
    key = hub.home.safe.marks()
    lines = [t("hub.backup.done", files=done.files, bytes=done.bytes, folder=done.folder),
             t(f"hub.safe.backup{'' if key else '_not'}", mark=key)]
    if arguments.prove:
        proof = backups.prove(target, target.with_name(target.name + ".trial"), progress("hub.backup.proving"),
                              key_file=hub.home.safe.given_file())
        if proof.problems:      # the older ones stay: they may be the sound ones
            return said(*lines, t("hub.backup.unproven", n=len(proof.problems)), *proof.problems[:MOST_TOLD], code=1)
        lines.append(t("hub.backup.proven", databases=proof.databases, documents=proof.documents))
    if arguments.keep:
        gone = backups.drop_old(folder, hub.identity().hub_id, arguments.keep, target)
        lines += [t("hub.backup.dropped", n=len(gone), keep=arguments.keep)] if gone else []
    return said(*lines)


def _restore(arguments: argparse.Namespace) -> Any:
    home, source = home_of(arguments), arguments.source.expanduser().absolute()
    key = recovery.read(arguments.recovery) if arguments.recovery else None
    epoch = backups.restore(home, source, progress("hub.restore.progress"), recovery=key)
    lines = [t("hub.restore.done", source=source, home=home.root, epoch=epoch)]
    with open_hub(home) as hub:
        lacks = [finding.text for finding in upkeep.lacking(hub)]       # a backup that was torn, or whose list was changed
        return said(*lines, *lacks, *([t("recovery.needed")] if new_life.needs_recovery(hub) else []))
