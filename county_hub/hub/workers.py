"""What runs beside the server: threads that follow commits, and stop when told.

A `Follower` calls `work()` whenever one of its databases was committed to, and every `idle_s` in any case (another process,
a missed wake). A failing pass is logged and tried again with growing pauses; it never ends the thread. It must not know what
the work is.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sync.errors import Cancelled, ServerError, StorageError

log = logging.getLogger("county_hub.workers")
MAX_PAUSE_S = 60.0
# Between two looks of who makes the tables: when a county's devices come at once, several steps of the routers share a batch. An
# office that acts itself does not wait for it, its pages catch up by themselves.
TABLES_REST_S = 0.25


class Follower:
    """`work(cancel)` does what there is to do and returns; `wants(database)` says whose commits matter. Between two passes there
    are `rest_s` at least: what comes many times a second is worked off together."""

    def __init__(
        self, name: str, work: Callable[[threading.Event], object], wants: Callable[[str], bool], idle_s: float, *,
        rest_s: float = 0.0,
    ) -> None:
        self.name, self._work, self._wants, self._idle_s, self._rest_s = name, work, wants, idle_s, rest_s
        self._failing_since: float | None = None
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def committed(self, database: str) -> None:
        """For `Databases.on_commit`."""
        if self._wants(database):
            self._wake.set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; False when it has not come in time."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def failing_s(self) -> float | None:
        """For how many seconds every pass has failed; None while all is well."""
        since = self._failing_since
        return None if since is None else time.monotonic() - since

    def _failed(self) -> None:
        self._failing_since = self._failing_since or time.monotonic()

    def _run(self) -> None:
        pause = 0.0
        while not self._stop.is_set():
            # Cleared before the work: a commit during it wakes the next pass.
            self._wake.clear()
            try:
                self._work(self._stop)
                pause, self._failing_since = 0.0, None
            except Cancelled:
                continue
            except (StorageError, ServerError) as fault:     # a full disk, a locked file: the sentence says all
                pause = min(max(self._idle_s, pause * 2), MAX_PAUSE_S)
                self._failed()
                log.warning("%s waits %.0f s: %s", self.name, pause, fault)
            except Exception:
                pause = min(max(self._idle_s, pause * 2), MAX_PAUSE_S)
                self._failed()
                log.exception("%s failed; trying again in %.0f s", self.name, pause)
            if pause:
                self._stop.wait(pause)
            else:
                self._wake.wait(self._idle_s)
                if self._rest_s:
                    self._stop.wait(self._rest_s)
