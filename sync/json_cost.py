"""What JSON from a peer will cost once it is parsed, estimated from its bytes: values, and memory. Pure.

A body of 64 MB is 64 MB of text or, as `[[],[],...]`, 21 million lists of 1.5 GB that take seconds during which nobody else is
served. So values are counted before anything is made of them. Counting looks at the whole body a few times at the speed of
memory (50 ms for 64 MB); an honest one is never read value by value.

Values:   one for each `,` `[` `{` outside of strings, and one: members of objects count as one, names are not counted
Memory:   `NODE_BYTES` for each value, and text as Python holds it: 1, 2 or 4 bytes a character
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator

NODE_BYTES = 120
"""The worst: an object with one member of one letter. A list in a list is 60, a number in a list 8 to 40."""
_MANY = 50_000      # values from which the collector of cycles would look at all of them, again and again
_OUTSIDE = b',[{"'
_OTHER_BYTES = bytes(set(range(256)) - set(_OUTSIDE))
_FOUR_BYTES = bytes(range(0xF0, 0x100))
_PIECE = 1 << 20


def count_values(data: bytes, most: int) -> int:
    """At most how many values `data` holds; exact where that is more than `most`, if not hopelessly more (then `most` + 1)."""
    bound = 1 + data.count(b",") + data.count(b"[") + data.count(b"{")
    if bound <= most:
        return bound
    if data.count(b'"') > 8 * most:     # a string is a name or a value, and costs as much
        return most + 1
    return 1 + _outside_of_strings(data, most)


def _outside_of_strings(data: bytes, most: int) -> int:
    """In pieces, so that other threads have their turn."""
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    count, inside = 0, 0
    for start in range(0, len(data), _PIECE):
        parts = data[start : start + _PIECE].translate(None, _OTHER_BYTES).split(b'"')
        count += sum(map(len, parts[inside::2]))
        inside ^= (len(parts) - 1) & 1
        if count > most:
            return most + 1
    return count


def memory_of(data: bytes, values: int) -> int:
    """Bytes that the parsed value takes at the most."""
    if data.isascii():
        width = 1 if b"\\u" not in data else 4 if b"\\ud" in data or b"\\uD" in data else 2
    else:
        width = 4 if len(data.translate(None, _FOUR_BYTES)) < len(data) else 2
    return NODE_BYTES * values + width * len(data)


class _Pause:
    """How many threads want the collector of cycles to be still."""

    def __init__(self) -> None:
        self._lock, self._wanted, self._was_on = threading.Lock(), 0, True

    def begin(self) -> None:
        with self._lock:
            if self._wanted == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._wanted += 1

    def end(self) -> None:
        with self._lock:
            self._wanted -= 1
            if self._wanted == 0 and self._was_on:
                gc.enable()


_pause = _Pause()


@contextlib.contextmanager
def collector_at_rest(values: int) -> Iterator[None]:
    """While many values are made at once none of them is garbage: looking for it makes parsing three times as long."""
    if values < _MANY:
        yield
        return
    _pause.begin()
    try:
        yield
    finally:
        _pause.end()
