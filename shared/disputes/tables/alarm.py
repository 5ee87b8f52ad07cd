"""Overdue and ringing: what the dates and instants of a row say at a moment. The same words in every list, banner and page.

A clock of days is overdue from its `late_from` on. Some have an alarm within the day besides (`alarm_hours` of clocks.toml): it
rings from `alarm_at` on until the duty is done, whatever day it is.
"""

from __future__ import annotations

from shared.ledger.days import instant

# SQL of a table with these columns; each takes one value, the day or the instant.
OVERDUE = "late_from <= ?"
RINGS = "(alarm_at > 0 AND alarm_at <= ?)"


def rings(alarm_at: int, today: str, now: int | None = None) -> bool:
    return 0 < alarm_at <= instant(today, now)


def level(late_from: str | None, warn_date: str | None, alarm_at: int, today: str, now: int | None = None) -> str:
    """"" (no clock) | ok | warn | ring | overdue: the gravest that holds."""
    if not late_from:
        return ""
    if late_from <= today:
        return "overdue"
    if rings(alarm_at, today, now):
        return "ring"
    return "warn" if warn_date and warn_date <= today else "ok"
