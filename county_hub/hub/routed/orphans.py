"""What lies in databases of files and of sealed bodies although no record names it: kept for a while, then purged.

A chunk comes before or after its record, from a line that is cut at any time, so none is deleted because its record is not here
yet. But whoever has a credential could fill the disk with chunks of nothing. So each night: what nobody names is written down
with the day, what is named meanwhile is crossed out, what has stood there for `orphan_days` goes. Named is what any record of the
same office says anywhere, accepted or not, and what lies in quarantine: rather too much is kept than too little.

    office-X-files, office-X-closed   named by records of office-X and by what is in quarantine
    drop                              by its own records and by what is in quarantine
"""

from __future__ import annotations

import contextlib
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from county_hub.hub.ingress import DROP, QUARANTINE
from sync.databases import Databases
from sync.errors import StorageError
from sync.replica import LocalReplica
from sync.storage import DRIVER_ERRORS, is_damage, open_file

log = logging.getLogger("county_hub.orphans")
PAGE = 500
DAY_MS = 24 * 3600 * 1000
_HASH = re.compile(rb'"([0-9a-f]{64})"')
_PREFIXES = ("chunk:", "sealed:")
_TABLES = """CREATE TABLE IF NOT EXISTS orphans (
    db TEXT NOT NULL, id TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (db, id)) WITHOUT ROWID;
CREATE TEMP TABLE named (hash TEXT PRIMARY KEY) WITHOUT ROWID;"""


class Orphans:
    """`clock` in milliseconds since 1970. `path` remembers since when; lost, everything is given its time anew."""

    def __init__(self, path: Path, databases: Databases, clock: Callable[[], int], days: int,
                 key: bytes | None = None) -> None:
        self._path, self._databases, self._clock, self._days, self._key = path, databases, clock, days, key

    def purge_old(self) -> int:
        """One look at everything; returns how many documents were purged. A damaged file is begun anew: everything that no record
        names is given its time once more."""
        try:
            return self._purge_old()
        except DRIVER_ERRORS as fault:
            if not is_damage(fault):
                raise
            log.warning("%s is damaged and begun anew: %s", self._path.name, fault)
            for suffix in ("-wal", "-shm", ""):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            return self._purge_old()

    def _purge_old(self) -> int:
        with contextlib.closing(open_file(self._path, self._key, timeout_s=5)) as db:
            db.executescript(_TABLES)
            return sum(self._try(db, name) for name in self._databases.names() if _holds_parts(name))

    def _try(self, db: sqlite3.Connection, name: str) -> int:
        """Where something cannot be read, it is not known what is named there: nothing is purged."""
        try:
            return self._look(db, name)
        except StorageError as fault:
            log.warning("no look at the parts of %s: %s", name, fault)
            return 0

    def _look(self, db: sqlite3.Connection, name: str) -> int:
        db.execute("DELETE FROM named")
        for source in sorted({name.rpartition("-")[0] if name != DROP else DROP, QUARANTINE}):
            if self._databases.exists(source):
                for page in self._named_by(source):
                    db.executemany("INSERT OR IGNORE INTO named VALUES (?)", [(digest,) for digest in page])
        now, old = self._clock(), list[str]()
        for prefix in _PREFIXES:
            for ids in self._parts(name, prefix):
                old += self._written_down(db, name, ids, now)
        if not old:
            return 0
        purged = self._purge(name, old)
        db.executemany("DELETE FROM orphans WHERE db = ? AND id = ?", [(name, id) for id in old])
        log.warning("purged %d parts of %s that no record has named for %d days", purged, name, self._days)
        return purged

    def _written_down(self, db: sqlite3.Connection, name: str, ids: list[str], now: int) -> list[str]:
        """Those of `ids` whose time is over."""
        hashes = [id.partition(":")[2] for id in ids]
        marks = ", ".join("?" * len(hashes))
        named = {row[0] for row in db.execute(f"SELECT hash FROM named WHERE hash IN ({marks})", hashes)}
        free = [id for id, digest in zip(ids, hashes, strict=True) if digest not in named]
        db.execute("BEGIN")
        db.executemany("DELETE FROM orphans WHERE db = ? AND id = ?", [(name, id) for id in ids if id not in set(free)])
        db.executemany("INSERT OR IGNORE INTO orphans VALUES (?, ?, ?)", [(name, id, now) for id in free])
        db.execute("COMMIT")
        before = now - self._days * DAY_MS
        rows = db.execute(f"SELECT id FROM orphans WHERE db = ? AND since <= ? AND id IN ({marks})", (name, before, *ids))
        return [row[0] for row in rows]

    def _purge(self, name: str, ids: list[str]) -> int:
        purged = 0
        for start in range(0, len(ids), PAGE):
            with self._databases.lease(name) as replica:
                rows = replica.all_docs(keys=ids[start : start + PAGE])
                gone = replica.purge({row.id: [row.rev] for row in rows if row.rev is not None})
            purged += sum(bool(revs) for revs in gone.values())
        return purged

    # --- reading ---

    def _named_by(self, name: str) -> Iterator[set[str]]:
        """The hashes that documents name, a page of documents at a time."""
        start = ""
        while True:
            with self._databases.lease(name) as replica:
                rows = replica.all_docs(startkey=start, include_docs=True, limit=PAGE)
            found: set[str] = set()
            for row in rows:
                if row.doc is not None and not row.id.startswith(_PREFIXES):
                    found.update(digest.decode() for digest in _HASH.findall(msgspec.json.encode(row.doc)))
            yield found
            if len(rows) < PAGE:
                return
            start = rows[-1].id + "\x00"

    def _parts(self, name: str, prefix: str) -> Iterator[list[str]]:
        start = prefix
        while True:
            with self._databases.lease(name) as replica:
                ids = _ids(replica, start, prefix + "\uffff")
            if ids:
                yield ids
            if len(ids) < PAGE:
                return
            start = ids[-1] + "\x00"


def _ids(replica: LocalReplica, start: str, end: str) -> list[str]:
    return [row.id for row in replica.all_docs(startkey=start, endkey=end, limit=PAGE)]


def _holds_parts(name: str) -> bool:
    return name == DROP or name.endswith(("-files", "-closed"))
