"""`multipart/related` and `multipart/mixed`, as CouchDB writes documents with attachments. Pure: bytes
in, values out, and back.

```
 open_revs, _bulk_get                      one document with attachments
 multipart/mixed; boundary=outer           multipart/related; boundary=inner
   --outer                                   --inner
   application/json        document          application/json    document, attachments {"follows": true}
   --outer                                   --inner
   multipart/related       document + files  Content-Disposition: attachment; filename="..."   bytes
   --outer--                                 --inner--
```
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from email.message import Message
from typing import Any
from urllib.parse import quote, unquote

from sync.endpoint import tuning
from sync.endpoint.wire import decode_body, encode_json, parse_json
from sync.errors import BadRequest
from sync.peer import BulkGetResult, Doc
from sync.replica.incoming import digest_of
from sync.tuning import MAX_ATTACHMENT_BYTES

Part = tuple[dict[str, str], bytes]
Take = Callable[[int], None]

# --- reading ---


def boundary_of(content_type: str) -> bytes:
    """Raises BadRequest when the header names none."""
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_boundary()
    if not boundary or len(boundary) > 200 or not boundary.isascii():
        raise BadRequest("Content-Type multipart/related needs a boundary")
    return boundary.encode()


def parse_parts(body: bytes, boundary: bytes) -> list[Part]:
    """Headers (lower-case names) and bytes of each part. Raises BadRequest."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, tuning.MAX_MULTIPART_PARTS + 1)
    if len(pieces) < 3:
        raise BadRequest("the multipart body has no parts, or its end is missing")
    if not pieces[-1].startswith(b"--"):
        raise BadRequest(f"the multipart body has no end, or more than {tuning.MAX_MULTIPART_PARTS} parts")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    piece = piece.lstrip(b" \t")
    if not piece.startswith(b"\r\n"):
        raise BadRequest("a multipart boundary is followed by something else than a line end")
    head, separator, data = piece.partition(b"\r\n\r\n")
    if not separator or len(head) > tuning.MAX_PART_HEADER_BYTES:
        raise BadRequest("a multipart part has no end of its headers, or too many of them")
    headers = {}
    for line in head.decode("utf-8", "replace").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers, data


def document_from_related(body: bytes, content_type: str, take: Take = lambda count: None) -> Any:
    """The JSON of the first part, with the bytes of the others put in place of `"follows": true`; `take` is called with
    what parts sent in gzip grow to, before they do."""
    parts = parse_parts(body, boundary_of(content_type))
    doc = parse_json(parts[0][1], "first part of the multipart body")
    attachments = doc.get("_attachments", {}) if isinstance(doc, dict) else {}
    if not isinstance(attachments, dict) or not all(isinstance(each, dict) for each in attachments.values()):
        raise BadRequest("`_attachments` must be an object of objects")
    waiting = [name for name, each in attachments.items() if each.get("follows") is True]
    for headers, data in parts[1:]:
        name = _file_name(headers)
        if name not in waiting:
            name = waiting[0] if waiting and name is None else None
        if name is None:
            raise BadRequest("the multipart body has a part that no attachment with `follows` waits for")
        waiting.remove(name)
        _fill(attachments[name], name, data, headers, take)
    if waiting:
        raise BadRequest(f"the multipart body lacks the bytes of attachment {waiting[0]!r}")
    return doc


def _fill(attachment: dict[str, Any], name: str, data: bytes, headers: dict[str, str], take: Take) -> None:
    """CouchDB keeps what compresses well as gzip and sends it so: `encoding` says it, `encoded_length` counts what is sent, and
    `digest` is the MD5 of that. We keep plain bytes under a digest of our own. Raises BadRequest, TooLarge."""
    zipped = attachment.get("encoding") == "gzip"
    length = attachment.get("encoded_length" if zipped else "length", len(data))
    if length != len(data) or headers.get("content-length", str(length)) != str(length):
        raise BadRequest(f"attachment {name!r}: the length announced is not that of the bytes sent ({len(data)})")
    check_digest(attachment.get("digest"), data)
    if zipped:
        data = decode_body(data, "gzip", MAX_ATTACHMENT_BYTES, take=take)
        if attachment.get("length", len(data)) != len(data):
            raise BadRequest(f"attachment {name!r}: the length announced is not that of the plain bytes ({len(data)})")
        del attachment["encoding"]
    del attachment["follows"]
    attachment["data"] = base64.b64encode(data).decode()
    attachment.setdefault("content_type", headers.get("content-type", "application/octet-stream"))


def check_digest(told: Any, data: bytes) -> None:
    """The MD5 that a sender tells (`md5-<base64>`, or a `Content-MD5` header without `md5-`) is that of the bytes that came.
    Raises BadRequest (content_md5_mismatch)."""
    if isinstance(told, str) and told and digest_of(data) != "md5-" + told.removeprefix("md5-"):
        raise BadRequest("Possible message corruption.", error="content_md5_mismatch")


_FILENAME = re.compile(r"""filename\*=(?:utf-8|UTF-8)''([^;\s]+)|filename="((?:[^"\\]|\\.)*)"|filename=([^;\s]+)""")


def _file_name(headers: dict[str, str]) -> str | None:
    match = _FILENAME.search(headers.get("content-disposition", ""))
    if match is None:
        return None
    encoded, quoted, bare = match.groups()
    if encoded is not None:
        return unquote(encoded)
    return re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else str(bare)


# --- writing ---


def document_parts(doc: Doc, boundary: str) -> tuple[bytes, str]:
    """(body, content type) of one document: plain JSON, or `multipart/related` when it carries bytes of
    attachments."""
    attachments = doc.get("_attachments", {})
    files: list[Part] = []
    shown = {}
    for name, each in attachments.items():
        if "data" not in each:
            shown[name] = each
            continue
        data = _bytes_of(each["data"])
        shown[name] = {key: value for key, value in each.items() if key != "data"} | {"follows": True, "length": len(data)}
        files.append((_attachment_headers(name, each, data), data))
    if not files:
        return encode_json(doc), "application/json"
    parts = [({"Content-Type": "application/json"}, encode_json({**doc, "_attachments": shown})), *files]
    return join_parts(parts, boundary), f'multipart/related; boundary="{boundary}"'


def _attachment_headers(name: str, attachment: dict[str, Any], data: bytes) -> dict[str, str]:
    plain = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
    disposition = f'attachment; filename="{plain}"'
    if not name.isascii():
        disposition += f"; filename*=UTF-8''{quote(name, safe='')}"
    content_type = str(attachment.get("content_type", "application/octet-stream"))
    return {
        "Content-Disposition": disposition,
        "Content-Type": content_type.replace("\r", "").replace("\n", ""),
        "Content-Length": str(len(data)),
    }


def _bytes_of(data: str) -> bytes:
    try:
        return base64.b64decode(data)
    except binascii.Error:  # stored by us, so our own fault
        raise AssertionError("an attachment is not base64") from None


def join_parts(parts: Iterable[Part], boundary: str) -> bytes:
    mark = b"--" + boundary.encode()
    pieces = []
    for headers, data in parts:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        pieces.append(mark + b"\r\n" + lines.encode() + b"\r\n" + data + b"\r\n")
    return b"".join(pieces) + mark + b"--"


def open_revs_multipart(docs: Sequence[Doc | str], boundary: str) -> tuple[bytes, str]:
    """(body, content type) of `open_revs`: a part per revision, `error="true"` for the missing ones."""
    parts = [_revision_part(doc, f"{index}-{boundary}") for index, doc in enumerate(docs)]
    return join_parts(parts, boundary), f'multipart/mixed; boundary="{boundary}"'


def _revision_part(doc: Doc | str, boundary: str) -> Part:
    if isinstance(doc, str):
        return {"Content-Type": 'application/json; error="true"'}, encode_json({"missing": doc})
    body, content_type = document_parts(doc, boundary)
    return {"Content-Type": content_type}, body


def bulk_get_multipart(results: Sequence[BulkGetResult], kind: str, boundary: str) -> tuple[bytes, str]:
    """(body, content type) of `_bulk_get`: a part per revision found or missed, named by `X-Doc-Id` and
    `X-Rev-Id`."""
    parts: list[Part] = []
    for result in results:
        for doc in result.docs:
            headers, body = _revision_part(doc, f"{len(parts)}-{boundary}")
            parts.append(({"X-Doc-Id": quote(result.id), "X-Rev-Id": str(doc["_rev"]), **headers}, body))
        for error in result.errors:
            headers = {"X-Doc-Id": quote(result.id), "Content-Type": 'application/json; error="true"'}
            parts.append((headers, encode_json({"id": result.id, **error})))
    return join_parts(parts, boundary), f'{kind}; boundary="{boundary}"'
