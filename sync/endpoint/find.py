"""Mango over HTTP: `_find` and `_explain`. Selectors are matched by `sync.mango.selector`, indexes chosen by `sync.mango.index`.

A query reads one range, of an index or of the ids, page by page in order, and tests each document; so neither a large
answer nor a fruitless search holds more than a page in memory, and none holds a read transaction between pages. Spec:
CouchDB API reference, /db/_find.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from sync.endpoint import tuning
from sync.endpoint.call import Call, as_number, in_thread, string_list
from sync.endpoint.indexes import ALL_DOCS
from sync.endpoint.wire import Reply, Stream, encode_json
from sync.errors import BadRequest, TooLarge
from sync.mango import selector as mango
from sync.mango.fields import only_fields
from sync.mango.index import NoUsableIndex, Plan, make_plan
from sync.peer import Doc
from sync.replica import LocalReplica
from sync.replica.indexes import IndexRange

WARNING = "No matching index found, create an index to optimize query time."
Sort = tuple[tuple[str, bool], ...]
"""Fields, and whether each goes down."""
Place = tuple[bytes, str]
"""Where a query goes on: the key in the index (empty for the ids) and the id already seen."""


@dataclass(frozen=True, slots=True)
class Query:
    selector: dict[str, Any]
    limit: int
    skip: int
    sort: Sort
    fields: tuple[str, ...] | None
    use_index: tuple[str, str | None] | None
    allow_fallback: bool
    after: Place | None
    conflicts: bool
    statistics: bool


async def find(call: Call) -> Reply | Stream:
    """POST /db/_find. A short answer comes in one piece, a long one as a stream."""
    pages = await in_thread(call, partial(_begin, call))
    rows = await in_thread(call, pages.next_page)
    if not pages.ended:
        return Stream(_in_pieces(call, pages, rows))
    return Reply(raw=b'{"docs":[\n' + b",\n".join(rows) + b"],\n" + pages.tail())


async def _in_pieces(call: Call, pages: FindPages, rows: list[bytes]) -> AsyncIterator[bytes]:
    yield b'{"docs":[\n' + b",\n".join(rows)
    separator = b",\n" if rows else b""
    while not pages.ended:
        rows = await in_thread(call, pages.next_page)
        if rows:
            yield separator + b",\n".join(rows)
            separator = b",\n"
        else:
            yield b"\n"     # a sign of life while it looks through many documents
    yield b"],\n" + pages.tail()


def _begin(call: Call) -> FindPages:
    query = _query_of(call.json_object())
    with call.replica() as replica:
        plan = _plan(replica, query)
        if plan.index is not None:
            replica.refresh_index(plan.index)
    return FindPages(call, query, plan)


def _plan(replica: LocalReplica, query: Query) -> Plan:
    definitions = replica.index_definitions()
    try:
        return make_plan(query.selector, query.sort, definitions, query.use_index, allow_fallback=query.allow_fallback)
    except NoUsableIndex as fault:
        raise BadRequest(str(fault), error="no_usable_index") from None


# --- the query ---


_KNOWN = frozenset((
    "selector", "limit", "skip", "sort", "fields", "use_index", "bookmark", "conflicts", "execution_stats", "allow_fallback",
    "r", "partition", "stable", "update", "stale",
))  # fmt: skip
"""Members of a query; the last five are CouchDB's for what there is none of here: copies, partitions and late indexes."""


def fields_of(value: Any) -> tuple[str, ...] | None:
    """The `fields` of a request, None for all. Raises BadRequest, TooLarge."""
    if value in (None, "all_fields", []):
        return None
    fields = tuple(string_list(value, "fields"))
    if len(fields) > tuning.MAX_FIND_FIELDS:
        raise TooLarge(f"`fields` names more than {tuning.MAX_FIND_FIELDS} fields")
    return fields


def _query_of(body: dict[str, Any]) -> Query:
    unknown = next((name for name in body if name not in _KNOWN), None)
    if unknown is not None:
        raise BadRequest(f"Invalid key {unknown[:60]} for this request.", error="invalid_key")
    if "selector" not in body:
        raise BadRequest("Missing required key: selector", error="missing_required_key")
    mango.compile_selector(body["selector"])
    limit = as_number("limit", body.get("limit", tuning.FIND_DEFAULT_LIMIT))
    return Query(
        selector=body["selector"],
        limit=min(limit, tuning.FIND_MAX_LIMIT),
        skip=as_number("skip", body.get("skip", 0)),
        sort=_sort_of(body.get("sort", [])),
        fields=fields_of(body.get("fields")),
        use_index=_use_index(body.get("use_index")),
        allow_fallback=body.get("allow_fallback") is not False,
        after=_after(body.get("bookmark")),
        conflicts=body.get("conflicts") is True,
        statistics=body.get("execution_stats") is True,
    )


def _sort_of(value: Any) -> Sort:
    if not isinstance(value, list):
        raise BadRequest("`sort` must be an array", error="invalid_sort_json")
    if len(value) > tuning.MAX_INDEX_FIELDS:
        raise BadRequest(f"`sort` takes at most {tuning.MAX_INDEX_FIELDS} fields, as an index does", error="invalid_sort_json")
    fields: list[tuple[str, bool]] = []
    for item in value:
        pair = {item: "asc"} if isinstance(item, str) else item
        if not isinstance(pair, dict) or len(pair) != 1 or not set(map(str, pair.values())) <= {"asc", "desc"}:
            raise BadRequest("`sort` takes names of fields, or {name: asc or desc}", error="invalid_sort_json")
        fields += [(field, direction == "desc") for field, direction in pair.items()]
    if len({down for _, down in fields}) > 1:
        raise BadRequest("Sorts currently only support a single direction for all fields.", error="unsupported_mixed_sort")
    return tuple(fields)


def _use_index(value: Any) -> tuple[str, str | None] | None:
    if value in (None, [], ""):
        return None
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or len(names) > 2 or not all(isinstance(name, str) for name in names):
        raise BadRequest("`use_index` takes a design document, or [design document, index]", error="invalid_options")
    return "_design/" + names[0].removeprefix("_design/"), names[1] if len(names) == 2 else None


def _after(bookmark: Any) -> Place | None:
    if bookmark in ("nil", "", None):
        return None
    try:
        key, id = msgspec.json.decode(base64.urlsafe_b64decode(str(bookmark)), type=tuple[bytes, str])
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise BadRequest("`bookmark` is not one of this query's", error="invalid_bookmark") from None
    return key, id


def _bookmark(place: Place | None) -> str:
    return "nil" if place is None else base64.urlsafe_b64encode(encode_json(place)).decode()


# --- the answer ---


class FindPages:
    """The documents of a query, a page at a time. Used by one worker thread at a time."""

    def __init__(self, call: Call, query: Query, plan: Plan) -> None:
        self._call, self._query, self._plan = call, query, plan
        self._page_docs = call.context.limits.find_page_docs
        self._passed_over = 0
        self._at = query.after          # what was read last
        self._place: Place | None = None   # what was answered last
        self._skip, self._left = query.skip, query.limit
        self._examined = self._found = 0
        self.ended = query.limit == 0

    def next_page(self) -> list[bytes]:
        """The next documents, encoded; perhaps none although there are more."""
        rows: list[bytes] = []
        if self.ended:
            return rows
        limits = self._call.context.limits
        until, passes = time.monotonic() + limits.scan_s, mango.compile_selector(self._query.selector, limits.selector_work)
        with self._call.replica() as replica:
            read = self._of_index(replica) if self._plan.index is not None else self._of_ids(replica)
            for number, (place, doc) in enumerate(read):
                if number and time.monotonic() > until:
                    self.ended = False
                    break
                self._at = place
                self._examined += 1
                if not passes(doc):
                    continue
                if self._skip:
                    self._skip -= 1
                    continue
                rows.append(encode_json(only_fields(doc, self._query.fields)))
                self._place, self._left, self._found = place, self._left - 1, self._found + 1
                if self._left == 0:
                    self.ended = True
                    break
        self._passed_over += passes.passed_over     # what patterns remember ends with the page: the reader may be slow
        return rows

    def _of_index(self, replica: LocalReplica) -> Iterator[tuple[Place, Doc]]:
        plan = self._plan
        assert plan.index is not None
        assert isinstance(plan.low, bytes)
        assert isinstance(plan.high, bytes)
        part = IndexRange(plan.low, plan.high, plan.descending, self._at)
        page = replica.scan_index(plan.index, part, self._page_docs, conflicts=self._query.conflicts)
        self.ended = page.ended
        for hit in page.hits:
            yield (hit.key, hit.doc["_id"]), hit.doc

    def _of_ids(self, replica: LocalReplica) -> Iterator[tuple[Place, Doc]]:
        low, high, down = self._plan.low, self._plan.high, self._plan.descending
        assert not isinstance(low, bytes)
        assert not isinstance(high, bytes)
        first, last = (high, low) if down else (low, high)
        seen = None if self._at is None else self._at[1]
        rows = replica.all_docs(
            startkey=first if seen is None else seen,
            endkey=last,
            include_docs=True,
            conflicts=self._query.conflicts,
            limit=self._page_docs,
            descending=down,
        )
        self.ended = len(rows) < self._page_docs
        for row in rows:
            if row.id == seen or row.doc is None:
                continue
            if row.id.startswith("_design/"):
                self._at = (b"", row.id)
                continue
            yield (b"", row.id), row.doc

    def tail(self) -> bytes:
        """What follows the documents."""
        answer: dict[str, Any] = {"bookmark": _bookmark(self._place)}
        notes = [self._plan.note] if self._plan.note else []
        if self._plan.index is None and not _is_about_ids(self._plan):
            notes.append(WARNING)
        if self._passed_over:
            notes.append(f"{self._passed_over} documents would have cost too much to match; the selector is too costly.")
        if notes:
            answer["warning"] = "\n".join(notes)
        if self._query.statistics:
            answer["execution_stats"] = {
                "total_keys_examined": self._examined if self._plan.index is not None else 0,
                "total_docs_examined": self._examined,
                "total_quorum_docs_examined": 0,
                "results_returned": self._found,
                "execution_time_ms": 0.0,
            }
        return encode_json(answer)[1:] + b"\n"


def _is_about_ids(plan: Plan) -> bool:
    return plan.low is not None or plan.high is not None


# --- _explain ---


def explain(call: Call) -> Reply:
    """POST /db/_explain: which index, which range of it."""
    query = _query_of(call.json_object())
    with call.replica() as replica:
        plan = _plan(replica, query)
    index = ALL_DOCS if plan.index is None else plan.index.as_json()
    fields: Any = "all_fields" if query.fields is None else list(query.fields)
    options = {
        "use_index": [] if query.use_index is None else [name for name in query.use_index if name],
        "bookmark": _bookmark(query.after),
        "limit": query.limit,
        "skip": query.skip,
        "sort": {field: "desc" if down else "asc" for field, down in query.sort},
        "fields": [] if query.fields is None else fields,
        "conflicts": query.conflicts,
        "execution_stats": query.statistics,
        "allow_fallback": query.allow_fallback,
    }
    return Reply(
        value={
            "dbname": call.db,
            "index": index,
            "partitioned": False,
            "selector": query.selector,
            "opts": options,
            "limit": query.limit,
            "skip": query.skip,
            "fields": fields,
            "mrargs": {"view_type": "map", "include_docs": True, "direction": "rev" if plan.descending else "fwd"},
            "range": {"start_key": _shown(plan.low), "end_key": _shown(plan.high)},
            "covering": False,
            "index_candidates": [each.as_json() for each in plan.candidates],
        }
    )


def _shown(bound: bytes | str | None) -> str | None:
    """A bound of ids as it is; one of an index in hexadecimal."""
    return bound.hex() if isinstance(bound, bytes) else bound
