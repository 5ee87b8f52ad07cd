"""Do the libraries of an APK or folder fit Android's pages of 16 KB?  python deploy/android/check_elf.py FILE.apk|FOLDER

Android 15 devices may have pages of 16 KB, where a 64-bit library whose segments are aligned to 4 KB does not load. Reads the
program headers of each ELF file (System V ABI, chapter 5) and, in an APK, whether uncompressed libraries begin at a page
(developer.android.com, "Support 16 KB page sizes"). Exit code 1 with a line for each that does not fit.
"""

from __future__ import annotations

import struct
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

PAGE = 16384
_MAGIC, _LOAD, _LITTLE, _64_BITS = b"\x7fELF", 1, 1, 2


def misaligned(data: bytes) -> str:
    """Why this library does not load, or ""; "" also for what is no 64-bit ELF file: only those must fit."""
    if data[:4] != _MAGIC or len(data) < 64 or data[4] != _64_BITS:
        return ""
    order = "<" if data[5] == _LITTLE else ">"
    start, = struct.unpack_from(f"{order}Q", data, 32)
    size, count = struct.unpack_from(f"{order}HH", data, 54)
    for n in range(count):
        if start + n * size + 56 > len(data):
            return "its program headers are cut off"
        kind, = struct.unpack_from(f"{order}I", data, start + n * size)
        align, = struct.unpack_from(f"{order}Q", data, start + n * size + 48)
        if kind == _LOAD and align % PAGE:
            return f"a segment is aligned to {align} bytes, not to {PAGE}"
    return ""


def problems(path: Path) -> Iterator[tuple[str, str]]:
    """(name, what is wrong) of an APK, an AAB, a library or every library below a folder."""
    if path.is_dir():
        for file in sorted(path.rglob("*.so*")):
            if file.is_file() and (why := misaligned(file.read_bytes())):
                yield str(file.relative_to(path)), why
    elif zipfile.is_zipfile(path):
        yield from _in_archive(path)
    elif why := misaligned(path.read_bytes()):
        yield path.name, why


def _in_archive(path: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
        for entry in archive.infolist():
            if not entry.filename.endswith(".so"):
                continue
            if why := misaligned(archive.read(entry)):
                yield entry.filename, why
            if entry.compress_type == zipfile.ZIP_STORED and path.suffix == ".apk":
                raw.seek(entry.header_offset)
                name, extra = struct.unpack_from("<HH", raw.read(30), 26)
                if (entry.header_offset + 30 + name + extra) % PAGE:
                    yield entry.filename, "it does not begin at a page of the APK; run zipalign -P 16"


def main(argv: list[str]) -> int:
    if len(argv) != 1:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    found = list(problems(Path(argv[0])))
    for name, why in found:
        print(f"{name}: {why}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
