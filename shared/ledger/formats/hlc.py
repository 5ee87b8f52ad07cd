"""Hybrid logical clock: 64 bits as 16 hex characters, 12 of milliseconds and 4 of counter, so text order
is time order.

    019ac8f3b2c1 0003
    ms since 1970 counter

A new time is `max(own last, corrected device time, cited times) + 1`; the carry of a full counter goes
into the milliseconds. A cited time further ahead than a bound (one bad clock somewhere) raises only the
counter, so it cannot drag honest clocks along. No event is ever refused for its clock. Time is passed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from shared.ledger.errors import Refused

_FORM = re.compile(r"[0-9a-f]{16}", re.ASCII)
_MAX_MS = 2**48 - 1
_COUNTER = 0xFFFF

# DESIGN 3.4: a device wrong by more than a day is wrong, not ahead. Configuration: pass `max_ahead_ms` to
# change it.
MAX_AHEAD_MS = 24 * 60 * 60 * 1000


def is_hlc(text: object) -> bool:
    return isinstance(text, str) and _FORM.fullmatch(text) is not None


def make_hlc(ms: int, counter: int = 0) -> str:
    """16 hex characters of a time in ms and a counter (0..65535). Raises `Refused` out of range."""
    if not 0 <= ms <= _MAX_MS:
        raise Refused("ms", ms, "give milliseconds since 1970 that fit 48 bits")
    if not 0 <= counter <= _COUNTER:
        raise Refused("counter", counter, "give a counter from 0 to 65535")
    return f"{ms:012x}{counter:04x}"


def hlc_ms(hlc: str) -> int:
    """The milliseconds of a hybrid time."""
    return _value(hlc) >> 16


def next_hlc(
    own_last: str | None, corrected_ms: int, cited: Iterable[str] = (), *, max_ahead_ms: int = MAX_AHEAD_MS
) -> str:
    """The time of a new event: later than `own_last` always, and than every cited time within the bound.

    `corrected_ms`: device time plus the offset last measured against the hub. Times outside 48 bits are
    clamped, because a broken clock must not stop the work. Raises `Refused` only if a text is not a hybrid
    time.
    """
    now = min(max(corrected_ms, 0), _MAX_MS - 1)
    best = max(now << 16, _value(own_last) if own_last is not None else 0)
    far_counter = 0
    for value in map(_value, cited):
        if value >> 16 > now + max_ahead_ms:
            far_counter = max(far_counter, value & _COUNTER)
        else:
            best = max(best, value)
    best = max(best, (best & ~_COUNTER) | far_counter)
    return f"{min(best + 1, 2**64 - 1):016x}"


def _value(hlc: str) -> int:
    if not is_hlc(hlc):
        raise Refused("hlc", hlc, "give 16 lower-case hex characters")
    return int(hlc, 16)
