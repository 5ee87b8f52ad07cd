"""`village-node verify`: is what lies on this device sound? Storage, ids and signatures of every event, the own chain, files.

Reads everything, writes nothing. Answers {"problems": [sentence], "events", "chunks", "receipts", ...}; an empty list = sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.formats.documents import check_chunk
from shared.ledger.formats.envelope import Event, check_event
from shared.ledger.formats.sealing import check_envelope
from shared.ledger.published.edges import joined
from shared.ledger.texts import t
from village_node.point import chain_check
from village_node.point.delivery import read_receipts
from village_node.point.node import Node
from village_node.point.own_events import evicted_links

_PAGE = 500


def verify_node(node: Node) -> dict[str, Any]:
    problems: list[str] = []
    for name, replica in (("office", node.office), ("files", node.files), ("directory", node.directory_replica),
                          ("closed", node.closed)):
        problems += [t("node.verify.storage", name=name, problem=p) for p in replica.verify()]
    problems += [t("node.verify.directory", problem=p) for p in node.history.problems]
    own: dict[str, list[Event]] = {device: [] for device in node.devices}
    events = _check_events(node, own, problems)
    gone = {link.h for link in evicted_links(node.office)}
    for device, chain in own.items():
        problems += chain_problems(device, chain, gone)
    fault = chain_check.fault(node)
    if fault:
        problems.append(fault)
    receipts = {device: found for device in node.devices if (found := joined(read_receipts(node, device)[0])) is not None}
    for device, found in receipts.items():
        problems += [t("node.verify.fork", device=device, seq=low) for low, _ in found.forks.spans]
    problems += [t("node.verify.forged", id=id) for id in node.tables.forged()]
    problems += [t("node.verify.cannot_fold", aggregate=name, id=id, what=what) for name, id, what in node.tables.faults()]
    _check_sealed(node, problems)
    chunks = _check_chunks(node, problems)
    return {
        "problems": problems, "events": events, "own_events": sum(len(chain) for chain in own.values()), "chunks": chunks,
        "directory_version": node.directory.version,
        "receipt": {device: found.n for device, found in receipts.items()},
    }


def _pages(replica: Any, start: str, end: str) -> Iterator[Any]:
    while True:
        rows = replica.all_docs(startkey=start, endkey=end, include_docs=True, limit=_PAGE)
        yield from rows
        if len(rows) < _PAGE:
            return
        start = rows[-1].id + "\x00"


def _check_events(node: Node, own: dict[str, list[Event]], problems: list[str]) -> int:
    count = 0
    for row in _pages(node.office, "case:", "case:\uffff"):
        count += 1
        try:
            event = check_event(row.doc)
        except Refused as error:
            problems.append(t("node.verify.event", id=row.id, problem=error))
            continue
        key = node.directory.public_key(event.device)
        if key is None:
            problems.append(t("node.verify.no_key", id=event.id, device=event.device))
        elif not event.signed_by(key):
            problems.append(t("node.verify.signature", id=event.id))
        if event.device in own:
            own[event.device].append(event)
    return count


def chain_problems(device: str, events: list[Event], gone: set[str]) -> list[str]:
    """Gaps, forks and broken links of one device's own chain, which must be whole on the device itself but for what it let go
    of (`gone`: hashes of withdrawn cases' events)."""
    problems: list[str] = []
    previous, last = None, 0
    for event in sorted(events, key=lambda e: (e.device_seq, e.id)):
        if event.device_seq > last + 1 and event.prev not in gone:
            problems.append(t("node.verify.gap", device=device, seq=last + 1))
        elif event.device_seq <= last or (event.device_seq == last + 1 and event.prev != previous):
            problems.append(t("node.verify.link", device=device, seq=event.device_seq))
        previous, last = event.h, event.device_seq
    return problems


def _check_sealed(node: Node, problems: list[str]) -> None:
    for row in _pages(node.closed, "sealed:", "sealed:\uffff"):
        try:
            check_envelope(row.doc)
        except Refused as error:
            problems.append(t("node.verify.sealed", id=row.id, problem=error))


def _check_chunks(node: Node, problems: list[str]) -> int:
    count = 0
    for row in _pages(node.files, "chunk:", "chunk:\uffff"):
        count += 1
        try:
            check_chunk(row.doc)
        except Refused as error:
            problems.append(t("node.verify.chunk", id=row.id, problem=error))
    return count
