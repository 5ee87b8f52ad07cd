"""Whose word counts on this device: is a receipt or a notice signed by the hub, or the relay, that it names?

Keys come from the verified directory; before the first head is here, the key pinned at enrolment. A notice bears no date
(decision 0004), so any key that was the hub's in the trusted chain of heads may have signed it, and that of any edge that is not
lost (decision 0103).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.formats.documents import check_signature
from shared.ledger.published.directory_heads import Directory, DirectoryHistory
from shared.ledger.published.edges import believed_keys, edge_of, has_served


def hub_keys(history: DirectoryHistory, pinned: str) -> frozenset[str]:
    """Public keys of the hub, base64; `pinned` is that of the enrolment."""
    return history.hub_keys or frozenset({pinned})


def notice_keys(history: DirectoryHistory, pinned: str) -> frozenset[str]:
    """Public keys of the hub and of its edges: who may sign notices, grants and withdrawals."""
    return hub_keys(history, pinned) | set(believed_keys(history.latest).values())


def genuine(directory: Directory, keys: frozenset[str], doc: Mapping[str, Any]) -> bool:
    """Signed by one of `keys`; a relay's or an edge's receipt by its own key. What a lost edge
    signed says nothing, nor an edge's receipt for an office that it never answered for."""
    if str(doc.get("_id", "")).startswith("receipt:"):
        relay = directory.device(str(doc.get("issuer")))
        edge, of = edge_of(directory, str(doc.get("issuer"))), directory.device(str(doc.get("device")))
        if edge is not None and not (edge.is_believed and of is not None and has_served(directory, edge, of.office)):
            return False
        keys = frozenset({relay.public_key}) if relay is not None else keys
    return signed_by_one(keys, doc)


def signed_by_one(keys: Collection[str], doc: Mapping[str, Any]) -> bool:
    return any(_signed(doc, key) for key in keys)


def _signed(doc: Mapping[str, Any], key: str) -> bool:
    try:
        check_signature(doc, key)
    except Refused:
        return False
    return True
