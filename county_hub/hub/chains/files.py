"""Which files of a device are complete at the county: all chunks of one lie in the county's database of files.

    files    a file that an accepted event of the device names: (device, sha256, number of the event)
    lacking  its chunks that are not here yet; a file without a row is complete

A cache beside the chain book, in the same file: made again with the router's. What comes first, event or chunk, does not
matter: an event asks for what is here after it was written down, a chunk is looked up after it came.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sync.router.cache_file import CacheFile

# Hashes in one receipt, 64 bytes each, newest first: 256 are 17 kB, which a line of 16 kbit/s carries in eight seconds. What is
# not named any more is not denied by it.
NAMED = 256
_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (device TEXT, sha256 TEXT, seq INTEGER, PRIMARY KEY (device, sha256)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lacking (chunk TEXT, sha256 TEXT, PRIMARY KEY (chunk, sha256)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lacking_by_file ON lacking (sha256);
"""
_IN = 500


class FileBook:
    """`here(chunk ids)` gives those that the county's database of files holds."""

    def __init__(self, path: Path, here: Callable[[Sequence[str]], Iterable[str]], key: bytes | None = None) -> None:
        file = CacheFile(path, _SCHEMA, key)
        self._transaction, self._rows, self.close = file.transaction, file.rows, file.close
        self._here = here

    def named(self, device: str, seq: int, manifests: Sequence[Mapping[str, Any]]) -> None:
        """An accepted event of this number names these files."""
        wanted = {
            str(one["sha256"]): [f"chunk:{chunk}" for chunk in one["chunks"] if isinstance(chunk, str)] for one in manifests}
        if not wanted:
            return
        with self._transaction() as db:
            for sha256, chunks in wanted.items():
                new = db.execute("SELECT 1 FROM files WHERE sha256 = ? LIMIT 1", (sha256,)).fetchone() is None
                db.execute("INSERT INTO files VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)",
                           (device, sha256, seq))
                if new:
                    db.executemany("INSERT OR IGNORE INTO lacking VALUES (?, ?)", [(chunk, sha256) for chunk in chunks])
        self.came(self._here(sorted({chunk for chunks in wanted.values() for chunk in chunks})))

    def came(self, chunks: Iterable[str]) -> list[str]:
        """These chunks are in the county's database now; the devices of which a file has become complete."""
        found, complete = list(chunks), set[str]()
        with self._transaction() as db:
            for start in range(0, len(found), _IN):
                part = found[start : start + _IN]
                marks = ",".join("?" * len(part))
                files = {row[0] for row in db.execute(f"SELECT DISTINCT sha256 FROM lacking WHERE chunk IN ({marks})", part)}
                db.execute(f"DELETE FROM lacking WHERE chunk IN ({marks})", part)
                complete |= {one for one in files if db.execute(
                    "SELECT 1 FROM lacking WHERE sha256 = ? LIMIT 1", (one,)).fetchone() is None}
            return sorted({row[0] for one in complete
                           for row in db.execute("SELECT device FROM files WHERE sha256 = ?", (one,))})

    def complete(self, device: str) -> list[str]:
        """The newest files of the device that are complete, at most `NAMED`, sorted."""
        query = ("SELECT sha256 FROM files f WHERE device = ? AND NOT EXISTS (SELECT 1 FROM lacking l WHERE l.sha256 = f.sha256)"
                 " ORDER BY seq DESC, sha256 LIMIT ?")
        return sorted(str(row[0]) for row in self._rows(query, (device, NAMED)))


def complete_files(book: Path, device: str, key: bytes | None = None) -> list[str]:
    """As `FileBook.complete`, for who has no router open."""
    with contextlib.closing(FileBook(book, lambda ids: (), key)) as files:
        return files.complete(device)
