"""When each device was last heard of. Buffered in memory, written in one transaction now and then.

A crash loses at most the last few seconds of contacts, never a record. It must not know credentials or documents.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from county_hub.hub.kept.registry import Registry


class Contacts:
    def __init__(self, registry: Registry, clock: Callable[[], int]) -> None:
        self._registry, self._clock = registry, clock
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[str, int, int, str]] = {}

    def saw(self, device: str, office: str, app: str = "") -> None:
        """One request of `device`; cheap enough for every request."""
        with self._lock:
            _, _, requests, before = self._seen.get(device, (office, 0, 0, ""))
            self._seen[device] = (office, self._clock(), requests + 1, app[:80] or before)

    def flush(self) -> None:
        with self._lock:
            seen, self._seen = self._seen, {}
        if not seen:
            return
        try:
            self._registry.add_contacts(seen)
        except BaseException:
            with self._lock:        # the file is locked, or the disk is full: told the next time
                for device, (office, at, requests, app) in seen.items():
                    later = self._seen.get(device, (office, 0, 0, ""))
                    self._seen[device] = (office, max(at, later[1]), requests + later[2], later[3] or app)
            raise
