"""Is this HOME the only living copy of its device? Asked before every write and at every contact (DESIGN.md 5.4).

    before_write   anchor.json knows a higher number of this chain than the database -> the database is an older copy
    before_push    the hub's receipt knows a higher number, or the same with another hash -> clone or older copy
A fault is an IdentityFault: nothing more is written under this identity, nothing is lost, and the remedy is a fresh identity
(`village-node enrol HOME --renew`), under which all local work goes on. A fault found at the hub is remembered in state.json.
"""

from __future__ import annotations

import logging

from shared.ledger.authoring import ChainHead, chain_head
from shared.ledger.texts import t
from sync.errors import SyncError
from village_node.point.delivery import DeliveryBook
from village_node.point.delivery import book as book_of
from village_node.point.errors import IdentityFault
from village_node.point.node import Node

log = logging.getLogger("village_node.chain")


def head_of(node: Node) -> ChainHead | None:
    """The head of this device's own chain; None before its first event."""
    head = chain_head(node.office)
    return head if head is not None and head.device == node.config.device else None


def fault(node: Node) -> str:
    """The sentence of a known fault, or "". Needs no network."""
    remembered = node.home.state().get("identity_fault") or {}
    if remembered.get("device") == node.config.device:
        return t(f"node.identity.{remembered.get('verdict', 'forked')}")
    anchor, head = node.home.anchor(), head_of(node)
    if anchor.get("device") != node.config.device:
        return ""
    seq = head.seq if head is not None else 0
    older = int(anchor.get("device_seq") or 0) > seq
    other = head is not None and anchor.get("device_seq") == seq and anchor.get("h") != head.hash
    return t("node.identity.older_copy") if older or other else ""


def before_write(node: Node) -> None:
    """Raises IdentityFault."""
    sentence = fault(node)
    if sentence:
        raise IdentityFault(sentence)


def after_write(node: Node) -> None:
    """Move the anchor to the newest own event. It may lag behind (a crash in between, a full disk), never lead: the event is
    durable by now, so a failure here must not read as if it were not."""
    try:
        head = head_of(node)
        if head is not None and head.hash is not None:
            node.home.write_anchor(device=head.device, seq=head.seq, head=head.hash)
    except (SyncError, OSError) as error:
        log.warning("the anchor stays behind: %s", error)


def before_push(node: Node, book: DeliveryBook | None = None) -> None:
    """Compare the own chain with the receipt just pulled. Raises IdentityFault, and remembers it."""
    before_write(node)
    verdict = (book or book_of(node)).chains.get(node.config.device, "same")
    if verdict in ("behind", "forked"):
        node.home.update_state(identity_fault={"device": node.config.device, "verdict": verdict})
        raise IdentityFault(t(f"node.identity.{verdict}"))
