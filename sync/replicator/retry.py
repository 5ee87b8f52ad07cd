"""Trying again after what may pass: no answer, or an overloaded server. Pauses double and are jittered; progress between
two failures starts the count anew. It knows nothing of documents."""

from __future__ import annotations

import random as random_module
from collections.abc import Callable
from dataclasses import dataclass

from sync import errors
from sync.replicator import tuning


@dataclass(frozen=True, slots=True)
class Patience:
    """`attempts` failures in a row end it (None: never). `wait(seconds)` pauses; it may raise Cancelled."""

    attempts: int | None
    random: random_module.Random
    wait: Callable[[float], None]

    def persist(
        self,
        step: Callable[[], None],
        *,
        progress: Callable[[], object],
        failed: Callable[[errors.SyncError], None],
    ) -> None:
        """Run `step` until it returns. `progress()` is a value that changes when something was achieved."""
        failures, seen = 0, progress()
        while True:
            try:
                return step()
            except (errors.Unreachable, errors.ServerError, errors.BadAnswer) as error:
                if self.attempts is not None and isinstance(error, errors.BadAnswer):
                    raise       # somebody waits for this run, and shall hear of it; a live one outlives a portal
                failures = 1 if progress() != seen else failures + 1
                seen = progress()
                if self.attempts is not None and failures >= self.attempts:
                    raise
                failed(error)
                self.wait(self._pause(failures, getattr(error, "retry_after", None)))

    def _pause(self, failures: int, retry_after: float | None) -> float:
        doubled = min(tuning.BACKOFF_FIRST_S * 2.0 ** min(failures - 1, 20), tuning.BACKOFF_MAX_S)
        asked = min(retry_after or 0.0, tuning.BACKOFF_MAX_S)
        return max(asked, doubled * self.random.uniform(0.5, 1.5))
