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
from sync.storage import DRIVER_ERRORS, has_room, is_barred, is_damage, open_file, storage_errors

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
    for path in sorted(getattr(home, name) for name in _REMEDIES):
        if is_barred(path) or (reason := _of_sqlite(path, key)):
            yield damaged(home, path, "" if is_barred(path) else reason)
    for path in sorted(home.databases.glob("*.replica")):
        if is_barred(path) or (reason := _of_replica(path, quick, key)):
            yield damaged(home, path, "" if is_barred(path) else reason)


# By the names of `HubHome`. What is not mended by itself comes first.
_REMEDIES = {
    "registry": "registry", "accounts": "accounts", "demands": "demands", "rooms": "rooms", "systems": "systems",
    "router": "router", "chains": "router", "read_model": "read_model", "quotas": "cache", "orphans": "cache", "outbox": "cache",
}
_CACHES = frozenset({"router", "read_model", "cache"})


def damaged(home: HubHome, path: Path, reason: str) -> Finding:
    """What is said of a file that cannot be used, and what to do. One that this user may not open is most often made by a
    command that another user ran: nothing in it is lost."""
    remedy = next((word for name, word in _REMEDIES.items() if getattr(home, name) == path), "") or _of_database(home, path)
    if is_barred(path):
        right = path.is_file()
        reason = t("hub.file.no_right" if right else "hub.file.no_file")
        remedy = "give_right" if right else "move" if remedy in _CACHES else remedy
    words = t(f"hub.file.{remedy}", home=home.root) if remedy == "give_right" else t(f"hub.file.{remedy}")
    return Finding(True, "damaged_file", t("hub.file.damaged", file=path, reason=reason, remedy=words))


def _of_database(home: HubHome, path: Path) -> str:
    """The directory and the county's own records are made again from nothing else here; behind an edge lies CouchDB."""
    county = path.name.startswith("office-") and path.name.endswith("000000.replica") and not home.outbox.exists()
    return "directory" if county or path.name == "directory.replica" else "office"


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
