"""Does somebody come again? Petitions of one person (重信重访), found by a keyed hash of name and telephone or identity digits.

The key is the county's own (setting `match_key` of its directory), so that no list of hashes made elsewhere fits. The hashes are
made anew from the records here at each question and kept nowhere: a stored one could be guessed from a list of names. Of a
petition that Art 30 protects no name is in the open, so it matches nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Mapping
from typing import Any, Protocol

from shared.ledger.domain import MATCH_KEY
from shared.ledger.entry import folded, phone_key
from shared.ledger.texts import t

_NAMES = ("petition.registered", "petition.petitioner_named")


class Publishes(Protocol):
    """What is asked of a directory."""

    def setting(self, key: str) -> Mapping[str, Any] | None: ...

    @property
    def hub(self) -> Mapping[str, Any] | None: ...


def key_of(directory: Publishes) -> bytes:
    """The county's key; of a county founded before there was one, the name of its hub, which is as much its own."""
    made = (directory.setting(MATCH_KEY) or {}).get("key") or (directory.hub or {}).get("hub_id") or ""
    return str(made).encode()


def prints(body: Mapping[str, Any], key: bytes) -> frozenset[str]:
    """One hash for each person who can be told from others of the same name."""
    marks = [mark for mark in (phone_key(str(body.get("phone") or "")), body.get("id_last4")) if mark]
    return frozenset(hmac.new(key, f"{folded(name)}\0{mark}".encode(), hashlib.sha256).hexdigest()
                     for name in body.get("persons", ()) for mark in marks)


def same_person(db: sqlite3.Connection, petition: str, key: bytes) -> list[str]:
    """Ids of the other petitions here in which one of the same persons came, the oldest first."""
    marks = ", ".join("?" * len(_NAMES))
    rows = db.execute(f"SELECT case_id, json FROM events WHERE kind IN ({marks}) AND refused IS NULL"
                      " ORDER BY legal_date, case_id", _NAMES)
    found: dict[str, frozenset[str]] = {}
    for subject, text in rows:
        found[subject] = found.get(subject, frozenset()) | prints(json.loads(text).get("body") or {}, key)
    own = found.pop(petition, frozenset())
    return [subject for subject, theirs in found.items() if theirs & own]


def came_again(db: sqlite3.Connection, petition: str, key: bytes) -> list[str]:
    """A sentence for each earlier petition of the same person about the same kind of matter that this one does not name as its
    forerunner: a second founding of one matter, until somebody says that it is none."""
    row = db.execute("SELECT category, repeat_of, registered_on FROM petitions WHERE petition_id = ?", (petition,)).fetchone()
    if row is None:
        return []
    category, repeat_of, on = row
    told = []
    for other in same_person(db, petition, key):
        earlier = db.execute("SELECT number, registered_on FROM petitions WHERE petition_id = ? AND category = ?"
                             " AND (registered_on, petition_id) < (?, ?)", (other, category, on, petition)).fetchone()
        if earlier is not None and other != repeat_of:
            told.append(t("matters.again", number=earlier[0], date=earlier[1]))
    return told
