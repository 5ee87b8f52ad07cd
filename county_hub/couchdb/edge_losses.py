"""What one hub found lost, told to the publisher, who alone opens epochs: through the private database of the marker.

    lost:<edge>:<epoch>:<sha256, 32 digits>   {kind: "lost", edge, epoch, leaves: [[database, id, rev], ...], alg, sig}

An edge signs what CouchDB had acknowledged to it and nobody has (docs/decisions/0108). The publisher looks himself before he
believes it: what his own caches hold is offered again, what CouchDB has is not lost, the rest is lost to him too, so receipts
end and the next start opens an epoch. Of another epoch than the present one nothing counts: it has been told.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from typing import Any

from county_hub.couchdb.edge_outbox import Leaf
from county_hub.couchdb.edge_store import EdgeStore
from county_hub.couchdb.layout import MARKER
from shared.ledger.errors import Refused
from shared.ledger.formats.documents import Doc, check_generation_one, check_signature, fields_exactly, sign_document, text
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.edges import believed_keys
from sync import errors

log = logging.getLogger("county_hub.couchdb")
PREFIX = "lost:"
AT_ONCE = 200           # leaves of one document, and what is read of one edge's word at the most
MOST_DOCUMENTS = 1000
_FIELDS = frozenset({"kind", "edge", "epoch", "leaves", "alg", "sig"})
Losses = dict[str, list[Leaf]]      # by database


class ToldLosses:
    """`tell` and `hear` are called again and again, by one thread. Raises SyncError."""

    def __init__(self, store: EdgeStore) -> None:
        self._store = store
        self._told, self._seen = set[str](), None

    def tell(self, losses: Losses, edge: str, epoch: str, key: DeviceKey) -> int:
        """Of an edge: what is not there yet; how many documents that were."""
        docs = [doc for doc in _documents(losses, edge, epoch, key) if doc["_id"] not in self._told]
        if docs:
            self._store.require_whole()
            with self._store.databases.lease(MARKER) as peer:
                results = peer.bulk_docs(docs, new_edits=False)
                if results or not results.by_quorum:
                    raise errors.ServerError(f"CouchDB does not take what was lost: {[r.reason for r in results] or 202}")
            self._told |= {doc["_id"] for doc in docs}
        return len(docs)

    def hear(self, directory: Directory, epoch: str) -> Losses:
        """Of the publisher: what edges that are believed have told in this epoch, where anything is new there."""
        with self._store.databases.lease(MARKER) as peer:
            state: Any = peer.info().update_seq
            if state == self._seen:
                return {}
            rows = peer.all_docs(startkey=PREFIX, endkey=f"{PREFIX}\uffff", include_docs=True, limit=MOST_DOCUMENTS)
        found = Losses()
        for doc in (row.doc for row in rows if row.doc is not None):
            try:
                for name, leaf in _checked(doc, directory, epoch):
                    found.setdefault(name, []).append(leaf)
            except Refused as refusal:
                log.warning("%s in CouchDB is no edge's word: %s", doc.get("_id"), refusal)
        self._seen = state
        return found


def _documents(losses: Losses, edge: str, epoch: str, key: DeviceKey) -> Iterator[Doc]:
    leaves = [[name, *leaf] for name, all in sorted(losses.items()) for leaf in sorted(all)]
    for start in range(0, len(leaves), AT_ONCE):
        part = leaves[start : start + AT_ONCE]
        yield sign_document({"_id": _name(edge, epoch, part), "kind": "lost", "edge": edge, "epoch": epoch, "leaves": part}, key)


def _name(edge: str, epoch: str, leaves: list[list[str]]) -> str:
    digest = hashlib.sha256(json.dumps(leaves, ensure_ascii=False).encode()).hexdigest()[:32]
    return f"{PREFIX}{edge}:{epoch}:{digest}"


def _checked(doc: Doc, directory: Directory, epoch: str) -> Iterator[tuple[str, Leaf]]:
    """Raises `Refused`."""
    fields_exactly(doc, _FIELDS, "a loss")
    edge, leaves = text(doc, "edge"), doc["leaves"]
    good = isinstance(leaves, list) and 0 < len(leaves) <= AT_ONCE and all(
        isinstance(leaf, list) and len(leaf) == 3 and all(isinstance(part, str) for part in leaf) for leaf in leaves)
    if doc["kind"] != "lost" or not good or doc.get("_id") != _name(edge, text(doc, "epoch"), leaves):
        raise Refused("_id", doc.get("_id"), "it must be the name of its leaves", code="bad_id")
    key = believed_keys(directory).get(edge)
    if key is None:
        raise Refused("edge", edge, "no edge that is believed", code="unknown_issuer")
    check_generation_one(doc)
    check_signature(doc, key)
    return ((name, (id, rev)) for name, id, rev in leaves) if doc["epoch"] == epoch else iter(())
