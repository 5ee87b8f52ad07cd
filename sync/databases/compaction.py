"""Compaction by itself: databases that were written and then left alone are compacted when it is worth it.

Lives here: which databases to look at, and when. Whether it is worth it is the replica's to say. It must not know HTTP.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from sync.databases import tuning
from sync.databases.folder import Databases
from sync.errors import SyncError


class IdleCompaction:
    """Tell `written` of every commit; call `look` from time to time, from any thread."""

    def __init__(self, databases: Databases, clock: Callable[[], float]) -> None:
        self._databases, self._clock = databases, clock
        self._lock = threading.Lock()
        self._written: dict[str, float] = {}

    def written(self, name: str) -> None:
        with self._lock:
            self._written[name] = self._clock()

    def look(self) -> list[str]:
        """Compact what has been quiet for `COMPACT_QUIET_S`. Returns the names of those compacted."""
        now = self._clock()
        with self._lock:
            quiet = [name for name, at in self._written.items() if now - at >= tuning.COMPACT_QUIET_S]
            for name in quiet:
                del self._written[name]
        return [name for name in quiet if self._compact(name)]

    def _compact(self, name: str) -> bool:
        # Deleted meanwhile, damaged, or busy: not this module's to say; it is looked at again after the next write.
        with contextlib.suppress(SyncError), self._databases.lease(name) as replica:
            if replica.compact_if_worth():
                with self._lock:
                    self._written.pop(name, None)   # the compaction's own commits
                return True
        return False
