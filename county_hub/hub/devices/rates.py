"""How often one device may ask for what costs the hub something: so many at once, and then so many a minute.

Two counts, as for wrong passwords: a device by its name, and a stranger by his address. In memory only, bounded.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import JSONResponse

from sync.endpoint.guesses import group_of

_WATCHED = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`most` at once, `a_minute` after that."""

    most: int
    a_minute: float


# A round states once, and the shortest pause between rounds is some seconds. A device brings lost heads once in a life of the
# hub, in one request of up to a megabyte, of which each head costs a signature. A stranger proves nothing with either.
STATEMENTS, HEADS, STRANGERS = Rate(120, 60), Rate(10, 2), Rate(60, 30)


class Rates:
    """Thread-safe. `clock` in seconds, steady."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def wait_s(self, what: str, who: str, rate: Rate) -> float:
        """Take one; 0.0, or for how many seconds `who` has to wait (nothing is taken then)."""
        with self._lock:
            now = self._clock()
            left, at = self._left.pop((what, who), (float(rate.most), now))
            left = min(float(rate.most), left + (now - at) * rate.a_minute / 60)
            wait = 0.0 if left >= 1 else (1 - left) * 60 / rate.a_minute
            self._left[what, who] = (left - 1 if left >= 1 else left, now)
            if len(self._left) > _WATCHED:
                self._left.popitem(last=False)
        return wait

    def stranger(self, address: str) -> float:
        """The same for somebody without right credentials."""
        return self.wait_s("stranger", group_of(address), STRANGERS)


def wait_answer(seconds: float) -> JSONResponse:
    return JSONResponse({"error": "too_many_requests", "reason": "asked too often; wait before the next try"}, status_code=429,
                        headers={"retry-after": str(max(1, round(seconds)))})
