"""A small SQLite file that threads and processes share: a connection per act, a change is one transaction, a reader never waits.

For what is kept beside replicas: registries, accounts. It must not know what lies in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sync import tuning
from sync.errors import Corrupt
from sync.storage import DRIVER_ERRORS, make_private, open_file, storage_errors, write_ahead

# As with replicas. Whoever waits for a writer holds a thread of a server, and a client that waited for longer has gone.
_BUSY_S = tuning.BUSY_TIMEOUT_MS / 1000


class SharedFile:
    """Makes the file, readable by its owner alone, when it is not there; encrypted under `key`, where one is given. Raises
    `StorageError` where it cannot be used."""

    def __init__(self, path: Path, key: bytes | None = None) -> None:
        self.path, self._key = path, key
        with _noted(path):
            make_private(path)
            # Held open and used for nothing else: the files that readers share stay, so a full disk keeps nobody from reading.
            self._keeper = open_file(path, key, timeout_s=_BUSY_S, check_same_thread=False)

    def close(self) -> None:
        self._keeper.close()

    def keep(self) -> None:
        """Once the file has its tables: hold what readers share."""
        with _noted(self.path):
            self._keeper.execute("SELECT count(*) FROM sqlite_master").fetchone()

    @contextmanager
    def changing(self, wait_s: float = _BUSY_S) -> Iterator[sqlite3.Connection]:
        """A transaction, whole or not at all. Acts are rare, and connections must not cross a server's threads. `wait_s`: how
        long another writer is waited for; then `ServerError` (503)."""
        with _noted(self.path), self._connected(wait_s) as db:
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
        with _noted(self.path), self._connected() as db:
            db.execute("BEGIN")
            yield db

    def _connected(self, wait_s: float = _BUSY_S) -> closing[sqlite3.Connection]:
        return closing(open_file(self.path, self._key, timeout_s=wait_s))


_DAMAGED: dict[Path, tuple[int, int]] = {}      # files that somebody here came upon damaged, as they were: device and inode


def found_damaged(path: Path) -> bool:
    """Has this process come upon damage in it, and is it the same file still?"""
    return path in _DAMAGED and _DAMAGED[path] == _identity(path)


@contextmanager
def _noted(path: Path) -> Iterator[None]:
    try:
        with storage_errors(path):
            yield
    except Corrupt:
        _DAMAGED[path] = _identity(path)
        raise


def _identity(path: Path) -> tuple[int, int]:
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return 0, 0
