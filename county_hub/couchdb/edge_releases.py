"""Releases of the program, from the publisher's shelf to that of every edge: through the private database of the marker.

    shelf                              {kind: "shelf", releases: [signed manifests], alg, sig}    edited by the publisher alone
    part:<version>:<issued_at>:<i>     {data: base64} of so many bytes of the file, from i times that

The manifests bear the publisher's signature, as devices check it, and name the hash of the file: who carried the parts proves
nothing. Parts are written before the shelf that names them, and taken away when it names them no more. A file of 100 MB is 400
parts; cut anywhere, both sides go on where they were.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Mapping
from typing import Any

from county_hub.couchdb.edge_store import EdgeStore
from county_hub.couchdb.layout import MARKER
from county_hub.hub.releases.shelf import Shelf
from shared.ledger.errors import Refused
from shared.ledger.formats.documents import MAX_CHUNK_BYTES, Doc, check_signature, fields_exactly, sign_document, with_rev
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.releases import Release, check_release, parse_release
from sync.peer import CancelFlag

log = logging.getLogger("county_hub.couchdb")
SHELF, PARTS = "shelf", "part:"
PART = MAX_CHUNK_BYTES
AT_ONCE = 8             # parts: 2.8 MB of JSON, below what any server of ours takes in one request
_FIELDS = frozenset({"kind", "releases", "alg", "sig"})


class Releases:
    """`bring` and `take` are called again and again, by one thread. Raises SyncError, OSError of the shelf's disk."""

    def __init__(self, store: EdgeStore, shelf: Shelf) -> None:
        self._store, self._shelf = store, shelf
        self._another = dict[str, list[tuple[str, str | None]]]()       # by version the parts that were no file of its manifest

    def bring(self, key: DeviceKey, cancel: CancelFlag) -> None:
        """Of the publisher: the shelf as it is, and no more."""
        manifests = self._shelf.manifests()
        with self._store.databases.lease(MARKER) as peer:
            told = _doc(peer)
            if told is not None and told.get("releases") == manifests and _is_of(told, key.public):
                return
            kept = {row.id: row.rev for row in peer.all_docs(startkey=PARTS, endkey=f"{PARTS}\uffff") if row.rev is not None}
            names = dict[str, tuple[Release, int]]()
            for release in map(parse_release, manifests):
                names |= {_part(release, at): (release, at) for at in range(0, release.size, PART)}
            new = [name for name in names if name not in kept]
            for start in range(0, len(new), AT_ONCE):
                if cancel.is_set():
                    return
                peer.bulk_docs([_filled(name, self._shelf.read(*names[name], PART)) for name in new[start : start + AT_ONCE]],
                               new_edits=False)
            if manifests or told is not None:
                made = sign_document({"_id": SHELF, "kind": "shelf", "releases": manifests}, key)
                peer.bulk_docs([{**{name: value for name, value in made.items() if name != "_rev"},
                                 **({"_rev": told["_rev"]} if told is not None else {})}])
            gone = [{"_id": id, "_rev": rev, "_deleted": True} for id, rev in kept.items() if id not in names]
            if gone:
                peer.bulk_docs(gone)
        log.info("the shelf of releases is told: %d parts new, %d gone", len(new), len(gone))

    def take(self, public_key: str, cancel: CancelFlag) -> None:
        """Of an edge: what the publisher has on his shelf now, and nothing else."""
        with self._store.databases.lease(MARKER) as peer:
            told = _doc(peer)
            if told is None:
                return
            try:
                manifests = _checked(told, public_key)
            except Refused as refusal:
                log.warning("the shelf in CouchDB is not the publisher's: %s", refusal)
                return
            here = self._shelf.manifests()
            versions = {doc["version"] for doc in manifests}
            for doc in here:
                if doc["version"] in versions and doc not in manifests:     # withdrawn, and put up anew with another file
                    self._shelf.withdraw(str(doc["version"]))
            for doc in manifests:
                if doc not in here and not self._fetch(peer, doc, cancel) and cancel.is_set():
                    return
        self._shelf.keep_only([str(doc["version"]) for doc in manifests])

    def _fetch(self, peer: Any, doc: Doc, cancel: CancelFlag) -> bool:
        """The file of one release; False when not all of it is there yet, or it is another's: then no part is read again until
        one is written anew."""
        release = parse_release(doc)
        parts = [(row.id, row.rev) for row in peer.all_docs(startkey=_part(release, 0), endkey=_part(release, release.size))]
        if self._another.get(release.version) == parts:
            return False
        while (at := self._shelf.received(release, PART)) < release.size:
            if cancel.is_set():
                return False
            names = [_part(release, start) for start in range(at, min(release.size, at + AT_ONCE * PART), PART)]
            for row in peer.all_docs(keys=names, include_docs=True):
                data = _bytes(row.doc)
                if len(data) != min(PART, release.size - at):
                    log.info("release %s is not there whole yet", release.version)
                    return False
                self._shelf.receive(release, at, data)
                at += len(data)
        if not self._shelf.complete(doc):
            log.error("release %s lies in CouchDB otherwise than its manifest says: withdraw it and put it up anew",
                      release.version)
            self._another[release.version] = parts
            return False
        log.info("release %s came from the publisher", release.version)
        return True


def _doc(peer: Any) -> Doc | None:
    return next((row.doc for row in peer.all_docs(keys=[SHELF], include_docs=True) if row.doc is not None), None)


def _part(release: Release, at: int) -> str:
    return f"{PARTS}{release.version}:{release.issued_at}:{at // PART:05d}"


def _filled(name: str, data: bytes) -> Doc:
    return with_rev({"_id": name, "data": base64.b64encode(data).decode()})


def _bytes(doc: Mapping[str, Any] | None) -> bytes:
    """What is no part of a file is none: the hash of the whole decides."""
    try:
        data = base64.b64decode(doc["data"], validate=True) if doc is not None else b""
    except (KeyError, TypeError, ValueError, binascii.Error):
        return b""
    return data


def _is_of(told: Doc, public_key: str) -> bool:
    try:
        _checked(told, public_key)
    except Refused:
        return False
    return True


def _checked(doc: Doc, public_key: str) -> list[Doc]:
    """The manifests. Raises `Refused`."""
    fields_exactly(doc, _FIELDS, "a shelf")
    check_signature(doc, public_key)
    if doc["kind"] != "shelf" or not isinstance(doc["releases"], list):
        raise Refused("releases", doc["releases"], "give a list of manifests")
    for one in doc["releases"]:
        check_release(one, [public_key])
    return list(doc["releases"])
