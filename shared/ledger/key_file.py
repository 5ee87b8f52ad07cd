"""A key file: 32 random bytes as 64 hex digits. It opens a HOME where no person sits: services, benches, the hub.

What names it without telling it is its *mark*, which stands in the vault that it opens. Must not know: vaults, HOMEs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from shared.ledger.errors import Refused

KEY_BYTES = 32


def parsed(text: str, source: str = "key") -> bytes:
    """Raises `Refused` (`bad_key_file`) naming `source`."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Refused("key_file", source, "64 hex digits, 32 bytes", code="bad_key_file")
    return key


def read(path: str | Path) -> bytes:
    """Raises `Refused` (`bad_key_file`) for what cannot be read or is no key."""
    try:
        return parsed(Path(path).read_text("ascii"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("key_file", str(path), "64 hex digits, 32 bytes", code="bad_key_file") from error


def make(path: Path, random: Callable[[int], bytes]) -> bytes:
    """A new file, readable by its owner alone, on the disk when this returns. Raises FileExistsError, OSError."""
    key = random(KEY_BYTES)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def mark_of(key: bytes) -> str:
    """`1a2b-3c4d`: which key file is meant. 32 bits of a hash tell nothing about a random key."""
    digest = hashlib.sha256(b"key-file/1" + key).hexdigest()
    return f"{digest[:4]}-{digest[4:8]}"
