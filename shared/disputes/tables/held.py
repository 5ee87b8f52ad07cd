"""How many cases each office holds, open and ended: kept up to date by triggers on `cases`, for counting them reads every case.

    held    holder, settled (0 open | 1 ended), n
"""

from __future__ import annotations

import sqlite3

_ADD = "INSERT INTO held VALUES ({row}.holder, {row}.settled, {n}) ON CONFLICT DO UPDATE SET n = n + {n};"
_CAME, _WENT = _ADD.format(row="new", n=1), _ADD.format(row="old", n=-1)
TABLES = (
    "CREATE TABLE held (holder TEXT NOT NULL, settled INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (holder, settled))"
    " WITHOUT ROWID",
    f"CREATE TRIGGER held_came AFTER INSERT ON cases BEGIN {_CAME} END",
    f"CREATE TRIGGER held_went AFTER DELETE ON cases BEGIN {_WENT} END",
    "CREATE TRIGGER held_moved AFTER UPDATE OF holder, settled ON cases"
    f" WHEN (old.holder, old.settled) <> (new.holder, new.settled) BEGIN {_WENT} {_CAME} END",
)


def by_office(db: sqlite3.Connection, *, ended: bool) -> dict[str, int]:
    """Office -> how many, without those of which there is none."""
    return {str(holder): int(n) for holder, n in db.execute(
        "SELECT holder, n FROM held WHERE settled = ? AND n > 0", (int(ended),))}


def number(db: sqlite3.Connection, *, ended: bool | None = None) -> int:
    """Of all offices together; `ended` None: of both sorts."""
    which = "" if ended is None else f" WHERE settled = {int(ended)}"
    return int(db.execute(f"SELECT coalesce(sum(n), 0) FROM held{which}").fetchone()[0])
