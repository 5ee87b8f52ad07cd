"""A small SQLite file that threads and processes share: a connection per act, a change is one transaction, a reader never waits.

For what is kept beside replicas: registries, accounts. It must not know what lies in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sync.storage import DRIVER_ERRORS, make_private, open_file, storage_errors, write_ahead

_BUSY_S = 30


class SharedFile:
    """Makes the file, readable by its owner alone, when it is not there; encrypted under `key`, where one is given. Raises
    `StorageError` where it cannot be used."""

    def __init__(self, path: Path, key: bytes | None = None) -> None:
        self.path, self._key = path, key
        with storage_errors(path):
            make_private(path)
            # Held open and used for nothing else: the files that readers share stay, so a full disk keeps nobody from reading.
            self._keeper = open_file(path, key, timeout_s=_BUSY_S, check_same_thread=False)

    def close(self) -> None:
        self._keeper.close()

    def keep(self) -> None:
        """Once the file has its tables: hold what readers share."""
        with storage_errors(self.path):
            self._keeper.execute("SELECT count(*) FROM sqlite_master").fetchone()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, whole or not at all. Acts are rare, and connections must not cross a server's threads."""
        with storage_errors(self.path), self._connected() as db:
            write_ahead(db)
            db.execute("PRAGMA synchronous=FULL")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                with suppress(*DRIVER_ERRORS):       # a full disk has rolled back already
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One moment of the file, whoever writes meanwhile."""
        with storage_errors(self.path), self._connected() as db:
            db.execute("BEGIN")
            yield db

    def _connected(self) -> closing[sqlite3.Connection]:
        return closing(open_file(self.path, self._key, timeout_s=_BUSY_S))
