"""Files at a place that a person names, written whole or not at all: a power cut leaves the old content or the new."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

OWNER_ALONE, AS_USUAL = 0o600, 0o666      # of the latter the user's mask takes away


def write_whole(path: Path, parts: Iterable[bytes], mode: int = OWNER_ALONE) -> None:
    """Write `parts` one after the other to `path`; an earlier file of that name is replaced, of a link the one that it names. A
    device or a pipe takes them as they come: to rename a file over /dev/null would take it from the whole machine. Raises
    OSError, and whatever making the parts raises; then nothing is left beside."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        with target.open("wb") as there:
            there.writelines(parts)
        return
    beside = target.with_name(target.name + ".new")
    try:
        beside.unlink(missing_ok=True)          # what a killed program left, or a link that somebody laid there
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _keep_name(target.parent)


def _keep_name(folder: Path) -> None:
    """The new name outlives a power cut, too. Only POSIX opens folders."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
