"""What citizens handed in, in `demands.sqlite` of HOME: `serve` and the command line share it.

    demands   one row each; `code` is a hash, `source` a keyed hash of the address it came from, for a day
    photos    as they are shown and become evidence: made anew from what was sent, a JPEG each
It holds names and telephones, so it has the hub's protection at rest and forgets (`Demands.forget`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from county_hub.hub.kept.kept_file import KeptFile, Steps

_FIRST = (
    """CREATE TABLE demands (
        n INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, channel TEXT NOT NULL,
        source TEXT NOT NULL, worked INTEGER NOT NULL, about TEXT NOT NULL, category TEXT NOT NULL, text TEXT NOT NULL,
        office TEXT NOT NULL, place TEXT NOT NULL, name TEXT NOT NULL, phone TEXT NOT NULL, state TEXT NOT NULL,
        answer TEXT NOT NULL, answered_at INTEGER, answered_by TEXT NOT NULL, case_id TEXT NOT NULL,
        forgotten INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX demands_state ON demands (state, n)",
    "CREATE INDEX demands_source ON demands (source, at)",
    "CREATE INDEX demands_phone ON demands (phone, at)",
    "CREATE TABLE photos (n INTEGER NOT NULL, place INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (n, place))",
)
_BEGUN = ("ALTER TABLE demands ADD COLUMN begun TEXT NOT NULL DEFAULT '[]'",)
STEPS: Steps = {1: _FIRST, 2: _BEGUN}
WAITING, ACCEPTED, RETURNED = "waiting", "accepted", "returned"


@dataclass(frozen=True, slots=True)
class Demand:
    """`at`, `answered_at`: ms since 1970. `about`: the project that is asked about, or empty. `forgotten`: what was said
    is gone, what became of it stays. `begun`: words of acts that were begun for it; one may
    have been written."""

    n: int
    at: int
    channel: str
    about: str
    category: str
    text: str
    office: str
    place: str
    name: str
    phone: str
    state: str
    answer: str
    answered_at: int | None
    answered_by: str
    case_id: str
    forgotten: int
    begun: tuple[str, ...]
    photos: int


_COLUMNS = ("n, at, channel, about, category, text, office, place, name, phone, state, answer, answered_at, answered_by, case_id,"
            " forgotten, begun, (SELECT count(*) FROM photos WHERE photos.n = demands.n)")


class DemandStore(KeptFile):
    def __init__(self, path: Path, clock: Callable[[], int], key: bytes | None = None) -> None:
        super().__init__(path, clock, STEPS, key)


def one(db: sqlite3.Connection, where: str, value: object) -> Demand | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM demands WHERE {where} = ?", (value,)).fetchone()
    return _demand(row) if row is not None else None


def some(db: sqlite3.Connection, state: str, after: int, limit: int) -> list[Demand]:
    """The oldest that wait first; of those with an answer the newest. `state` empty: all. `after`: the last `n` of the page
    before."""
    order, beyond = ("n", ">") if state == WAITING else ("n DESC", "<")
    marks: list[object] = [state, state]
    past = ""
    if after:
        past, marks = f" AND n {beyond} ?", [*marks, after]
    asked = f"SELECT {_COLUMNS} FROM demands WHERE (? = '' OR state = ?){past} ORDER BY {order} LIMIT ?"
    rows = db.execute(asked, (*marks, limit))
    return [_demand(row) for row in rows]


def photos(db: sqlite3.Connection, n: int) -> list[bytes]:
    return [bytes(row[0]) for row in db.execute("SELECT data FROM photos WHERE n = ? ORDER BY place", (n,))]


def _demand(row: Sequence[Any]) -> Demand:
    values = dict(zip(Demand.__slots__, row, strict=True))      # the columns stand in the order of the fields
    return Demand(**{**values, "begun": tuple(json.loads(values["begun"]))})
