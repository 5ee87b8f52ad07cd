"""Which handler serves a request: a table per level of the path, and what one must be allowed for it.

Handlers are plain functions `Call -> Reply`, run by a worker thread; feeds are coroutines `Call ->
Stream`. It must not know how they do it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from sync.endpoint import all_docs, attachments, changes, design, server, tuning
from sync.endpoint import bulk_docs as bulk
from sync.endpoint import database as db
from sync.endpoint import db_updates as updates
from sync.endpoint import documents as docs
from sync.endpoint import find as mango
from sync.endpoint import indexes as index
from sync.endpoint.auth import Access
from sync.endpoint.bulk_get import bulk_get
from sync.endpoint.call import Call
from sync.endpoint.wire import Reply, Stream
from sync.errors import BadRequest, MethodNotAllowed, NotFound, NotImplementedByPeer

Handler = Callable[[Call], Reply]
FeedHandler = Callable[[Call], Awaitable[Reply | Stream]]


@dataclass(frozen=True, slots=True)
class Route:
    """`access` "public" asks nobody. `feed` handlers run on the event loop and may return a stream. `body`: bytes that the
    request may carry; `json`: it is JSON as a rule, and worth parsing ahead when it is large; `stores`: what it carries is kept
    and counts against the principal's quota."""

    access: Access | Literal["public"]
    handler: Handler | None = None
    feed: FeedHandler | None = None
    body: int = tuning.MAX_SMALL_BODY_BYTES
    json: bool = True
    stores: bool = False


Methods = Mapping[str, Route]


_LIST, _QUERY = tuning.MAX_LIST_BODY_BYTES, tuning.MAX_QUERY_BODY_BYTES


def _read(handler: Handler, body: int = tuning.MAX_SMALL_BODY_BYTES) -> Route:
    return Route("read", handler, body=body)


def _write(handler: Handler, body: int = tuning.MAX_SMALL_BODY_BYTES) -> Route:
    return Route("write", handler, body=body)


def _takes(handler: Handler, *, json: bool = True) -> Route:
    """Documents or attachments."""
    return Route("write", handler, body=tuning.MAX_BODY_BYTES, json=json, stores=True)


def _admin(handler: Handler, body: int = tuning.MAX_SMALL_BODY_BYTES) -> Route:
    return Route("admin", handler, body=body)


def _public(handler: Handler) -> Route:
    return Route("public", handler, body=tuning.MAX_OPEN_BODY_BYTES)


def _get_and_post(route: Route) -> Methods:
    return {"GET": route, "POST": route}


SERVER: Mapping[str, Methods] = {
    "": {"GET": _public(server.welcome)},
    "_up": {"GET": _public(server.up)},
    "_session": {
        "GET": _public(server.get_session),
        "POST": _public(server.post_session),
        "DELETE": _public(server.delete_session),
    },
    "_uuids": {"GET": _public(server.uuids)},
    "_all_dbs": {"GET": _read(server.all_dbs)},
    "_dbs_info": _get_and_post(_read(server.dbs_info, _LIST)),
    "_active_tasks": {"GET": _admin(server.active_tasks)},
    "_db_updates": {"GET": Route("admin", feed=updates.db_updates)},
}

DATABASE: Mapping[str, Methods] = {
    "": {
        "GET": _read(db.get_database),
        "POST": _takes(docs.post_document),
        "PUT": _admin(db.create_database),
        "DELETE": _admin(db.delete_database),
    },
    "_all_docs": _get_and_post(Route("read", feed=all_docs.all_docs, body=_LIST)),
    "_all_docs/queries": {"POST": _read(all_docs.all_docs_queries, _LIST)},
    "_design_docs/queries": {"POST": _read(all_docs.design_docs_queries, _LIST)},
    "_design_docs": _get_and_post(Route("read", feed=all_docs.design_docs, body=_LIST)),
    "_local_docs": _get_and_post(_read(db.local_docs, _LIST)),
    "_changes": _get_and_post(Route("read", feed=changes.changes, body=_LIST)),
    "_bulk_docs": {"POST": _takes(bulk.bulk_docs)},
    "_bulk_get": {"POST": Route("read", feed=bulk_get, body=_LIST)},
    "_revs_diff": {"POST": _read(db.revs_diff, _LIST)},
    "_missing_revs": {"POST": _read(db.missing_revs, _LIST)},
    "_ensure_full_commit": {"POST": _read(db.ensure_full_commit)},
    "_compact": {"POST": _admin(db.compact)},
    "_view_cleanup": {"POST": _admin(db.view_cleanup)},
    "_revs_limit": {"GET": _read(db.get_revs_limit), "PUT": _admin(db.put_revs_limit)},
    "_purge": {"POST": _admin(db.purge, _LIST)},
    "_security": {"GET": _read(db.get_security), "PUT": _admin(db.put_security)},
    "_find": {"POST": Route("read", feed=mango.find, body=_QUERY)},
    "_explain": {"POST": _read(mango.explain, _QUERY)},
    "_index": {"GET": _read(index.indexes), "POST": _admin(index.create_index, _QUERY)},
    "_index/_bulk_delete": {"POST": _admin(index.delete_indexes, _LIST)},
}

DOCUMENT: Methods = {
    "GET": _read(docs.get_document),
    "PUT": _takes(docs.put_document),
    "DELETE": Route("write", docs.delete_document, stores=True),
    "COPY": Route("write", docs.copy_document, stores=True),
}

# A replicator of a reader writes its checkpoint on the source, which CouchDB allows to members; so do we.
LOCAL_DOCUMENT: Methods = {
    "GET": _read(docs.get_local),
    "PUT": _write(docs.put_local),
    "DELETE": _write(docs.delete_local),
    "COPY": Route("write", docs.copy_document, stores=True),
}

ATTACHMENT: Methods = {
    "GET": _read(attachments.get_attachment),
    "PUT": _takes(attachments.put_attachment, json=False),
    "DELETE": Route("write", attachments.delete_attachment, stores=True),
}

DESIGN_FUNCTION: Methods = {method: _read(design.run_function) for method in ("GET", "POST", "PUT", "DELETE")}


UNSPOKEN_SERVER: Mapping[str, str] = {
    "_replicate": "run `python -m sync replicate` or PouchDB's replicate",
    "_scheduler": "there are no replication jobs on the server",
    "_node": "settings are the program's",
    "_config": "settings are the program's",
    "_membership": "there is one node",
    "_cluster_setup": "there is one node",
    "_reshard": "there are no shards",
    "_utils": "there is no web interface",
    "_search_analyze": "there is no search engine",
    "_nouveau_analyze": "there is no search engine",
}
"""Parts of CouchDB that are known and not spoken: 501 with the way out."""

UNSPOKEN_DATABASE: Mapping[str, str] = {
    "_temp_view": "it runs JavaScript; use _find",
    "_partition": "databases are not partitioned",
    "_shards": "there are no shards",
    "_sync_shards": "there are no shards",
    "_purged_infos": "purges are not remembered",
    "_purged_infos_limit": "purges are not remembered",
}


def find_route(call: Call) -> Route:
    """The route of a call; fills in its `db`, `id` and `name`. Raises NotFound, MethodNotAllowed,
    BadRequest, NotImplementedByPeer."""
    first = call.segments[0] if call.segments else ""
    if not call.segments or (len(call.segments) == 1 and first in SERVER):
        return _of_method(SERVER[first], call.method)
    if first in UNSPOKEN_SERVER:
        raise NotImplementedByPeer(f"/{first} is not spoken here: {UNSPOKEN_SERVER[first]}")
    call.db, rest = first, call.segments[1:]
    if rest and rest[0] in UNSPOKEN_DATABASE:
        raise NotImplementedByPeer(f"{rest[0]} is not spoken here: {UNSPOKEN_DATABASE[rest[0]]}")
    word = "/".join(rest)
    if word in DATABASE:
        return _of_method(DATABASE[word], call.method)
    if rest[0] == "_compact" and len(rest) == 2:
        return _of_method({"POST": _admin(db.view_cleanup)}, call.method)
    if rest[0] == "_index" and len(rest) >= 4 and rest[-2] == "json":
        call.id, call.name = "/".join(rest[1:-2]), rest[-1]
        return _of_method({"DELETE": _admin(index.delete_index)}, call.method)
    return _of_method(_document_methods(call, rest), call.method)


def _document_methods(call: Call, rest: tuple[str, ...]) -> Methods:
    """`rest` is what follows the database's name: an id in one segment or two, then perhaps an
    attachment's name."""
    if rest[0] in ("_design", "_local") and len(rest) > 1:
        rest = (f"{rest[0]}/{rest[1]}", *rest[2:])
    call.id, call.name = rest[0], "/".join(rest[1:])
    if call.id.startswith("_local/"):
        if call.name:
            raise BadRequest("_local documents do not accept attachments.")
        return LOCAL_DOCUMENT
    if call.id.startswith("_design/") and len(rest) > 1 and rest[1] in design.FUNCTIONS:
        return DESIGN_FUNCTION
    if call.id in ("_view", "_show", "_list"):
        raise NotFound("missing")
    if not call.id:
        raise BadRequest("Document id must not be empty", error="illegal_docid")
    if call.id.startswith("_") and not call.id.startswith("_design/"):
        raise BadRequest("Only reserved document ids may start with underscore.", error="illegal_docid")
    return ATTACHMENT if call.name else DOCUMENT


def _of_method(methods: Methods, method: str) -> Route:
    route = methods.get("GET" if method == "HEAD" else method)
    if route is None:
        allowed = [*methods, "HEAD"] if "GET" in methods else [*methods]
        raise MethodNotAllowed(f"Only {','.join(sorted(allowed))} allowed")
    return route


class PastRoutes(BaseRoute):
    """The short way past a program's routes: takes what begins with none of `words`. A program may have hundreds of pages beside
    the databases, and Starlette would hold each request against one after the other."""

    def __init__(self, words: frozenset[str], endpoint: ASGIApp) -> None:
        self._words, self._endpoint = words, endpoint

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        ours = scope["type"] == "http" and scope["path"][1:].partition("/")[0] not in self._words
        return (Match.FULL if ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoint(scope, receive, send)


def past(routes: Sequence[BaseRoute], endpoint: ASGIApp) -> list[BaseRoute]:
    """`routes` behind a `PastRoutes`; alone where one of them does not say how its paths begin."""
    words = set[str]()
    for route in routes:
        path = getattr(route, "path", "")
        word = path[1:].partition("/")[0]
        if not path.startswith("/") or "{" in word:
            return list(routes)
        words.add(word)
    return [PastRoutes(frozenset(words), endpoint), *routes]
