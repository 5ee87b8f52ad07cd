"""What was checked once stays marked within the process: a document is looked at where it comes in, where it is judged and in
every database that it is copied to, and is the same each time.

A mark is a hash of the whole document as JSON, id and revision included, in one order of its fields; so a mark says of exactly
this document that `check_event` lets it pass. Whether who signed it might is no part of it. It says the same wherever the
document lies and whoever brings it, so processes of one program that trust each other may tell each other their marks
(`listen`); a document that comes another way, or changed by a single byte, has no mark and is checked. Thread-safe.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

# About 8 MB at the most. A county's devices coming back at once bring so many before the router has done with the first.
MARKS = 50_000
T = TypeVar("T")
_encode = msgspec.json.Encoder(order="sorted").encode      # not the canonical form: quick, and asks nothing of the characters


def once(doc: Mapping[str, Any], name: str, make: Callable[[Mapping[str, Any]], T]) -> T:
    """What `make` makes of this document. One that cannot be changed (`sync`'s of another database, which has `kept`) keeps it
    under this name, so that it is made once."""
    kept: dict[str, Any] | None = getattr(doc, "kept", None)
    if kept is None:
        return make(doc)
    if name not in kept:
        kept[name] = make(doc)
    return kept[name]  # type: ignore[no-any-return]


def mark_of(doc: Mapping[str, Any]) -> bytes | None:
    """The mark of a document; None for what is no JSON."""
    return once(doc, "mark", _made)


def _made(doc: Mapping[str, Any]) -> bytes | None:
    try:
        return hashlib.sha256(_encode(doc)).digest()
    except (TypeError, ValueError, RecursionError, OverflowError):
        return None


class Marks:
    """The last `most` marks; those asked for longest ago go first."""

    def __init__(self, most: int = MARKS) -> None:
        self._most, self._marks, self._guard = most, OrderedDict[bytes, None](), threading.Lock()
        self._told: Callable[[bytes], None] | None = None

    def listen(self, told: Callable[[bytes], None] | None) -> None:
        """`told(mark)` hears of each mark from now on, before anybody can commit the document; None ends it."""
        self._told = told

    def keep(self, most: int) -> None:
        """So many from now on: a tablet looks at a document when it comes in and once more, not half an hour later."""
        with self._guard:
            self._most = most
            while len(self._marks) > most:
                self._marks.popitem(last=False)

    def has(self, mark: bytes | None) -> bool:
        with self._guard:
            if mark is None or mark not in self._marks:
                return False
            self._marks.move_to_end(mark)
            return True

    def add(self, mark: bytes | None) -> None:
        if mark is None:
            return
        with self._guard:
            self._marks[mark] = None
            if len(self._marks) > self._most:
                self._marks.popitem(last=False)
        told = self._told
        if told is not None:
            told(mark)


CHECKED = Marks()       # of events, of this process
