"""`_bulk_docs`: many documents in one request, `_local` ones among them.

    new_edits=true    one transaction; a document that is malformed refuses the whole request (400), as CouchDB does;
                      conflicts and refusals of validators are told per document
    new_edits=false   replication: whatever can be stored is stored, failures are told per document

Spec: CouchDB API reference, /db/_bulk_docs.
"""

from __future__ import annotations

from typing import Any

from sync.endpoint.call import SECURITY_ID, Call, bounded_list
from sync.endpoint.local_docs import kept_id, put_own
from sync.endpoint.wire import Reply
from sync.errors import BadRequest, Forbidden, PeerError
from sync.peer import Doc, WriteResult
from sync.replica import LocalReplica
from sync.replica.transaction import Transaction

SEQS_HEADER = "x-update-seqs"
"""Ours, beyond CouchDB: `peer.WriteResults.seqs`, so that a peer need not read back what it has just written."""

DELETED_LOCAL_REV = "0-0"
"""What CouchDB answers for a `_local` document that was deleted."""

_MALFORMED = ("bad_request", "doc_validation", "illegal_docid")
_LOCAL = "_local/"


def bulk_docs(call: Call) -> Reply:
    """POST /db/_bulk_docs `{"docs", "new_edits"}`. Durable when this answers."""
    body = call.documents()
    if not isinstance(body, dict):
        raise BadRequest("Request body must be a JSON object")
    new_edits = body.get("new_edits", True)
    if not isinstance(new_edits, bool):
        raise BadRequest("`new_edits` must be true or false")
    docs = _documents(call, body, new_edits)
    with call.replica() as replica:
        if new_edits or any(_is_local(doc) for doc in docs):
            results, seqs = _store(call, replica, docs, new_edits)
        else:
            stored = replica.bulk_docs(docs, new_edits=False)
            results, seqs = stored, getattr(stored, "seqs", None)
    headers = {SEQS_HEADER: f"{seqs[0]} {seqs[1]}"} if seqs else {}
    return Reply(201, [_write_result(result) for result in results], headers)


def _documents(call: Call, body: dict[str, Any], new_edits: bool) -> list[Doc]:
    if "docs" not in body:
        raise BadRequest("POST body must include `docs` parameter.")
    docs: list[Doc] = bounded_list(body["docs"], "docs")
    may_design = call.may("admin")
    for index, doc in enumerate(docs):
        if not isinstance(doc, dict):
            raise BadRequest(f"docs[{index}]: Document must be a JSON object")
        check_writable_id(call, str(doc.get("_id", "")), may_design)
        if not new_edits and "_rev" not in doc and "_revisions" not in doc and not _is_local(doc):
            raise BadRequest(f"docs[{index}]: When `new_edits: false`, the document needs `_rev` or `_revisions` specified")
        if "_id" not in doc:
            doc["_id"] = call.context.new_uuid()
    return docs


def check_writable_id(call: Call, id: str, may_design: bool | None = None) -> None:
    """Design documents are for the database's administrators (`may_design`: it was asked already), `private_locals` for the
    server alone; `_security` is not a document. Raises Forbidden."""
    if id.startswith("_design/") and not (call.may("admin") if may_design is None else may_design):
        raise Forbidden("You are not a db or server admin.")
    if id in call.context.private_locals:
        raise Forbidden(f"{id} is the server's own")
    if id == f"{_LOCAL}{SECURITY_ID}":
        raise Forbidden("use /db/_security")


def _is_local(doc: Doc) -> bool:
    return str(doc.get("_id", "")).startswith(_LOCAL)


def _store(
    call: Call, replica: LocalReplica, docs: list[Doc], new_edits: bool
) -> tuple[list[WriteResult], tuple[int, int] | None]:
    """Results in the order of the documents (with new_edits=false, failures alone). All is undone when one is malformed."""
    with replica.transaction() as tx:
        results = tx.bulk_docs([doc for doc in docs if not _is_local(doc)], new_edits=new_edits)
        for result in results:
            if new_edits and result.error in _MALFORMED:
                raise BadRequest(result.reason or result.error, error=result.error)
        locals_ = [_store_local(call, tx, doc) for doc in docs if _is_local(doc)]
        if not new_edits:
            return [*results, *(result for result in locals_ if not result.ok)], tx.seqs
        plain, local = iter(results), iter(locals_)
        return [next(local if _is_local(doc) else plain) for doc in docs], tx.seqs


def _store_local(call: Call, tx: Transaction, doc: Doc) -> WriteResult:
    id = doc["_id"]
    try:
        if doc.get("_deleted") is True:
            tx.delete_local(kept_id(call, id), str(doc.get("_rev")))
            return WriteResult(id, DELETED_LOCAL_REV)
        return WriteResult(id, put_own(call, tx, id, doc))
    except BadRequest:
        raise
    except PeerError as refusal:
        return WriteResult(id, None, error=refusal.error, reason=refusal.reason)


def _write_result(result: WriteResult) -> dict[str, Any]:
    if result.ok:
        return {"ok": True, "id": result.id, "rev": result.rev}
    answer = {"id": result.id, "error": result.error, "reason": result.reason}
    return {**answer, "rev": result.rev} if result.rev else answer
