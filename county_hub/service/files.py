"""Are the files of a HOME whole? Looked at one by one, so that one damaged file hides no other, and without opening the hub,
which a damaged file may prevent. What is a cache mends itself; of each other one the remedy is named.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from county_hub.hub.findings import Finding
from county_hub.hub.kept.home import HubHome
from shared.ledger.texts import t
from sync.errors import DAMAGED, StorageError, WrongKey
from sync.replica import LocalReplica
from sync.storage import DRIVER_ERRORS, has_room, is_damage, open_file, storage_errors

ENOUGH, TOO_LITTLE = 1 << 30, 100 << 20     # below: said; below: a fault


def disk(home: HubHome) -> Iterator[Finding]:
    """Is there room?"""
    free = shutil.disk_usage(home.root).free
    if free < ENOUGH:
        yield Finding(free < TOO_LITTLE, "disk", t("hub.doctor.disk", free=f"{free / (1 << 20):.0f} MB"))


def damaged_files(home: HubHome, *, quick: bool = True) -> Iterator[Finding]:
    """Every file of HOME that cannot be read, each with what to do. On a full disk sound files cannot be read either."""
    if not has_room(home.root):
        return
    key = home.safe.database_key()
    needed = {home.registry: "hub.file.registry", home.accounts: "hub.file.accounts", home.demands: "hub.file.demands",
              home.rooms: "hub.file.rooms", home.systems: "hub.file.systems",
              home.databases / "directory.replica": "hub.file.directory"}
    caches = {home.router: "hub.file.router", home.read_model: "hub.file.read_model", home.quotas: "hub.file.cache",
              home.orphans: "hub.file.cache", home.outbox: "hub.file.cache"}
    for path in sorted({home.registry, home.accounts, home.demands, home.rooms, home.systems, *caches}):
        reason = _of_sqlite(path, key)
        if reason:
            remedy = needed.get(path) or caches[path]
            yield Finding(True, "damaged_file", t("hub.file.damaged", file=path, reason=reason, remedy=t(remedy)))
    for path in sorted(home.databases.glob("*.replica")):
        reason = _of_replica(path, quick, key)
        if reason:
            remedy = needed.get(path, "hub.file.office")
            yield Finding(True, "damaged_file", t("hub.file.damaged", file=path, reason=reason, remedy=t(remedy)))


def _of_sqlite(path: Path, key: bytes | None) -> str:
    if not path.exists():
        return ""
    try:
        with contextlib.closing(open_file(path, key, read_only=True, timeout_s=10)) as db:
            line = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    except DRIVER_ERRORS as fault:
        return t("hub.file.rubbish") if is_damage(fault) else t("hub.file.unreadable")
    return "" if line == "ok" else t("hub.file.rubbish")


def _of_replica(path: Path, quick: bool, key: bytes | None) -> str:
    try:
        with contextlib.closing(LocalReplica.open(path, create=False, key=key)) as replica:
            return t("hub.file.rubbish") if replica.verify(quick=quick) else ""
    except StorageError as fault:
        return reason_of(fault)


def reason_of(fault: StorageError) -> str:
    """In the administrator's words."""
    # The key is the right one, the vault has proved it: what it does not open is damaged.
    return t("hub.file.rubbish") if isinstance(fault, (*DAMAGED, WrongKey)) else t("hub.file.unreadable")


def copy_sqlite(source: Path, target: Path, key: bytes | None) -> None:
    """One moment of a database, whoever writes meanwhile, encrypted where the source is; on the disk when this returns."""
    with storage_errors(target), contextlib.closing(open_file(source, key, read_only=True, timeout_s=60)) as old, \
            contextlib.closing(open_file(target, key, timeout_s=5)) as new:
        old.backup(new)
    with target.open("rb") as file:
        os.fsync(file.fileno())
