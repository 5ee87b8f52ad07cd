"""Photographs on a device (`shared.ledger.files.pictures`), with what is refused told as a draft's fault."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from shared.ledger.files import pictures as ledger_pictures
from shared.ledger.files.pictures import PHOTO_SOURCE_BYTES as SOURCE_BYTES
from shared.ledger.files.pictures import Header, Photo, Pixels
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t
from village_node.point.errors import InvalidDraft, drafted

__all__ = ["SOURCE_BYTES", "SUFFIXES", "Header", "Photo", "Pixels", "header", "newest", "photo", "pixels"]

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
SHOWN_AT_MOST = 60  # the newest; a grid of more is slow to draw on a weak tablet and nobody scrolls so far
_PROOF_SIDE = 64    # pixels: a JPEG is read to its end all the same


def header(source: Path | bytes, name: str = "") -> Header:
    """Raises InvalidDraft for what is no picture, or one of more pixels than this device should decode."""
    with drafted():
        return ledger_pictures.header(source, name)


def pixels(source: Path | bytes, side: int, name: str = "") -> Pixels:
    """Decoded so that neither edge is above `side`. Raises InvalidDraft as `header` does."""
    with drafted():
        return ledger_pictures.pixels(source, side, name)


def photo(source: Path | bytes, name: str = "", *, keep_position: bool = False) -> Photo:
    """As it is kept. Raises InvalidDraft as `header` does, and for one that breaks off: a small one would stay as it is, and
    nobody could ever see it."""
    with drafted():
        made = ledger_pictures.photo(source, name, keep_position=keep_position)
        ledger_pictures.pixels(made.data, _PROOF_SIDE, name or made.name)
        return made


def newest(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """Files of `folder` that end so, the newest first; none when it is not there. What goes away meanwhile is left out. Raises
    InvalidDraft for a folder that may not be read."""
    found: list[tuple[float, Path]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.lower().endswith(tuple(suffixes)) and (at := _made_at(entry)) is not None:
                    found.append((at, folder / entry.name))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise InvalidDraft(t("file.unreadable", name=folder.name, reason=os_reason(error))) from error
    found.sort(reverse=True)
    return [path for _, path in found[:SHOWN_AT_MOST]]


def _made_at(entry: os.DirEntry[str]) -> float | None:
    """None for what is no file: a folder, a link that leads nowhere or in a circle."""
    try:
        return entry.stat().st_mtime if entry.is_file() else None
    except OSError:
        return None
