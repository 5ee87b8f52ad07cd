"""Which databases have news, and since when: names added by whoever commits, taken by the one who follows. What failed comes
again by itself: a disk that was full for a moment tells nobody that it has room. Nothing else lives here."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition

from sync.router import tuning

_DOUBLED = 16       # more doublings reach no longer pause


class Dirty:
    """A set of names, each once, in the order in which they came. Thread-safe. `clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._names: dict[str, float] = {}
        self._taken: dict[str, float] = {}
        self._due: dict[str, float] = {}            # what failed: when it is taken again
        self._tries: dict[str, int] = {}            # and how often it has failed
        self._news = Condition()

    def add(self, name: str) -> None:
        with self._news:
            self._names.setdefault(name, self._clock())
            self._news.notify_all()

    def done(self, name: str) -> None:
        """What was taken of this name is worked off, unless it has failed since."""
        with self._news:
            if name not in self._due:
                self._taken.pop(name, None)
                self._tries.pop(name, None)

    def failed(self, name: str) -> None:
        """Its work stays undone: it is taken again after `ROUTER_RETRY_S`, twice that the next time, `ROUTER_POLL_S` at most."""
        with self._news:
            now, tries = self._clock(), self._tries.get(name, 0)
            self._taken.setdefault(name, now)
            self._tries[name] = tries + 1
            self._due[name] = now + min(tuning.ROUTER_RETRY_S * 2.0 ** min(tries, _DOUBLED), tuning.ROUTER_POLL_S)

    def behind(self) -> tuple[int, float]:
        """How many names wait or are worked on, and for how many seconds the oldest of them."""
        with self._news:
            since = [*self._names.values(), *self._taken.values()]
            return len({*self._names, *self._taken}), self._clock() - min(since) if since else 0.0

    def take(self, timeout_s: float) -> list[str]:
        """All names with news and those whose turn has come again, after waiting for the first one at most `timeout_s`."""
        with self._news:
            self._news.wait_for(self._come, timeout_s)
            for name in self._come():
                self._names.setdefault(name, self._clock())
            names = list(self._names)
            for name, since in self._names.items():
                self._taken.setdefault(name, since)
                self._due.pop(name, None)
            self._names.clear()
            return names

    def _come(self) -> list[str]:
        now = self._clock()
        return [*self._names, *(name for name, due in self._due.items() if due <= now)]
