"""Waiting for what other threads and processes bring about. The bound only names what never came; it is no measure of speed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 300.0
Found = TypeVar("Found")


def until(look: Callable[[], Found], what: str, pause_s: float = 0.05) -> Found:
    """The first answer of `look` that is true; `pause_s` lies between two looks."""
    end = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(pause_s)
    return found
