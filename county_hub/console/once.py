"""One act for one page: a form that was sent twice (a second tap, a reload) is done once.

Every form carries a token of its own; who comes second with it is sent where the first one was. Kept in memory, the last
`MOST` of them: a restart of the server forgets, and then the counter says whether the act still moves anything.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

FIELD = "once"
MOST = 4096


class Once:
    """Thread-safe; one per console."""

    def __init__(self) -> None:
        self._lock, self._taken = threading.Lock(), OrderedDict[str, None]()

    @staticmethod
    def token() -> str:
        return secrets.token_urlsafe(12)

    def claim(self, owner: str, token: str) -> bool:
        """Is this the first time? Without a token it always is."""
        if not token:
            return True
        key = f"{owner} {token[:64]}"
        with self._lock:
            if key in self._taken:
                return False
            self._taken[key] = None
            while len(self._taken) > MOST:
                self._taken.popitem(last=False)
        return True

    def taken(self, owner: str, token: str) -> bool:
        with self._lock:
            return bool(token) and f"{owner} {token[:64]}" in self._taken

    def give_back(self, owner: str, token: str) -> None:
        """The act was not done: the same page may send it again."""
        with self._lock:
            self._taken.pop(f"{owner} {token[:64]}", None)
