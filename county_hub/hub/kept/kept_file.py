"""A file of HOME beside the registry that holds one matter: accounts, demands, meetings, other systems. `serve` and the command
line share it.

It is opened when it is first asked: a county without that matter has no such file, and a damaged one stops nothing else. Its
number says which steps made its tables; a program that is newer does the rest, in one transaction. Who only reads one that is
whole writes nothing, so a full disk keeps nobody from reading. It must not know what lies in it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from sync.errors import SyncError
from sync.shared_file import SharedFile

Steps = Mapping[int, Sequence[str]]     # version -> what it adds to the one before


class KeptFile:
    """`clock` gives milliseconds since 1970 UTC. Raises `StorageError` where the file cannot be used."""

    def __init__(self, path: Path, clock: Callable[[], int], steps: Steps, key: bytes | None = None) -> None:
        self.path, self.clock, self._steps, self._key = path, clock, steps, key
        self._guard, self._opened = threading.Lock(), list[SharedFile]()

    def close(self) -> None:
        for file in self._opened:
            file.close()

    def exists(self) -> bool:
        return self.path.exists()

    def changing(self, **wait: float) -> AbstractContextManager[sqlite3.Connection]:
        return self._file().changing(**wait)

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._file().reading()

    def _file(self) -> SharedFile:
        with self._guard:
            if not self._opened:
                self._opened.append(_brought_up(SharedFile(self.path, self._key), self._steps))
            return self._opened[0]


def _brought_up(file: SharedFile, steps: Steps) -> SharedFile:
    newest = max(steps)
    try:
        with file.reading() as db:
            made = _number(db)
        if made < newest:
            with file.changing() as db:
                made = _number(db)
                for statement in (each for number, all in sorted(steps.items()) if number > made for each in all):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {max(made, newest)}")
        file.keep()
    except SyncError:
        file.close()
        raise
    return file


def _number(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
