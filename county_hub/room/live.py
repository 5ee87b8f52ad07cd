"""Who is there now and what they still have to hear: in memory alone, bounded, gone with a restart (browsers come again).

    Line    one open stream of one participant: messages wait in it until they are taken
    Hall    all lines of all rooms; a message goes to one seat or to everybody inside

Pages of both sides run in event loops of their own threads (the hub's server, the citizen's page), so a line is woken through the
loop it was opened in. It must not know HTTP, names or who may do what.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import msgspec

from county_hub.room import tuning

KEEP_LEFT_S = 3600.0        # longer than any grace

@dataclass(eq=False, slots=True)
class Line:
    """`page` names the browser page that holds it: the same after a lost line, another one after a reload."""

    room: int
    seat: int
    page: str
    loop: asyncio.AbstractEventLoop
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: deque[bytes] = field(default_factory=deque)
    over: bool = False

    def put(self, message: bytes) -> None:
        """Called under the hall's lock."""
        if len(self.waiting) >= tuning.WAITING_MESSAGES:
            self.over = True
        else:
            self.waiting.append(message)
        self._ring()

    def end(self) -> None:
        self.over = True
        self._ring()

    def _ring(self) -> None:
        try:
            self.loop.call_soon_threadsafe(self.wake.set)
        except RuntimeError:        # its server has ended
            self.over = True


@dataclass(frozen=True, slots=True)
class Picture:
    """A page that everybody sees."""

    n: int
    title: str
    page: int
    pages: int
    type: str
    data: bytes

    def about(self) -> dict[str, Any]:
        return {"n": self.n, "title": self.title, "page": self.page, "pages": self.pages}


class Hall:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: dict[int, dict[int, Line]] = {}
        self._shown: dict[int, Picture] = {}
        self._recording: set[int] = set()
        self.recorders: dict[int, set[int]] = {}        # room -> seats that led while it was recorded
        self._low: set[tuple[int, int]] = set()
        self._spent: dict[tuple[int, int], tuple[float, float]] = {}
        self._left: dict[tuple[int, int], float] = {}      # room, seat -> when its line ended
        self._began = clock()
        self._count = 0
        self.ended = False

    def join(self, room: int, seat: int, page: str, loop: asyncio.AbstractEventLoop) -> Line | None:
        """The new line of this seat; an older one hears `elsewhere` and ends. None when there is no room for lines."""
        with self._lock:
            lines = self._lines.setdefault(room, {})
            old = lines.get(seat)
            if self.ended or (old is None and sum(map(len, self._lines.values())) >= tuning.MOST_LINES):
                return None
            if old is not None:
                if old.page != page:
                    old.put(_encoded({"kind": "over", "why": "elsewhere"}))
                old.end()
            self._left.pop((room, seat), None)
            lines[seat] = line = Line(room, seat, page, loop)
            return line

    def leave(self, line: Line) -> bool:
        """Was it the line of its seat, so that nobody sits there now?"""
        with self._lock:
            lines = self._lines.get(line.room, {})
            if lines.get(line.seat) is not line:
                return False
            del lines[line.seat]
            now = self._clock()
            self._left = {key: at for key, at in self._left.items() if now - at < KEEP_LEFT_S}
            self._left[line.room, line.seat] = now
            if not lines:
                self._lines.pop(line.room, None)
                self._shown.pop(line.room, None)
                self._recording.discard(line.room)
                for key in [key for key in self._spent if key[0] == line.room]:
                    del self._spent[key]
                self._low = {key for key in self._low if key[0] != line.room}
            return True

    def gone_for(self, room: int, seat: int) -> float:
        """Seconds since this seat had a line, 0 while it has one; of one that never had, since this program began: after a
        restart browsers need a moment to come again."""
        with self._lock:
            here = seat in self._lines.get(room, {})
            return 0.0 if here else self._clock() - self._left.get((room, seat), self._began)

    def pages(self, room: int) -> dict[int, str]:
        """The page of each seat that has a line."""
        with self._lock:
            return {seat: line.page for seat, line in self._lines.get(room, {}).items()}

    def tell(self, room: int, seat: int, message: dict[str, Any]) -> bool:
        with self._lock:
            line = self._lines.get(room, {}).get(seat)
            if line is not None:
                line.put(_encoded(message))
            return line is not None

    def tell_all(self, room: int, message: dict[str, Any], seats: Collection[int] | None = None) -> None:
        """Everybody who has a line, or of `seats` alone."""
        encoded = _encoded(message)
        with self._lock:
            for seat, line in self._lines.get(room, {}).items():
                if seats is None or seat in seats:
                    line.put(encoded)

    def send_off(self, room: int, seat: int, why: str) -> None:
        with self._lock:
            line = self._lines.get(room, {}).get(seat)
            if line is not None:
                line.put(_encoded({"kind": "over", "why": why}))
                line.end()

    def take(self, line: Line) -> list[bytes]:
        with self._lock:
            line.wake.clear()
            found = list(line.waiting)
            line.waiting.clear()
            return found

    def may_say(self, room: int, seat: int) -> bool:
        """A bucket of messages that fills again by the second."""
        now = self._clock()
        with self._lock:
            left, at = self._spent.get((room, seat), (float(tuning.MESSAGES_AT_ONCE), now))
            left = min(float(tuning.MESSAGES_AT_ONCE), left + (now - at) * tuning.MESSAGES_A_SECOND)
            self._spent[room, seat] = (left - 1 if left >= 1 else left, now)
            return left >= 1

    def show(self, room: int, title: str, page: int, pages: int, type: str, data: bytes) -> Picture:
        with self._lock:
            self._count += 1
            made = self._shown[room] = Picture(self._count, title, page, pages, type, data)
            return made

    def shown(self, room: int) -> Picture | None:
        with self._lock:
            return self._shown.get(room)

    def put_away(self, room: int) -> None:
        with self._lock:
            self._shown.pop(room, None)

    def set_low(self, room: int, seat: int, on: bool) -> None:
        """This participant has a narrow line: everybody sends him sound and stills alone."""
        with self._lock:
            (self._low.add if on else self._low.discard)((room, seat))

    def low(self, room: int) -> set[int]:
        with self._lock:
            return {seat for of, seat in self._low if of == room}

    def set_recording(self, room: int, on: bool) -> None:
        with self._lock:
            (self._recording.add if on else self._recording.discard)(room)

    def is_recording(self, room: int) -> bool:
        with self._lock:
            return room in self._recording

    def end(self) -> None:
        """The hub ends: nobody waits for lines."""
        with self._lock:
            self.ended = True
            for lines in self._lines.values():
                for line in lines.values():
                    line.end()


def _encoded(message: dict[str, Any]) -> bytes:
    return msgspec.json.encode(message) + b"\n"
