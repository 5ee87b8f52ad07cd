"""Time as the programs of the service point see it. Only `composition` makes a real clock.

`SHUOSHI_CLOCK_OFFSET_S` shifts the device clock by whole seconds, so that a wrong tablet clock can be tried
without touching the machine. Legal dates are days in Asia/Shanghai (DOMAIN.md 2.1), no summer time since
1991.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from shared.ledger.authoring import corrected_date
from shared.ledger.days import local_time
from shared.ledger.texts import t
from village_node.point.errors import UsageError

Clock = Callable[[], int]


def real_clock() -> Clock:
    """ms since 1970 UTC. Raises UsageError when the environment's shift is not a whole number."""
    raw = os.environ.get("SHUOSHI_CLOCK_OFFSET_S", "").strip()
    try:
        shift = int(raw or "0") * 1000
    except ValueError as error:
        raise UsageError(t("node.error.clock_env", value=raw)) from error
    return lambda: time.time_ns() // 1_000_000 + shift


def date_of(ms: int) -> str:
    """The legal date of an instant."""
    return corrected_date(ms).isoformat()


def moment_of(ms: int) -> str:
    """ "08:12" today is for the caller to judge; this is "2026-11-23 08:12"."""
    return local_time(max(ms, 0))
