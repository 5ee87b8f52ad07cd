"""The banner of every screen and `village-node status`: what is delivered, when the last round succeeded, what is wrong."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from shared.jobs import told
from shared.ledger.texts import has, t
from shared.version import VERSION
from village_node.desk import store
from village_node.desk.devices import Devices
from village_node.desk.present import office_name
from village_node.point import chain_check, limits
from village_node.point.clock import moment_of
from village_node.point.lock import is_locked
from village_node.point.sync_worker import ROUND
from village_node.point.updates.updates import Updates
from village_node.point.values import JobView, NodeStatus, OfficeView, SyncProgress

if TYPE_CHECKING:
    from village_node.desk.cases import Cases
    from village_node.point.node import Node

# What the app does by the clock; texts: `node.job`.
JOBS = (ROUND, "alarms")


def status(node: Node, cases: Cases, worker: Any) -> NodeStatus:
    state, directory = node.home.state(), node.directory
    book = cases.book()
    events, files = book.event_summary(), book.file_summary()
    fault = chain_check.fault(node)
    offset = node.offset_ms() if state.get("clock_offset_ms") is not None else None
    free = _free(node)
    return NodeStatus(
        office=_office(node), device=node.config.device, slot=node.config.slot, hub_url=node.config.hub_url,
        hub_name=str((directory.hub or {}).get("name") or ""), directory_version=directory.version, events=events,
        files=files, cases=store.count(node), last_success=state.get("last_success"),
        last_error=str(state.get("last_error") or ""), clock_offset_ms=offset, clock_sentence=clock_sentence(offset),
        worker=_worker_state(node, worker),
        progress=worker.progress if worker is not None else SyncProgress("idle", t("node.sync.stage.idle")),
        sentence=_sentence(node, events.waiting, events.refused, state.get("last_success"), fault, free),
        identity_fault=fault, disk_free=free, no_line=state.get("last_error_kind") == "unreachable", jobs=_jobs(node),
        session=str(state.get("last_session") or ""), update=_update(node),
    )


def _jobs(node: Node) -> tuple[JobView, ...]:
    """Of the process that holds the worker's lock, this one or another."""
    found = told(node.home.jobs_file, JOBS, running=is_locked(node.home.lock_file))
    return tuple(JobView(job.name, t(f"node.job.{job.name}"), job.next, job.last, job.failed) for job in found
                 if has(f"node.job.{job.name}"))


def _office(node: Node) -> OfficeView:
    found = node.directory.office(node.config.office)
    parent = found.parent if found else None
    return OfficeView(node.config.office, office_name(node.directory, node.config.office), found.level if found else "",
                      parent, office_name(node.directory, parent) if parent else "")


def _worker_state(node: Node, worker: Any) -> str:
    if worker is not None and worker.state != "stopped":
        return str(worker.state)
    return "elsewhere" if is_locked(node.home.lock_file) else "stopped"


def clock_sentence(offset_ms: int | None) -> str:
    """A warning when the device clock is far off; records are right all the same, they carry the measured offset."""
    if offset_ms is None or abs(offset_ms) < limits.CLOCK_WARN_MS:
        return ""
    minutes = abs(offset_ms) // 60_000
    return t("node.clock.slow" if offset_ms > 0 else "node.clock.fast", minutes=minutes)


def _sentence(node: Node, waiting: int, refused: int, last: int | None, fault: str, free: int | None) -> str:
    if fault:
        return fault
    parts = [t("node.status.waiting", count=waiting) if waiting else t("node.status.all")]
    if node.history.forks:
        parts.append(t("node.status.directory_fork", version=node.history.forks[0].place[1]))
    if refused:
        parts.append(t("node.status.refused", count=refused))
    parts.append(t("node.status.last", at=moment_of(last + node.offset_ms())) if last else t("node.status.never"))
    forged = len(node.tables.forged())
    if forged:
        parts.append(t("node.status.forged", count=forged))
    waiting_devices = len(Devices(node).waiting(near=True))
    if waiting_devices:
        parts.append(t("sealing.device.status", count=waiting_devices))
    if free is not None and free < limits.DISK_WARN_BYTES:
        parts.append(t("node.status.disk", megabytes=free >> 20))
    return "，".join(parts) + "。"


def _update(node: Node) -> str:
    release = Updates(node).offered()
    return t("node.update.offered", version=release.version, mine=VERSION) if release is not None else ""


def _free(node: Node) -> int | None:
    try:
        return shutil.disk_usage(node.home.root).free
    except OSError:
        return None
