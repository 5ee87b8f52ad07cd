"""Which files of a folder were written, made or removed: told by Linux (inotify), so that nobody has to look at all of them.

It is a hint. Other systems have none here, and a network's file system tells nothing of other machines: whoever uses it looks at
everything now and then.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from pathlib import Path

_MODIFY, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x40, 0x80, 0x100, 0x200       # inotify(7)
_TOO_MANY, _OVER = 0x4000, 0x2000 | 0x8000      # the second: unmounted or deleted, nothing more will be told
_HEAD = struct.Struct("iIII")
_READ_BYTES = 1 << 16


class WrittenFiles:
    """Of one folder. `fd` is an inotify handle that does not block; it is closed with this."""

    def __init__(self, fd: int) -> None:
        self._fd, self._over = fd, False

    def take(self) -> set[str] | None:
        """Names of files since the last question; None when it is not known which."""
        found, whole = set[str](), True
        while data := self._read():
            at = 0
            while at < len(data):
                _, mask, _, length = _HEAD.unpack_from(data, at)
                at += _HEAD.size + length
                self._over = self._over or bool(mask & _OVER)
                whole = whole and not mask & _TOO_MANY
                found.add(os.fsdecode(data[at - length : at].rstrip(b"\0")))
        return found if whole and not self._over else None

    def _read(self) -> bytes:
        try:
            return os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        os.close(self._fd)


def watched(folder: Path) -> WrittenFiles | None:
    """None where the system tells nothing."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(None, use_errno=True)
        fd = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, AttributeError):
        return None
    if fd < 0:
        return None
    if library.inotify_add_watch(fd, os.fsencode(folder), _MODIFY | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE) < 0:
        os.close(fd)
        return None
    return WrittenFiles(fd)
