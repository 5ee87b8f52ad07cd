"""Mango over HTTP: `_find`, `_explain`, `_index`. Selectors are matched by `sync.mango`.

There are no indexes but the ids: a query reads the range of ids that its selector allows and tests each
document. Definitions of indexes are kept as design documents, as CouchDB keeps them, so that they
replicate and scripts that make them go on. Spec: CouchDB API reference, /db/_find.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sync import http_endpoint_tuning as tuning
from sync import mango
from sync.errors import BadRequest, NotFound
from sync.http_endpoint_call import Call, as_number, string_list
from sync.http_endpoint_wire import Reply, encode_json, ok
from sync.peer import Doc
from sync.replica import LocalReplica

ALL_DOCS = {"ddoc": None, "name": "_all_docs", "type": "special", "def": {"fields": [{"_id": "asc"}]}}
WARNING = "No matching index found, create an index to optimize query time."
Sort = tuple[tuple[str, bool], ...]
"""Fields, and whether each goes down."""


@dataclass(frozen=True, slots=True)
class Query:
    selector: dict[str, Any]
    limit: int
    skip: int
    sort: Sort
    fields: tuple[str, ...] | None
    after: str | None
    conflicts: bool
    statistics: bool


@dataclass(slots=True)
class Tally:
    examined: int = 0


def find(call: Call) -> Reply:
    """POST /db/_find."""
    query = _query_of(call.json_object())
    passes, tally = mango.compile_selector(query.selector), Tally()
    matches = (doc for doc in _documents(call, query, tally) if passes(doc))
    docs = _first(matches, query)
    answer: dict[str, Any] = {
        "docs": [_only(doc, query.fields) for doc in docs],
        "bookmark": _bookmark(query, docs),
        "warning": WARNING,
    }
    if query.statistics:
        answer["execution_stats"] = {
            "total_keys_examined": 0,
            "total_docs_examined": tally.examined,
            "total_quorum_docs_examined": 0,
            "results_returned": len(docs),
        }
    return Reply(value=answer)


def explain(call: Call) -> Reply:
    """POST /db/_explain: always the ids."""
    query = _query_of(call.json_object())
    low, high = _id_range(query.selector)
    return Reply(
        value={
            "dbname": call.db,
            "index": ALL_DOCS,
            "selector": query.selector,
            "opts": {"sort": [{field: "desc" if down else "asc"} for field, down in query.sort]},
            "limit": query.limit,
            "skip": query.skip,
            "fields": "all_fields" if query.fields is None else query.fields,
            "range": {"start_key": low, "end_key": high},
        }
    )


# --- the query ---


def _query_of(body: dict[str, Any]) -> Query:
    if not isinstance(body.get("selector"), dict):
        raise BadRequest("`selector` must be an object", error="invalid_selector")
    fields = body.get("fields")
    if fields is not None:
        fields = tuple(string_list(fields, "fields")) or None
    limit = as_number("limit", body.get("limit", tuning.FIND_DEFAULT_LIMIT))
    sort = _sort_of(body.get("sort", []))
    skip, after = _place(body, bool(sort))
    return Query(
        selector=body["selector"],
        limit=min(limit, tuning.FIND_MAX_LIMIT),
        skip=skip,
        sort=sort,
        fields=fields,
        after=after,
        conflicts=body.get("conflicts") is True,
        statistics=body.get("execution_stats") is True,
    )


def _sort_of(value: Any) -> Sort:
    if not isinstance(value, list):
        raise BadRequest("`sort` must be an array", error="invalid_sort_json")
    fields = []
    for item in value:
        pair = {item: "asc"} if isinstance(item, str) else item
        if not isinstance(pair, dict) or len(pair) != 1 or not set(map(str, pair.values())) <= {"asc", "desc"}:
            raise BadRequest("`sort` takes names of fields, or {name: asc or desc}", error="invalid_sort_json")
        fields += [(field, direction == "desc") for field, direction in pair.items()]
    return () if fields == [("_id", False)] else tuple(fields)


def _place(body: dict[str, Any], sorted_: bool) -> tuple[int, str | None]:
    """(skip, last id already seen) of `skip` and `bookmark`. A sorted result goes on by number, an
    unsorted one by id."""
    skip = as_number("skip", body.get("skip", 0))
    bookmark = body.get("bookmark", "nil")
    if bookmark in ("nil", "", None):
        return skip, None
    try:
        kind, place = base64.urlsafe_b64decode(str(bookmark)).decode().split(":", 1)
        if kind == ("n" if sorted_ else "i"):
            return (skip + as_number("bookmark", place), None) if sorted_ else (skip, place)
    except (ValueError, binascii.Error):
        pass
    raise BadRequest("`bookmark` is not one of this query's", error="invalid_bookmark")


def _bookmark(query: Query, docs: list[Doc]) -> str:
    if not docs:
        return "nil"
    place = f"n:{query.skip + len(docs)}" if query.sort else f"i:{docs[-1]['_id']}"
    return base64.urlsafe_b64encode(place.encode()).decode()


# --- the answer ---


def _documents(call: Call, query: Query, tally: Tally) -> Iterator[Doc]:
    """Documents in the order of their ids, page by page, without design documents."""
    low, high = _id_range(query.selector)
    if query.after is not None and (low is None or query.after > low):
        low = query.after
    seen = query.after
    with call.replica() as replica:
        while True:
            rows = replica.all_docs(
                startkey=low, endkey=high, include_docs=True, conflicts=query.conflicts, limit=tuning.FIND_PAGE_DOCS
            )
            for row in rows:
                if row.id != seen and row.doc is not None and not row.id.startswith("_design/"):
                    tally.examined += 1
                    yield row.doc
            if len(rows) < tuning.FIND_PAGE_DOCS:
                return
            low = seen = rows[-1].id


def _id_range(selector: dict[str, Any]) -> tuple[str | None, str | None]:
    """The ids that can match at all, as far as a condition on `_id` at the top tells."""
    condition = selector.get("_id")
    if isinstance(condition, str):
        return condition, condition
    if not isinstance(condition, dict):
        return None, None
    equal = condition.get("$eq")
    low, high = (
        next((condition[name] for name in names if name in condition), equal) for names in (("$gte", "$gt"), ("$lte", "$lt"))
    )
    return low if isinstance(low, str) else None, high if isinstance(high, str) else None


def _first(matches: Iterator[Doc], query: Query) -> list[Doc]:
    """What lies between `skip` and `limit`; never more in memory than both together."""
    wanted = query.skip + query.limit
    if query.sort:
        if wanted > tuning.FIND_MAX_LIMIT:
            raise BadRequest(f"`skip` and `limit` of a sorted query must stay below {tuning.FIND_MAX_LIMIT} together")
        has_all = (doc for doc in matches if all(_field(doc, field) is not _NONE for field, _ in query.sort))
        return heapq.nsmallest(wanted, has_all, key=_sort_key(query.sort))[query.skip :]
    found: list[Doc] = []
    if not query.limit:
        return found
    for number, doc in enumerate(matches):
        if number >= query.skip:
            found.append(doc)
            if len(found) >= query.limit:
                break
    return found


def _sort_key(sort: Sort) -> Callable[[Doc], Any]:
    def compare(left: Doc, right: Doc) -> int:
        for field, down in sort:
            if order := mango.compare(_field(left, field), _field(right, field)):
                return -order if down else order
        return 0

    return functools.cmp_to_key(compare)


_NONE = object()


def _field(doc: Doc, name: str) -> Any:
    value: Any = doc
    for part in mango.split_path(name):
        if not isinstance(value, dict) or part not in value:
            return _NONE
        value = value[part]
    return value


def _only(doc: Doc, fields: tuple[str, ...] | None) -> Doc:
    """The document with these fields alone, nested ones in their place."""
    if fields is None:
        return doc
    result: Doc = {}
    for name in fields:
        value = _field(doc, name)
        if value is _NONE:
            continue
        *outer, last = mango.split_path(name)
        place = result
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return result


# --- definitions of indexes ---


def indexes(call: Call) -> Reply:
    """GET /db/_index: the ids, and the definitions that design documents hold."""
    found: list[dict[str, Any]] = [ALL_DOCS]
    with call.replica() as replica:
        for row in replica.all_docs(startkey="_design/", endkey="_design0", include_docs=True):
            if row.doc is not None and row.doc.get("language") == "query":
                found += _definitions(row.doc)
    return Reply(value={"total_rows": len(found), "indexes": found})


def _definitions(ddoc: Doc) -> Iterator[dict[str, Any]]:
    for name, view in ddoc.get("views", {}).items():
        fields = view.get("map", {}).get("fields", {}) if isinstance(view, dict) else {}
        definition = {"fields": [{field: order} for field, order in fields.items()]}
        yield {"ddoc": ddoc["_id"], "name": name, "type": "json", "partitioned": False, "def": definition}


def create_index(call: Call) -> Reply:
    """POST /db/_index `{"index": {"fields"}, "ddoc", "name", "type"}`."""
    body = call.json_object()
    index = body.get("index")
    if not isinstance(index, dict) or body.get("type", "json") != "json":
        raise BadRequest("`index` must be an object with `fields`, and `type` json", error="invalid_index")
    sort = _sort_of(index.get("fields"))
    fields = {field: "desc" if down else "asc" for field, down in sort} or {"_id": "asc"}
    digest = hashlib.sha1(encode_json(fields), usedforsecurity=False).hexdigest()
    ddoc_id = "_design/" + str(body.get("ddoc", digest)).removeprefix("_design/")
    name = str(body.get("name", digest))
    with call.replica() as replica:
        result = _store_index(replica, ddoc_id, name, {"map": {"fields": fields}, "reduce": "_count"})
    return Reply(200, {"result": result, "id": ddoc_id, "name": name})


def _store_index(replica: LocalReplica, ddoc_id: str, name: str, view: dict[str, Any]) -> str:
    try:
        ddoc = replica.get(ddoc_id)
    except NotFound:
        ddoc = {"_id": ddoc_id, "language": "query", "views": {}}
    views = ddoc.setdefault("views", {})
    if views.get(name) == view:
        return "exists"
    views[name] = view
    replica.put(ddoc)
    return "created"


def delete_index(call: Call) -> Reply:
    """DELETE /db/_index/{ddoc}/json/{name}."""
    ddoc_id = "_design/" + call.id.removeprefix("_design/")
    with call.replica() as replica:
        ddoc = replica.get(ddoc_id)
        if ddoc.get("views", {}).pop(call.name, None) is None:
            raise NotFound("index does not exist")
        if ddoc["views"]:
            replica.put(ddoc)
        else:
            replica.delete(ddoc_id, ddoc["_rev"])
    return ok()
