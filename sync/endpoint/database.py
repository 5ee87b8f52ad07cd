"""Routes of one database that are not about single documents: creation, information, bulk reads and
writes, upkeep.

Spec: CouchDB API reference, "Databases". The bulk routes are the ones replication lives on.
"""

from __future__ import annotations

import os
from typing import Any

from sync.endpoint import tuning
from sync.endpoint.all_docs import view_options
from sync.endpoint.auth import SecurityObject
from sync.endpoint.call import SECURITY_ID, Call, bounded_list, security_document, string_list
from sync.endpoint.local_docs import as_asked, own_prefix
from sync.endpoint.wire import Reply, ok
from sync.errors import BadRequest
from sync.peer import Doc
from sync.replica import LocalReplica

# --- the database itself ---


def create_database(call: Call) -> Reply:
    call.context.databases.create(call.db)
    return Reply(201, {"ok": True}, {"location": call.address_of(call.db)})


def delete_database(call: Call) -> Reply:
    if "rev" in call.query:
        raise BadRequest("You tried to DELETE a database with a ?=rev parameter. Did you mean to DELETE a document instead?")
    call.context.databases.delete(call.db)
    return ok()


def get_database(call: Call) -> Reply:
    return Reply(value=database_info(call))


def database_info(call: Call) -> dict[str, Any]:
    """CouchDB's fields, and ours: `replica_id` and `epoch`, by which peers notice a restored or swapped
    database."""
    with call.replica() as replica:
        info = replica.info()
        size = sum(os.stat(path).st_size for path in _files(replica))
    return {
        "db_name": call.db,
        "doc_count": info.doc_count,
        "doc_del_count": info.doc_del_count,
        "update_seq": info.update_seq,
        "purge_seq": info.extra.get("purge_seq", 0),
        "sizes": {"file": size, "external": info.extra.get("external_size", size), "active": size},
        "props": {},
        "disk_format_version": 8,
        "compact_running": False,
        "cluster": {"q": 1, "n": 1, "w": 1, "r": 1},
        "instance_start_time": "0",
        "replica_id": info.peer_id,
        "epoch": info.epoch,
    }


def _files(replica: LocalReplica) -> list[str]:
    return [path for path in (str(replica.path), f"{replica.path}-wal") if os.path.exists(path)]


# --- _local documents in a list ---


def local_docs(call: Call) -> Reply:
    """GET and POST /db/_local_docs: a principal has few, so they are chosen from in memory."""
    options = view_options(call)
    with call.replica() as replica:
        hidden = {f"_local/{SECURITY_ID}", *call.context.private_locals}
        docs = {doc["_id"]: doc for doc in (as_asked(call, doc) for doc in replica.local_docs(own_prefix(call)))}
    docs = {id: doc for id, doc in docs.items() if id not in hidden}
    skip, limit = options.get("skip", 0), options.get("limit")
    ids = _ids_between(docs, options)[skip:][:limit]
    return Reply(value={"total_rows": None, "offset": None, "rows": [
        _local_row(id, docs.get(id), options.get("include_docs", False)) for id in ids
    ]})


def _ids_between(docs: dict[str, Doc], options: dict[str, Any]) -> list[str]:
    if "keys" in options:
        return list(options["keys"])
    down = options.get("descending", False)
    first, last = ("endkey", "startkey") if down else ("startkey", "endkey")
    low, high = options.get(first), options.get(last)
    ids = sorted((id for id in docs if (low is None or id >= low) and (high is None or id <= high)), reverse=down)
    if not options.get("inclusive_end", True) and ids and ids[-1] == options.get("endkey"):
        ids.pop()
    return ids


def _local_row(id: str, doc: Doc | None, include_docs: bool) -> dict[str, Any]:
    if doc is None:
        return {"key": id, "error": "not_found"}
    row = {"id": id, "key": id, "value": {"rev": doc["_rev"]}}
    return {**row, "doc": doc} if include_docs else row


# --- bulk reads: what replication uses ---


def revs_diff(call: Call) -> Reply:
    with call.replica() as replica:
        diff = replica.revs_diff(_revs_by_id(call))
    answer: dict[str, dict[str, Any]] = {}
    for id, each in diff.items():
        answer[id] = {"missing": each.missing}
        if each.possible_ancestors:
            answer[id]["possible_ancestors"] = each.possible_ancestors
    return Reply(value=answer)


def missing_revs(call: Call) -> Reply:
    with call.replica() as replica:
        diff = replica.revs_diff(_revs_by_id(call))
    return Reply(value={"missing_revs": {id: each.missing for id, each in diff.items()}})


def purge(call: Call) -> Reply:
    with call.replica() as replica:
        purged = replica.purge(_revs_by_id(call))
    return Reply(201, {"purge_seq": None, "purged": purged})


def _revs_by_id(call: Call) -> dict[str, list[str]]:
    body = call.json_object()
    bounded_list(list(body), "ids")
    return {id: string_list(revs, id) for id, revs in body.items()}


# --- upkeep and settings ---


def ensure_full_commit(call: Call) -> Reply:
    """Every answered write is on disk already."""
    with call.replica():
        return ok(201, instance_start_time="0")


def compact(call: Call) -> Reply:
    if call.method == "POST":
        call.raw_body and call.json()
    with call.replica() as replica:
        replica.compact()
    return ok(202)


def view_cleanup(call: Call) -> Reply:
    """POST /db/_view_cleanup and /db/_compact/{ddoc}: entries of indexes that nobody defines any more."""
    with call.replica() as replica:
        replica.forget_undefined_indexes()
    return ok(202)


def get_revs_limit(call: Call) -> Reply:
    with call.replica() as replica:
        return Reply(value=replica.revs_limit)


def put_revs_limit(call: Call) -> Reply:
    limit = call.json()
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= tuning.MAX_REVS_LIMIT:
        raise BadRequest(f"`rev_limit` must be a number from 1 to {tuning.MAX_REVS_LIMIT}")
    with call.replica() as replica:
        replica.set_revs_limit(limit)
    return ok()


def get_security(call: Call) -> Reply:
    with call.replica() as replica:
        return Reply(value=security_document(replica))


def put_security(call: Call) -> Reply:
    value = call.json_object()
    SecurityObject.from_json(value)
    with call.replica() as replica:
        stored = replica.get_local(SECURITY_ID)
        doc: Doc = {"security": value}
        if stored is not None:
            doc["_rev"] = stored["_rev"]
        replica.put_local(SECURITY_ID, doc)
    return ok()
