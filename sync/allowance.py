"""How slow is too slow: a clock that every byte winds up a little. Pure.

    seconds left   grace ---.            .---  a piece comes: it earns size / rate, never beyond the grace
                            `---.   .----'
                                `---'          0 = too slow

A silence up to the grace is forgiven, again and again, as long as bytes come at the rate on average between them. So neither
a stalled village line nor a large body is punished, and a peer that sends a byte a minute is done with after the grace.
"""

from __future__ import annotations


class Allowance:
    """`grace_s` seconds, `rate` bytes per second; `now` is any clock that only goes forward."""

    def __init__(self, grace_s: float, rate: float, now: float) -> None:
        self._grace_s, self._rate = grace_s, rate
        self.until = now + grace_s

    def moved(self, count: int, now: float) -> None:
        """`count` bytes have passed."""
        self.until = min(self.until + count / self._rate, now + self._grace_s)

    def waited_for_us(self, now: float) -> None:
        """The other side could not go on: its clock begins anew."""
        self.until = now + self._grace_s

    def spent(self, now: float) -> bool:
        return now > self.until
