"""SQLite connections of a replica: opening, pragmas, the pool of readers, and storage errors as
`sync.errors`.

Knows nothing of documents. A connection is used by one thread at a time: the writer stands behind
`replica`'s lock, a reader belongs to the block that borrowed it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Protocol

from sync import errors, tuning
from sync.encrypting import looks_like_sqlite
from sync.storage import DRIVER_ERRORS, KEY_BYTES, first_bytes, is_no_database, open_file, storage_errors, translated

Connection = sqlite3.Connection

_PAGE_BYTES = 4096


def check_openable(path: Path, key: bytes | None, *, create: bool) -> None:
    """Checks that need not touch the file. Raises WrongKey, NotAReplica, NotFound, StorageError."""
    if key is not None and len(key) != KEY_BYTES:
        raise errors.WrongKey(f"a key has {KEY_BYTES} bytes, this one has {len(key)}")
    if path.is_dir():
        raise errors.NotAReplica(f"{path.name} is a folder, not a replica file")
    if not path.exists() and not create:
        raise errors.NotFound(f"there is no replica {path.name}")
    if not path.parent.is_dir():
        raise errors.StorageError(f"the folder for {path.name} does not exist; make it first")


def connect(path: Path, key: bytes | None, *, query_only: bool = False, cache_kib: int = tuning.CACHE_KIB) -> Connection:
    """A connection with this project's pragmas; of its pages it keeps so many KiB. Raises WrongKey, NotAReplica, StorageError."""
    with storage_errors(path):
        connection = open_file(
            path, key, timeout_s=tuning.BUSY_TIMEOUT_MS / 1000, check_same_thread=False, cached_statements=256)
    try:
        _first_read(connection, path, key)
        with storage_errors(path):
            _pragmas(connection, query_only, cache_kib)
    except BaseException:
        connection.close()
        raise
    return connection


def _first_read(connection: Connection, path: Path, key: bytes | None) -> None:
    """The first read tells whether the file is SQLite and the key is right."""
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except DRIVER_ERRORS as fault:
        if not is_no_database(fault):
            raise translated(path, fault) from fault
        if key is None and looks_encrypted(path):
            raise errors.WrongKey(f"{path.name} is encrypted, and no key was given (or it is no replica file)") from fault
        if key is None:
            raise errors.NotAReplica(f"{path.name} is no replica file") from fault
        if looks_like_sqlite(path):
            raise errors.WrongKey(f"{path.name} is not encrypted; open it without a key") from fault
        raise errors.WrongKey(f"{path.name} cannot be read with this key (or it is no replica file)") from fault


def looks_encrypted(path: Path) -> bool:
    """Whether the file is whole pages of what could be anything, as SQLCipher writes it: it begins with a random salt."""
    size, page = path.stat().st_size, first_bytes(path, _PAGE_BYTES)
    # All 256 byte values occur about equally often; in text, pictures and zeros they do not.
    return size >= _PAGE_BYTES and size % _PAGE_BYTES == 0 and max(page.count(value) for value in range(256)) < _PAGE_BYTES // 64


def _pragmas(connection: Connection, query_only: bool, cache_kib: int) -> None:
    connection.execute("PRAGMA synchronous = FULL")        # an acknowledged record survives a power cut
    connection.execute("PRAGMA temp_store = MEMORY")       # no plain text of an encrypted file in temporary files
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{cache_kib}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {tuning.WAL_AUTOCHECKPOINT_PAGES}")
    if query_only:
        connection.execute("PRAGMA query_only = ON")


class Lender(Protocol):
    def borrow(self) -> Connection | None: ...

    def give_back(self) -> None: ...


class ReaderPool:
    """Reader connections, lent to one block at a time. `lender` is asked for one before another is opened."""

    def __init__(self, path: Path, key: bytes | None, cache_kib: int = tuning.CACHE_KIB, lender: Lender | None = None) -> None:
        self._path, self._cache_kib, self._lender = path, cache_kib, lender
        self._key = key
        self._idle: list[Connection] = []
        self._lock = Lock()
        self._closed = False

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        """A connection for one read; storage faults inside the block become `sync.errors`."""
        with self._lock:
            if self._closed:
                raise errors.StorageError(f"{self._path.name}: the replica is closed")
            connection = self._idle.pop() if self._idle else None
        borrowed = self._lender.borrow() if connection is None and self._lender is not None else None
        if self._lender is not None and borrowed is not None:
            try:
                with storage_errors(self._path):
                    yield borrowed
            finally:
                self._lender.give_back()
            return
        if connection is None:
            connection = connect(self._path, self._key, query_only=True, cache_kib=self._cache_kib)
        try:
            with storage_errors(self._path):
                yield connection
        except errors.StorageError:
            connection.close()  # whatever state the fault left it in
            raise
        except BaseException:
            self._give_back(connection)
            raise
        self._give_back(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A reader inside one read transaction: all its queries see the same state."""
        with self.reader() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                with suppress(*DRIVER_ERRORS):  # nothing was written; a damaged file fails even here
                    connection.execute("ROLLBACK")

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < tuning.MAX_IDLE_READERS:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
