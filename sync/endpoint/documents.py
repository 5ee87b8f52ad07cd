"""Routes of single documents: plain, `_design/` and `_local/` ones.

Spec: CouchDB API reference, "Documents" and "Local (non-replicating) Documents".
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from sync.endpoint.bulk_docs import check_writable_id
from sync.endpoint.call import Call, string_list
from sync.endpoint.design import check_design
from sync.endpoint.local_docs import LOCAL, as_asked, delete_own, kept_id, put_own
from sync.endpoint.multipart import document_from_related, document_parts, open_revs_multipart
from sync.endpoint.wire import Reply, accepts, encode_json, etag_matches, etag_of, media_type, quality_of
from sync.errors import BadRequest, Conflict, NotFound, PeerError, from_status
from sync.peer import Doc, WriteResult
from sync.replica import LocalReplica

_SAME_AS_LONG_AS_THE_REVISION = {"rev", "revs", "latest", "attachments", "att_encoding_info", "atts_since"}
RELATED_COPIES = 3
"""Of a `multipart/related` body: cut into parts, in base64, and as bytes again."""
_STATUS_OF = {"conflict": 409, "forbidden": 403, "unauthorized": 401, "missing_stub": 412, "not_found": 404}

# --- reading ---


def get_document(call: Call) -> Reply:
    """GET and HEAD /db/id. An entity tag goes with what cannot change as long as the revision is the same."""
    if "open_revs" in call.query:
        return _get_open_revs(call)
    meta = call.flag("meta")
    in_parts = call.method == "GET" and _wants(call, "multipart/related")
    attachments = call.flag("attachments") or "atts_since" in call.query or in_parts
    # CouchDB: with attachments an answer is in parts unless the client takes no parts; `*/*` takes them.
    multipart = attachments and accepts(call.headers.get("accept", ""), "multipart/related")
    with call.replica() as replica:
        doc = replica.get(
            call.id,
            rev=call.query.get("rev"),
            conflicts=meta or call.flag("conflicts"),
            deleted_conflicts=meta or call.flag("deleted_conflicts"),
            revs=call.flag("revs"),
            revs_info=meta or call.flag("revs_info"),
            local_seq=call.flag("local_seq"),
            attachments=attachments,
            atts_since=_atts_since(call),
            latest=call.flag("latest"),
        )
    etag = etag_of(doc["_rev"])
    headers = {"etag": etag} if call.query.keys() <= _SAME_AS_LONG_AS_THE_REVISION else {}
    if headers and etag_matches(call.headers.get("if-none-match"), etag):
        return Reply(304, raw=b"", headers=headers)
    if multipart:
        body, content_type = document_parts(doc, call.context.new_uuid())
        return Reply(raw=body, content_type=content_type, headers=headers)
    return Reply(value=doc, headers=headers)


def _get_open_revs(call: Call) -> Reply:
    wanted = None
    if call.query["open_revs"] != "all":
        wanted = string_list(call.from_json("open_revs"), "open_revs")
    as_json = _prefers_json(call)
    with call.replica() as replica:
        found = replica.open_revs(
            call.id,
            wanted,
            revs=call.flag("revs"),
            latest=call.flag("latest"),
            attachments=call.flag("attachments") or not as_json,
            atts_since=_atts_since(call),
        )
    if wanted is None and not found:
        raise NotFound("missing")
    if as_json:
        return Reply(value=[{"missing": each} if isinstance(each, str) else {"ok": each} for each in found])
    body, content_type = open_revs_multipart(found, call.context.new_uuid())
    return Reply(raw=body, content_type=content_type)


def _prefers_json(call: Call) -> bool:
    """CouchDB answers `open_revs` as multipart/mixed unless JSON is asked for."""
    chosen = quality_of(call.headers.get("accept", ""), "multipart/mixed", "multipart/related", "application/json")
    return chosen == "application/json"


def _wants(call: Call, kind: str) -> bool:
    return quality_of(call.headers.get("accept", ""), "application/json", kind) == kind


def _atts_since(call: Call) -> list[str] | None:
    value = call.from_json("atts_since")
    return None if value is None else string_list(value, "atts_since")


# --- writing ---


def put_document(call: Call) -> Reply:
    """PUT /db/id as JSON or multipart/related."""
    check_writable_id(call, call.id)
    doc = _checked(_document_of(call))
    if doc.setdefault("_id", call.id) != call.id:
        raise BadRequest("Document ID must match the one in the URL")
    rev = given_rev(call, doc.get("_rev"))
    if rev is not None:
        doc["_rev"] = rev
    check_design(doc)
    with call.replica() as replica:
        if call.flag("new_edits", True):
            return _written(call, call.id, replica.put(doc))
        return _put_as_it_is(call, replica, doc)


def _document_of(call: Call) -> Any:
    content_type = call.headers.get("content-type", "")
    if media_type(content_type) == "multipart/related":
        body = call.body()
        call.take_parsed(RELATED_COPIES * len(body))
        return document_from_related(body, content_type, call.take_parsed)
    return call.documents()


def _put_as_it_is(call: Call, replica: LocalReplica, doc: Doc) -> Reply:
    if not isinstance(doc.get("_rev"), str):
        raise BadRequest("new_edits=false needs a `_rev`")
    for failure in replica.bulk_docs([doc], new_edits=False):
        raise failed(failure)
    return _written(call, doc["_id"], doc["_rev"])


def failed(result: WriteResult) -> PeerError:
    """The error of one document of a bulk as the error of a request."""
    error = result.error or "bad_request"
    return from_status(_STATUS_OF.get(error, 400), error, result.reason or error)


def post_document(call: Call) -> Reply:
    """POST /db: a document with an id of the server's choice unless it brings one."""
    doc = _checked(call.documents())
    if "_id" not in doc:
        doc["_id"] = call.context.new_uuid()
    return _store_at(call, str(doc["_id"]), doc)


def _store_at(call: Call, id: str, doc: Doc) -> Reply:
    """A new document or edit, `_local/...` ones among them."""
    check_writable_id(call, id)
    with call.replica() as replica:
        if not id.startswith(LOCAL):
            check_design(doc)
            return _written(call, doc["_id"], replica.put(doc))
        with replica.transaction() as tx:
            return _written(call, id, put_own(call, tx, id, doc))


def delete_document(call: Call) -> Reply:
    check_writable_id(call, call.id)
    rev = given_rev(call, None)
    with call.replica() as replica:
        replica.get(call.id)  # NotFound: nothing is there to delete, or not any more
        if rev is None:
            raise Conflict("Document update conflict.")
        reply = _written(call, call.id, replica.delete(call.id, rev))
    reply.status = 200
    return reply


def copy_document(call: Call) -> Reply:
    """COPY /db/id with `Destination: new-id[?rev=...]`; either may be a `_local` document."""
    target, rev = _destination(call.headers.get("destination", ""))
    check_writable_id(call, target)
    with call.replica() as replica:
        doc = _source_of(call, replica, with_files=not target.startswith(LOCAL))
    doc["_id"] = target
    del doc["_rev"]
    if rev is not None:
        doc["_rev"] = rev
    with call.charged(len(encode_json(doc))):
        return _store_at(call, target, doc)


def _source_of(call: Call, replica: LocalReplica, *, with_files: bool) -> Doc:
    if not call.id.startswith(LOCAL):
        return dict(replica.get(call.id, rev=call.query.get("rev"), attachments=with_files))
    stored = replica.get_local(_local_id(call))
    if stored is None:
        raise NotFound("missing")
    return dict(stored)


def _destination(header: str) -> tuple[str, str | None]:
    if not header or "://" in header:
        raise BadRequest("Destination header must be the id of the copy, with ?rev= when it exists")
    # No address: `case:x` is an id with a colon, not a scheme.
    id, _, query = header.partition("?")
    return unquote(id.lstrip("/")), query.removeprefix("rev=") if query.startswith("rev=") else None


def given_rev(call: Call, in_body: Any) -> str | None:
    """The revision that the request names in body, query or `If-Match`. Raises BadRequest when they
    differ."""
    if_match = call.headers.get("if-match")
    if if_match is not None:
        if_match = if_match.strip().removeprefix("W/").strip('"')
    if in_body is not None and not isinstance(in_body, str):
        raise BadRequest("`_rev` must be a string")
    given = {each for each in (in_body, call.query.get("rev"), if_match) if each is not None}
    if len(given) > 1:
        raise BadRequest("Document rev from request body and query string have different values")
    return given.pop() if given else None


def _checked(doc: Any) -> Doc:
    if not isinstance(doc, dict):
        raise BadRequest("Document must be a JSON object")
    return doc


def _written(call: Call, id: str, rev: str) -> Reply:
    return Reply(201, {"ok": True, "id": id, "rev": rev}, {"etag": etag_of(rev), "location": call.address_of(call.db, id)})


# --- _local documents ---


def get_local(call: Call) -> Reply:
    with call.replica() as replica:
        doc = replica.get_local(_local_id(call))
    if doc is None:
        raise NotFound("missing")
    etag = etag_of(doc["_rev"])
    if etag_matches(call.headers.get("if-none-match"), etag):
        return Reply(304, raw=b"", headers={"etag": etag})
    return Reply(value=as_asked(call, doc), headers={"etag": etag})


def put_local(call: Call) -> Reply:
    doc = _checked(call.documents())
    rev = given_rev(call, doc.get("_rev"))
    if rev is not None:
        doc["_rev"] = rev
    with call.replica() as replica:
        if doc.get("_deleted") is True:
            with replica.transaction() as tx:
                delete_own(call, tx, call.id, rev)
            return Reply(200, {"ok": True, "id": call.id, "rev": "0-0"})
        check_writable_id(call, call.id)
        with replica.transaction() as tx:
            if call.headers.get("if-none-match", "").strip() == "*" and tx.get_local(_local_id(call)) is not None:
                raise Conflict("Document update conflict.")
            new_rev = put_own(call, tx, call.id, doc)
    return _written(call, call.id, new_rev)


def delete_local(call: Call) -> Reply:
    rev = given_rev(call, None)
    with call.replica() as replica:
        check_writable_id(call, call.id)
        with replica.transaction() as tx:
            delete_own(call, tx, call.id, rev)
    return Reply(200, {"ok": True, "id": call.id, "rev": "0-0"})


def _local_id(call: Call) -> str:
    check_writable_id(call, call.id)
    return kept_id(call, call.id)
