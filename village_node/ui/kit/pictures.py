"""Pictures on the screen: decoded small in one worker thread, kept in a bounded cache, drawn when they are ready.

A screen asks with `PictureView.show(source, side)` and goes on drawing; the worker reads the header, decodes at the size that is
wanted (`point.pictures`) and hands back pixels. What is no picture, or too large for this device, leaves the view empty.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.graphics.texture import Texture
from kivy.uix.image import Image

from village_node.point.errors import NodeError
from village_node.point.pictures import Pixels, pixels

CACHE_BYTES = 24 * 1024 * 1024
"""About a hundred thumbnails of 240 pixels; beyond it those shown longest ago are decoded again."""

log = logging.getLogger("village_node.app")
Source = Path | bytes
Done = Callable[[Any], None]


class PictureWorker:
    """One thread for everything that decodes; started at the first question."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Done]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._cache: OrderedDict[tuple[str, int], Pixels] = OrderedDict()
        self._bytes = 0
        self.busy = 0                # questions not yet answered, counted in Kivy's thread

    def ask(self, work: Callable[[], Any], done: Done) -> None:
        """`done(result)` in Kivy's thread; the result is the exception when `work` raised one."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)
            self._thread.start()
        self.busy += 1
        self._work.put((work, done))

    def small(self, source: Source, side: int, done: Callable[[Pixels | None], None]) -> None:
        """The picture with no edge above `side`, or None."""
        known = (_name_of(source), side)
        if (found := self._cache.get(known)) is not None:
            self._cache.move_to_end(known)
            done(found)
            return

        def decoded(result: Any) -> None:
            if isinstance(result, Pixels):
                self._keep(known, result)
            done(result if isinstance(result, Pixels) else None)

        self.ask(lambda: pixels(source, side), decoded)

    def _keep(self, known: tuple[str, int], made: Pixels) -> None:
        if known not in self._cache:
            self._bytes += len(made.rgba)
        self._cache[known] = made
        while self._bytes > CACHE_BYTES and len(self._cache) > 1:
            self._bytes -= len(self._cache.popitem(last=False)[1].rgba)

    def _run(self) -> None:
        while True:
            work, done = self._work.get()
            try:
                result = work()
            except NodeError as error:
                result = error
            except Exception as error:      # a bug in decoding costs one picture, not the worker
                log.error("a picture could not be prepared: %s", type(error).__name__)
                result = error
            Clock.schedule_once(lambda _dt, done=done, result=result: self._answer(done, result), 0)

    def _answer(self, done: Done, result: Any) -> None:
        self.busy -= 1
        done(result)


def _name_of(source: Source) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    try:
        said = source.stat()
    except OSError:
        return str(source)
    return f"{source}:{said.st_mtime_ns}:{said.st_size}"


worker = PictureWorker()


class PictureView(Image):
    """An image that appears when it is decoded."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("fit_mode", "contain")
        super().__init__(**kwargs)

    def show(self, source: Source, side: int) -> None:
        worker.small(source, side, self._drawn)

    def _drawn(self, made: Pixels | None) -> None:
        if made is None:
            return
        texture = Texture.create(size=(made.width, made.height), colorfmt="rgba")
        texture.blit_buffer(made.rgba, colorfmt="rgba", bufferfmt="ubyte")
        texture.flip_vertical()
        self.texture = texture
