"""Which databases have news: names added by whoever commits, taken by the one who follows. Nothing else
lives here."""

from __future__ import annotations

from threading import Condition


class Dirty:
    """A set of names, each once, in the order in which they came. Thread-safe."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._news = Condition()

    def add(self, name: str) -> None:
        with self._news:
            self._names[name] = None
            self._news.notify_all()

    def take(self, timeout_s: float) -> list[str]:
        """All names, after waiting for the first one at most `timeout_s`."""
        with self._news:
            self._news.wait_for(lambda: self._names, timeout_s)
            names = list(self._names)
            self._names.clear()
            return names
