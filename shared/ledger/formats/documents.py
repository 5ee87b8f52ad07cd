"""Documents of one generation (for ever): revision, signature bytes, chunks and sealed bodies.

Every document of this product is written once: its revision is `1-<md5 of the canonical document with
_id, without _rev>`, so whoever stores the same document stores the same revision. Signatures cover the
document without `_id`, `_rev` and `sig`. This module knows nothing of kinds of events nor of who may
write what.

    chunk:<sha256>    {"_id", "data": base64}                    sha256 of the bytes; nothing else, so equal photographs are one
    sealed:<sha256>   {"_id", "salt", "class", "body": {...}}    sha256 of the canonical document without _id; salted, so
                                                                 nobody can confirm a guess by hashing it
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.formats import canonical
from shared.ledger.formats.keys import DeviceKey, from_base64, require_signature, to_base64

Doc = dict[str, Any]

SEALED_CLASSES = frozenset({"closed", "counselling", "reporter"})
# Files are cut into 16 KiB pieces by default; a county may choose larger ones, but no single request may
# exceed this.
MAX_CHUNK_BYTES = 256 * 1024
# An event with ten photographs' manifests is 200 kB. One above a megabyte is a mistake, and would stall a
# 16 kbit/s line.
MAX_DOCUMENT_BYTES = 1024 * 1024

_MADE_BY_STORES = frozenset({"_id", "_rev", "_revisions"})
_MADE, _SIGNED_WITHOUT = (*_MADE_BY_STORES,), ("sig", *_MADE_BY_STORES)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SALT_BYTES = 16
_AFTER_ID = tuple(b'{"' + bytes([letter]) for letter in range(ord("a"), ord("z") + 1))     # how an object without it begins


class Parts:
    """What is made of one document, encoded once. Each raises `NotCanonical`."""

    def __init__(self, doc: Mapping[str, Any]) -> None:
        self._doc, self._content = doc, content(doc)

    def content(self) -> bytes:
        """As the function `content`."""
        return self._content

    def rev(self) -> str:
        """As the function `document_rev`."""
        if "_id" not in self._doc or not self._content.startswith(_AFTER_ID):
            return document_rev(self._doc)
        # Before every name in lower case stands `_id`, so its member goes to the front of what is made already.
        made = b'{"_id":' + canonical.encode(self._doc["_id"]) + b"," + self._content[1:]
        return _rev_of(made)


def document_rev(doc: Mapping[str, Any]) -> str:
    """The only revision this document can have. Raises `NotCanonical`."""
    return _rev_of(canonical.encode(_without(doc, "_rev", "_revisions")))


def _rev_of(made: bytes) -> str:
    return "1-" + hashlib.md5(made, usedforsecurity=False).hexdigest()


def with_rev(doc: Mapping[str, Any]) -> Doc:
    """The document (with its `_id`) and its `_rev`."""
    return {**_without(doc, "_rev", "_revisions"), "_rev": document_rev(doc)}


def content(doc: Mapping[str, Any]) -> bytes:
    """Canonical bytes without what stores add, signature included: what ids and hashes of events and
    heads are made of.
    """
    return canonical.encode(_without(doc, *_MADE))


def signing_bytes(doc: Mapping[str, Any]) -> bytes:
    """Canonical bytes that `sig` covers."""
    return canonical.encode(_without(doc, *_SIGNED_WITHOUT))


def sign_document(doc: Mapping[str, Any], key: DeviceKey) -> Doc:
    """A published document (its `_id` given) with `alg`, `sig` and `_rev`. For what the hub and relays
    publish.
    """
    unsigned = {**_without(doc, "sig", "_rev", "_revisions"), "alg": key.alg}
    return with_rev({**unsigned, "sig": key.sign(signing_bytes(unsigned))})


def check_signature(doc: Mapping[str, Any], public: str) -> None:
    """Raises `BadSignature`, or `Refused` for an unknown algorithm."""
    require_signature(public, signing_bytes(doc), text(doc, "sig"), text(doc, "alg"))


def check_generation_one(doc: Mapping[str, Any], parts: Parts | None = None) -> None:
    """Refuse what is deleted, has attachments or unknown `_` fields, is not generation 1 or has another
    revision than it must. `parts`: those of the document, where they are made already.

    `_revisions` is allowed where a replicator sent it, if it says the same.
    """
    for field in doc:
        if str(field).startswith("_") and field not in _MADE_BY_STORES:
            raise Refused(field, doc[field], "send the document as its author wrote it", code="not_generation_one")
    rev = doc.get("_rev")
    expected = parts.rev() if parts is not None else document_rev(doc)
    if rev != expected:
        raise Refused("_rev", rev, f"it must be {expected}; the content was changed or is not generation 1", code="bad_rev")
    if "_revisions" in doc and doc["_revisions"] != {"start": 1, "ids": [expected[2:]]}:
        raise Refused("_revisions", doc["_revisions"], "an event has one revision", code="not_generation_one")


def make_chunk(data: bytes) -> Doc:
    """The chunk document of some bytes. Raises `Refused` above `MAX_CHUNK_BYTES`."""
    if not 0 < len(data) <= MAX_CHUNK_BYTES:
        raise Refused("data", f"{len(data)} bytes", f"cut files into pieces of 1 to {MAX_CHUNK_BYTES} bytes")
    return with_rev({"_id": f"chunk:{hashlib.sha256(data).hexdigest()}", "data": to_base64(data)})


def check_chunk(doc: Mapping[str, Any]) -> bytes:
    """The bytes of a chunk document. Raises `Refused` unless id, fields, size and revision are exactly
    right.
    """
    if set(doc) - _MADE_BY_STORES != {"data"}:
        raise Refused("chunk", sorted(doc), "a chunk has _id and data only", code="bad_chunk")
    if len(text(doc, "data")) > MAX_CHUNK_BYTES * 4 // 3 + 4:
        raise Refused("data", "too long", f"cut files into pieces of at most {MAX_CHUNK_BYTES} bytes", code="bad_chunk")
    data = from_base64("data", doc["data"])
    if not data or len(data) > MAX_CHUNK_BYTES:
        raise Refused("data", f"{len(data)} bytes", f"send 1 to {MAX_CHUNK_BYTES} bytes", code="bad_chunk")
    if doc.get("_id") != f"chunk:{hashlib.sha256(data).hexdigest()}":
        raise Refused("_id", doc.get("_id"), "the id of a chunk is the SHA-256 of its bytes", code="bad_chunk")
    check_generation_one(doc)
    return data


def make_sealed(body: Mapping[str, Any], sealed_class: str, salt: bytes) -> tuple[Doc, Doc]:
    """A closed body as (document for the closed database, `body` for the event). `salt` is 16 random
    bytes.
    """
    if len(salt) != _SALT_BYTES:
        raise Refused("salt", f"{len(salt)} bytes", f"give {_SALT_BYTES} random bytes")
    inner = canonical.normalised({"salt": salt.hex(), "class": _sealed_class(sealed_class), "body": dict(body)})
    digest = hashlib.sha256(canonical.encode(inner)).hexdigest()
    return with_rev({"_id": f"sealed:{digest}", **inner}), {"sealed": digest, "class": sealed_class}


def check_sealed(doc: Mapping[str, Any]) -> Doc:
    """The body inside a sealed document. Raises `Refused` unless it is exactly what its id says."""
    if set(doc) - _MADE_BY_STORES != {"salt", "class", "body"}:
        raise Refused("sealed", sorted(doc), "a sealed document has _id, salt, class and body only", code="bad_sealed")
    _sealed_class(doc["class"])
    if re.fullmatch(r"[0-9a-f]{32}", text(doc, "salt"), re.ASCII) is None or not isinstance(doc["body"], dict):
        raise Refused("salt", doc["salt"], "give 32 hex characters of salt and an object as body", code="bad_sealed")
    if doc.get("_id") != f"sealed:{hashlib.sha256(content(doc)).hexdigest()}":
        raise Refused("_id", doc.get("_id"), "the id is the SHA-256 of the document without _id", code="bad_sealed")
    check_generation_one(doc)
    return dict(doc["body"])


def is_sealed_body(body: Mapping[str, Any]) -> bool:
    """True for `{"sealed": sha256, "class": ...}`. Raises `Refused` for anything that has `sealed` but is
    not that.
    """
    if "sealed" not in body:
        return False
    if set(body) != {"sealed", "class"} or _SHA256.fullmatch(text(body, "sealed")) is None:
        raise Refused("body", dict(body), 'a sealed body is {"sealed": sha256, "class": ...}', code="bad_sealed")
    _sealed_class(body["class"])
    return True


def text(doc: Mapping[str, Any], field: str) -> str:
    """The string at `field`. Raises `Refused`."""
    value = doc.get(field)
    if not isinstance(value, str):
        raise Refused(field, value, "give a text")
    return value


def integer(doc: Mapping[str, Any], field: str, low: int, high: int) -> int:
    """The integer at `field`, low <= value <= high. Raises `Refused`; booleans are not integers here."""
    value = doc.get(field)
    if type(value) is not int or not low <= value <= high:
        raise Refused(field, value, f"give a whole number from {low} to {high}")
    return value


def fields_exactly(doc: Mapping[str, Any], wanted: frozenset[str], what: str) -> None:
    """Refuse a document that lacks a field or has one more (what stores add is allowed)."""
    have = frozenset(doc) - _MADE_BY_STORES
    if have != wanted:
        wrong = min(have ^ wanted, key=str)
        remedy = f"{what} needs it" if wrong in wanted else f"{what} has no such field"
        raise Refused(wrong, doc.get(wrong), remedy, code="bad_fields")


def _sealed_class(value: object) -> str:
    if not isinstance(value, str) or value not in SEALED_CLASSES:
        raise Refused("class", value, f"choose one of {', '.join(sorted(SEALED_CLASSES))}", code="bad_sealed")
    return value


def _without(doc: Mapping[str, Any], *fields: str) -> Doc:
    return {k: v for k, v in doc.items() if k not in fields}
