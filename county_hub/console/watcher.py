"""One watcher for all who watch: it looks when something was committed, and tells everybody how far things have come.

It runs while somebody watches, in the server's event loop; nobody watching costs nothing, and an idle hub is looked at once in
`LOOK_S`. It must not know HTTP or pages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from starlette.concurrency import run_in_threadpool

from county_hub.county.book.changes import Changes, Mark

log = logging.getLogger("county_hub.console")
# What is committed wakes the watcher; demands of citizens and other programs' corrections are seen by looking.
LOOK_S = 5.0
# While the tables catch up with what was committed.
CATCH_UP_S = 0.2
MOST_STREAMS = 200          # of the whole hub: each holds a connection and a little memory
MOST_OF_SESSION = 4         # pages of one session that are looked at; the oldest ends for the newest


class TooMany(Exception):
    """So many watch that nobody else can."""


class Stream:
    """One page that is looked at. `owner`: of the session; `woken` is set when `Watch.mark` may be another, or `ended` is."""

    def __init__(self, owner: str) -> None:
        self.owner, self.woken, self.ended = owner, asyncio.Event(), False


class Wakes(Protocol):
    """The endpoint's: an event that is set by every commit ("" is any database's) and when the server goes down."""

    stopping: bool

    def waiting_for(self, name: str) -> AbstractContextManager[asyncio.Event]: ...


class Watch:
    """Belongs to the event loop. `mark` is how far things have come, None before the first look."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        self.mark: Mark | None = None
        self._streams: list[Stream] = []
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._streams)

    @contextlib.contextmanager
    def stream(self, owner: str, wakes: Wakes) -> Iterator[Stream]:
        """Raises `TooMany`."""
        own = [stream for stream in self._streams if stream.owner == owner and not stream.ended]
        for oldest in own[:max(0, len(own) - MOST_OF_SESSION + 1)]:
            oldest.ended = True
            oldest.woken.set()
        if len(self._streams) >= MOST_STREAMS:
            raise TooMany
        made = Stream(owner)
        self._streams.append(made)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._watch(wakes))
        try:
            yield made
        finally:
            self._streams.remove(made)

    def _wake_all(self) -> None:
        for stream in self._streams:
            stream.woken.set()

    async def _watch(self, wakes: Wakes) -> None:
        with wakes.waiting_for("") as committed:
            while self._streams and not wakes.stopping:
                committed.clear()
                behind = await self._look()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(committed.wait(), CATCH_UP_S if behind else LOOK_S)
        for stream in self._streams:
            stream.ended = wakes.stopping
        self._wake_all()
        self.mark = None

    async def _look(self) -> bool:
        """True while more is about to come."""
        try:
            mark = await run_in_threadpool(self.changes.now)
            behind = await run_in_threadpool(self.changes.is_behind)
        except Exception as fault:      # a file that cannot be read now; pages say so, the watcher looks again
            log.warning("cannot see what changes: %s", fault)
            return False
        if mark != self.mark:
            self.mark = mark
            self._wake_all()
        return behind
