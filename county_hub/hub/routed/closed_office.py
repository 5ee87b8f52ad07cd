"""Brings sealed bodies to the closed databases of the offices that have a key: from the author's office, of accepted events.

    event accepted (read model, `sealed`) -> its document in office-<author>-closed -> closed databases of the offices whose
    devices have a key, by the envelope or by a later `case.sealed_shared`, as far as they are in the audience of the case

It copies ciphertext and opens nothing. What is copied is there for good and copying again changes nothing, so nothing needs to be
remembered over a restart: the first pass looks at every sealed event, later ones at what is new and what is still missing.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Event as Flag
from typing import Any

from county_hub.hub.ingress import DROP
from shared.ledger.audience import route
from shared.ledger.domain import Domain
from shared.ledger.errors import Refused
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.sealing import check_envelope, wrapped_in
from shared.ledger.published.directory_heads import Directory
from sync.databases import Databases
from sync.errors import DAMAGED

log = logging.getLogger("county_hub.closed_office")


@dataclass(frozen=True, slots=True)
class _Sealed:
    event: str
    document: str
    subject: str
    office: str


class ClosedOffice:
    """One per hub process. `reader` opens the read model, `directory` gives the newest."""

    def __init__(self, databases: Databases, reader: Callable[[], AbstractContextManager[sqlite3.Connection]],
                 directory: Callable[[], Directory], domain: Domain) -> None:
        self._databases, self._reader, self._directory, self._domain = databases, reader, directory, domain
        self._shares = f"kind IN ({', '.join('?' * len(domain.shares))}) AND refused IS NULL"
        self._mark: tuple[Any, ...] = ()
        self._waiting = True

    def look(self, cancel: Flag | None = None) -> int:
        """Copy what is to be copied; returns how many copies were made. Raises SyncError."""
        with self._reader() as db:
            mark = (*db.execute("SELECT count(*), max(rowid) FROM sealed").fetchone(),
                    *db.execute(f"SELECT count(*), max(rowid) FROM events WHERE {self._shares}",
                                [*self._domain.shares]).fetchone(),
                    self._directory().cited)
            if mark == self._mark and not self._waiting:
                return 0
            rows = [_Sealed(event, f"sealed:{digest}", subject, office) for event, digest, subject, office in db.execute(
                "SELECT s.event_id, s.sha256, s.subject, s.office FROM sealed s JOIN events e ON e.id = s.event_id"
                " WHERE e.refused IS NULL")]
            shared = self._shared(db)
            audiences = {subject: self._audience(db, subject) for subject in {row.subject for row in rows}}
        made, missing = 0, 0
        for row in rows:
            if cancel is not None and cancel.is_set():
                return made
            copies = self._try(row, shared.get(row.document, set()), audiences[row.subject])
            made, missing = made + max(copies, 0), missing + (copies < 0)
        self._mark, self._waiting = mark, missing > 0
        return made

    def _try(self, row: _Sealed, shared: set[str], audience: set[str]) -> int:
        """One damaged database must not keep the sealed bodies of others back: what it lacks waits."""
        try:
            return self._bring(row, shared, audience)
        except DAMAGED as damage:
            log.warning("%s waits: %s", row.document, damage)
            return -1

    def _bring(self, row: _Sealed, shared: set[str], audience: set[str]) -> int:
        """Copies made; -1 while the document has not come from its author."""
        home = f"office-{row.office}-closed"
        doc = self._find(home, row.document) or self._find(DROP, row.document)     # revoked devices leave all there
        if doc is None:
            return -1
        try:
            check_envelope(doc)
        except Refused as wrong:
            log.warning("%s in %s is not brought on: %s", row.document, home, wrong)
            return 0
        directory = self._directory()
        named = (directory.device(device) for device in {*wrapped_in(doc).keys, *shared})
        offices = {device.office for device in named if device is not None} & audience
        return sum(self._copy(f"office-{office}-closed", doc) for office in sorted({*offices, row.office}))

    def _find(self, database: str, id: str) -> Doc | None:
        if not self._databases.exists(database):
            return None
        with self._databases.lease(database) as replica:
            rows = replica.all_docs(keys=[id], include_docs=True)
        return next((row.doc for row in rows if row.doc is not None), None)

    def _copy(self, database: str, doc: Doc) -> int:
        if not self._databases.exists(database) or self._find(database, doc["_id"]) is not None:
            return 0
        with self._databases.lease(database) as replica:
            replica.bulk_docs([doc], new_edits=False)
        return 1

    def _audience(self, db: sqlite3.Connection, subject: str) -> set[str]:
        found: dict[str, Any] | None = None
        for (text,) in db.execute("SELECT json FROM events WHERE case_id = ? AND refused IS NULL", (subject,)):
            found = route(json.loads(text), found, self._directory(), domain=self._domain)
        return set(found["offices"]) if found else set()

    def _shared(self, db: sqlite3.Connection) -> dict[str, set[str]]:
        """Devices that were given a key later, by document id."""
        found: dict[str, set[str]] = {}
        for (text,) in db.execute(f"SELECT json FROM events WHERE {self._shares}", [*self._domain.shares]):
            for share in _shares(json.loads(text)):
                found.setdefault(f"sealed:{share['sealed']}", set()).update(key["device"] for key in share["keys"])
        return found


def _shares(doc: Doc) -> Iterable[Any]:
    shares = doc["body"].get("shares")
    return shares if isinstance(shares, list) else ()
