"""Verify and doctor: is what a HOME holds whole? Works on files and databases; it must not know argument parsing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from county_hub.county.office_changes import closed_offices, warnings
from county_hub.county.officers import officers_of
from county_hub.hub.crew.crew import deaths
from county_hub.hub.crew.member import FAILING_DEATHS
from county_hub.hub.findings import Finding
from county_hub.hub.founding import database_names
from county_hub.hub.hub import Hub, receipts_of, router_of
from county_hub.hub.kept import certificates
from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.recovery import HeadMemory
from county_hub.hub.kept.tls import served_file
from county_hub.hub.published.directory_office import DirectoryOffice
from county_hub.hub.routed.held import held
from county_hub.hub.routed.sweep import sweep, tell_again
from county_hub.service import new_life
from county_hub.service.files import damaged, reason_of
from shared.disputes.advice.duplicates import number_clashes
from shared.disputes.tables.cases import same_file_numbers
from shared.ledger.days import moment
from shared.ledger.errors import Refused
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import PUBLISHED, Event, check_document, family_of
from shared.ledger.tables import faults
from shared.ledger.texts import t
from sync.errors import DiskFull, StorageError

MOST_FAULTS = 20        # more are one fault, seen often
Progress = Callable[[int, int], None]


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
            findings.append(damaged(hub.home, hub.databases.path(name), reason_of(damage)))
        hub.databases.put_away(name)
        progress(done, len(names))
    findings += [Finding(True, "directory", problem) for problem in hub.directory.history().problems]
    return [*findings, *lacking(hub), *_forks(hub)]


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
    if history.latest.hub_key != hub.public_key:
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
        for clash in number_clashes(states, hub.directory.latest().lineage):
            yield Finding(False, "file_number", t(
                "hub.doctor.file_number", number=clash.number, keeps=clash.keeps, changes=clash.changes, task=clash.task,
                office=officers.office_name(clash.adjudicator)))


def lacking(hub: Hub) -> Iterator[Finding]:
    """Databases that the directory names and that are not here."""
    if missing := _missing(hub):
        yield Finding(True, "missing_databases", t("hub.doctor.missing", n=len(missing), names="、".join(missing[:5])))


def _missing(hub: Hub) -> list[str]:
    if not hub.directory.latest().version:
        return []       # an edge that was never served
    return [name for name in database_names(hub.directory.organisation().offices) if not hub.databases.exists(name)]


def _modes(hub: Hub) -> Iterator[Finding]:
    """What others could read until just now."""
    kept = (hub.home.root, hub.home.secrets_file)
    for path, mode in hub.found_open:
        if path in kept:
            yield Finding(True, "secrets_mode", t("hub.doctor.secrets_mode", file=path, mode=f"{mode:o}"))
    others = [path for path, _ in hub.found_open if path not in kept]
    if others:
        yield Finding(False, "files_mode", t("hub.doctor.files_mode", n=len(others), file=others[0]))


def _dead_workers(home: HubHome) -> Iterator[Finding]:
    for name, death in deaths(home).items():
        again = int(death["in_a_row"]) >= FAILING_DEATHS
        at = moment(int(death["at"]))
        yield Finding(again, "worker_died", t(
            "hub.doctor.worker_died", name=name, n=death["times"], code=death["code"], at=at, log=home.log))


def _look_around(hub: Hub) -> Iterator[Finding]:
    home = hub.home
    yield from _modes(hub)
    if hub.edge and not hub.directory.latest().version:
        yield Finding(True, "edge_not_served", t("edges.not_served", home=home.root))
        return
    if hub.file_key is None:
        yield Finding(False, "in_the_clear", t("hub.doctor.in_the_clear", home=home.root))
    yield from lacking(hub)
    if (file := served_file(hub.registry)) is not None:
        yield from (Finding(True, "certificate", doubt) for doubt in certificates.doubts(file, hub.clock()))
    yield from _keys_and_heads(hub)
    today = hub.directory.latest().today
    for office, last in closed_offices(hub.directory.latest(), today):
        with hub.projector.reader() as db:
            found = warnings(db, hub.directory.latest(), office, str(home.root))
        yield from (Finding(last < today, "closed_office", warning) for warning in found)
    yield from _dead_workers(home)
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
