"""Photographs on a device (`shared.ledger.files.pictures`), with what is refused told as a draft's fault."""

from __future__ import annotations

from pathlib import Path

from shared.ledger.files import pictures as ledger_pictures
from shared.ledger.files.pictures import PHOTO_SOURCE_BYTES as SOURCE_BYTES
from shared.ledger.files.pictures import Header, Photo, Pixels
from village_node.point.errors import drafted

__all__ = ["SOURCE_BYTES", "Header", "Photo", "Pixels", "header", "photo", "pixels"]


def header(source: Path | bytes, name: str = "") -> Header:
    """Raises InvalidDraft for what is no picture, or one of more pixels than this device should decode."""
    with drafted():
        return ledger_pictures.header(source, name)


def pixels(source: Path | bytes, side: int, name: str = "") -> Pixels:
    """Decoded so that neither edge is above `side`. Raises InvalidDraft as `header` does."""
    with drafted():
        return ledger_pictures.pixels(source, side, name)


def photo(source: Path | bytes, name: str = "", *, keep_position: bool = False) -> Photo:
    """As it is kept. Raises InvalidDraft as `header` does."""
    with drafted():
        return ledger_pictures.photo(source, name, keep_position=keep_position)
