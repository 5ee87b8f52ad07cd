"""Petitions and legal aid by their ids, for a list of what a figure counts. It must not write, and must not know HTTP or HTML."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Matter:
    id: str
    aggregate: str
    title: str
    state: str
    opened_on: str


def matters(db: sqlite3.Connection, ids: Sequence[str]) -> list[Matter]:
    """Those of the ids that are no case, the newest first."""
    return [Matter(*row) for row in db.execute(
        "SELECT record_id, aggregate, title, state, opened_on FROM records WHERE record_id IN (SELECT value FROM json_each(?))"
        " ORDER BY opened_on DESC, record_id", (json.dumps(list(ids)),))]
