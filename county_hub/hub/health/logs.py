"""The hub's log: `hub.log` in HOME, one JSON object a line (`shared.json_log`), a file a day; warnings on stderr too."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from shared.json_log import DailyLog, JsonLines

# A stranger who asks in vain all day must not fill the disk: some 90 MB a day at the most.
LOG_LINES_A_MINUTE = 600
# Network logs are kept at least six months (网络安全法 Art 21); one file a day.
LOG_DAYS = 200


@contextlib.contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Log there until the block ends."""
    file = DailyLog(path, LOG_DAYS)
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(logging.WARNING)
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.INFO)
    screen.setFormatter(JsonLines())
    for handler in (file, screen):
        handler.addFilter(LinesAMinute(LOG_LINES_A_MINUTE))
        root.addHandler(handler)
    # One line a request of the HTTP client would drown what matters.
    for chatty in ("httpx2", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # A log that a full disk does not take is no reason to write tracebacks to the screen.
    logging.raiseExceptions = False
    try:
        yield
    finally:
        root.setLevel(before)
        for handler in (file, screen):
            root.removeHandler(handler)
            handler.close()


class LinesAMinute(logging.Filter):
    """Lets `most` lines of a minute pass and says how many it left out. `clock` in seconds."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._most, self._clock = most, clock
        self._minute, self._lines = 0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        minute = int(self._clock() // 60)
        if minute != self._minute:
            left_out = self._lines - self._most
            self._minute, self._lines = minute, 0
            if left_out > 0:
                record.msg, record.args = f"[{left_out} lines left out] {record.getMessage()}", None
        self._lines += 1
        return self._lines <= self._most
