"""Routes of attachments by URL: GET (with ranges), HEAD, PUT, DELETE.

Spec: CouchDB API reference, "Attachments". What is served was written by strangers: a sandbox keeps a
browser from running it.
"""

from __future__ import annotations

import re

from sync.endpoint.bulk_docs import check_writable_id
from sync.endpoint.call import Call
from sync.endpoint.documents import given_rev
from sync.endpoint.multipart import check_digest
from sync.endpoint.wire import Reply, etag_matches, etag_of
from sync.errors import Conflict, RangeNotSatisfiable


def get_attachment(call: Call) -> Reply:
    with call.replica() as replica:
        found = replica.get_attachment(call.id, call.name, rev=call.query.get("rev"))
    digest = found.digest.removeprefix("md5-")
    headers = {
        "etag": etag_of(digest),
        "content-md5": digest,
        "accept-ranges": "bytes",
        "content-security-policy": "sandbox",
        "x-content-type-options": "nosniff",
    }
    if etag_matches(call.headers.get("if-none-match"), headers["etag"]):
        return Reply(304, raw=b"", headers=headers)
    status, data = 200, found.data
    span = _range(call.headers.get("range"), len(data))
    if span is not None:
        start, end = span
        headers["content-range"] = f"bytes {start}-{end}/{len(data)}"
        status, data = 206, data[start : end + 1]
    content_type = found.content_type if _is_header_value(found.content_type) else "application/octet-stream"
    return Reply(status, raw=data, headers=headers, content_type=content_type, compressible=False)


def put_attachment(call: Call) -> Reply:
    check_writable_id(call, call.id)
    content_type = call.headers.get("content-type", "application/octet-stream")
    rev = given_rev(call, None)
    check_digest(call.headers.get("content-md5"), call.body())
    with call.replica() as replica:
        new_rev = replica.put_attachment(call.id, call.name, call.body(), content_type, rev=rev)
    where = {"location": call.address_of(call.db, call.id, call.name)}
    return Reply(201, {"ok": True, "id": call.id, "rev": new_rev}, {"etag": etag_of(new_rev), **where})


def delete_attachment(call: Call) -> Reply:
    check_writable_id(call, call.id)
    rev = given_rev(call, None)
    if rev is None:
        raise Conflict("Document update conflict.")
    with call.replica() as replica:
        new_rev = replica.delete_attachment(call.id, call.name, rev=rev)
    return Reply(200, {"ok": True, "id": call.id, "rev": new_rev}, {"etag": etag_of(new_rev)})


def _range(header: str | None, length: int) -> tuple[int, int] | None:
    """First and last byte of a single range; None (send all) for what is not one. Raises
    RangeNotSatisfiable."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header.strip()) if header else None
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last) if last else length - 1, length - 1)
    else:
        start, end = max(length - int(last), 0), length - 1
    if last and first and int(last) < int(first):
        return None
    if start >= length:
        raise RangeNotSatisfiable(f"Requested range not satisfiable: the attachment has {length} bytes")
    return start, end


def _is_header_value(text: str) -> bool:
    return text.isascii() and text.isprintable() and bool(text)
