"""What a server and its workers say to each other: JSON objects, one a line, over a worker's stdin and stdout.

server -> worker   {"key", "name", "shard": [n, of] or null, "tables": bool, "store"}     first of all; `key` as hex, or null;
                                                              `store`: what is behind (`Backing.for_workers`), or null
                   {"dirty": [databases], "marks": base64}    committed to by others; what the server has checked (`checked`)
                   {"ask": "sweep" | "look" | "pending", "n"}             to be answered with the same number
worker -> server   {"dirty": [databases], "receipts": n}      committed to by the worker
                   {"behind": [databases, seconds], "caught_up": bool, "failing": seconds or null}
                   {"log": {...}}                             a line for the server's log
                   {"answer": n, "value": ...} or {"answer": n, "error": text}

The end of stdin ends a worker, so it never outlives its server. Nothing else may write into these pipes.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import deque
from collections.abc import Iterator
from typing import IO, Any

MOST_MARKS, MOST_SAID = 50_000, 10_000
_MARK = 32


class Outbox:
    """What is to be said, gathered while a line is being written: a name that was added twice is said once. Whoever adds never
    waits for the other side. Thread-safe."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._dirty: dict[str, None] = {}
        self._marks: deque[bytes] = deque(maxlen=MOST_MARKS)
        self._said: deque[dict[str, Any]] = deque(maxlen=MOST_SAID)
        self._receipts, self._closed = 0, False

    def dirty(self, name: str) -> None:
        with self._news:
            self._dirty[name] = None
            self._news.notify()

    def mark(self, mark: bytes) -> None:
        """Goes with the next line; wakes nobody, since what it speaks of is not committed yet."""
        with self._news:
            self._marks.append(mark)

    def receipts(self, count: int) -> None:
        with self._news:
            self._receipts += count

    def say(self, **message: Any) -> None:
        with self._news:
            self._said.append(message)
            self._news.notify()

    def close(self) -> None:
        """`write_to` ends when all is said."""
        with self._news:
            self._closed = True
            self._news.notify()

    def write_to(self, stream: IO[bytes]) -> None:
        """Until it is closed, or nobody reads any more."""
        while lines := self._take():
            try:
                stream.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
                stream.flush()
            except (OSError, ValueError):
                return

    def _take(self) -> list[dict[str, Any]]:
        with self._news:
            self._news.wait_for(lambda: self._dirty or self._said or self._closed)
            lines = list[dict[str, Any]]()
            if self._dirty or self._marks or self._receipts:
                marks = base64.b64encode(b"".join(self._marks)).decode()
                lines.append({"dirty": list(self._dirty), "marks": marks, "receipts": self._receipts})
            lines += self._said
            self._dirty, self._receipts = {}, 0
            self._marks.clear()
            self._said.clear()
            return lines


def heard(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    """What comes, until the other side is gone."""
    for line in iter(stream.readline, b""):
        if not line.endswith(b"\n"):
            return              # killed while it wrote
        yield json.loads(line)


def marks_in(text: str) -> list[bytes]:
    data = base64.b64decode(text)
    return [data[at : at + _MARK] for at in range(0, len(data), _MARK)]
