"""What SQLite's drivers raise, as the errors of `sync.errors`: one sentence that names the file.

The driver is the standard library's, or sqlcipher3 where a key is given; `open_file` chooses.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
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
    _check_library(Path(path), key)
    uri = f"file:{quote(str(Path(path).absolute()))}" + ("?mode=ro" if read_only else "")
    db: sqlite3.Connection = driver.connect(
        uri, uri=True, isolation_level=None, timeout=timeout_s, check_same_thread=check_same_thread,
        cached_statements=cached_statements)
    _note_library(Path(path), key)
    if key is not None:
        db.execute("PRAGMA cipher_log_level = NONE")        # its faults become our errors, not lines on stderr
        # A raw key: the default key derivation costs 0.24 s a connection.
        db.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        db.execute("PRAGMA temp_store = MEMORY")            # no plain text of an encrypted file in temporary files
    return db


def _check_library(path: Path, key: bytes | None) -> None:
    """Two libraries in one process do not see each other's locks, and whichever closes a file first takes the other's away (see
    `make_private`). So a file that the other one has had open here, and that is its kind of file, is not opened at all. Raises
    WrongKey."""
    with suppress(OSError):
        found = path.stat()
        if _KEYED.get((found.st_dev, found.st_ino)) is (key is None) and found.st_size:
            plain = first_bytes(path, len(MAGIC)) == MAGIC
            if plain and key is not None:
                raise errors.WrongKey(f"{path.name} is not encrypted; open it without a key")
            if not plain and key is None:
                raise errors.WrongKey(f"{path.name} is encrypted, and no key was given (or it is no replica file)")


def _note_library(path: Path, key: bytes | None) -> None:
    with suppress(OSError):
        found = path.stat()
        _KEYED[found.st_dev, found.st_ino] = key is not None


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


def is_barred(path: Path) -> bool:
    """Whether something is there that is no file, or one that this user may not read and write. It opens nothing, see
    `make_private`."""
    return os.path.lexists(path) and not (path.is_file() and os.access(path, os.R_OK | os.W_OK))


def make_private(path: Path) -> None:
    """Make the file of a database, readable by its owner alone, unless it is there. SQLite gives the same mode to its side files.

    A file that is there is not touched: POSIX drops every lock that a process holds on a file when *any* of its handles to it is
    closed. Another process would then take the database for unused and remove the log that connections of this one write into.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return


MAGIC = b"SQLite format 3\x00"
# Files that were opened here, by device and inode: with a key?
_KEYED: dict[tuple[int, int], bool] = {}
# Files whose first bytes somebody asked for, by device and inode: their handles stay open, see `first_bytes`.
_HEADS: dict[tuple[int, int], list[FileIO]] = {}
_MOST_HEADS = 512
_HEADS_GUARD = threading.Lock()


def first_bytes(path: Path, count: int) -> bytes:
    """The beginning of what may be a database that is open here. Raises OSError, also when 512 files are held for this already.

    The handle is never closed: closing it would drop the locks that SQLite holds on the file for this process (`make_private`).
    One a file; those of files that are gone are let go of.
    """
    if os.name == "nt":     # pragma: no cover    there locks belong to handles, and an open one keeps a file from being replaced
        return path.read_bytes()[:count]
    with _HEADS_GUARD:
        found = path.stat()
        held = _HEADS.get((found.st_dev, found.st_ino))
        if held is None:
            if len(_HEADS) >= _MOST_HEADS:
                _let_go()
            file = FileIO(path)
            now = os.fstat(file.fileno())
            held = _HEADS.setdefault((now.st_dev, now.st_ino), [])
            held.append(file)       # put there meanwhile by another name: both stay
        return os.pread(held[-1].fileno(), count, 0)


def _let_go() -> None:
    for key, held in list(_HEADS.items()):
        if os.fstat(held[0].fileno()).st_nlink == 0:
            for file in _HEADS.pop(key):
                file.close()
    if len(_HEADS) >= _MOST_HEADS:
        raise OSError(errno.EMFILE, f"the beginnings of {_MOST_HEADS} files are held open already")


def write_ahead(db: sqlite3.Connection) -> None:
    """WAL: readers never wait for the writer. A property of the file; the change needs it for itself for a moment, which SQLite
    does not wait for, so processes that make the same file at once try in turn. Raises ServerError."""
    for _ in range(tuning.WAL_TRIES):
        try:
            if str(db.execute("PRAGMA journal_mode = WAL").fetchone()[0]).lower() == "wal":
                return
        except DRIVER_ERRORS as fault:
            if code_of(fault) not in (_BUSY, _LOCKED):
                raise
        time.sleep(tuning.WAL_TRY_S)
    raise errors.ServerError("another process keeps the file locked; try again", status=503)


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
        return errors.ServerError(f"{name}: another process is writing to it and does not end; try again", status=503)
    if is_damage(fault):
        return errors.Corrupt(f"{name}: the file is damaged ({fault}); run verify, restore it from a backup or pull it anew")
    if code == _IOERR:
        return errors.StorageError(f"{name}: the disk could not be read or written ({fault})")
    if code in (_READONLY, _CANTOPEN):
        return errors.StorageError(f"{name}: the file cannot be opened for writing; check its folder and permissions")
    return fault
