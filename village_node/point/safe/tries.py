"""How long to wait after wrong PINs: doubled with each, kept in HOME/tries.json over restarts, counted by a clock nobody sets.

The wait runs by the time since the machine was started (`running`, ms). After a restart of the machine only the time since then
counts, so neither a changed clock nor switching off and on shortens it. A try is written down before it is judged: a program
killed in between has used it. Must not know: PINs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from village_node.point.errors import StorageTrouble
from village_node.point.home import Home

FREE_TRIES = 3              # typing slips cost nothing
FIRST_WAIT_MS = 1000
LONGEST_WAIT_MS = 15 * 60 * 1000

Running = Callable[[], int]


def running_ms() -> int:
    """Since this machine was started, asleep or not."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return int((time.monotonic() if clock is None else time.clock_gettime(clock)) * 1000)


class Tries:
    def __init__(self, home: Home, running: Running) -> None:
        self._home, self._running = home, running

    def wait_ms(self, who: str) -> int:
        """How long this person must still wait; 0: may try."""
        entry, now = self._read().get(who) or {}, self._running()
        since = int(entry.get("at") or 0)
        passed = now - since if now >= since else now           # less: the machine was started anew
        return max(0, int(entry.get("wait") or 0) - passed)

    def spend(self, who: str) -> None:
        """A try is about to be judged: counted as wrong until `forgive`."""
        def worse(entry: dict[str, Any]) -> dict[str, Any]:
            wrong = int(entry.get("wrong") or 0) + 1
            over = wrong - FREE_TRIES
            wait = min(FIRST_WAIT_MS << min(over, 20), LONGEST_WAIT_MS) if over >= 0 else 0
            return {"wrong": wrong, "wait": wait, "at": self._running()}

        self._change(who, worse)

    def forgive(self, who: str) -> None:
        """It was right."""
        self._change(who, lambda _entry: {})

    def _change(self, who: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        with self._home.alone():
            known = self._read()
            made = {**known, who: change(known.get(who) or {})}
            self._home.write_json(self._home.tries_file, {who: entry for who, entry in made.items() if entry})

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            found = self._home.read_json(self._home.tries_file)
        except StorageTrouble:                  # written as a whole, so damaged by a hand that could delete it as well
            return {}
        return {who: entry for who, entry in found.items() if isinstance(entry, dict)}
