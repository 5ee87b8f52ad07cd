"""What happens to files in the field."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path


def damage(path: Path, where: str) -> None:
    """`head`: no database any more; `body`: it opens, and the pages behind the first are rubbish."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    start, end = (0, 200) if where == "head" else (4096, len(content))
    content[start:end] = b"\xa5" * (end - start)
    path.write_bytes(bytes(content))
