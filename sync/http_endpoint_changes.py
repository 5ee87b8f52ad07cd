"""`_changes` in its four feeds, and `_db_updates`: rows go out as they are read.

Lives here: how a feed is paged, written and kept waiting. A page is read by a worker thread under a short
lease; between pages, and while it waits for a commit, a feed holds neither thread nor lease nor read
transaction, so a thousand waiting tablets cost a thousand sockets. Spec: CouchDB API reference,
/db/_changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sync import http_endpoint_tuning as tuning
from sync.errors import BadRequest, NotFound, NotImplementedByPeer
from sync.http_endpoint_call import Call, as_number, in_thread, string_list
from sync.http_endpoint_wire import Stream, encode_json, parse_json
from sync.peer import ChangeRow, ChangesRequest, Seq

FEEDS = ("normal", "longpoll", "continuous", "eventsource")


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What the client asked for, beside the `ChangesRequest`. Times in seconds."""

    feed: str
    timeout_s: float
    heartbeat_s: float | None
    design_only: bool = False
    seq_interval: int = 1


@dataclass(slots=True)
class Page:
    """Rows of one read, each encoded; `ended` when the feed had no more."""

    rows: list[bytes]
    last_seq: Seq
    pending: int | None
    ended: bool


async def changes(call: Call) -> Stream:
    """GET or POST /db/_changes. What is wrong with the request is told before the answer begins."""
    request, options = await in_thread(call, partial(parse_request, call))
    source = FeedSource(call, request, options)
    first = await in_thread(call, source.next_page)
    if options.feed in ("normal", "longpoll"):
        return Stream(_enveloped(call, source, first))
    if options.feed == "continuous":
        return Stream(_lines(call, source, first, _plain_line, b"\n"))
    return Stream(_lines(call, source, first, _event, b"event: heartbeat\ndata: \n\n"), "text/event-stream")


# --- the request ---


def parse_request(call: Call) -> tuple[ChangesRequest, FeedOptions]:
    """Parameters from query and body. Raises BadRequest, NotImplementedByPeer for filters in JavaScript."""
    body = call.json_or_empty() if call.method == "POST" else {}
    feed = call.query.get("feed", "normal")
    if feed not in FEEDS:
        raise BadRequest(f"unknown feed {feed[:40]!r}; use one of {', '.join(FEEDS)}")
    style = call.query.get("style", "main_only")
    if style not in ("main_only", "all_docs"):
        raise BadRequest(f"unknown style {style[:40]!r}; use main_only or all_docs")
    doc_ids, selector, design_only = _filter(call, body)
    limit = call.number("limit")
    request = ChangesRequest(
        since=_since(call),
        limit=None if limit is None else max(limit, 1),  # CouchDB reads 0 as 1
        style="all_docs" if style == "all_docs" else "main_only",
        include_docs=call.flag("include_docs"),
        descending=call.flag("descending"),
        conflicts=call.flag("conflicts"),
        attachments=call.flag("attachments"),
        doc_ids=doc_ids,
        selector=selector,
    )
    return request, FeedOptions(feed, _timeout(call), _heartbeat(call), design_only, call.number("seq_interval", 1) or 1)


def _since(call: Call) -> Seq:
    text = call.query.get("since", call.headers.get("last-event-id", "0"))
    if text.startswith('"'):
        text = str(parse_json(text, "query parameter since"))
    if text == "now":
        with call.replica() as replica:
            return replica.update_seq()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text


def _filter(call: Call, body: dict[str, Any]) -> tuple[tuple[str, ...] | None, dict[str, Any] | None, bool]:
    """(doc_ids, selector, design documents only)."""
    name = call.query.get("filter", "")
    if name == "_doc_ids":
        doc_ids = body.get("doc_ids", call.from_json("doc_ids"))
        return tuple(string_list(doc_ids, "doc_ids")), None, False
    if name == "_selector":
        selector = body.get("selector", call.from_json("selector"))
        if not isinstance(selector, dict):
            raise BadRequest("filter=_selector needs a `selector` object in the body")
        return None, selector, False
    if name == "_design":
        return None, None, True
    if name:
        raise NotImplementedByPeer(
            f"filter {name[:60]!r} is a function in JavaScript, which is not spoken here; use _doc_ids, _selector or _design"
        )
    return None, None, False


def _timeout(call: Call) -> float:
    wanted = call.number("timeout", tuning.DEFAULT_FEED_TIMEOUT_MS) or 0
    return min(wanted, tuning.MAX_FEED_TIMEOUT_MS) / 1000


def _heartbeat(call: Call) -> float | None:
    text = call.query.get("heartbeat", "false")
    if text == "false":
        return None
    wanted = tuning.DEFAULT_FEED_TIMEOUT_MS if text == "true" else as_number("heartbeat", text)
    if wanted == 0:
        raise BadRequest("The heartbeat value should be a positive integer (in milliseconds).")
    return max(wanted, tuning.MIN_HEARTBEAT_MS) / 1000


# --- reading ---


class FeedSource:
    """The rows after `since`, a page at a time. Used by one worker thread at a time."""

    def __init__(self, call: Call, request: ChangesRequest, options: FeedOptions) -> None:
        self.call, self.request, self.options = call, request, options
        self.since: Seq = request.since
        self.left = request.limit
        self._page_rows = tuning.FIRST_PAGE_ROWS
        # Backwards there is no seq to go on from: such a feed is read through in one go, as rarely as it
        # is asked for.
        self._whole = request.descending

    def next_page(self) -> Page:
        """Read on. Raises NotFound when the database is gone."""
        limit = self.left if self._whole else min(self._page_rows, self.left or self._page_rows)
        rows: list[bytes] = []
        weight, read, cut = 0, 0, False
        with self.call.replica() as replica:
            feed = replica.changes(replace(self.request, since=self.since, limit=limit))
            with contextlib.closing(feed):
                for row in feed:
                    read += 1
                    if self.options.design_only and not row.id.startswith("_design/"):
                        continue
                    rows.append(encode_row(row))
                    weight += len(rows[-1])
                    # Rows much heavier than those before: go on from here, with smaller pages.
                    if weight > 4 * tuning.STREAM_PAGE_BYTES and not self._whole:
                        cut = True
                        break
            self.since = feed.last_seq
            pending = feed.pending
        self._size_next_page(weight, len(rows))
        if self.left is not None:
            self.left -= read
        ended = self._whole or self.left == 0 or (not cut and read < (limit or 0))
        return Page(rows, self.since, pending, ended)

    def _size_next_page(self, weight: int, count: int) -> None:
        if count:
            wanted = tuning.STREAM_PAGE_BYTES * count // max(weight, 1)
            self._page_rows = max(1, min(wanted, tuning.MAX_PAGE_ROWS))


def encode_row(row: ChangeRow) -> bytes:
    value: dict[str, Any] = {"seq": row.seq, "id": row.id, "changes": [{"rev": rev} for rev in row.revs]}
    if row.deleted:
        value["deleted"] = True
    if row.doc is not None:
        value["doc"] = row.doc
    return encode_json(value)


# --- writing ---


async def _enveloped(call: Call, source: FeedSource, page: Page) -> AsyncIterator[bytes]:
    """normal and longpoll: `{"results":[` rows `],"last_seq":..,"pending":..}`, a row a line."""
    yield b'{"results":['
    started = False
    if source.options.feed == "longpoll" and not page.rows:
        async for beat, waited in _wait_for_rows(call, source):
            if waited is None:
                yield beat
            else:
                page = waited
    while True:
        if page.rows:
            yield (b",\n" if started else b"\n") + b",\n".join(page.rows)
            started = True
        if page.ended:
            break
        page = await in_thread(call, source.next_page)
    yield b'\n],\n"last_seq":%b,"pending":%b}\n' % (encode_json(page.last_seq), encode_json(page.pending or 0))


Line = Callable[[bytes], bytes]
_SEQ = re.compile(rb'\A\{"seq":("[^"]*"|[0-9]+)')


def _plain_line(row: bytes) -> bytes:
    return row + b"\n"


def _event(row: bytes) -> bytes:
    match = _SEQ.match(row)
    return b"data: " + row + b"\nid: " + (match[1] if match else b"") + b"\n\n"


async def _lines(call: Call, source: FeedSource, page: Page, line: Line, beat: bytes) -> AsyncIterator[bytes]:
    """continuous and eventsource: a line or event per row until the client goes, the limit is reached, or
    nothing came in time."""
    while True:
        if page.rows:
            yield b"".join(map(line, page.rows))
        if source.left == 0 or (source.options.feed == "continuous" and call.context.wakes.stopping):
            break
        if not page.ended:
            page = await in_thread(call, source.next_page)
            continue
        waited: Page | None = None
        async for _, waited in _wait_for_rows(call, source):
            if waited is None:
                yield beat
        if waited is None or not waited.rows:
            break
        page = waited
    if source.options.feed == "continuous":
        yield b'{"last_seq":%b,"pending":0}\n' % encode_json(source.since)


async def _wait_for_rows(call: Call, source: FeedSource) -> AsyncIterator[tuple[bytes, Page | None]]:
    """Heartbeats as (newline, None) while nothing comes, then one (empty, page): the rows that came, or a
    page without rows when the time is over, the server stops or the database is gone. With a heartbeat
    the time is not limited."""
    wakes, options = call.context.wakes, source.options
    loop = asyncio.get_running_loop()
    deadline = None if options.heartbeat_s else loop.time() + options.timeout_s
    with wakes.waiting_for(call.db) as event:
        while True:
            event.clear()
            try:
                page = await in_thread(call, source.next_page)
            except NotFound:
                page = Page([], source.since, 0, True)
                deadline = 0.0
            over = deadline is not None and loop.time() >= deadline
            if page.rows or over or wakes.stopping:
                yield b"", page
                return
            if not page.ended:
                continue
            for_s = options.heartbeat_s if deadline is None else max(deadline - loop.time(), 0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), for_s)
                continue
            if deadline is None:
                yield b"\n", None


# --- the server's own feed ---


async def db_updates(call: Call) -> Stream:
    """GET /_db_updates, simple: names of databases that may have changed since the request came. A hint,
    as CouchDB says."""
    feed = call.query.get("feed", "normal")
    if feed not in ("normal", "longpoll", "continuous"):
        raise BadRequest(f"unknown feed {feed[:40]!r}; use normal, longpoll or continuous")
    timeout_s, heartbeat_s = _timeout(call), _heartbeat(call)
    return Stream(_db_updates(call, feed, timeout_s, heartbeat_s))


async def _db_updates(call: Call, feed: str, timeout_s: float, heartbeat_s: float | None) -> AsyncIterator[bytes]:
    queue: asyncio.Queue[str] = asyncio.Queue(maxsize=10_000)
    loop = asyncio.get_running_loop()

    def put(name: str) -> None:
        if not queue.full():
            queue.put_nowait(name)

    def on_commit(name: str) -> None:
        loop.call_soon_threadsafe(put, name)

    end = call.context.databases.on_commit(on_commit)
    rows = 0
    try:
        if feed != "continuous":
            yield b'{"results":['
        deadline = loop.time() + (0 if feed == "normal" else timeout_s)
        while not call.context.wakes.stopping:
            wait_s = heartbeat_s or max(deadline - loop.time(), 0)
            try:
                name = await asyncio.wait_for(queue.get(), wait_s)
            except TimeoutError:
                if heartbeat_s is None or feed == "normal":
                    break
                yield b"\n"
                continue
            rows += 1
            row = encode_json({"db_name": name, "type": "updated", "seq": str(rows)})
            yield row + b"\n" if feed == "continuous" else row
            if feed != "continuous":
                break
    finally:
        end()
    tail = b'"last_seq":"%d"}\n' % rows
    yield b"{" + tail if feed == "continuous" else b"]," + tail
