"""Writes a file for its owner alone, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from shared.whole_file import OWNER_ALONE, write_whole


def write_private(path: Path, content: bytes) -> None:
    """Write `path` with mode 600 so that a power cut leaves the old or the new content, never half. Raises OSError."""
    write_whole(path, (content,), OWNER_ALONE)
