"""The narrow door: a device that the county has retired, or reported lost, may read nothing there any more, and may still leave
what is on it in the hub's database `drop`.

    the directory is refused -> GET /_hub/leave says why, and with which receipt -> what the receipt does not speak for goes to
    `drop`, records first -> the hub judges it as everything -> its receipt comes by the same door

So what was written up to the place of the retirement is accepted, what was written after it is refused by name, and both are
shown here as always. The end is remembered as a fault of the identity: nothing new is written under it (`chain_check`). Must not
know: when rounds happen, screens.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from shared.ledger.texts import t
from sync.errors import Cancelled, PeerError
from village_node.point import delivery
from village_node.point.delivery import LEFT
from village_node.point.errors import IdentityFault
from village_node.point.hub_client import HubClient
from village_node.point.leaving.remains import Doc, Remains, documents, remains
from village_node.point.node import Node

log = logging.getLogger("village_node.leaving")
ENDED = ("retired", "lost")
_BATCH_BYTES = 64 * 1024            # as the first batch of a push: a minute on a line of 8 kbit/s


def after_refusal(node: Node, hub: HubClient, cancel: threading.Event, wait_s: float) -> None:
    """The hub has refused the directory. Returns when this device is in service (then it is something else); otherwise hands over
    and raises IdentityFault. Raises HubAbsent, HubSaidNo, SyncError when the line or the hub fails: the next round goes on."""
    told = hub.leave()
    status = str(told.get("status", ""))
    if status not in ENDED:
        return
    node.home.update_state(identity_fault={"device": node.config.device, "verdict": status})
    _keep(node, told)
    left = _leave(node, hub, cancel)
    until, pause = time.monotonic() + wait_s, 0.25
    while left and delivery.book(node).event_summary().waiting and time.monotonic() < until:
        if cancel.wait(pause):
            raise Cancelled("cancelled while waiting for the receipt")
        pause = min(pause * 1.6, 2.0)
        _keep(node, hub.leave())
    raise IdentityFault(sentence(node, status))


def in_service(node: Node) -> None:
    """The hub has given the directory: what it once said of an end holds no more."""
    fault = node.home.state().get("identity_fault") or {}
    if fault.get("verdict") in ENDED:
        node.home.update_state(identity_fault=None)


def sentence(node: Node, status: str) -> str:
    sums = delivery.book(node).event_summary()
    return t(f"node.identity.{status}") + t("node.leaving.sums", waiting=sums.waiting, refused=sums.refused)


def _keep(node: Node, told: dict[str, Any]) -> None:
    """The receipt, as if it had been pulled: its signature is checked by whoever reads proofs."""
    receipt = told.get("receipt")
    if isinstance(receipt, dict):
        for failed in node.office.bulk_docs([receipt], new_edits=False):
            log.warning("the receipt is not taken: %s %s", failed.error, failed.reason)


def _leave(node: Node, hub: HubClient, cancel: threading.Event) -> int:
    """How many documents went to `drop`. What went is noted batch by batch; what the hub refuses stays here, and is tried again
    with the next round."""
    note = node.office.get_local(LEFT) or {}
    gone, sent = set(note.get("ids", ())), 0
    found = _without(remains(node), gone)
    with hub.peer("drop") as peer:
        for batch in _batches(documents(node, found)):
            if cancel.is_set():
                raise Cancelled("cancelled")
            try:
                failed = {result.id for result in peer.bulk_docs(batch, new_edits=False)}
            except PeerError as refusal:
                log.warning("%d documents stay here: %s", len(batch), refusal)
                continue
            taken = [doc["_id"] for doc in batch if doc["_id"] not in failed]
            gone.update(taken)
            sent += len(taken)
            note = node.office.get_local(LEFT) or {}
            node.office.put_local(LEFT, {**note, "ids": sorted(gone)})
    return sent


def _without(found: Remains, gone: set[str]) -> Remains:
    def still(ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(id for id in ids if id not in gone and id not in found.refused)

    return Remains(still(found.records), still(found.bodies), still(found.chunks), found.refused)


def _batches(docs: Iterator[Doc]) -> Iterator[list[Doc]]:
    batch, size = list[Doc](), 0
    for doc in docs:
        weight = len(json.dumps(doc, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        if batch and size + weight > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(doc)
        size += weight
    if batch:
        yield batch
