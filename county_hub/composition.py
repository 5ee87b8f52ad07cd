"""The one place of `county_hub` that makes the real clock and randomness, and says which product this hub is for: disputes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from county_hub.hub import hub as core
from county_hub.hub.hub import Hub, hub_home
from county_hub.hub.kept.home import HubHome
from shared.disputes.domain import DISPUTES


def real_clock() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@contextlib.contextmanager
def open_hub(home: HubHome) -> Iterator[Hub]:
    """The open hub of a HOME. Raises `HubProblem` when there is none or its files are damaged."""
    with core.open_hub(home, DISPUTES, real_clock) as hub:
        yield hub


__all__ = ["hub_home", "open_hub", "real_clock"]
