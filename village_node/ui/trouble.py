"""What the app does with an exception that nobody expected: it goes on, says one sentence, and logs where, not what about.

The text of an exception may hold a name or a telephone number (a failed check quotes the value), so the log gets its type and the
places of the code it came through, never its words.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from kivy.base import ExceptionHandler, ExceptionManager

log = logging.getLogger("village_node.app")


def where(error: BaseException) -> str:
    """`ValueError at desk.py:120 register < app.py:44 save`: the innermost place first, causes behind `from`."""
    places = [
        f"{frame.filename.replace(chr(92), '/').rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)[-12:])
    ]
    told = f"{type(error).__name__} at {' < '.join(places) or 'an unknown place'}"
    return f"{told} from {where(error.__cause__)}" if error.__cause__ is not None else told


class KeepRunning(ExceptionHandler):  # type: ignore[misc]
    """Kivy's way to survive an exception in a touch, a key or a scheduled call. `tell` shows the sentence."""

    def __init__(self, tell: Callable[[], None]) -> None:
        super().__init__()
        self._tell = tell

    def handle_exception(self, exception: BaseException) -> int:
        if not isinstance(exception, Exception):
            return int(ExceptionManager.RAISE)
        log.error("unexpected error in the app: %s", where(exception))
        try:
            self._tell()
        except Exception as second:     # a broken page must not end the app either
            log.error("the sentence about it could not be shown: %s", where(second))
        return int(ExceptionManager.PASS)
