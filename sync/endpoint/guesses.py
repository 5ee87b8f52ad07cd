"""Wrong passwords: who has to wait before the next try. Pure but for its clock; must not know HTTP.

Three counts, and who is held up when one is full:

    (address, name)   this name from this address: a minute, twice as long after each further one, an hour at the most
    address           every name from this address, but those that have proven themselves from here
    name              this name from every address, but those from which it has proven itself

The first stops one guesser without touching anybody elsewhere; the second one who tries many names; the third many machines that
try one name together. One address alone never fills the third, so nobody can lock a name out from elsewhere by himself; and where
an officer has signed in before, he can again whatever others do. An IPv6 address counts as its /64, what one household gets.
"""

from __future__ import annotations

import contextlib
import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Generic, TypeVar

from sync.endpoint import tuning
from sync.errors import ServerError

K = TypeVar("K", bound=Hashable)


@lru_cache(maxsize=1_000)       # asked several times a request
def group_of(address: str) -> str:
    """Whom an address counts for: itself, for IPv6 its /64, which is what one household gets."""
    with contextlib.suppress(ValueError):
        parsed = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(parsed, ipaddress.IPv6Address):
            if parsed.ipv4_mapped is not None:
                return str(parsed.ipv4_mapped)
            return address if parsed.is_loopback else str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return address


class _Counts(Generic[K]):
    """How many, and when the last; those silent for longest are forgotten when there are too many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: OrderedDict[K, tuple[float, float]] = OrderedDict()

    def get(self, key: K) -> tuple[float, float]:
        return self._of.get(key, (0.0, 0.0))

    def set(self, key: K, count: float, at: float) -> None:
        self._of.pop(key, None)
        self._of[key] = count, at
        if len(self._of) > self._most:
            self._of.popitem(last=False)

    def __contains__(self, key: K) -> bool:
        return key in self._of

    def forget(self, key: K) -> None:
        self._of.pop(key, None)


class Guesses:
    """`who` is (address, name). Thread-safe; in memory only, `watched` of each sort."""

    def __init__(self, clock: Callable[[], float], *, watched: int = tuning.MAX_WATCHED_GUESSERS) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pairs = _Counts[tuple[str, str]](watched)
        self._addresses, self._names = _Counts[str](watched), _Counts[str](watched)
        self._proven = _Counts[tuple[str, str]](watched)

    def check(self, who: tuple[str, str]) -> None:
        """Raises ServerError 429 with the seconds to wait."""
        pair = group_of(who[0]), who[1]
        with self._lock:
            wait_s = self._wait_of_pair(pair)
            if pair not in self._proven:
                wait_s = max(
                    wait_s,
                    self._wait_of(self._addresses, pair[0], tuning.MAX_WRONG_OF_ADDRESS),
                    self._wait_of(self._names, pair[1], tuning.MAX_WRONG_OF_NAME),
                )
        if wait_s > 0:
            raise ServerError(
                "too many wrong passwords; wait before the next try", status=429, error="too_many_requests", retry_after=wait_s
            )

    def failed(self, who: tuple[str, str]) -> None:
        pair, now = (group_of(who[0]), who[1]), self._clock()
        with self._lock:
            count, last = self._pairs.get(pair)
            self._pairs.set(pair, 1 if now - last > tuning.WRONG_PASSWORDS_FORGOTTEN_S else count + 1, now)
            for counts, key, most in self._wider(pair):
                counts.set(key, self._now(counts, key, most) + 1, now)

    def succeeded(self, who: tuple[str, str]) -> None:
        pair = group_of(who[0]), who[1]
        if pair in self._proven and pair not in self._pairs and self._clock() - self._proven.get(pair)[1] < 1:
            return      # a device that asks all the time
        with self._lock:
            self._pairs.forget(pair)
            self._proven.set(pair, 1, self._clock())

    def _wider(self, pair: tuple[str, str]) -> tuple[tuple[_Counts[str], str, int], ...]:
        return (
            (self._addresses, pair[0], tuning.MAX_WRONG_OF_ADDRESS), (self._names, pair[1], tuning.MAX_WRONG_OF_NAME),
        )  # fmt: skip

    def _wait_of_pair(self, pair: tuple[str, str]) -> float:
        count, last = self._pairs.get(pair)
        over = int(count) - tuning.MAX_WRONG_PASSWORDS
        if over < 0:
            return 0.0
        wait_s = min(tuning.WRONG_PASSWORD_WAIT_S * 2.0 ** min(over, 20), tuning.MAX_WRONG_PASSWORD_WAIT_S)
        return last + wait_s - self._clock()

    def _now(self, counts: _Counts[str], key: str, most: int) -> float:
        """The count, of which `most` are forgotten each hour."""
        count, last = counts.get(key)
        return max(count - (self._clock() - last) * most / tuning.MAX_WRONG_PASSWORD_WAIT_S, 0.0)

    def _wait_of(self, counts: _Counts[str], key: str, most: int) -> float:
        over = self._now(counts, key, most) + 1 - most
        return over / most * tuning.MAX_WRONG_PASSWORD_WAIT_S
