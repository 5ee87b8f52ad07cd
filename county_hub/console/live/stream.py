"""`GET /console/live?page=<address of the page>&since=<mark>`: server-sent events for one page that is looked at.

    id: <mark>   event: changed   data: {"topics": [...], "how": "replace" | "tell"}
    event: end   data: {"why": "session" | "other"}
What changed since the mark comes at once; a browser that lost the line sends its last id and loses nothing. A comment goes out
while nothing happens, and with it the session is asked after again: what has ended gets nothing more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.frame import Console
from county_hub.console.live.topics import Wanted, wanted_by
from county_hub.console.session import COOKIE
from county_hub.console.watcher import Stream, TooMany, Watch
from county_hub.county.book.changes import Mark, mark_of

HEARTBEAT_S = 15.0
RETRY_MS = 3000
_HEADERS = {**render.HEADERS, "x-accel-buffering": "no"}


def routes(console: Console) -> list[BaseRoute]:
    async def live(request: Request) -> Response:
        cookie = request.cookies.get(COOKIE, "")

        def goes_on() -> bool:
            return console.accounts.goes_on(cookie)

        return await opened(request, console.watch, goes_on, cookie)

    return [Route("/console/live", live)]


async def opened(request: Request, watch: Watch, goes_on: Callable[[], bool], owner: str, *, named: bool = True) -> Response:
    """The stream of a page. `goes_on()`: may its reader still read; `owner` is the session it belongs to; `named`: may it be told
    which records changed."""
    if not await run_in_threadpool(goes_on):
        return Response(status_code=403, headers=_HEADERS)
    wanted = wanted_by(request.query_params.get("page", ""))
    since = mark_of(request.headers.get("last-event-id", "")) or mark_of(request.query_params.get("since", ""))
    holding = contextlib.ExitStack()
    try:
        stream = holding.enter_context(watch.stream(owner, request.app.state.wakes))
    except TooMany:
        return Response(status_code=503, headers={**_HEADERS, "retry-after": "60"})

    async def ask() -> bool:
        return await run_in_threadpool(goes_on)

    async def pieces() -> AsyncIterator[str]:
        with holding:
            async for piece in _told(watch, stream, wanted if named else None, since, ask):
                yield piece

    return StreamingResponse(pieces(), media_type="text/event-stream", headers=_HEADERS)


async def _told(watch: Watch, stream: Stream, wanted: Wanted | None, since: Mark | None, goes_on: Callable[[], Awaitable[bool]]
                ) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    loop = asyncio.get_running_loop()
    beat = loop.time() + HEARTBEAT_S
    while True:
        mark = watch.mark
        if stream.ended:
            yield _event("end", {"why": "other"})
            return
        if mark is not None and mark != since:
            if not await goes_on():
                yield _event("end", {"why": "session"})
                return
            topics = await run_in_threadpool(watch.changes.topics, since, mark) if since is not None else frozenset()
            since = mark
            yield _changed(wanted, topics, str(mark))
            beat = loop.time() + HEARTBEAT_S
            continue
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stream.woken.wait(), max(0.0, beat - loop.time()))
        stream.woken.clear()
        if loop.time() >= beat:
            if not await goes_on():
                yield _event("end", {"why": "session"})
                return
            yield ": \n\n"
            beat = loop.time() + HEARTBEAT_S


def _changed(wanted: Wanted | None, topics: frozenset[str], mark: str) -> str:
    if wanted is None and topics:
        return _event("changed", {"topics": [], "how": "replace"}, mark)
    if wanted is not None and wanted.hears(topics):
        return _event("changed", {"topics": sorted(topics), "how": wanted.how}, mark)
    return f"id: {mark}\n\n"


def _event(name: str, data: object, id: str = "") -> str:
    return (f"id: {id}\n" if id else "") + f"event: {name}\ndata: {json.dumps(data)}\n\n"
