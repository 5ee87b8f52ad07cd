"""`_changes` in its four feeds: rows go out as they are read.

Lives here: how a feed is paged, written and kept waiting. A page is read by a worker thread under a short
lease; between pages, and while it waits for a commit, a feed holds neither thread nor lease nor read
transaction, so a thousand waiting tablets cost a thousand sockets. Spec: CouchDB API reference,
/db/_changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sync.endpoint import tuning
from sync.endpoint.call import Call, in_thread, string_list, which
from sync.endpoint.design import run_filter
from sync.endpoint.feed import check_count, counted, heartbeat_of, timeout_of
from sync.endpoint.find import fields_of
from sync.endpoint.wire import Reply, Stream, encode_json, etag_matches, etag_of, parse_json
from sync.errors import BadRequest, NotFound, TooLarge
from sync.mango.fields import only_fields
from sync.peer import ChangeRow, ChangesRequest, Seq
from sync.replica.changes import LocalChangesFeed

FEEDS = ("normal", "longpoll", "continuous", "eventsource")


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What the client asked for, beside the `ChangesRequest`. Times in seconds."""

    feed: str
    timeout_s: float
    heartbeat_s: float | None
    design_only: bool = False
    seq_interval: int = 1
    fields: tuple[str, ...] | None = None


@dataclass(slots=True)
class Page:
    """Rows of one read, each encoded; `ended` when the feed had no more."""

    rows: list[bytes]
    last_seq: Seq
    pending: int | None
    ended: bool


async def changes(call: Call) -> Reply | Stream:
    """GET or POST /db/_changes. A wrong request is refused before the answer begins."""
    request, options = await in_thread(call, partial(parse_request, call))
    if options.feed != "normal":
        check_count(call)
    source = FeedSource(call, request, options)
    if options.feed == "normal":
        etag = await in_thread(call, partial(_etag, call))
        if etag_matches(call.headers.get("if-none-match"), etag):
            return Reply(304, raw=b"", headers={"etag": etag})
        first = await in_thread(call, source.next_page)
        return Stream(_enveloped(call, source, first), headers={"etag": etag})
    first = await in_thread(call, source.next_page)
    if options.feed == "longpoll":
        return Stream(counted(call, _enveloped(call, source, first)))
    if options.feed == "continuous":
        return Stream(counted(call, _lines(call, source, first, _plain_line, b"\n")))
    events = _lines(call, source, first, _event, b"event: heartbeat\ndata: \n\n")
    return Stream(counted(call, events), "text/event-stream")


def _etag(call: Call) -> str:
    """Of a normal feed: the same question to the same state of the same replica has the same answer."""
    with call.replica() as replica:
        state = f"{which(replica)} {replica.update_seq()} {sorted(call.query.items())} "
    return etag_of(hashlib.sha256(state.encode("utf-8", "surrogatepass") + call.body()).hexdigest()[:32])


# --- the request ---


def parse_request(call: Call) -> tuple[ChangesRequest, FeedOptions]:
    """Parameters from query and body. Raises BadRequest, NotImplementedByPeer for filters in JavaScript."""
    feed = call.query.get("feed", "normal")
    _check_size(call, feed)
    body = call.json_or_empty() if call.method == "POST" else {}
    if feed not in FEEDS:
        raise BadRequest(f"unknown feed {feed[:40]!r}; use one of {', '.join(FEEDS)}")
    style = call.query.get("style", "main_only")
    if style not in ("main_only", "all_docs"):
        raise BadRequest(f"unknown style {style[:40]!r}; use main_only or all_docs")
    doc_ids, selector, design_only = _filter(call, body)
    limit = call.number("limit")
    request = ChangesRequest(
        since=0 if call.flag("descending") else _since(call),  # CouchDB: a descending feed begins at the end, whatever `since`
        limit=None if limit is None else max(limit, 1),  # CouchDB reads 0 as 1
        style="all_docs" if style == "all_docs" else "main_only",
        include_docs=call.flag("include_docs"),
        descending=call.flag("descending"),
        conflicts=call.flag("conflicts"),
        attachments=call.flag("attachments"),
        doc_ids=doc_ids,
        selector=selector,
    )
    fields = fields_of(body.get("fields")) if selector is not None else None
    interval = call.number("seq_interval", 1) or 1
    return request, FeedOptions(feed, timeout_of(call), heartbeat_of(call), design_only, interval, fields)


def _check_size(call: Call, feed: str) -> None:
    """Raises TooLarge for a filter that would be kept, or asked, for too long."""
    most = tuning.MAX_LIST_BODY_BYTES
    if call.query.get("filter") == "_selector":
        most = tuning.MAX_QUERY_BODY_BYTES
    if feed != "normal":
        most = tuning.MAX_WAITING_BODY_BYTES
    if len(call.body()) > most:
        raise TooLarge(f"the filter of this feed is larger than {most} bytes")


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
        run_filter(call, name)
    return None, None, False


# --- reading ---


class FeedSource:
    """The rows after `since`, a page at a time. Used by one worker thread at a time."""

    def __init__(self, call: Call, request: ChangesRequest, options: FeedOptions) -> None:
        self.call, self.request, self.options = call, request, options
        self.since: Seq = request.since
        self.left = request.limit
        self._page_rows = tuning.FIRST_PAGE_ROWS
        self._below: int | None = None
        self._upto: int | None = None       # where the feed ends that these pages make up

    def next_page(self) -> Page:
        """Read on; perhaps no rows although the feed goes on, where a filter lets nothing pass. Raises NotFound when the
        database is gone."""
        limit = min(self._page_rows, self.left or self._page_rows)
        rows: list[bytes] = []
        weight, read, cut = 0, 0, False
        with self.call.replica() as replica:
            feed = replica.changes(replace(self.request, since=self.since, limit=limit))
            feed.below, feed.upto, feed.scan_limit = self._below, self._upto, self.call.context.limits.scan_rows
            with contextlib.closing(feed):
                for row in feed:
                    read += 1
                    if self.options.design_only and not row.id.startswith("_design/"):
                        continue
                    rows.append(encode_row(row, self.options.fields))
                    weight += len(rows[-1])
                    # Rows much heavier than those before: go on from here, with smaller pages.
                    if weight > 4 * self.call.context.limits.page_bytes:
                        cut = True
                        break
            self._go_on_after(feed, cut)
            pending = feed.pending
        self._size_next_page(weight, len(rows))
        if self.left is not None:
            self.left -= read
        ended = self.left == 0 or (not cut and feed.exhausted)
        self._upto = None if ended else feed.upto
        return Page(rows, feed.last_seq, pending, ended)

    def _go_on_after(self, feed: LocalChangesFeed, cut: bool) -> None:
        """Upwards the feed goes on after `last_seq`; downwards `since` stays its lower end."""
        if not self.request.descending:
            self.since = feed.last_seq
        elif cut or feed.below is None or int(feed.last_seq) < feed.below:
            self._below = int(feed.last_seq)
        else:
            self._below = feed.below

    def _size_next_page(self, weight: int, count: int) -> None:
        if count:
            wanted = self.call.context.limits.page_bytes * count // max(weight, 1)
            self._page_rows = max(1, min(wanted, tuning.MAX_PAGE_ROWS))


def encode_row(row: ChangeRow, fields: tuple[str, ...] | None = None) -> bytes:
    value: dict[str, Any] = {"seq": row.seq, "id": row.id, "changes": [{"rev": rev} for rev in row.revs]}
    if row.deleted:
        value["deleted"] = True
    if row.doc is not None:
        value["doc"] = only_fields(row.doc, fields)
    return encode_json(value)


# --- writing ---


async def _enveloped(call: Call, source: FeedSource, page: Page) -> AsyncIterator[bytes]:
    """normal and longpoll: `{"results":[` rows `],"last_seq":..,"pending":..}`, a row a line. In few pieces: each is sent
    after a look at the asker's rights."""
    head, started = b'{"results":[', False
    if source.options.feed == "longpoll" and not page.rows:
        yield head
        head = b""
        async for beat, waited in _wait_for_rows(call, source):
            if waited is None:
                yield beat
            else:
                page = waited
    while True:
        rows = ((b",\n" if started else b"\n") + b",\n".join(page.rows)) if page.rows else b""
        started = started or bool(page.rows)
        if page.ended:
            break
        yield head + (rows or b"\n")    # a sign of life while a filter looks through many rows
        head = b""
        page = await in_thread(call, source.next_page)
    tail = b'\n],\n"last_seq":%b,"pending":%b}\n' % (encode_json(page.last_seq), encode_json(page.pending or 0))
    yield head + rows + tail


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
            if not page.rows:
                yield beat
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
        yield b'{"last_seq":%b,"pending":%b}\n' % (encode_json(page.last_seq), encode_json(page.pending or 0))


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
                yield b"\n", None
                continue
            for_s = options.heartbeat_s if deadline is None else max(deadline - loop.time(), 0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), for_s)
                continue
            if deadline is None:
                yield b"\n", None
