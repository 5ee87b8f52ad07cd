"""A document on its way in: its shape and bounds are checked, its parts taken apart. Pure: knows no storage.

Everything that comes from a peer is suspect; what is wrong becomes BadRequest, TooLarge or
UnsupportedMedia, never an assert.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sync import errors, revisions, tuning
from sync.json_cost import count_values
from sync.peer import Doc

# Members that a reader adds or a writer must give apart; any other member beginning with "_" is refused
# (CouchDB, doc_validation).
_SPECIAL = frozenset(
    {"_id", "_rev", "_deleted", "_attachments", "_revisions", "_conflicts", "_deleted_conflicts",
    "_revs_info", "_local_seq"}
)

# What CouchDB's replicator wrote into documents of `_replicator`: the only members beginning with "_" that a document keeps.
_KEPT = frozenset(
    {"_replication_id", "_replication_state", "_replication_state_reason", "_replication_state_time",
    "_replication_start_time", "_replication_stats"}
)
_FIRST_REV = re.compile(r"1-[0-9a-f]{32}").fullmatch
_LONG_NUMBER = re.compile(rb"[0-9]{%d}" % (tuning.MAX_NUMBER_DIGITS + 1))
# Digits at four places so far apart are in each such number, and rarely in anything else: looking everywhere costs more.
_APART = (tuning.MAX_NUMBER_DIGITS + 1) // 4
_FOUR_DIGITS = re.compile(rb"[0-9]{4}")
_BEYOND_NUMBERS = 10**tuning.MAX_NUMBER_DIGITS
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class IncomingAttachment:
    """`data` is None for a stub. `revpos` and `digest` as the peer gave them."""

    content_type: str
    data: bytes | None
    digest: str | None
    revpos: int | None


@dataclass(frozen=True, slots=True)
class Incoming:
    """One checked document. `path` is newest first: the stored revision and its ancestors
    (new_edits=false), or what the edit builds on (new_edits=true; empty for a new document). `body` is the
    JSON of `content`, without attachments."""

    id: str
    path: list[str]
    deleted: bool
    content: Doc
    body: bytes
    attachments: Mapping[str, IncomingAttachment] = field(default_factory=dict)


class StoredDoc(dict[str, Any]):
    """A document as a replica holds it, beside what another replica would store of it, so that what was checked once is neither
    taken apart nor encoded again. It cannot be changed; `dict(doc)` can. `kept`: what whoever looks at it has found of it, by his
    own name for it, so that nobody finds it twice."""

    __slots__ = ("incoming", "kept")

    def __init__(self, id: str, rev: str, deleted: bool, content: Doc, body: bytes) -> None:
        super().__init__({"_id": id, "_rev": rev, **content})
        if deleted:
            super().__setitem__("_deleted", True)
        self.incoming, self.kept = Incoming(id, [rev], deleted, content, body), dict[str, Any]()

    def _no(self, *args: Any, **more: Any) -> Any:
        raise TypeError("a stored document is not changed; copy it with dict()")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _no


def check_id(value: Any) -> str:
    """A document id. Raises BadRequest (illegal_docid)."""
    if not isinstance(value, str):
        raise errors.BadRequest("Document id must be a string", error="illegal_docid")
    if not value:
        raise errors.BadRequest("Document id must not be empty", error="illegal_docid")
    if value[0] == "_" and not (value.startswith("_design/") and len(value) > len("_design/")):
        raise errors.BadRequest("Only reserved document ids may start with underscore.", error="illegal_docid")
    check_text(value)
    return value


def check_text(value: str) -> None:
    """What an id must fulfil to be stored at all. Raises BadRequest."""
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError:
        raise errors.BadRequest("Document id is not valid Unicode", error="illegal_docid") from None
    if size > tuning.MAX_ID_BYTES:
        raise errors.BadRequest(
            f"Document id has {size} bytes, more than {tuning.MAX_ID_BYTES}", error="illegal_docid"
        )
    if "\x00" in value:
        raise errors.BadRequest("Document id contains a NUL character", error="illegal_docid")


def read_replicated(doc: Doc) -> Incoming:
    """A document of `new_edits=false`: it names its revision. Raises BadRequest, TooLarge."""
    if type(doc) is StoredDoc:
        return doc.incoming
    try:
        path = _given_path(doc)
    except ValueError as fault:
        raise errors.BadRequest(str(fault)) from None
    if not path:
        raise errors.BadRequest("A document written with new_edits=false needs _rev or _revisions")
    return _read(doc, check_id(doc.get("_id")), path)


def read_edit(doc: Doc) -> Incoming:
    """A document of `new_edits=true`; `_rev` names what it builds on. Raises BadRequest, TooLarge."""
    try:
        path = _given_path(doc)
    except ValueError as fault:
        raise errors.BadRequest(str(fault)) from None
    return _read(doc, check_id(doc.get("_id")), path[:1])


def _given_path(doc: Doc) -> list[str]:
    rev, listed = doc.get("_rev"), doc.get("_revisions")
    if listed is None and type(rev) is str and _FIRST_REV(rev):     # nearly every document of a first pull
        return [rev]
    if listed is not None:
        path = revisions.from_revisions(listed)
        if isinstance(rev, str) and rev != path[0] and _digest(rev) == _digest(path[0]):
            # PouchDB, up to 9 at least, cuts the history at the wrong place when a digest occurs twice in it: `_rev` is right,
            # its ancestors remain unknown until somebody sends them.
            revisions.parse(rev)
            return [rev]
        if rev is not None and rev != path[0]:
            raise ValueError(f"_rev {str(rev)[:60]} contradicts _revisions, which begins with {path[0]}")
        return path
    if rev is None:
        return []
    if not isinstance(rev, str):
        raise ValueError("Invalid rev format: _rev must be a string")
    revisions.parse(rev)
    return [rev]


def _digest(rev: str) -> str:
    return rev.partition("-")[2]


def _read(doc: Doc, id: str, path: list[str]) -> Incoming:
    content: Doc = {}
    for name, value in doc.items():
        if type(name) is not str:
            raise errors.BadRequest("Document member names must be strings", error="doc_validation")
        if name[:1] != "_" or name in _KEPT:
            content[name] = value
        elif name not in _SPECIAL:
            raise errors.BadRequest(f"Bad special document member: {name[:60]}", error="doc_validation")
    deleted = doc.get("_deleted", False)
    if not isinstance(deleted, bool):
        raise errors.BadRequest("_deleted must be true or false", error="doc_validation")
    attachments = doc.get("_attachments")
    return Incoming(
        id, path, deleted, content, encode_body(content), _read_attachments(attachments) if attachments else
        {}
    )


def encode_body(content: Doc) -> bytes:
    """JSON bytes within the bounds. Raises BadRequest, TooLarge."""
    try:
        body = _encode(content)
    except (TypeError, ValueError, OverflowError) as fault:
        raise errors.BadRequest(f"Document is not JSON: {fault}") from None
    except RecursionError:
        raise _too_deep() from None
    if len(body) > tuning.MAX_DOC_BYTES:
        raise errors.TooLarge(
            f"Document has {len(body)} bytes, more than {tuning.MAX_DOC_BYTES}", error="document_too_large"
        )
    if len(body) > tuning.MAX_DOC_VALUES and count_values(body, tuning.MAX_DOC_VALUES) > tuning.MAX_DOC_VALUES:
        raise errors.TooLarge(f"Document has more than {tuning.MAX_DOC_VALUES} values", error="document_too_large")
    if _FOUR_DIGITS.search(body[::_APART]) and _LONG_NUMBER.search(body):
        _check_numbers(content)
    # Counting brackets is far cheaper than walking, and clears nearly every document.
    brackets = body.count(b"{") + body.count(b"[")
    if brackets > tuning.MAX_DOC_DEPTH and depth(content) > tuning.MAX_DOC_DEPTH:
        raise _too_deep()
    return body


def _check_numbers(content: Any) -> None:
    stack = [content]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, (list, tuple)):
            stack.extend(value)
        elif isinstance(value, int) and abs(value) >= _BEYOND_NUMBERS:
            most = tuning.MAX_NUMBER_DIGITS
            raise errors.BadRequest(f"Document has a whole number of more than {most} digits; write it as text")


def _too_deep() -> errors.BadRequest:
    return errors.BadRequest(f"Document is nested deeper than {tuning.MAX_DOC_DEPTH} levels")


def depth(value: Any) -> int:
    """Levels of arrays and objects, without recursion."""
    level, here = 0, [value]
    while True:
        below: list[Any] = []
        held = False
        for item in here:
            if isinstance(item, dict):
                held = True
                below.extend(item.values())
            elif isinstance(item, (list, tuple)):
                held = True
                below.extend(item)
        if not held:
            return level
        level, here = level + 1, below


# --- attachments ----------------------------------------------------------------------------------


def digest_of(data: bytes) -> str:
    """`md5-<base64>`, as CouchDB writes it."""
    return "md5-" + base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def check_attachment_name(name: Any) -> str:
    """Raises BadRequest."""
    if not isinstance(name, str) or not name or "\x00" in name:
        raise errors.BadRequest("Attachment name must be a text that is not empty")
    if name[0] == "_":
        raise errors.BadRequest("Attachment name can't start with underscore")
    check_text(name)
    return name


def _read_attachments(value: Any) -> dict[str, IncomingAttachment]:
    if not isinstance(value, dict):
        raise errors.BadRequest("_attachments must be an object", error="doc_validation")
    return {check_attachment_name(name): _read_attachment(name, meta) for name, meta in value.items()}


def _read_attachment(name: str, meta: Any) -> IncomingAttachment:
    if not isinstance(meta, dict):
        raise errors.BadRequest(f"Attachment {name[:60]!r} must be an object", error="doc_validation")
    content_type = meta.get("content_type", "application/octet-stream")
    digest, revpos = meta.get("digest"), meta.get("revpos")
    good = isinstance(content_type, str) and (digest is None or isinstance(digest, str))
    if not good or not (revpos is None or (isinstance(revpos, int) and not isinstance(revpos, bool))):
        raise errors.BadRequest(f"Attachment {name[:60]!r} has a malformed description", error="doc_validation")
    if meta.get("follows"):
        raise errors.BadRequest(f"Attachment {name[:60]!r} follows, but this is no multipart request")
    if "data" in meta:
        return IncomingAttachment(content_type, _decode_data(name, meta), None, revpos)
    if meta.get("stub"):
        return IncomingAttachment(content_type, None, digest, revpos)
    raise errors.BadRequest(f"Attachment {name[:60]!r} has neither data nor stub", error="doc_validation")


def _decode_data(name: str, meta: Mapping[str, Any]) -> bytes:
    """`data` is base64 text, or bytes when it comes from this process."""
    data = meta["data"]
    if isinstance(data, str):
        if len(data) > tuning.MAX_ATTACHMENT_BYTES * 4 // 3 + 4:
            raise _attachment_too_large(name)
        try:
            data = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            raise errors.BadRequest(f"Attachment {name[:60]!r}: data is not base64") from None
    if not isinstance(data, bytes):
        raise errors.BadRequest(f"Attachment {name[:60]!r}: data must be base64 text")
    encoding = meta.get("encoding")
    if encoding == "gzip":
        data = _gunzip(name, data)
    elif encoding not in (None, "identity"):
        raise errors.UnsupportedMedia(f"Attachment {name[:60]!r}: encoding {str(encoding)[:20]!r} is not known")
    if len(data) > tuning.MAX_ATTACHMENT_BYTES:
        raise _attachment_too_large(name)
    return data


def _gunzip(name: str, data: bytes) -> bytes:
    inflate = zlib.decompressobj(wbits=31)
    try:
        plain = inflate.decompress(data, tuning.MAX_ATTACHMENT_BYTES + 1)
    except zlib.error:
        raise errors.BadRequest(f"Attachment {name[:60]!r}: data is not gzip") from None
    if not inflate.eof and len(plain) <= tuning.MAX_ATTACHMENT_BYTES:
        raise errors.BadRequest(f"Attachment {name[:60]!r}: gzip data is cut off")
    return plain


def _attachment_too_large(name: str) -> errors.TooLarge:
    return errors.TooLarge(
        f"Attachment {name[:60]!r} is larger than {tuning.MAX_ATTACHMENT_BYTES} bytes",
        error="attachment_too_large"
    )
