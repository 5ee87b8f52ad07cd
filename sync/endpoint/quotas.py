"""How much each principal may store in each database: a bucket that fills by what he writes, and empties by so much a day.

    room ----.        .---  a day passes
              `--.  .-'
                  `'        0 = 507, and the seconds until there is room

A device that is honest never meets it; one that is not stores the bucket once, and then a day's share a day. Records and files
lie in databases of their own, so photographs do not keep a record from being sent. One SQLite file, shared by processes; its
loss forgives what was stored. It must not know HTTP or documents.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from sync.endpoint import tuning
from sync.errors import QuotaExceeded
from sync.storage import DRIVER_ERRORS, is_damage, open_file, storage_errors, write_ahead

log = logging.getLogger("sync.http")
_DAY_S = 24 * 3600
_TABLE = """CREATE TABLE IF NOT EXISTS used (
    principal TEXT NOT NULL, db TEXT NOT NULL, bytes REAL NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (principal, db)) WITHOUT ROWID"""


class Quotas:
    """`clock` in seconds. `most` bytes at once, `a_day` bytes more each day. Thread-safe; the file is made at the first use,
    encrypted under `key`."""

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float],
        *,
        most: int = tuning.QUOTA_BYTES,
        a_day: int = tuning.QUOTA_BYTES_A_DAY,
        key: bytes | None = None,
    ) -> None:
        self._path, self._clock, self._most, self._a_day, self._key = path, clock, most, a_day, key
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def take(self, principal: str, db: str, count: int) -> None:
        """`count` bytes are about to be stored. Raises QuotaExceeded when there is no room for them; DiskFull, ServerError."""
        with self._lock:
            self._guarded(lambda: self._take(principal, db, count))

    def _take(self, principal: str, db: str, count: int) -> None:
        used = self._used(principal, db)
        if used + count > self._most:
            wait_s = (used + count - self._most) / self._a_day * _DAY_S
            raise QuotaExceeded(
                f"{principal} has stored {int(used)} of {self._most} bytes in {db}, no room for {count} more; "
                f"{self._a_day} bytes become free each day",
                retry_after=min(wait_s, _DAY_S),
            )
        self._set(principal, db, used + count)

    def give_back(self, principal: str, db: str, count: int) -> None:
        """They were not stored after all."""
        with self._lock:
            self._guarded(lambda: self._set(principal, db, max(self._used(principal, db) - count, 0)))

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _guarded(self, work: Callable[[], None]) -> None:
        """What is damaged is begun anew: nobody has stored anything then, and nobody is kept from sending."""
        try:
            work()
        except DRIVER_ERRORS as fault:
            if not is_damage(fault):
                with storage_errors(self._path):
                    raise
            log.warning("%s is damaged and begun anew: %s", self._path.name, fault)
            self._drop()
            for suffix in ("-wal", "-shm", ""):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            with storage_errors(self._path):
                work()

    def _used(self, principal: str, db: str) -> float:
        row = self._open().execute("SELECT bytes, at FROM used WHERE principal = ? AND db = ?", (principal, db)).fetchone()
        if row is None:
            return 0.0
        passed_s = max(self._clock() - row[1], 0)
        return float(max(row[0] - passed_s * self._a_day / _DAY_S, 0.0))

    def _set(self, principal: str, db: str, used: float) -> None:
        self._open().execute("INSERT OR REPLACE INTO used VALUES (?, ?, ?, ?)", (principal, db, used, self._clock()))

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            opened = open_file(self._path, self._key, timeout_s=10, check_same_thread=False)
            try:
                write_ahead(opened)
                opened.execute("PRAGMA synchronous = NORMAL")   # a power cut may forget the last writes, to nobody's harm
                opened.execute(_TABLE)
            except BaseException:
                opened.close()
                raise
            self._connection = opened
        return self._connection
