"""Attachments of stored documents: a body holds their descriptions as stubs, the bytes lie in `blobs` once
per digest.

    body["_attachments"]  {name: {"content_type", "revpos", "digest", "length", "stub": true}}
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sync import errors, revisions
from sync.peer import Doc
from sync.replica.connection import Connection
from sync.replica.incoming import Incoming, IncomingAttachment, digest_of

_decode = msgspec.json.Decoder().decode
Entries = dict[str, dict[str, Any]]


class AttachmentWriter:
    """Resolves and stores the attachments of incoming documents inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def resolve(
        self, incoming: Incoming, generation: int, ancestors: Sequence[str], staged: Mapping[str, bytes], *, edit: bool
    ) -> Entries:
        """The descriptions to be stored. A stub stands for what an ancestor held under that name, or for
        bytes that are held here already. Raises PreconditionFailed (missing_stub).

        In an `edit` new bytes belong to the new generation, whatever `revpos` came along: a client that reads, changes and writes
        back names the old one, and a peer that asks with `atts_since` would then be told a stub and keep the old bytes. Only a
        replicated revision keeps what it says of itself."""
        entries: Entries = {}
        for name, given in incoming.attachments.items():
            if given.data is not None:
                entries[name] = _entry(
                    given.content_type, _revpos(given.revpos, generation, edit), digest_of(given.data), len(given.data)
                )
                continue
            found = self._of_ancestors(incoming.id, name, given, ancestors, staged)
            if found is None and given.digest is not None:
                length = self._length(given.digest)
                if length is not None:
                    found = _entry(given.content_type, _revpos(given.revpos, generation, edit), given.digest, length)
            if found is None:
                raise errors.PreconditionFailed(
                    f"Invalid attachment stub in {incoming.id} for {name}", error="missing_stub"
                )
            entries[name] = found
        return entries

    def claim(self, incoming: Incoming, rev: str, entries: Entries) -> None:
        """Store the bytes and note that `rev` uses them."""
        for name, entry in entries.items():
            data = incoming.attachments[name].data
            if data is not None:
                self._db.execute("INSERT OR IGNORE INTO blobs (digest, data) VALUES (?, ?)", (entry["digest"], data))
            self._db.execute(
                "INSERT OR IGNORE INTO attachments (id, rev, digest) VALUES (?, ?, ?)",
                (incoming.id, rev, entry["digest"]),
            )

    def _of_ancestors(
        self, id: str, name: str, given: IncomingAttachment, ancestors: Sequence[str], staged: Mapping[str, bytes]
    ) -> dict[str, Any] | None:
        """By the digest, or by the revision that brought it: CouchDB's digest is that of the gzip it keeps."""
        for rev in ancestors:
            body = staged.get(rev) or stored_body(self._db, id, rev)
            if body is None:
                continue
            entry: dict[str, Any] | None = _decode(body).get("_attachments", {}).get(name)
            if entry is not None and (given.digest in (None, entry["digest"]) or given.revpos == entry["revpos"]):
                return entry
        return None

    def _length(self, digest: str) -> int | None:
        row = self._db.execute("SELECT length(data) FROM blobs WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else row[0]


def _revpos(given: int | None, generation: int, edit: bool) -> int:
    return generation if edit or given is None or not 0 < given <= generation else given


def _entry(content_type: str, revpos: int, digest: str, length: int) -> dict[str, Any]:
    return {"content_type": content_type, "revpos": revpos, "digest": digest, "length": length, "stub": True}


def stored_body(connection: Connection, id: str, rev: str) -> bytes | None:
    """The stored body of one revision, without `_id` and `_rev`; None when it is not held."""
    row = connection.execute(
        "SELECT body FROM docs WHERE id = ?1 AND rev = ?2 UNION ALL SELECT body FROM bodies WHERE id = ?1 AND rev = ?2",
        (id, rev),
    ).fetchone()
    return None if row is None else row[0]


def read_blob(connection: Connection, digest: str) -> bytes:
    """Raises Corrupt when the bytes are gone."""
    row = connection.execute("SELECT data FROM blobs WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        raise errors.Corrupt(f"the bytes of attachment {digest} are missing; run verify")
    return bytes(row[0])


def inline(connection: Connection, doc: Doc, known_path: Sequence[str] = (), path: Sequence[str] = ()) -> Doc:
    """`doc` with the attachments' bytes as base64. With `known_path` (atts_since) only those are inlined
    that are newer than the newest revision of `path` which the reader already has."""
    entries: Entries | None = doc.get("_attachments")
    if not entries:
        return doc
    known = set(known_path)
    since = max((revisions.generation(rev) for rev in path if rev in known), default=0)
    full: Entries = {}
    for name, entry in entries.items():
        if entry["revpos"] <= since:
            full[name] = entry
            continue
        data = base64.b64encode(read_blob(connection, entry["digest"])).decode()
        full[name] = {key: value for key, value in entry.items() if key not in ("stub", "length")} | {"data": data}
    return {**doc, "_attachments": full}
