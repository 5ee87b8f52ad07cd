"""Does somebody come again? Petitions of one person (重信重访), found by a hash of name and telephone or identity digits.

The hash is made anew from the registrations here at each question and kept nowhere: a stored one could be guessed from a list of
names. Of a petition that Art 30 protects no name is in the record, so it matches nothing.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from typing import Any

_OPENS = "petition.registered"


def prints(body: Mapping[str, Any]) -> frozenset[str]:
    """One hash for each person who can be told from others of the same name."""
    marks = [mark for mark in (body.get("phone"), body.get("id_last4")) if mark]
    return frozenset(hashlib.sha256(f"{name}\0{mark}".encode()).hexdigest() for name in body.get("persons", ()) for mark in marks)


def same_person(db: sqlite3.Connection, petition: str) -> list[str]:
    """Ids of the other petitions here in which one of the same persons came, the oldest first."""
    rows = [(subject, prints(json.loads(text).get("body") or {})) for subject, text in db.execute(
        "SELECT case_id, json FROM events WHERE kind = ? AND refused IS NULL ORDER BY legal_date, case_id", (_OPENS,))]
    own = next((found for subject, found in rows if subject == petition), frozenset())
    return [subject for subject, found in rows if subject != petition and found & own]
