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
from collections.abc import Callable, Iterator
from typing import Any

from county_hub.couchdb.edge_outbox import Leaf
from county_hub.couchdb.edge_store import EdgeStore
from county_hub.couchdb.layout import MARKER
from county_hub.couchdb.records import unweighed
from shared.ledger.errors import Refused
from shared.ledger.formats.documents import Doc, check_generation_one, check_signature, fields_exactly, sign_document, text
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.edges import believed_keys
from sync import errors
from sync.revisions import parse as parse_rev
from sync.tuning import MAX_ID_BYTES

log = logging.getLogger("county_hub.couchdb")
PREFIX = "lost:"
AT_ONCE = 200           # leaves of one document
_FIELDS = frozenset({"kind", "edge", "epoch", "leaves", "alg", "sig"})
Losses = dict[str, list[Leaf]]      # by database


class ToldLosses:
    """`tell` and `hear` are called again and again, by one thread. Raises SyncError."""

    def __init__(self, store: EdgeStore) -> None:
        self._store = store
        self._told, self._seen = set[str](), None
        self._weighed = dict[str, str]()        # id -> revision, of what was dealt with to the end

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

    def hear(self, directory: Directory, epoch: str, deal: Callable[[Losses], None]) -> None:
        """Of the publisher: `deal` gets what edges that are believed have told in this epoch, one word at a time. What it raises
        passes through, and the word is heard again the next time."""
        keys = believed_keys(directory)
        with self._store.databases.lease(MARKER) as peer:
            state: Any = peer.info().update_seq, epoch, keys
            if state == self._seen:
                return
            for edge, key in sorted(keys.items()):
                for doc in unweighed(peer, f"{PREFIX}{edge}:{epoch}:", self._weighed):
                    try:
                        losses = _checked(doc, edge, epoch, key)
                    except Refused as refusal:
                        log.warning("%s in CouchDB is no edge's word: %s", doc.get("_id"), refusal)
                        continue
                    deal(losses)
        self._seen = state


def _documents(losses: Losses, edge: str, epoch: str, key: DeviceKey) -> Iterator[Doc]:
    leaves = [[name, *leaf] for name, all in sorted(losses.items()) for leaf in sorted(all)]
    for start in range(0, len(leaves), AT_ONCE):
        part = leaves[start : start + AT_ONCE]
        yield sign_document({"_id": _name(edge, epoch, part), "kind": "lost", "edge": edge, "epoch": epoch, "leaves": part}, key)


def _name(edge: str, epoch: str, leaves: list[list[str]]) -> str:
    digest = hashlib.sha256(json.dumps(leaves, ensure_ascii=False).encode()).hexdigest()[:32]
    return f"{PREFIX}{edge}:{epoch}:{digest}"


def _checked(doc: Doc, edge: str, epoch: str, key: str) -> Losses:
    """Raises `Refused`."""
    fields_exactly(doc, _FIELDS, "a loss")
    leaves = doc["leaves"]
    good = isinstance(leaves, list) and 0 < len(leaves) <= AT_ONCE and all(map(_is_leaf, leaves))
    if doc["kind"] != "lost" or not good or doc.get("_id") != _name(text(doc, "edge"), text(doc, "epoch"), leaves):
        raise Refused("_id", doc.get("_id"), "it must be the name of its leaves", code="bad_id")
    if (doc["edge"], doc["epoch"]) != (edge, epoch):
        raise Refused("edge", doc["edge"], "it must be that of its name", code="bad_id")
    check_generation_one(doc)
    check_signature(doc, key)
    losses = Losses()
    for name, id, rev in leaves:
        losses.setdefault(name, []).append((id, rev))
    return losses


def _is_leaf(value: object) -> bool:
    """[database, id, revision], each of which any store could have."""
    if not isinstance(value, list) or len(value) != 3 or not all(isinstance(part, str) for part in value):
        return False
    try:
        parse_rev(value[2])
    except ValueError:
        return False
    return 0 < len(value[1].encode("utf-8", "replace")) <= MAX_ID_BYTES
