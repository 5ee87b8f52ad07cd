"""Pages of a feed, the next one asked for while this one is decoded.

For servers that make an answer whole before they send it: they work while we decode and store. Knows the feed of a remote peer
(`load`); when a page turns out to end elsewhere than its tail said, what was asked ahead is thrown away.

    this side     | wait | take 1 | decode and store 1 | take 2 | decode and store 2
    the server    | make 1 |       | make 2            |        | make 3
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from sync import errors
from sync.peer import CancelFlag, ChangesFeed, ChangesRequest, Peer, Seq

_Loaded = tuple[Any, Seq | None]        # a feed whose answer is here, and where the next page begins


class PagesAhead:
    """`take` the pages one after the other. A context: at its end nothing is under way any more."""

    def __init__(self, source: Peer, stop: CancelFlag) -> None:
        self._source, self._stop = source, stop
        self._pool: ThreadPoolExecutor | None = None
        self._next: tuple[ChangesRequest, Future[_Loaded]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._drop()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def take(self, request: ChangesRequest) -> ChangesFeed:
        """The page of `request`. Raises what `changes` raises while it is read."""
        if self._next is not None and self._next[0] == request:
            loaded = self._next[1].result()
            self._next = None
        else:
            self._drop()
            loaded = self._load(request)
        feed: ChangesFeed
        feed, begin = loaded
        if begin is not None and begin != request.since:
            following = replace(request, since=begin)
            self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="sync-page")
            self._next = following, self._pool.submit(self._load, following)
        return feed

    def _load(self, request: ChangesRequest) -> _Loaded:
        feed: Any = self._source.changes(request, cancel=self._stop)
        return feed, feed.load()

    def _drop(self) -> None:
        if self._next is None:
            return
        (_, future), self._next = self._next, None
        if not future.cancel():
            with suppress(errors.SyncError):
                future.result()[0].close()
