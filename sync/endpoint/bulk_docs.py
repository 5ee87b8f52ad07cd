"""`_bulk_docs`: many documents in one request, `_local` ones among them.

    new_edits=true    one transaction; a document that is malformed refuses the whole request (400), as CouchDB does;
                      conflicts and refusals of validators are told per document
    new_edits=false   replication: whatever can be stored is stored, failures are told per document, even of one that no
                      parser takes

Spec: CouchDB API reference, /db/_bulk_docs.
"""

from __future__ import annotations

from typing import Any

from sync.endpoint.call import SECURITY_ID, Call, bounded_list
from sync.endpoint.design import check_design
from sync.endpoint.local_docs import delete_own, put_own
from sync.endpoint.wire import Reply, parse_json
from sync.errors import BadRequest, Forbidden, PeerError
from sync.json_documents import cut_apart, names_of
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
    body, unreadable = _body_of(call)
    if not isinstance(body, dict):
        raise BadRequest("Request body must be a JSON object")
    new_edits = body.get("new_edits", True)
    if not isinstance(new_edits, bool):
        raise BadRequest("`new_edits` must be true or false")
    docs, refused = _documents(call, body, new_edits)
    with call.replica() as replica:
        if new_edits or any(_is_local(doc) for doc in docs):
            results, seqs = _store(call, replica, docs, new_edits)
        else:
            stored = replica.bulk_docs(docs, new_edits=False)
            results, seqs = list(stored), getattr(stored, "seqs", None)
    for index, result in sorted(refused.items()):
        results.insert(index if new_edits else len(results), result)
    headers = {SEQS_HEADER: f"{seqs[0]} {seqs[1]}"} if seqs else {}
    return Reply(201, [_write_result(result) for result in (*results, *unreadable)], headers)


def _body_of(call: Call) -> tuple[Any, list[WriteResult]]:
    """The body, and what of a replicated batch cannot be read: the documents beside it are."""
    try:
        return call.documents(), []
    except BadRequest as refusal:
        cut = cut_apart(call.body())
        if cut is None:
            raise
        body = parse_json(cut.rest)
        if not isinstance(body, dict) or body.get("new_edits") is not False:
            raise
        body["docs"], unreadable = [], []
        for text in cut.documents:
            try:
                body["docs"].append(parse_json(text, "document", take=call.take_parsed))
            except BadRequest as fault:
                id, rev = names_of(text)
                if id is None:
                    raise refusal from None
                unreadable.append(WriteResult(id, rev, error=fault.error, reason=fault.reason))
        return body, unreadable


def _documents(call: Call, body: dict[str, Any], new_edits: bool) -> tuple[list[Doc], dict[int, WriteResult]]:
    """Those to be stored, and by their place in the body those that are refused before."""
    if "docs" not in body:
        raise BadRequest("POST body must include `docs` parameter.")
    docs: list[Doc] = []
    refused: dict[int, WriteResult] = {}
    may_design = call.may("admin")
    for index, doc in enumerate(bounded_list(body["docs"], "docs")):
        if not isinstance(doc, dict):
            raise BadRequest(f"docs[{index}]: Document must be a JSON object")
        if "_id" not in doc:
            doc["_id"] = call.context.new_uuid()
        if not new_edits and "_rev" not in doc and "_revisions" not in doc and not _is_local(doc):
            raise BadRequest(f"docs[{index}]: When `new_edits: false`, the document needs `_rev` or `_revisions` specified")
        try:
            check_writable_id(call, str(doc["_id"]), may_design)
            check_design(doc)
            docs.append(doc)
        except (BadRequest, Forbidden) as refusal:
            rev = doc.get("_rev")
            refused[index] = WriteResult(
                str(doc["_id"]), rev if isinstance(rev, str) and not new_edits else None, refusal.error, refusal.reason
            )
    return docs, refused


def check_writable_id(call: Call, id: str, may_design: bool | None = None) -> None:
    """Design documents are for the database's administrators (`may_design`: it was asked already), `private_locals` and what
    is `server_only` for the server alone; `_security` is not a document. Raises Forbidden."""
    if id.startswith("_design/") and not (call.may("admin") if may_design is None else may_design):
        raise Forbidden("You are not a db or server admin.")
    if id in call.context.private_locals or call.context.server_only(id):
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
            delete_own(call, tx, id, None)
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
