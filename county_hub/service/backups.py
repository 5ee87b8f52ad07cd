"""Backups of a HOME: made while it runs, proven by a trial restore, kept for a while, put back in a new epoch.

A backup is a folder of the same layout plus `manifest.json`, made with SQLite's backup API while the hub runs. What may lag
is copied first (router, read model), then the registry, then the databases, the directory last: a copy then never holds a
checkpoint of something it does not hold itself. It must not know argument parsing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from county_hub.accounts.sessions import forget_sessions
from county_hub.composition import open_hub, real_clock
from county_hub.hub.hub import Hub
from county_hub.hub.kept.formats import FORMAT
from county_hub.hub.kept.home import HubHome
from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.hub.safe.private_file import write_private
from county_hub.service import new_life
from county_hub.service.files import copy_sqlite
from county_hub.service.upgrade import upgrade
from county_hub.service.upkeep import verify
from county_hub.systems.store import forget_tokens
from shared.ledger.days import moment
from shared.ledger.formats import loose_json
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.texts import t
from sync import private

MANIFEST, PREFIX = "manifest.json", "backup-"
MANIFEST_FORMAT = 1
_NAMED = re.compile(PREFIX + r"\d{8}-\d{6}")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BackupDone:
    folder: Path
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What a trial restore found; `problems` empty = sound."""

    databases: int
    documents: int
    problems: tuple[str, ...]


def backup(hub: Hub, target: Path, progress: Progress = lambda done, total: None) -> BackupDone:
    """Copy everything to the new folder `target`; one that does not come to its end leaves nothing there. Raises `UsageProblem`
    when something is there already, or when it lies in HOME."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageProblem(t("hub.backup.target", target=target))
    if target.resolve().is_relative_to(hub.home.root.resolve()):
        raise UsageProblem(t("hub.backup.inside", home=hub.home.root))
    with _or_nothing(target):
        return _copied(hub, target, progress)


@contextlib.contextmanager
def _or_nothing(folder: Path) -> Iterator[None]:
    """What fills an empty or new folder fills it, or leaves it as it was, whatever ends it but the end of the process."""
    was_there = folder.exists()
    try:
        yield
    except BaseException:
        _empty(folder)
        if not was_there:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _empty(folder: Path) -> None:
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _copied(hub: Hub, target: Path, progress: Progress) -> BackupDone:
    private.from_now_on()
    (target / "databases").mkdir(parents=True, exist_ok=True)
    private.only_owner(target)
    home = hub.home
    last = home.databases / "directory.replica"
    replicas = sorted(path for path in home.databases.glob("*.replica") if path != last)
    beside = (home.router, home.outbox, home.read_model, home.registry, home.accounts, home.demands, home.rooms, home.systems)
    sources = [*(path for path in beside if path.exists()), *replicas, last]
    entries: dict[str, Any] = {}
    for done, source in enumerate(sources, start=1):
        _note(entries, home, source, target, hub.file_key)
        progress(done, len(sources))
    for source in sorted({*home.databases.glob("*.replica")} - {*sources}):     # of offices founded meanwhile
        _note(entries, home, source, target, hub.file_key)
    for source in (home.settings_file, home.safe.file, home.secrets_file, *home.reports.glob("*.json")):
        if source.exists():
            copy = target / source.relative_to(home.root)
            copy.parent.mkdir(exist_ok=True)
            write_private(copy, source.read_bytes())
            entries[str(source.relative_to(home.root))] = {"bytes": copy.stat().st_size, "sha256": _sha256(copy)}
    identity = hub.identity()
    manifest = {
        "format": MANIFEST_FORMAT, "made_at": real_clock(), "hub_id": identity.hub_id, "epoch": identity.epoch,
        "county": hub.county, "files": entries, "key_file": home.safe.marks(),
    }
    # Written last: a folder without it is a backup that did not end.
    write_private(target / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2).encode())
    return BackupDone(target, len(entries), sum(entry["bytes"] for entry in entries.values()))


def _note(entries: dict[str, Any], home: HubHome, source: Path, target: Path, key: bytes | None) -> None:
    """Copy a database of SQLite, and write into the list what it is."""
    copy = target / source.relative_to(home.root)
    copy_sqlite(source, copy, key)
    entries[str(source.relative_to(home.root))] = {"bytes": copy.stat().st_size, "sha256": _sha256(copy)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def restore(
    home: HubHome, source: Path, progress: Progress = lambda done, total: None, *, recovery: DeviceKey | None = None
) -> str:
    """Make HOME what the backup holds, in a new epoch, which is returned. Without the recovery key the epoch waits for it
    (`new_life`). HOME must be empty or new: what is there is never overwritten, but that a restore left which was killed. One
    that fails leaves nothing; until the new epoch is there HOME opens for nobody else. Raises `UsageProblem`, `HubProblem`."""
    if home.restoring.exists():
        _empty(home.root)
    _refuse_filled(home)
    home = replace(home, restores=True)
    with _or_nothing(home.root):
        epoch = _restored(home, source, progress, recovery)
        home.restoring.unlink()
    return epoch


def _restored(home: HubHome, source: Path, progress: Progress, recovery: DeviceKey | None) -> str:
    _take(home, source, progress)
    upgrade(home, FORMAT, real_clock)
    if home.accounts.exists():
        forget_sessions(home.accounts, real_clock, home.safe.database_key())
    if home.systems.exists():
        forget_tokens(home.systems, real_clock, home.safe.database_key())
    with open_hub(home) as hub:
        epoch = new_life.prepare(hub)
        if recovery is not None or not new_life.needs_recovery(hub):
            new_life.begin(hub, recovery)
        hub.projector.rebuild()
    return epoch


def prove(backup_folder: Path, scratch: Path, progress: Progress = lambda done, total: None, *,
          key_file: Path | None = None) -> Proof:
    """Restore a backup into the new folder `scratch`, read everything in it, and remove it again: that it can be put back is
    known, not hoped. Nothing of the backup or of HOME changes, no epoch begins. `key_file`: what opens it, where it is
    encrypted. Raises `UsageProblem`, `HubProblem`."""
    home = HubHome(scratch, key_file, restores=True)
    _refuse_filled(home)
    try:
        _take(home, backup_folder, progress)
        upgrade(home, FORMAT, real_clock)
        with open_hub(home) as hub:
            records = 0
            for name in hub.databases.names():
                with hub.databases.lease(name) as replica:
                    records += replica.info().doc_count
            return Proof(len(hub.databases.names()), records, tuple(finding.text for finding in verify(hub, progress)))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def new_place(folder: Path, now: int) -> Path:
    """Where the next of many backups goes: below `folder`, named by the moment (China's clock)."""
    return folder / (PREFIX + moment(now).strftime("%Y%m%d-%H%M%S"))


def drop_old(folder: Path, hub_id: str, keep: int, made: Path) -> list[Path]:
    """Remove this hub's backups beyond the newest `keep`, and those that never ended where a newer one did. What is named
    otherwise, is another hub's, or was `made` just now (the clock may have gone back), stays. Returns what was removed."""
    found = sorted((path for path in folder.iterdir() if path.is_dir() and _NAMED.fullmatch(path.name)), reverse=True)
    whole = [path for path in found if _hub_of(path) == hub_id]
    halves = [path for path in found if not (path / MANIFEST).exists() and whole and path.name < whole[0].name]
    gone = [path for path in (*whole[keep:], *halves) if path != made]
    for path in gone:
        shutil.rmtree(path)
    return gone


def _hub_of(folder: Path) -> str:
    try:
        return str(loose_json.read(folder / MANIFEST)["hub_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _refuse_filled(home: HubHome) -> None:
    if home.root.exists() and (not home.root.is_dir() or any(home.root.iterdir())):
        raise UsageProblem(t("hub.restore.not_empty", home=home.root))


def _take(home: HubHome, source: Path, progress: Progress) -> None:
    """Copy a whole backup into the empty HOME, each file compared with the manifest."""
    manifest = _read_manifest(source)
    HubHome(source, home.key_file).safe.key()       # the right key, or none where none is needed, before a file is copied
    private.from_now_on()
    home.databases.mkdir(parents=True, exist_ok=True)
    private.only_owner(home.root)
    write_private(home.restoring, b"")
    files = manifest["files"]
    for done, (name, entry) in enumerate(sorted(files.items()), start=1):
        if _sha256(source / name) != entry["sha256"]:
            raise HubProblem(t("hub.restore.damaged", file=source / name))
        target = home.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target)
        os.chmod(target, 0o600)
        progress(done, len(files))


def _read_manifest(source: Path) -> dict[str, Any]:
    try:
        manifest = loose_json.read(source / MANIFEST)
        if manifest["format"] != MANIFEST_FORMAT:
            raise HubProblem(t("hub.restore.other_format", source=source, format=manifest["format"]))
        names = [name for name, entry in manifest["files"].items() if isinstance(entry["sha256"], str)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UsageProblem(t("hub.restore.no_backup", source=source)) from None
    for name in names:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise HubProblem(t("hub.restore.damaged", file=source / name))
        if not (source / name).is_file():
            raise HubProblem(t("hub.restore.incomplete", file=source / name))
    return manifest  # type: ignore[no-any-return]


