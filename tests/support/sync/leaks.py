"""Looks for words in every file of a folder as a thief would: raw, as UTF-16, escaped in JSON, in base64, and inside anything
compressed by zlib, gzip or zstd, in the cells of SQLite databases and at any place of the files (free pages and logs too).
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

_STREAMS = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08|\x28\xb5\x2f\xfd", re.DOTALL)
_MOST = 4 << 20


def spellings(word: str) -> set[bytes]:
    """The ways in which bytes may hold this word; of base64 the middle that each of the three alignments has."""
    raw = word.encode()
    found = {raw, word.encode("utf-16-le"), word.encode("utf-16-be"), json.dumps(word)[1:-1].encode()}
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        found.add(coded[4 if shift else 0:-4])
    return found


def leaks(folder: Path, word: str) -> list[str]:
    """Where the word is: paths, and for databases the table."""
    needles = spellings(word)
    return sorted({place for path in sorted(folder.rglob("*")) if path.is_file() for place, data in _pieces(path, folder)
                   if any(needle in data for needle in needles)})


def _pieces(path: Path, folder: Path) -> Iterator[tuple[str, bytes]]:
    name, data = str(path.relative_to(folder)), path.read_bytes()
    yield name, data
    for found in _STREAMS.finditer(data):
        for opened in _opened(data[found.start():]):
            yield f"{name} (compressed)", opened
    if data.startswith(b"SQLite format 3"):
        for table, cell in _cells(path):
            yield f"{name} {table}", cell
            for opened in _opened(cell):
                yield f"{name} {table} (compressed)", opened


def _cells(path: Path) -> Iterator[tuple[str, bytes]]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            with contextlib.suppress(sqlite3.Error):
                for row in db.execute(f'SELECT * FROM "{table}"'):
                    for value in row:
                        if isinstance(value, (str, bytes)):
                            yield table, value.encode() if isinstance(value, str) else value


def _opened(data: bytes) -> Iterator[bytes]:
    for bits in (15, 31, -15):
        with contextlib.suppress(zlib.error):
            opened = zlib.decompressobj(bits).decompress(data, _MOST)
            if len(opened) > 8:
                yield opened
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        import zstandard

        with contextlib.suppress(zstandard.ZstdError):
            yield zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read(_MOST)
