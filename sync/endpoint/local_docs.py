"""Whose a `_local` document is. Each principal has its own: nobody else's checkpoint can be read, overwritten or deleted.

    who                    `_local/x` over HTTP is kept as
    server administrator   x                    the names that programs of the server itself use
    anybody else           of/<name>/x          name percent-encoded, so that it holds no slash; anonymous: empty

An administrator sees all of them under the names they are kept by. What one principal keeps in one database has bounds; a
replicator needs one document for each replica and filter, of two kilobytes. Handlers of `_local` go through here, whichever
route they serve.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sync.endpoint import tuning
from sync.endpoint.call import Call
from sync.endpoint.wire import encode_json
from sync.errors import NotFound, QuotaExceeded, TooLarge
from sync.peer import Doc
from sync.replica.transaction import Transaction

LOCAL = "_local/"
_DAY_S = 24 * 3600


def own_prefix(call: Call) -> str:
    """What the kept ids of this principal begin with."""
    principal = call.principal
    if principal is not None and principal.is_server_admin:
        return ""
    return f"of/{quote(principal.name if principal is not None else '', safe='')}/"


def kept_id(call: Call, id: str) -> str:
    """`_local/x` as it was asked for -> the id under which the replica keeps it, without `_local/`."""
    return own_prefix(call) + id.removeprefix(LOCAL)


def as_asked(call: Call, doc: Doc) -> Doc:
    """A kept document with the id that this principal knows."""
    return {**doc, "_id": LOCAL + doc["_id"].removeprefix(LOCAL).removeprefix(own_prefix(call))}


def put_own(call: Call, tx: Transaction, id: str, doc: Mapping[str, Any]) -> str:
    """Write `_local/...` for this principal; returns its revision. As in CouchDB it is written over whatever is there, and
    becomes the revision after the one that it names; attachments are not kept. Only with `If-Match` is a wrong one a conflict: so
    our own replicators, which send it, lose no log to each other. Raises TooLarge, QuotaExceeded, Conflict, BadRequest."""
    doc = {name: value for name, value in doc.items() if name != "_attachments"}
    size = len(encode_json(doc))
    if size > tuning.MAX_LOCAL_DOC_BYTES:
        raise TooLarge(f"a _local document has at most {tuning.MAX_LOCAL_DOC_BYTES} bytes, not {size}")
    prefix, kept = own_prefix(call), kept_id(call, id)
    stored = tx.get_local(kept)
    if prefix and stored is None and tx.count_local(prefix) >= tuning.MAX_LOCAL_DOCS:
        tx.forget_local(prefix, unwritten_s=tuning.LOCAL_IDLE_DAYS * _DAY_S)
        if tx.count_local(prefix) >= tuning.MAX_LOCAL_DOCS:
            raise QuotaExceeded(
                f"you have {tuning.MAX_LOCAL_DOCS} _local documents here, which is the most; delete some "
                f"(GET /db/_local_docs lists them), or wait until one has not been written for {tuning.LOCAL_IDLE_DAYS} days"
            )
    return tx.put_local(kept, doc) if "if-match" in call.headers else tx.write_local(kept, doc)


def delete_own(call: Call, tx: Transaction, id: str, rev: str | None) -> None:
    """Delete `_local/...` of this principal, whatever revision is named (see `put_own`). Raises NotFound, Conflict."""
    kept = kept_id(call, id)
    stored = tx.get_local(kept)
    if stored is None:
        raise NotFound("missing")
    tx.delete_local(kept, rev if rev is not None and "if-match" in call.headers else stored["_rev"])
