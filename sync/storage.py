"""What SQLite's drivers raise, as the errors of `sync.errors`: one sentence that names the file.

The driver is the standard library's, or sqlcipher3 where a key is given; `open_file` chooses.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from sync import errors, tuning

_FULL, _BUSY, _LOCKED, _CORRUPT, _NOTADB, _IOERR, _READONLY, _CANTOPEN = 13, 5, 6, 11, 26, 10, 8, 14

KEY_BYTES = 32


def sqlcipher() -> ModuleType | None:
    try:
        import sqlcipher3.dbapi2 as driver
    except ImportError:
        return None
    return driver  # type: ignore[no-any-return]


def can_encrypt() -> bool:
    """Whether this installation has SQLCipher."""
    return sqlcipher() is not None


def open_file(
    path: Path | str, key: bytes | None = None, *, read_only: bool = False, timeout_s: float, check_same_thread: bool = True,
    cached_statements: int = 128,
) -> sqlite3.Connection:
    """A connection without a transaction of its own, encrypted under `key`. What the driver raises goes up as it is; raises
    StorageError where this installation cannot encrypt."""
    driver: Any = sqlite3 if key is None else sqlcipher()
    if driver is None:
        raise errors.StorageError("an encrypted file needs the package sqlcipher3, which is not installed")
    uri = f"file:{quote(str(Path(path).absolute()))}" + ("?mode=ro" if read_only else "")
    db: sqlite3.Connection = driver.connect(
        uri, uri=True, isolation_level=None, timeout=timeout_s, check_same_thread=check_same_thread,
        cached_statements=cached_statements)
    if key is not None:
        db.execute("PRAGMA cipher_log_level = NONE")        # its faults become our errors, not lines on stderr
        # A raw key: the default key derivation costs 0.24 s a connection.
        db.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        db.execute("PRAGMA temp_store = MEMORY")            # no plain text of an encrypted file in temporary files
    return db


def _driver_errors() -> tuple[type[Exception], ...]:
    try:
        import sqlcipher3.dbapi2 as cipher
    except ImportError:
        return (sqlite3.Error,)
    return (sqlite3.Error, cipher.Error)


DRIVER_ERRORS = _driver_errors()


def code_of(fault: BaseException) -> int:
    """SQLite's primary result code; 0 when the driver tells none."""
    return (getattr(fault, "sqlite_errorcode", None) or 0) & 0xFF


def is_damage(fault: BaseException) -> bool:
    """Does the driver say that the file is malformed, or no database at all?"""
    return code_of(fault) in (_CORRUPT, _NOTADB)


def is_no_database(fault: BaseException) -> bool:
    return code_of(fault) == _NOTADB


def has_room(path: Path, count: int = tuning.MIN_FREE_BYTES) -> bool:
    """Whether the disk of this file or folder has so many bytes free; true where it cannot be asked."""
    try:
        found = os.statvfs(path if path.exists() else path.parent)
    except (OSError, AttributeError):       # Windows has no statvfs
        return True
    return found.f_bavail * found.f_frsize >= count


def make_private(path: Path) -> None:
    """Make the file of a database, readable by its owner alone, unless it is there. SQLite gives the same mode to its side files.

    A file that is there is not touched: POSIX drops every lock that a process holds on a file when *any* of its handles to it is
    closed. Another process would then take the database for unused and remove the log that connections of this one write into.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the driver raises inside the block into the errors of `errors.py`."""
    try:
        yield
    except DRIVER_ERRORS as fault:
        raise translated(path, fault) from fault


def translated(path: Path, fault: Exception) -> Exception:
    """The error that says the same; `fault` itself when it is a mistake of the program's."""
    code, name = code_of(fault), path.name
    # A full disk also shows as a failing read: the files beside a database that its readers share need room.
    if code == _FULL or (code in (_IOERR, _CANTOPEN) and not has_room(path)):
        return errors.DiskFull(f"{name}: no space left, nothing of this write was stored; free some space")
    if code in (_BUSY, _LOCKED):
        seconds = tuning.BUSY_TIMEOUT_MS // 1000
        return errors.ServerError(f"{name}: another process has been writing for {seconds} s; try again", status=503)
    if is_damage(fault):
        return errors.Corrupt(f"{name}: the file is damaged ({fault}); run verify, restore it from a backup or pull it anew")
    if code == _IOERR:
        return errors.StorageError(f"{name}: the disk could not be read or written ({fault})")
    if code in (_READONLY, _CANTOPEN):
        return errors.StorageError(f"{name}: the file cannot be opened for writing; check its folder and permissions")
    return fault
