"""A SQLite file that can be made again from elsewhere: a damaged one is put aside and begun anew by itself.

Every change is one transaction, durable when the block ends. It must not know what its tables mean.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from sync.errors import Corrupt
from sync.router import tuning
from sync.storage import DRIVER_ERRORS, is_damage, open_file, translated, write_ahead

log = logging.getLogger("sync.router")


class CacheFile:
    """Thread-safe; several processes may use one file. `key`: what it is encrypted under."""

    def __init__(self, path: Path, schema: str, key: bytes | None = None) -> None:
        self._path, self._schema, self._key, self._lock = path, schema, key, threading.RLock()
        self._inode = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lives = 0      # how often this object has opened a file: more than before, and it may be another one
        # One connection behind the lock: every use is short, and transactions of threads must not mix.
        try:
            self._db = self._connect()
        except DRIVER_ERRORS as fault:
            if not is_damage(fault):
                raise translated(path, fault) from fault
            self._begin_anew(fault)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Raises Corrupt when the file was damaged: it is new then, and empty."""
        with self._lock, self._watching_for_damage():
            self._require_this_file()
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                with contextlib.suppress(*DRIVER_ERRORS):    # a full disk has rolled back already
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Raises Corrupt, as `transaction` does."""
        with self._lock, self._watching_for_damage():
            self._require_this_file()
            return self._db.execute(query, values).fetchall()

    # --- details ---

    def _require_this_file(self) -> None:
        """Another process may have found the file damaged, and begun anew."""
        if _inode(self._path) in (self._inode, 0):
            return
        self._db.close()
        self._db = self._connect()
        raise Corrupt(f"{self._path.name}: the file was made anew by another process")

    def _connect(self) -> sqlite3.Connection:
        db = open_file(self._path, self._key, timeout_s=tuning.ROUTER_BUSY_S, check_same_thread=False)
        try:
            write_ahead(db)
            db.execute("PRAGMA synchronous = FULL")
            db.executescript(self._schema)
        except BaseException:
            db.close()
            raise
        self._inode, self.lives = _inode(self._path), self.lives + 1
        return db

    def _begin_anew(self, why: BaseException) -> None:
        """The damaged file stays beside the new one, for who wants to look at it."""
        aside = self._path.with_name(self._path.name + ".damaged")
        log.warning("%s is damaged (%s): it is kept as %s, and what it held is made again", self._path, why, aside.name)
        with contextlib.suppress(OSError):
            os.replace(self._path, aside)
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self._db = self._connect()

    @contextlib.contextmanager
    def _watching_for_damage(self) -> Iterator[None]:
        try:
            yield
        except DRIVER_ERRORS as fault:
            if not is_damage(fault):
                raise translated(self._path, fault) from fault
            with contextlib.suppress(*DRIVER_ERRORS):
                self._db.close()
            self._begin_anew(fault)
            raise Corrupt(f"{self._path.name}: the file was damaged ({fault}); it is made anew") from fault


def _inode(path: Path) -> int:
    """0 while there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0
