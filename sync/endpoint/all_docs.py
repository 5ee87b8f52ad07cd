"""`_all_docs`, `_all_docs/queries`, `_design_docs`: documents by id.

A long answer is a stream of pages: between two pages neither a thread nor a lease is held, and memory
holds one page whatever the size of the database. Spec: CouchDB API reference, /db/_all_docs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from sync.endpoint import tuning
from sync.endpoint.call import Call, as_number, bounded_list, in_thread, string_list
from sync.endpoint.wire import Reply, Stream, encode_json
from sync.errors import BadRequest
from sync.peer import Row
from sync.replica import LocalReplica


async def all_docs(call: Call) -> Reply | Stream:
    """GET and POST; parameters of the body win over those of the query."""
    return await _answer(call, await in_thread(call, partial(view_options, call)))


async def design_docs(call: Call) -> Reply | Stream:
    """`_all_docs` of the design documents alone."""
    return await _answer(call, _of_designs(await in_thread(call, partial(view_options, call))))


_FIRST_DESIGN, _AFTER_DESIGNS = "_design/", "_design0"


def _of_designs(options: dict[str, Any]) -> dict[str, Any]:
    low, high = _FIRST_DESIGN, _AFTER_DESIGNS
    options["designs"] = True
    options.setdefault("startkey", high if options.get("descending") else low)
    options.setdefault("endkey", low if options.get("descending") else high)
    return options


def all_docs_queries(call: Call) -> Reply:
    """POST /db/_all_docs/queries: several at once."""
    return Reply(value={"results": [_in_one(call, options) for options in _queries(call)]})


def design_docs_queries(call: Call) -> Reply:
    """POST /db/_design_docs/queries."""
    return Reply(value={"results": [_in_one(call, _of_designs(options)) for options in _queries(call)]})


def _queries(call: Call) -> list[dict[str, Any]]:
    queries = bounded_list(call.json_object().get("queries"), "queries")
    if not all(isinstance(query, dict) for query in queries):
        raise BadRequest("`queries` must be an array of objects")
    return [_view_options(call, query) for query in queries]


async def _answer(call: Call, options: dict[str, Any]) -> Reply | Stream:
    short = (options.get("limit") or tuning.MAX_PAGE_ROWS + 1) <= tuning.FIRST_PAGE_ROWS
    if short or "keys" in options or options.get("limit") == 0:
        return Reply(value=await in_thread(call, partial(_in_one, call, options)))
    pages = AllDocsPages(call, options)
    first = await in_thread(call, pages.next_page)
    return Stream(_enveloped(call, pages, first))


def _in_one(call: Call, options: dict[str, Any]) -> dict[str, Any]:
    options = dict(options)
    with call.replica() as replica:
        answer = _head(replica, options)
        rows = replica.all_docs(**options)
    return answer | {"rows": [_row(row, options.get("include_docs", False)) for row in rows]}


def _head(replica: LocalReplica, options: dict[str, Any]) -> dict[str, Any]:
    """What stands before the rows; takes out of `options` what is none of the replica's."""
    designs, update_seq = options.pop("designs", False), options.pop("update_seq", False)
    info = replica.info()
    answer: dict[str, Any] = {"total_rows": info.doc_count, "offset": _offset(replica, options, info.doc_count)}
    if designs:
        low, high = _FIRST_DESIGN, _AFTER_DESIGNS
        answer["total_rows"] = replica.count_docs(from_=low, below=high, most=tuning.MAX_ROWS_COUNTED)
        answer["offset"] = None if "keys" in options else options.get("skip", 0)
    if update_seq:
        answer["update_seq"] = info.update_seq
    return answer


def _offset(replica: LocalReplica, options: dict[str, Any], total: int) -> int | None:
    """Rows before the first one, as far as they can be counted cheaply."""
    if "keys" in options:
        return None
    start, most = options.get("startkey"), tuning.MAX_ROWS_COUNTED
    before: int | None = 0
    if start is not None and options.get("descending"):
        before = replica.count_docs(from_=start + "\x00", most=most)  # the next id that there can be
    elif start is not None:
        before = replica.count_docs(below=start, most=most)
    return None if before is None else min(before + options.get("skip", 0), total)


class AllDocsPages:
    """A range of ids, a page at a time. Used by one worker thread at a time."""

    def __init__(self, call: Call, options: dict[str, Any]) -> None:
        self._call, self._options = call, options
        self._left: int | None = options.get("limit")
        self._last_id: str | None = None
        self._page_rows = tuning.FIRST_PAGE_ROWS
        self.head: dict[str, Any] = {}
        self.ended = False

    def next_page(self) -> list[bytes]:
        wanted = self._page_rows if self._left is None else min(self._page_rows, self._left)
        going_on = self._last_id is not None
        # The page starts at the last id of the one before, which may have been deleted since: ask for one
        # more and drop it.
        self._options["limit"] = wanted + going_on
        with self._call.replica() as replica:
            if not going_on:
                self.head = _head(replica, self._options)
            rows = replica.all_docs(**self._options)
        self.ended = len(rows) < self._options["limit"]
        rows = [row for row in rows if row.id != self._last_id][:wanted]
        if rows:
            self._go_on_after(rows)
        encoded = [encode_json(_row(row, self._options.get("include_docs", False))) for row in rows]
        if encoded:
            weight = max(sum(map(len, encoded)) // len(encoded), 1)
            self._page_rows = max(1, min(self._call.context.limits.page_bytes // weight, tuning.MAX_PAGE_ROWS))
        return encoded

    def _go_on_after(self, rows: list[Row]) -> None:
        self._last_id = self._options["startkey"] = rows[-1].id
        self._options["skip"] = 0
        if self._left is not None:
            self._left -= len(rows)
            self.ended = self.ended or self._left <= 0


async def _enveloped(call: Call, pages: AllDocsPages, rows: list[bytes]) -> AsyncIterator[bytes]:
    yield encode_json(pages.head)[:-1] + b',"rows":[\n' + b",\n".join(rows)
    while not pages.ended:
        rows = await in_thread(call, pages.next_page)
        if rows:
            yield b",\n" + b",\n".join(rows)
    yield b"\n]}\n"


def _row(row: Row, include_docs: bool) -> dict[str, Any]:
    if row.error is not None:
        return {"key": row.id, "error": row.error}
    value: dict[str, Any] = {"rev": row.rev}
    if row.deleted:
        value["deleted"] = True
    answer: dict[str, Any] = {"id": row.id, "key": row.id, "value": value}
    if include_docs:
        answer["doc"] = row.doc
    return answer


def view_options(call: Call) -> dict[str, Any]:
    """Parameters of query and body, checked, under the names of `LocalReplica.all_docs`."""
    return _view_options(call, call.json_or_empty() if call.method == "POST" else {})


_VIEW_FLAGS = ("include_docs", "conflicts", "attachments", "descending", "inclusive_end", "update_seq")


def _view_options(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `LocalReplica.all_docs`."""
    options: dict[str, Any] = {}
    for name in _VIEW_FLAGS:
        if name in body and not isinstance(body[name], bool):
            raise BadRequest(f"`{name}` must be true or false")
        if name in body or name in call.query:
            options[name] = body[name] if name in body else call.flag(name)
    for name in ("limit", "skip"):
        given = body.get(name, call.query.get(name))
        if given is not None:
            options[name] = as_number(name, given)
    for target, names in _KEYS.items():
        value = next((body[name] for name in names if name in body), None)
        value = call.from_json(*names) if value is None else value
        if value is not None:
            options[target] = value
    keys = options.get("keys")
    if keys is not None:
        if options.keys() & {"key", "startkey", "endkey"}:
            raise BadRequest("`keys` is incompatible with `key`, `start_key` and `end_key`", error="query_parse_error")
        options["keys"] = string_list(keys, "keys")
    return _with_single_key(options)


_KEYS = {
    "startkey": ("startkey", "start_key", "startkey_docid"),
    "endkey": ("endkey", "end_key", "endkey_docid"),
    "keys": ("keys",),
    "key": ("key",),
}


def _with_single_key(options: dict[str, Any]) -> dict[str, Any]:
    """Keys may be any JSON, ids are texts: null, booleans and numbers come before all of them, arrays and objects after
    (CouchDB, view collation)."""
    if "key" in options:
        options["startkey"] = options["endkey"] = options.pop("key")
    down = options.get("descending", False)
    for name in ("startkey", "endkey"):
        key = options.get(name, "")
        if isinstance(key, str):
            continue
        del options[name]
        after_all = isinstance(key, (list, dict))
        if after_all == ((name == "startkey") != down):     # nothing lies on the far side of it
            options["limit"] = 0
    return options
