"""What was done lately at the console, to what, and from which session: whoever opened a form before hears of it, also where both
sit at one account.

In memory alone: a restart forgets, and then who was first is told as little as if he had used the command line.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

MOST, MOST_OF_ONE = 4096, 4         # things, and sessions that did it


@dataclass(frozen=True, slots=True)
class Did:
    """`at`: ms since 1970; `session`: the number of one of the account's sessions."""

    at: int
    account: str
    session: str


class Recent:
    """Thread-safe; one per console."""

    def __init__(self) -> None:
        self._lock, self._done = threading.Lock(), OrderedDict[tuple[str, str], list[Did]]()

    def note(self, what: str, thing: str, did: Did) -> None:
        with self._lock:
            before = [one for one in self._done.pop((what, thing), [])
                      if (one.account, one.session) != (did.account, did.session)]
            self._done[what, thing] = [*before[-(MOST_OF_ONE - 1):], did]
            while len(self._done) > MOST:
                self._done.popitem(last=False)

    def since(self, what: str, thing: str, seen: int, account: str, session: str) -> Did | None:
        """The newest that another session did to the same thing after `seen`."""
        with self._lock:
            came = [one for one in self._done.get((what, thing), ())
                    if one.at > seen and (one.account, one.session) != (account, session)]
        return max(came, key=lambda one: one.at, default=None)
