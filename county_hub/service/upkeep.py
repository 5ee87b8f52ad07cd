"""Backup, restore, verify, doctor: the care of a HOME. Works on files and databases; it must not know argument parsing.

A backup is a folder of the same layout plus `manifest.json`, made with SQLite's backup API while the hub runs. What may lag
is copied first (router, read model), then the registry, then the databases, the directory last: a copy then never holds a
checkpoint of something it does not hold itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from county_hub.accounts.sessions import forget_sessions
from county_hub.composition import open_hub, real_clock
from county_hub.county.office_changes import closed_offices, warnings
from county_hub.county.officers import officers_of
from county_hub.hub.findings import Finding
from county_hub.hub.founding import database_names
from county_hub.hub.hub import Hub, receipts_of, router_of
from county_hub.hub.kept.home import HubHome, write_private
from county_hub.hub.kept.recovery import HeadMemory
from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.hub.published.directory_office import DirectoryOffice
from county_hub.hub.routed.held import held
from county_hub.hub.routed.sweep import sweep, tell_again
from county_hub.service import new_life
from county_hub.service.files import reason_of
from shared.disputes.advice.duplicates import number_clashes
from shared.disputes.tables.cases import same_file_numbers
from shared.ledger.errors import Refused
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import PUBLISHED, Event, check_document, family_of
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.tables import faults
from shared.ledger.texts import t
from sync import private
from sync.errors import DiskFull, StorageError

MANIFEST = "manifest.json"
MOST_FAULTS = 20        # more are one fault, seen often
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BackupDone:
    folder: Path
    files: int
    bytes: int


def backup(hub: Hub, target: Path, progress: Progress = lambda done, total: None) -> BackupDone:
    """Copy everything to the new folder `target`. Raises `UsageProblem` when it is there already."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageProblem(t("hub.backup.target", target=target))
    private.from_now_on()
    (target / "databases").mkdir(parents=True, exist_ok=True)
    private.only_owner(target)
    home = hub.home
    last = home.databases / "directory.replica"
    replicas = sorted(path for path in home.databases.glob("*.replica") if path != last)
    sources = [p for p in (home.router, home.read_model, home.registry, home.accounts) if p.exists()] + replicas + [last]
    entries: dict[str, Any] = {}
    for done, source in enumerate(sources, start=1):
        copy = target / source.relative_to(home.root)
        _copy_sqlite(source, copy)
        entries[str(source.relative_to(home.root))] = {"bytes": copy.stat().st_size, "sha256": _sha256(copy)}
        progress(done, len(sources))
    for source in (home.settings_file, home.secrets_file, *home.reports.glob("*.json")):
        if source.exists():
            copy = target / source.relative_to(home.root)
            copy.parent.mkdir(exist_ok=True)
            write_private(copy, source.read_bytes())
            entries[str(source.relative_to(home.root))] = {"bytes": copy.stat().st_size, "sha256": _sha256(copy)}
    identity = hub.identity()
    manifest = {
        "format": 1, "made_at": real_clock(), "hub_id": identity.hub_id, "epoch": identity.epoch, "county": hub.county,
        "files": entries,
    }
    # Written last: a folder without it is a backup that did not end.
    write_private(target / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2).encode())
    return BackupDone(target, len(entries), sum(entry["bytes"] for entry in entries.values()))


def _copy_sqlite(source: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=60)) as old, \
            contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def restore(
    home: HubHome, source: Path, progress: Progress = lambda done, total: None, *, recovery: DeviceKey | None = None
) -> str:
    """Make HOME what the backup holds, in a new epoch, which is returned. Without the recovery key the epoch waits for it
    (`new_life`). HOME must be empty or new: what is there is never overwritten. Raises `UsageProblem`, `HubProblem`."""
    if home.root.exists() and any(home.root.iterdir()):
        raise UsageProblem(t("hub.restore.not_empty", home=home.root))
    manifest = _read_manifest(source)
    private.from_now_on()
    home.databases.mkdir(parents=True, exist_ok=True)
    private.only_owner(home.root)
    files = manifest["files"]
    for done, (name, entry) in enumerate(sorted(files.items()), start=1):
        if _sha256(source / name) != entry["sha256"]:
            raise HubProblem(t("hub.restore.damaged", file=source / name))
        target = home.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target)
        os.chmod(target, 0o600)
        progress(done, len(files))
    if home.accounts.exists():
        forget_sessions(home.accounts, real_clock)
    with open_hub(home) as hub:
        epoch = new_life.prepare(hub)
        if recovery is not None or not new_life.needs_recovery(hub):
            new_life.begin(hub, recovery)
        hub.projector.rebuild()
    return epoch


def _read_manifest(source: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((source / MANIFEST).read_text("utf-8"))
        names = list(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageProblem(t("hub.restore.no_backup", source=source)) from None
    for name in names:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise HubProblem(t("hub.restore.damaged", file=source / name))
        if not (source / name).is_file():
            raise HubProblem(t("hub.restore.incomplete", file=source / name))
    return manifest  # type: ignore[no-any-return]


def verify(hub: Hub, progress: Progress = lambda done, total: None) -> list[Finding]:
    """Read everything: storage of each database, id and revision of each document, signature of each event and of what the
    hub published. A damaged database is named, and the next one read."""
    findings: list[Finding] = []
    names = hub.databases.names()
    for done, name in enumerate(names, start=1):
        try:
            with hub.databases.lease(name) as replica:
                findings += [Finding(True, "storage", f"{name}: {problem}") for problem in replica.verify()]
                findings += _verify_documents(name, replica, hub.directory)
        except DiskFull:
            raise       # a sound file cannot be read either
        except StorageError as damage:
            file = hub.databases.path(name)
            text = t("hub.file.damaged", file=file, reason=reason_of(damage), remedy=t("hub.file.office"))
            findings.append(Finding(True, "damaged_file", text))
        progress(done, len(names))
    findings += [Finding(True, "directory", problem) for problem in hub.directory.history().problems]
    return [*findings, *_forks(hub)]


def _verify_documents(name: str, replica: Any, directory: DirectoryOffice) -> Iterator[Finding]:
    family = family_of(name)
    if family is None:
        return
    history = directory.history()
    keys = {device.id: device.public_key for device in history.latest.devices()}
    start = ""
    while True:
        rows = replica.all_docs(startkey=start, include_docs=True, limit=500)
        for row in rows:
            problem = _document_problem(row.doc, family, keys)
            if problem:
                yield Finding(True, "document", f"{name}: {row.id}: {problem}")
        if len(rows) < 500:
            return
        start = rows[-1].id + "\x00"


def _document_problem(doc: Doc | None, family: str, keys: dict[str, str]) -> str:
    if doc is None:
        return "the document cannot be read"
    try:
        check_document(doc, family)
    except Refused as refusal:
        return str(refusal)
    prefix = doc["_id"].partition(":")[0]
    if prefix in PUBLISHED or prefix in ("chunk", "sealed"):
        # Signatures of published documents were checked by the history (directory) or are checked by `ingress` when written.
        return ""
    event = Event.from_doc(doc)
    key = keys.get(event.device)
    if key is None:
        return f"written by {event.device}, a device that the directory does not know"
    return "" if event.signed_by(key) else f"the signature is not that of {event.device}"


def doctor(hub: Hub) -> list[Finding]:
    """Look at what often goes wrong, without reading every document."""
    return list(_look_around(hub))


def sweep_findings(hub: Hub) -> list[Finding]:
    """Compare the county's database with every office's and mend; each repair is a fault to be told."""
    made = _missing(hub)
    for name in made:       # a damaged file was put away: what the county's database holds of it is copied again
        hub.databases.create(name)
    with contextlib.closing(router_of(hub)) as router:
        done = sweep(router, receipts_of(hub), hub.databases)
        if made:
            tell_again(router, receipts_of(hub), hub.databases, f"office-{hub.county}")
    return [Finding(True, "swept", t("hub.doctor.swept", name=name, n=n)) for name, n in sorted(done.repaired.items())]


def tell_receipts_again(hub: Hub) -> int:
    """Write receipts that are missing, from what the databases hold; returns how many."""
    with contextlib.closing(router_of(hub)) as router:
        router.run_pending()
        return tell_again(router, receipts_of(hub), hub.databases, f"office-{hub.county}")


def _keys_and_heads(hub: Hub) -> Iterator[Finding]:
    history, file = hub.directory.history(), hub.home.recovery_file
    if history.latest.hub_key != hub.key.public:
        yield Finding(True, "hub_key", t("hub.doctor.hub_key"))
    if new_life.needs_recovery(hub):
        yield Finding(True, "recovery_needed", t("recovery.needed"))
    elif not HeadMemory(hub.registry).is_own(history.newest_hash):
        yield Finding(True, "foreign_head", t("recovery.foreign_head", version=history.latest.version))
    if file.exists():
        yield Finding(False, "recovery_here", t("recovery.here", file=file, home=hub.home.root))
    yield from (Finding(True, "directory", problem) for problem in history.problems)


def _forks(hub: Hub) -> Iterator[Finding]:
    """Numbers that a device has given twice: two copies of one HOME are in use."""
    found, latest = hub.forks(), hub.directory.latest()
    for fork in found[:MOST_FAULTS]:
        text = t("hub.doctor.fork", device=fork.device, seq=fork.seq, hashes="、".join(fork.hashes), n=len(found))
        device = latest.device(fork.device)
        yield Finding(device is not None and device.status == "active", "fork", text)


def _offered_devices(hub: Hub) -> Iterator[Finding]:
    """Devices of a lost life of the hub: what they wrote is held until a person lets them in."""
    for device in hub.directory.history().lost_devices():
        yield Finding(False, "offered_device", t("hub.doctor.offered_device", device=device, home=hub.home.root))


def _cannot_fold(hub: Hub) -> Iterator[Finding]:
    """What is accepted and kept, and a fault of this program keeps out of the tables."""
    with hub.projector.reader() as db:
        broken = faults(db)
    for aggregate, subject, what in broken[:MOST_FAULTS]:
        yield Finding(True, "cannot_fold", t("hub.doctor.cannot_fold", aggregate=aggregate, id=subject, what=what, n=len(broken)))


def _same_numbers(hub: Hub) -> Iterator[Finding]:
    """File numbers that two cases bear: a person changes one. The records are sound, so the hub is too."""
    officers = officers_of(hub)
    with hub.projector.reader() as db:
        groups = same_file_numbers(db, MOST_FAULTS)
    for group in groups:
        states = [state for id in group if (state := officers.case(id)) is not None]
        for clash in number_clashes(states):
            yield Finding(False, "file_number", t(
                "hub.doctor.file_number", number=clash.number, keeps=clash.keeps, changes=clash.changes, task=clash.task,
                office=officers.office_name(clash.adjudicator)))


def _missing(hub: Hub) -> list[str]:
    return [name for name in database_names(hub.directory.organisation()) if not hub.databases.exists(name)]


def _modes(hub: Hub) -> Iterator[Finding]:
    """What others could read until just now."""
    kept = (hub.home.root, hub.home.secrets_file)
    for path, mode in hub.found_open:
        if path in kept:
            yield Finding(True, "secrets_mode", t("hub.doctor.secrets_mode", file=path, mode=f"{mode:o}"))
    others = [path for path, _ in hub.found_open if path not in kept]
    if others:
        yield Finding(False, "files_mode", t("hub.doctor.files_mode", n=len(others), file=others[0]))


def _look_around(hub: Hub) -> Iterator[Finding]:
    home = hub.home
    yield from _modes(hub)
    missing = _missing(hub)
    if missing:
        yield Finding(True, "missing_databases", t("hub.doctor.missing", n=len(missing), names="、".join(missing[:5])))
    yield from _keys_and_heads(hub)
    today = hub.directory.latest().today
    for office, last in closed_offices(hub.directory.latest(), today):
        with hub.projector.reader() as db:
            found = warnings(db, hub.directory.latest(), office, str(home.root))
        yield from (Finding(last < today, "closed_office", warning) for warning in found)
    waiting = held(home)
    if waiting:
        yield Finding(False, "held", t("hub.doctor.held", n=len(waiting), id=waiting[0].doc_id, reason=waiting[0].reason))
    yield from _cannot_fold(hub)
    yield from _forks(hub)
    yield from _same_numbers(hub)
    yield from _offered_devices(hub)
    lag = hub.projector.lag()
    if lag:
        yield Finding(False, "read_model", t("hub.doctor.lag", n=lag))
    if not any(person.office == hub.county and person.active for person in hub.directory.latest().all_staff()):
        yield Finding(False, "no_staff", t("hub.doctor.no_staff", home=home.root))
