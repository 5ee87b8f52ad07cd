"""When Python looks for garbage: while nobody touches the screen, not in the middle of a page that is being made.

Left alone it goes through everything there is whenever so many new things were made: with 20,000 cases here 0.13 s, in whichever
thread makes the next widget, which is the one that draws. Here the young are looked through as always; the old only in a quiet
moment, after so many pages already once a page is drawn and being read. What is there once the app stands is for the day and is
not looked through again.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window

LOOK_S = 0.25
QUIET_S = 1.5               # without a touch: nobody waits for the next frame
READ_S = 0.4                # after a tap: its page is there, somebody looks at it
PAGES = 5                   # so many pages without a quiet moment: their widgets and textures, up to 10 MB each, must go
MOST_PAGES = 15             # whoever taps on without reading anything: now
LONG_S = 0.05               # a look that takes longer has to do with things that stay: they are set aside too, once
REST_S = 20.0               # nobody has touched the screen for so long; at once, a page that is being read would stay for the day
_NEVER = 1_000_000          # as a threshold of `gc`
_YOUNG = (2_000, 10, _NEVER)
_TRIM: Any = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


class Garbage:
    """`start` and `stop` belong together; `busy()` says that a question of the screen is being answered."""

    def __init__(self, busy: Any) -> None:
        self._busy = busy
        self._before = gc.get_threshold()
        self._others = False            # had this process set anything aside before there was a window?
        self._look: Any = None
        self._touched = 0.0
        self._pages = 1                 # made since the last look
        self._aside = False             # was anything set aside yet?
        self._long = False              # was the last look a long one?

    def start(self) -> None:
        if self._look is not None:
            return
        self._before, self._others = gc.get_threshold(), gc.get_freeze_count() > 0
        gc.set_threshold(*_YOUNG)
        Window.bind(on_touch_down=self._moved, on_touch_up=self._moved, on_key_down=self._moved)
        self._look = Clock.schedule_interval(self._quiet, LOOK_S)

    def stop(self) -> None:
        if self._look is None:
            return
        self._look.cancel()
        self._look = None
        Window.unbind(on_touch_down=self._moved, on_touch_up=self._moved, on_key_down=self._moved)
        gc.set_threshold(*self._before)
        self._bring_back()
        self._aside = False

    def page_made(self) -> None:
        """Another page was drawn: what it replaced is garbage."""
        self._pages += 1
        if self._pages > MOST_PAGES:
            self.collect()

    def touched(self) -> None:
        """Somebody is there: nothing old is looked through for a moment."""
        self._touched = time.monotonic()

    def _moved(self, *_args: object) -> bool:
        self.touched()
        return False

    def _quiet(self, _dt: float) -> None:
        rest = READ_S if self._pages > PAGES else QUIET_S
        untouched = 0 if self._busy() else time.monotonic() - self._touched
        if self._pages and untouched > rest:
            self.collect()
            _give_back()
        elif self._long and untouched > REST_S:
            self.whole()
            _give_back()

    def collect(self) -> None:
        """Now. The first look sets aside all that stays; a later one goes through what was made since."""
        if not self._aside:
            self.whole()
            return
        self._pages = 0
        started = time.thread_time()
        gc.collect()
        self._long = time.thread_time() - started > LONG_S

    def whole(self) -> None:
        """All that there is, 0.3 s with 20,000 cases: when somebody leaves the screen or has long not touched it."""
        self._pages, self._long = 0, False
        self._bring_back()
        gc.collect()
        gc.freeze()
        self._aside = True

    def _bring_back(self) -> None:
        """What was set aside, but for where others have set aside what is theirs: Python keeps both in one heap."""
        if not self._others:
            gc.unfreeze()


def _give_back() -> None:
    """Memory that was freed, to the system: glibc keeps it, in an arena for each thread, where the tablet has 2 GB."""
    if _TRIM is not None:
        _TRIM(0)
