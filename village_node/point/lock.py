"""One sync worker per HOME: an operating-system lock on `sync.lock`, with the holder's pid inside for people.

The lock dies with its process, so a killed worker never blocks the next. Must not know: what the worker does.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from shared.ledger.texts import t
from village_node.point.errors import WorkerBusy

try:
    import fcntl
except ImportError:                          # Windows: msvcrt locks the first byte
    fcntl = None                             # type: ignore[assignment]


def _try_lock(fd: int) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:                                # pragma: no cover
            import msvcrt

            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def worker_lock(path: Path) -> Iterator[None]:
    """Hold the worker's lock. Raises WorkerBusy, naming the other process, when it is taken."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _try_lock(fd):
            other = os.pread(fd, 32, 0).decode("ascii", "replace").strip() if hasattr(os, "pread") else "?"
            raise WorkerBusy(t("node.error.worker_busy", pid=other or "?"))
        os.ftruncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, f"{os.getpid()}\n".encode("ascii"))
        yield
    finally:
        os.close(fd)


def is_locked(path: Path) -> bool:
    """True while some process (this one included) holds the worker's lock."""
    if not path.exists():
        return False
    fd = os.open(path, os.O_RDWR)
    try:
        return not _try_lock(fd)
    finally:
        os.close(fd)
