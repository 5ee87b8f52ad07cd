"""Folders that are dear to make: made once in a process, copied for each test that asks for one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path


@cache
def _first(make: Callable[[Path], object]) -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="first-")       # goes when the process ends
    make(Path(folder.name))
    return folder


def copied(make: Callable[[Path], object], to: Path) -> None:
    """What `make` puts into an empty folder, in `to`, which may be there. `make` is a function of a module, and leaves nothing
    open."""
    shutil.copytree(_first(make).name, to, dirs_exist_ok=True)
