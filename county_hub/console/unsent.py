"""What somebody typed into a form and sent when his session had run out: kept until he has signed in again, then shown to him.

In memory alone, for the same account and the same page, a short while, once; never done by itself. A restart forgets it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

KEEP_S = 30 * 60.0                  # from noticing to having signed in, with a telephone call in between
MOST, MOST_LETTERS = 40, 64 * 1024  # forms of a county's officers at once; the longest record is 4,000 letters a field
MOST_OF_ONE = 4                     # of one account: whoever sends and sends pushes out what is his own
_OWN = ("csrf", "once", "more", "password", "proof", "proof_passkey")     # of the session that has ended, or no words of a form

Pairs = tuple[tuple[str, str], ...]


class Unsent:
    """Thread-safe; one per console."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[float, Pairs]] = OrderedDict()

    def keep(self, account: str, page: str, pairs: Sequence[tuple[str, str]]) -> None:
        """Nothing, and what is too long, is not kept."""
        words = tuple((name, value) for name, value in pairs if name not in _OWN)
        if not words or sum(len(name) + len(value) for name, value in words) > MOST_LETTERS:
            return
        with self._lock:
            self._forget()
            self._kept.pop((account, page), None)
            self._kept[account, page] = (self._clock(), words)
            own = [key for key in self._kept if key[0] == account]
            for key in own[:-MOST_OF_ONE]:
                del self._kept[key]
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def take(self, account: str, page: str) -> Pairs:
        """Once; () where nothing is kept."""
        with self._lock:
            self._forget()
            return self._kept.pop((account, page), (0.0, ()))[1]

    def _forget(self) -> None:
        """What nobody came for in time: it may name people."""
        while self._kept and self._clock() - next(iter(self._kept.values()))[0] >= KEEP_S:
            self._kept.popitem(last=False)
