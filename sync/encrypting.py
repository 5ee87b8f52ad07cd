"""Encrypts a SQLite file of before where it lies: at any moment it is the old file or the new one, whole.

    take the file for ourselves alone -> copy into NAME.moving, encrypted -> compare -> fsync -> rename -> overwrite the old one
A program killed in between leaves the plain file (and a NAME.moving that the next try throws away) or the encrypted one. Which
files there are, and that a key is kept before the first is encrypted, is the caller's business. It must not know replicas'
contents beyond the place that a replica remembers of itself.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sync.errors import StorageError
from sync.storage import DRIVER_ERRORS, MAGIC, code_of, first_bytes, sqlcipher

_BUSY, _LOCKED = 5, 6
_SIDES = ("-wal", "-shm", "-journal")


class InUse(Exception):
    """Another connection, of this process or another, has the file open."""


def looks_like_sqlite(path: Path) -> bool:
    """Whether the file begins as an unencrypted SQLite database. Raises OSError."""
    return first_bytes(path, len(MAGIC)) == MAGIC


def forget(path: Path) -> None:
    """Remove a database with the files beside it."""
    for name in ("", *_SIDES):
        path.with_name(path.name + name).unlink(missing_ok=True)


def is_free(path: Path) -> bool:
    """Whether nobody has this plain database open."""
    try:
        with _ours(path):
            return True
    except InUse:
        return False


def encrypt(path: Path, key: bytes) -> None:
    """The plain database becomes one under `key` (32 bytes). Raises InUse, StorageError; the file is as it was then."""
    made = path.with_name(path.name + ".moving")
    forget(made)
    # Ours first: closing a plain handle while connections of this process have the file would drop their locks.
    with _ours(path) as db, path.open("r+b") as old:
        _copy(db, made, key)
        with made.open("rb") as file:
            os.fsync(file.fileno())
        if os.name == "nt":                  # pragma: no cover    no rename over an open file there
            db.close()
        os.replace(made, path)
        sync_folder(path.parent)
        if os.name != "nt":
            overwrite(old)


@contextlib.contextmanager
def _ours(path: Path) -> Iterator[Any]:
    """A connection that can encrypt, while nobody else has the file open; its write-ahead log is in the file. Raises InUse.

    The lock is taken by the standard library's SQLite: two libraries in one process do not see each other's locks, so it alone
    notices connections of our own.
    """
    cipher = sqlcipher()
    if cipher is None:
        raise StorageError("an encrypted file needs the package sqlcipher3, which is not installed")
    with contextlib.ExitStack() as held:
        if os.name != "nt":                  # there locks belong to handles, and the two would lock each other out
            held.enter_context(contextlib.closing(_alone_with(sqlite3, path)))
        db = held.enter_context(contextlib.closing(_alone_with(cipher, path)))
        yield db


def _alone_with(driver: Any, path: Path) -> Any:
    db: Any = driver.connect(str(path), isolation_level=None, timeout=0.2)
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        if db.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
            raise InUse
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")                 # the lock stays with this connection
    except DRIVER_ERRORS as fault:
        db.close()
        if code_of(fault) in (_BUSY, _LOCKED):
            raise InUse from fault
        raise
    except InUse:
        db.close()
        raise
    return db


def _copy(db: Any, made: Path, key: bytes) -> None:
    os.close(os.open(made, os.O_CREAT | os.O_RDWR, 0o600))
    db.execute(f"ATTACH DATABASE ? AS made KEY \"x'{key.hex()}'\"", (str(made),))
    db.execute("SELECT sqlcipher_export('made')")
    for pragma in ("user_version", "application_id"):
        db.execute(f"PRAGMA made.{pragma} = {db.execute(f'PRAGMA main.{pragma}').fetchone()[0]}")
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    if _remembers_its_place(db):      # a replica knows where it lies (`sync.replica.schema.notice_copy`): this is no copy of it
        db.execute("UPDATE made.meta SET value = ? WHERE name = 'home'", (str(made.stat().st_ino),))
    for name in tables:
        counts = [db.execute(f'SELECT count(*) FROM {place}."{name}"').fetchone()[0] for place in ("main", "made")]
        if counts[0] != counts[1]:
            raise StorageError(f"{made.name}: the encrypted copy of {name} is not whole; the file stays as it was")
    if db.execute("PRAGMA made.cipher_integrity_check").fetchall():
        raise StorageError(f"{made.name}: the encrypted copy cannot be read back; the file stays as it was")
    db.execute("DETACH DATABASE made")


def _remembers_its_place(db: Any) -> bool:
    return {"name", "value"} <= {row[1] for row in db.execute("PRAGMA main.table_info(meta)")}


def overwrite(old: Any) -> None:
    """An open file of before, as far as a file system lets one: flash memory may keep its pages (docs/SECURITY.md)."""
    old.seek(0, os.SEEK_END)
    left = old.tell()
    old.seek(0)
    while left > 0:
        left -= old.write(bytes(min(left, 1 << 20)))
    old.flush()
    os.fsync(old.fileno())


def sync_folder(folder: Path) -> None:
    if os.name == "nt":                      # pragma: no cover
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
