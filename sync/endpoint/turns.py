"""Who may use what all share: so much in all, and so much of it for one asker. Must not know requests.

`Turns` is for time (worker threads, the parsing of large bodies): one too many waits for its turn on the event loop, without a
thread. `BodyBudget` is for memory: one too many is refused, for it holds memory while it waits. In both one asker, however many
connections he opens, leaves a part to the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sync.errors import ServerError, TooLarge


@dataclass(slots=True)
class _Asker:
    semaphore: asyncio.Semaphore
    users: int = 0


class Turns:
    """At most `each` of one asker at once, and `most` of all together (None: as many as come). Belongs to the event loop."""

    def __init__(self, each: int, most: int | None = None) -> None:
        self._each, self._all = each, asyncio.Semaphore(most) if most is not None else None
        self._askers: dict[str, _Asker] = {}

    @contextlib.asynccontextmanager
    async def of(self, who: str) -> AsyncIterator[None]:
        """Wait for a turn, and have it until the block ends."""
        asker = self._askers.setdefault(who, _Asker(asyncio.Semaphore(self._each)))
        asker.users += 1
        try:
            async with asker.semaphore:
                if self._all is None:
                    yield
                else:
                    async with self._all:
                        yield
        finally:
            asker.users -= 1
            if not asker.users:
                del self._askers[who]


class BodyBudget:
    """Bytes held by all requests together: of their bodies (429 beyond it), or of answers (503). One asker with a name holds at
    most half of them. Thread-safe."""

    def __init__(self, limit: int, *, of_answers: bool = False) -> None:
        self._left = limit
        self._share = self._left // 2
        self._refusal = (503, "service_unavailable") if of_answers else (429, "too_many_requests")
        self._held: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, count: int, who: str = "") -> None:
        """Raises ServerError with a time to wait, TooLarge for what waiting would not help."""
        if who and count > self._share:
            raise TooLarge(f"the request needs more than {self._share} bytes of memory; send less at a time")
        with self._lock:
            if count > self._left or (who and self._held[who] + count > self._share):
                status, error = self._refusal
                raise ServerError("too many large requests at once", status=status, error=error, retry_after=2)
            self._left -= count
            if who:
                self._held[who] += count

    def give_back(self, count: int, who: str = "") -> None:
        with self._lock:
            self._left += count
            if who:
                self._held[who] -= count
                if self._held[who] <= 0:
                    del self._held[who]
