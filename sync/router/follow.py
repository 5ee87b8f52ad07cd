"""Which databases have news, and since when: names added by whoever commits, taken by the one who follows. Nothing else
lives here."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition


class Dirty:
    """A set of names, each once, in the order in which they came. Thread-safe. `clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._names: dict[str, float] = {}
        self._taken: dict[str, float] = {}
        self._news = Condition()

    def add(self, name: str) -> None:
        with self._news:
            self._names.setdefault(name, self._clock())
            self._news.notify_all()

    def done(self, name: str) -> None:
        """What was taken of this name is worked off."""
        with self._news:
            self._taken.pop(name, None)

    def behind(self) -> tuple[int, float]:
        """How many names wait or are worked on, and for how many seconds the oldest of them."""
        with self._news:
            since = [*self._names.values(), *self._taken.values()]
            return len({*self._names, *self._taken}), self._clock() - min(since) if since else 0.0

    def take(self, timeout_s: float) -> list[str]:
        """All names, after waiting for the first one at most `timeout_s`."""
        with self._news:
            self._news.wait_for(lambda: self._names, timeout_s)
            names = list(self._names)
            for name, since in self._names.items():
                self._taken.setdefault(name, since)
            self._names.clear()
            return names
