"""Ports that stay free until a program of the test takes them, also when it ends and comes back.

A port that the system chose (port 0) may be given to any other program the moment it is let go, even as the near end of a
connection. Those given here lie outside the range that the system chooses from, and no process gives one twice.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path

LOWEST, HIGHEST = 12_000, 31_999         # no port that a browser refuses lies here
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first of `count` in a row on the loopback."""
    for _ in range(HIGHEST - LOWEST):
        first = next(_numbers)
        for _ in range(count - 1):
            next(_numbers)
        if first + count <= _top() and all(_is_free(port) for port in range(first, first + count)):
            return first
    raise AssertionError(f"no {count} free ports between {LOWEST} and {_top()}")


def _around() -> Iterator[int]:
    """Every port of the range, begun where no other process begins that runs now."""
    span = _top() - LOWEST
    start = os.getpid() * 97 % span
    for n in itertools.count():
        yield LOWEST + (start + n) % span


def _top() -> int:
    with contextlib.suppress(OSError, ValueError):
        return max(LOWEST + 1_000, min(HIGHEST, int(_RANGE.read_text().split()[0])))
    return HIGHEST


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


_numbers = _around()
