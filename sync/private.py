"""A folder for its owner alone: 700 for folders, 600 for every file in it. What a HOME holds is nobody else's to read.

`from_now_on` makes what this process creates private, SQLite's side files among it; `only_owner` closes what an older program or
a copy left open. Where the system knows no such modes (Windows, a stick) both do nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

log = logging.getLogger("sync.private")

FOLDER, FILE = 0o700, 0o600


def from_now_on() -> None:
    """Files and folders made by this process from here on are its owner's alone."""
    os.umask(0o077)


def only_owner(root: Path) -> list[tuple[Path, int]]:
    """Close `root` and everything below it; what was open to others, with the mode it had. A link is not followed, and what
    belongs to somebody else stays as it is."""
    found: list[tuple[Path, int]] = []
    for folder, _, files in os.walk(root):
        _close(Path(folder), FOLDER, found)
        for name in files:
            _close(Path(folder, name), FILE, found)
    return found


def _close(path: Path, wanted: int, found: list[tuple[Path, int]]) -> None:
    if os.name != "posix" or path.is_symlink():
        return
    with contextlib.suppress(FileNotFoundError):            # a side file that another process has just removed
        mode = path.stat().st_mode & 0o777
        if mode & 0o077 == 0:
            return
        try:
            path.chmod(mode & wanted)
        except PermissionError:
            log.warning("%s is open to others (mode %o) and belongs to somebody else", path, mode)
        else:
            found.append((path, mode))
