"""Encrypts the databases of a HOME from before, one after the other: each is the old file or the new one, whole, at any moment.

    take the file for ourselves alone -> copy into NAME.moving, encrypted -> compare -> fsync -> rename -> overwrite the old one
A program killed in between leaves `moving` in vault.json, and the next opening goes on with the files that are still plain. While
another process has the HOME open nothing is moved. The tables folded from events are a cache and are made anew.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from shared.ledger.texts import t
from sync.replica.connection import can_encrypt, looks_like_sqlite
from sync.storage import DRIVER_ERRORS, code_of
from village_node.point.errors import StorageTrouble
from village_node.point.home import Home

log = logging.getLogger("village_node.safe")
_BUSY, _LOCKED = 5, 6
_SIDES = ("-wal", "-shm", "-journal")


class _Taken(Exception):
    """Another process has the file open."""


def plain_files(home: Home) -> list[Path]:
    """Databases of this HOME that anybody can read; that of the records first, which everybody opens who opens the HOME."""
    office = home.replica("office")
    found = [office, *sorted(p for p in home.replicas.glob("*.replica") if p != office), home.drafts_file, home.read_file]
    return [path for path in found if path.is_file() and looks_like_sqlite(path)]


def move(home: Home, key: bytes) -> None:
    """Encrypt what is plain, as far as this installation can. Raises StorageTrouble when it cannot be finished now."""
    found = home.vault()
    if found is None or found.databases == "sqlcipher" or not can_encrypt():
        return
    begun = found.moving
    for path in plain_files(home):
        try:
            if path == home.read_file:
                _forget(path)
            else:
                _encrypt(path, key)
        except _Taken:
            if not begun:
                log.warning("the HOME stays as it is: another process has %s open", path.name)
                return
            raise StorageTrouble(t("node.safe.moving_busy")) from None
        if not begun:
            home.change_vault(lambda vault: replace(vault, moving=True))
            begun = True
    home.change_vault(lambda vault: replace(vault, databases="sqlcipher", moving=False))


def _forget(path: Path) -> None:
    for name in ("", *_SIDES):
        path.with_name(path.name + name).unlink(missing_ok=True)


def _encrypt(path: Path, key: bytes) -> None:
    made = path.with_name(path.name + ".moving")
    _forget(made)
    with path.open("r+b") as old, _ours(path) as db:
        _copy(db, made, key)
        with made.open("rb") as file:
            os.fsync(file.fileno())
        if os.name == "nt":                  # pragma: no cover    no rename over an open file there
            db.close()
        os.replace(made, path)
        _sync_folder(path.parent)
        if os.name != "nt":
            _overwrite(old)


@contextlib.contextmanager
def _ours(path: Path) -> Iterator[Any]:
    """A connection that can encrypt, while nobody else has the file open; its write-ahead log is in the file. Raises _Taken.

    The lock is taken by the standard library's SQLite: two libraries in one process do not see each other's locks, so it alone
    notices connections of our own.
    """
    import sqlcipher3.dbapi2 as cipher

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
            raise _Taken
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")                 # the lock stays with this connection
    except DRIVER_ERRORS as fault:
        db.close()
        if code_of(fault) in (_BUSY, _LOCKED):
            raise _Taken from fault
        raise
    except _Taken:
        db.close()
        raise
    return db


def _copy(db: Any, made: Path, key: bytes) -> None:
    os.close(os.open(made, os.O_CREAT | os.O_RDWR, 0o600))
    db.execute(f"ATTACH DATABASE ? AS made KEY \"x'{key.hex()}'\"", (str(made),))
    db.execute("SELECT sqlcipher_export('made')")
    for pragma in ("user_version", "application_id"):
        db.execute(f"PRAGMA made.{pragma} = {db.execute(f'PRAGMA main.{pragma}').fetchone()[0]}")
    tables = [row[0] for row in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
    if "meta" in tables:       # a replica knows where it lies (`sync.replica.schema.notice_copy`): this is no copy of it
        db.execute("UPDATE made.meta SET value = ? WHERE name = 'home'", (str(made.stat().st_ino),))
    for name in tables:
        counts = [db.execute(f'SELECT count(*) FROM {place}."{name}"').fetchone()[0] for place in ("main", "made")]
        if counts[0] != counts[1]:
            raise StorageTrouble(t("node.error.storage"))
    if db.execute("PRAGMA made.cipher_integrity_check").fetchall():
        raise StorageTrouble(t("node.error.storage"))
    db.execute("DETACH DATABASE made")


def _overwrite(old: Any) -> None:
    """As far as a file system lets one: flash memory may keep the pages of before (docs/SECURITY.md)."""
    old.seek(0, os.SEEK_END)
    left = old.tell()
    old.seek(0)
    while left > 0:
        left -= old.write(bytes(min(left, 1 << 20)))
    old.flush()
    os.fsync(old.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":                      # pragma: no cover
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
