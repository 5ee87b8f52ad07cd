"""`_db_updates`: which databases were made, written or deleted. A hint, as CouchDB says: rows may repeat, and a client that
asks with a `last_seq` of another life of the server gets every database again.

Lives here: the server's own feed over HTTP. Spec: CouchDB API reference, /_db_updates.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sync.databases.updates import Update
from sync.endpoint.call import Call
from sync.endpoint.feed import heartbeat_of, timeout_of
from sync.endpoint.wire import Reply, Stream, encode_json
from sync.errors import BadRequest


async def db_updates(call: Call) -> Reply | Stream:
    """GET /_db_updates in all four feeds."""
    feed = call.query.get("feed", "normal")
    if feed not in ("normal", "longpoll", "continuous", "eventsource"):
        raise BadRequest(f"unknown feed {feed[:40]!r}; use normal, longpoll, continuous or eventsource")
    source = _Source(call, feed, call.context.updates.number_of(call.query.get("since", "0")), call.number("limit"))
    if feed == "normal":
        rows = [source.row(update) for update in source.read()]
        return Reply(raw=b'{"results":[\n' + b",\n".join(rows) + b"]," + source.tail(), headers={"cache-control": "no-cache"})
    return Stream(_pieces(source), "text/event-stream" if feed == "eventsource" else "application/json")


class _Source:
    def __init__(self, call: Call, feed: str, at: int, left: int | None) -> None:
        self.call, self.feed, self.at, self.left = call, feed, at, left
        self.timeout_s, self.heartbeat_s = timeout_of(call), heartbeat_of(call)

    def read(self) -> list[Update]:
        found = self.call.context.updates.after(self.at, self.left)
        if found:
            self.at = found[-1].number
        if self.left is not None:
            self.left -= len(found)
        return found

    def row(self, update: Update) -> bytes:
        seq = self.call.context.updates.seq(update.number)
        return encode_json({"db_name": update.name, "type": update.type, "seq": seq})

    def written(self, update: Update) -> bytes:
        if self.feed == "eventsource":
            return b"data: " + self.row(update) + b"\nid: " + self.call.context.updates.seq(update.number).encode() + b"\n\n"
        return self.row(update) + b"\n"

    def tail(self) -> bytes:
        return b'"last_seq":' + encode_json(self.call.context.updates.seq(self.at)) + b"}\n"

    async def wait(self) -> AsyncIterator[list[Update]]:
        """Empty lists as heartbeats, then what came, or an empty list at the end of the time."""
        wakes, loop = self.call.context.wakes, asyncio.get_running_loop()
        deadline = None if self.heartbeat_s else loop.time() + self.timeout_s
        with wakes.waiting_for("") as event:
            while True:
                event.clear()
                found = self.read()
                if found or wakes.stopping or (deadline is not None and loop.time() >= deadline):
                    yield found
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), self.heartbeat_s or max((deadline or 0) - loop.time(), 0))
                    continue
                if deadline is None:
                    yield []


async def _pieces(source: _Source) -> AsyncIterator[bytes]:
    beat = b"event: heartbeat\ndata: \n\n" if source.feed == "eventsource" else b"\n"
    if source.feed == "longpoll":
        yield b'{"results":['
    ended = False
    while not ended:
        found: list[Update] = []
        async for found in source.wait():
            if not found:
                yield beat
        if source.feed == "longpoll":
            yield b",\n".join(map(source.row, found))
            break
        yield b"".join(map(source.written, found))
        ended = not found or source.left == 0
    if source.feed != "eventsource":
        yield (b"]," if source.feed == "longpoll" else b"{") + source.tail()
