"""Credentials of devices, which every edge has to know: carried through CouchDB in the private database of the marker.

    credential:<device>:<created_at ms, 13 digits>   {kind: "credential", device, token: SHA-256 hex, created_at, alg, sig}

The publisher gives them (enrolling is its business) and signs each; an edge takes what bears that signature into its registry.
A token has 256 random bits, so its hash opens nothing. The newest of a device counts; who may still come in says the directory.
"""

from __future__ import annotations

import logging

from county_hub.couchdb.edge_store import EdgeStore
from county_hub.couchdb.layout import MARKER
from county_hub.couchdb.records import unweighed
from county_hub.hub.kept.registry import Credential, Registry
from shared.ledger.errors import Refused
from shared.ledger.formats.documents import (
    Doc,
    check_generation_one,
    check_signature,
    fields_exactly,
    integer,
    sign_document,
    text,
)
from shared.ledger.formats.keys import DeviceKey
from sync import errors

log = logging.getLogger("county_hub.couchdb")
PREFIX = "credential:"
_FIELDS = frozenset({"kind", "device", "token", "created_at", "alg", "sig"})
AT_ONCE = 200


class Credentials:
    """`bring` and `take` are called again and again, by one thread. Raises SyncError."""

    def __init__(self, store: EdgeStore, registry: Registry) -> None:
        self._store, self._registry = store, registry
        self._brought: set[str] | None = None
        self._seen: object = None
        self._weighed = dict[str, str]()        # id -> revision

    def forget(self) -> None:
        """The server is not what it was: everything is brought, or looked at, once more."""
        self._brought, self._seen, self._weighed = None, None, {}

    def bring(self, key: DeviceKey) -> int:
        """Of the publisher: what is not there yet; how many that were."""
        self._store.require_whole()
        with self._store.databases.lease(MARKER) as peer:
            if self._brought is None:
                self._brought = {row.id for row in peer.all_docs(startkey=PREFIX, endkey=f"{PREFIX}\uffff")}
            new = [one for one in self._registry.credentials() if _name(one) not in self._brought]
            for start in range(0, len(new), AT_ONCE):
                part = new[start : start + AT_ONCE]
                results = peer.bulk_docs([_document(one, key) for one in part], new_edits=False)
                if results or not results.by_quorum:
                    raise errors.ServerError(f"CouchDB does not take credentials: {[r.reason for r in results] or 202}")
                self._brought.update(map(_name, part))
        return len(new)

    def take(self, public_key: str) -> int:
        """Of an edge: what the publisher has given since; how many were new here."""
        with self._store.databases.lease(MARKER) as peer:
            state = peer.info().update_seq
            if state == self._seen:
                return 0
            found, weighed = list[Credential](), dict(self._weighed)
            for doc in unweighed(peer, PREFIX, weighed):
                try:
                    found.append(_checked(doc, public_key))
                except Refused as refusal:
                    log.warning("%s in CouchDB is not the publisher's: %s", doc.get("_id"), refusal)
        taken = self._registry.take_credentials(found)
        self._seen, self._weighed = state, weighed
        return taken


def _document(one: Credential, key: DeviceKey) -> Doc:
    return sign_document({"_id": _name(one), "kind": "credential", "device": one.device, "token": one.token,
                          "created_at": one.created_at}, key)


def _checked(doc: Doc, public_key: str) -> Credential:
    """Raises `Refused`."""
    fields_exactly(doc, _FIELDS, "a credential")
    made = Credential(text(doc, "device"), text(doc, "token"), integer(doc, "created_at", 0, 2**48 - 1))
    if doc["kind"] != "credential" or doc.get("_id") != _name(made):
        raise Refused("_id", doc.get("_id"), f"it must be {_name(made)}", code="bad_id")
    check_generation_one(doc)
    check_signature(doc, public_key)
    return made


def _name(one: Credential) -> str:
    return f"{PREFIX}{one.device}:{one.created_at:013d}"
