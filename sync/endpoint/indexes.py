"""`_index` over HTTP: definitions of Mango indexes, kept as design documents of language `query`, as CouchDB keeps them, so
that they replicate. Their entries are `replica.indexes`'s. Spec: CouchDB API reference, /db/_index.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sync.canonical import encode
from sync.endpoint import tuning
from sync.endpoint.call import Call, string_list
from sync.endpoint.wire import Reply, ok
from sync.errors import BadRequest, NotFound, NotImplementedByPeer, SyncError
from sync.mango import selector as mango
from sync.mango.normal import normalised
from sync.peer import Doc
from sync.replica import LocalReplica

ALL_DOCS: dict[str, Any] = {
    "ddoc": None, "name": "_all_docs", "type": "special", "def": {"fields": [{"_id": "asc"}]},
}  # fmt: skip


def indexes(call: Call) -> Reply:
    """GET /db/_index: the ids, and the definitions that design documents hold."""
    with call.replica() as replica:
        found = [ALL_DOCS, *(each.as_json() for each in replica.index_definitions())]
    skip, limit = call.number("skip", 0) or 0, call.number("limit")
    return Reply(value={"total_rows": len(found), "indexes": found[skip:][:limit]})


def create_index(call: Call) -> Reply:
    """POST /db/_index `{"index": {"fields", "partial_filter_selector"}, "ddoc", "name", "type"}`."""
    body = call.json_object()
    index, kind = body.get("index"), body.get("type", "json")
    if kind in ("text", "nouveau"):
        raise NotImplementedByPeer("indexes of type text need a search engine, which is not spoken here; use type json")
    if not isinstance(index, dict) or kind != "json":
        raise BadRequest("`index` must be an object with `fields`, and `type` json", error="invalid_index")
    if body.get("partitioned") is True:
        raise BadRequest("`partitioned` must be `false`, database is not partitioned", error="invalid_options")
    view = _view_of(index)
    digest = _digest(view, body.get("name"))
    ddoc_id = "_design/" + _name(body, "ddoc", digest).removeprefix("_design/")
    name = _name(body, "name", digest)
    with call.replica() as replica:
        result = _store_index(replica, ddoc_id, name, view)
    return Reply(200, {"result": result, "id": ddoc_id, "name": name})


def _digest(view: dict[str, Any], name: Any) -> str:
    """What names a design document that the request does not name: another name of the index makes another one, other ways
    to write the same fields do not."""
    content = [[list(pair) for pair in view["map"]["fields"].items()], view["map"].get("partial_filter_selector"), name]
    return hashlib.sha1(encode(content), usedforsecurity=False).hexdigest()


def _name(body: dict[str, Any], member: str, default: str) -> str:
    value = body.get(member, default)
    if value is None:
        return default
    if not isinstance(value, str) or not value:
        raise BadRequest(f"`{member}` must be a text that is not empty", error="invalid_options")
    return value


def _view_of(index: dict[str, Any]) -> dict[str, Any]:
    fields = _fields_of(index.get("fields"))
    map_: dict[str, Any] = {"fields": fields}
    definition: dict[str, Any] = {"fields": index["fields"]}    # as it was written, like CouchDB; `map` has it in full
    partial = index.get("partial_filter_selector")
    if partial is not None:
        mango.compile_selector(partial)
        map_["partial_filter_selector"], definition["partial_filter_selector"] = normalised(partial), partial
    return {"map": map_, "reduce": "_count", "options": {"def": definition}}


def _fields_of(value: Any) -> dict[str, str]:
    if not isinstance(value, list) or not value:
        raise BadRequest("`index.fields` must be an array that is not empty", error="invalid_index")
    if len(value) > tuning.MAX_INDEX_FIELDS:
        raise BadRequest(f"an index has at most {tuning.MAX_INDEX_FIELDS} fields", error="invalid_index")
    fields: dict[str, str] = {}
    for name, order in (pair for item in value for pair in _pairs(item)):
        if name in fields or not name or order not in ("asc", "desc"):
            raise BadRequest("`index.fields` takes different names of fields, or {name: asc or desc}", error="invalid_index")
        fields[name] = order
    if len(set(fields.values())) > 1:
        raise BadRequest("all fields of an index go up or all go down", error="unsupported_mixed_sort")
    return fields


def _pairs(item: Any) -> list[tuple[Any, Any]]:
    if isinstance(item, str):
        return [(item, "asc")]
    if not isinstance(item, dict) or len(item) != 1:
        raise BadRequest("`index.fields` takes names of fields, or {name: asc or desc}", error="invalid_index")
    return list(item.items())


def _store_index(replica: LocalReplica, ddoc_id: str, name: str, view: dict[str, Any]) -> str:
    with replica.transaction() as tx:
        try:
            ddoc = tx.get(ddoc_id)
        except NotFound:
            ddoc = {"_id": ddoc_id, "language": "query", "views": {}}
        if ddoc.get("language") != "query":
            raise BadRequest(f"{ddoc_id} holds no indexes but something else", error="invalid_index")
        views = ddoc.setdefault("views", {})
        if name in views and views[name].get("map") == view["map"]:
            return "exists"
        views[name] = view
        tx.put(ddoc)
        return "created"


def delete_index(call: Call) -> Reply:
    """DELETE /db/_index/{ddoc}/json/{name}."""
    with call.replica() as replica:
        with replica.transaction() as tx:
            ddoc = tx.get("_design/" + call.id.removeprefix("_design/"))
            if ddoc.get("language") != "query" or ddoc.get("views", {}).pop(call.name, None) is None:
                raise NotFound("index does not exist")
            _write_rest(tx, ddoc)
        replica.forget_undefined_indexes()
    return ok()


def _write_rest(tx: Any, ddoc: Doc) -> None:
    if ddoc["views"]:
        tx.put(ddoc)
    else:
        tx.delete(ddoc["_id"], ddoc["_rev"])


def delete_indexes(call: Call) -> Reply:
    """POST /db/_index/_bulk_delete `{"docids": [design documents]}`."""
    success: list[dict[str, Any]] = []
    fail: list[dict[str, Any]] = []
    with call.replica() as replica:
        for id in string_list(call.json_object().get("docids"), "docids"):
            ddoc_id = "_design/" + id.removeprefix("_design/")
            try:
                ddoc = replica.get(ddoc_id)
                if ddoc.get("language") != "query":
                    raise NotFound("index does not exist")
                replica.delete(ddoc_id, ddoc["_rev"])
                success.append({"id": ddoc_id, "ok": True})
            except SyncError as error:
                fail.append({"id": ddoc_id, "error": error.reason})
        replica.forget_undefined_indexes()
    return Reply(value={"success": success, "fail": fail})
