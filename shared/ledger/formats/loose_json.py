"""JSON of files that programs keep or are handed (a stick, a copy, an older version): whatever lies there is read, or refused by
one kind of error. It need not be canonical; what is signed is read by `canonical`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MOST_BYTES = 64 * 1024 * 1024       # of a file: many times the largest that a program keeps (the manifest of a backup)


def parsed(text: str | bytes, **how: Any) -> Any:
    """As `json.loads` (`how`: its hooks). Raises ValueError for all that is none, also for nesting without end."""
    try:
        return json.loads(text, **how)
    except RecursionError:
        raise ValueError("nested too deep") from None


def read(path: Path, **how: Any) -> Any:
    """What a file says. Raises OSError, and ValueError for what is no JSON or has no end."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES} bytes")
    return parsed(data.decode("utf-8-sig"), **how)
