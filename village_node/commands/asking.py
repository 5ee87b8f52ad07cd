"""Who answers a command's questions: a person at the terminal (nothing shown while typing), or lines of a file descriptor.

`--pin-fd N` gives a line for each question, in the order of the questions: what opens HOME (PIN or start words) where it is
closed, then the PIN of who acts. The last line answers what is asked beyond it.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable

from shared.ledger.texts import t
from village_node.point.errors import UsageError
from village_node.point.safe.means import Means

MOST_BYTES = 4096


def someone_there() -> Means:
    """Means of a command without options: a person is asked where one sits at a terminal."""
    return Means(ask=_typed if sys.stdin is not None and sys.stdin.isatty() else None)


def _typed(question: str) -> str:
    try:
        return getpass.getpass(question)
    except EOFError:
        return ""


def lines_of(fd: int) -> Callable[[str], str]:
    """Raises UsageError, at the first question, when nothing can be read there."""
    left: list[str] | None = None

    def answer(_question: str) -> str:
        nonlocal left
        if left is None:
            left = _lines(fd)
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def _lines(fd: int) -> list[str]:
    data = b""
    try:
        while len(data) < MOST_BYTES and (more := os.read(fd, MOST_BYTES)):
            data += more
    except OSError as error:
        raise UsageError(t("node.cli.pin_fd_unreadable", fd=fd)) from error
    found = [line.strip() for line in data.decode("utf-8", "replace").splitlines() if line.strip()]
    if not found:
        raise UsageError(t("node.cli.pin_fd_unreadable", fd=fd))
    return found
