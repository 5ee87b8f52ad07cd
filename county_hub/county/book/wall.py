"""What the screen in the hall tells of the last events: kind, time, office and category, nothing that anybody wrote. It must not
write, and must not know HTTP or HTML.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Happened:
    """`at`: ms since 1970 by the device's clock; `category` empty of what is no case."""

    kind: str
    at: int
    office: str
    category: str


# what says nothing about the work, or about somebody's mind
_QUIET = ("case.acknowledged", "case.corrected", "referral.%", "case.sealed%")


def last_events(db: sqlite3.Connection, most: int) -> list[Happened]:
    """The newest that came, the newest first."""
    quiet = " AND ".join("e.kind NOT LIKE ?" for _ in _QUIET)
    rows = db.execute(
        f"SELECT e.kind, e.device_time, e.office, coalesce(c.category, '') FROM events e LEFT JOIN cases c USING (case_id)"
        f" WHERE NOT coalesce(e.refused, 0) AND {quiet} ORDER BY e.rowid DESC LIMIT ?", (*_QUIET, most))
    return [Happened(*row) for row in rows]
