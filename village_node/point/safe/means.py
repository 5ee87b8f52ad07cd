"""What somebody gives to open a HOME: a key file, the rescue key, or what a person knows. Reads files; opens nothing.

A key file holds 64 hex digits (32 bytes); without `--key-file` the environment variable SYNC_KEY is one, never the command line.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shared.ledger import key_file as key_files
from shared.ledger.errors import Refused
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.texts import t
from village_node.point.errors import UsageError


@dataclass(frozen=True, slots=True)
class Means:
    """`secret`: a PIN, or the start words where this HOME asks for them. `pin`: of the person who acts, where it is another
    word than `secret`. `ask(question)` asks a person who sits there."""

    key_file: str | Path | None = None
    secret: str = ""
    pin: str = ""
    rescue_file: str | Path | None = None
    ask: Callable[[str], str] | None = None


Given = Means | str | Path | None


def means_of(given: Given) -> Means:
    """A path is a key file."""
    return given if isinstance(given, Means) else Means(key_file=given)


def file_key(key_file: str | Path | None) -> bytes | None:
    """The key in a file or in SYNC_KEY, or None. Raises UsageError naming the file or variable."""
    text = os.environ.get("SYNC_KEY", "").strip()
    if not text and not key_file:
        return None
    try:
        return key_files.read(key_file) if key_file else key_files.parsed(text, "SYNC_KEY")
    except Refused as error:
        raise UsageError(t("node.error.key_file", path=str(key_file or "SYNC_KEY"))) from error


def rescue_key(path: str | Path) -> DeviceKey:
    """The county's private rescue key from the file that `county-hub rescue make` wrote. Raises UsageError."""
    try:
        return DeviceKey.load(Path(path).read_text("ascii").strip().splitlines()[-1].strip())
    except (OSError, UnicodeDecodeError, IndexError, Refused) as error:
        raise UsageError(t("node.safe.rescue_file", path=path)) from error
