"""Drive the real app in a real window: find, tap, drag, type, wait, screenshot. Works under Xvfb or SDL's offscreen driver.

One Window lives as long as the process. The driver steps its frames, and the clock of Kivy with them: a frame is a sixtieth of
a second however long it took to make, so what is timed (a tap inside a scroll, an animation, a notice) takes as many frames on
any machine and none of them is waited for. Time stands still while another thread works for the screen. What is looked at is
drawn (a picture, what a test ends with), what is stepped through is not: that was a third of a test's processor time. Waiting is
for a condition, never for a time.
"""

from __future__ import annotations

import gc
import itertools
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("KIVY_NO_ENV_CONFIG", "1")   # screens.py sets the density, which Kivy reads all the same
os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")
os.environ.setdefault("KIVY_HOME", tempfile.mkdtemp(prefix="kivy-home-"))
if not os.environ.get("DISPLAY") and os.name == "posix":
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")

from tests.support import stays  # isort: skip
from village_node.ui import setup  # noqa: F401  isort: skip

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels
from kivy.input.motionevent import MotionEvent
from kivy.lang import Builder

PATIENCE = 20.0  # seconds until a condition that never comes true fails the test
FRAME_S = 1 / 60
TAP_FRAMES = 14  # a scroll gives a quick tap to what lies in it at once, and lifts the finger a fifth of a second later
WINDOWS = 8  # so many are closed before what they left is looked for: up to 20 MB each
QUICK_FRAMES = 120  # so many are not waited for; beyond them something else than the screen is being waited for


class Finger(MotionEvent):
    """A touch of the window, given in window pixels."""

    def __init__(self, x: float, y: float) -> None:
        super().__init__("finger", 1, self._share(x, y), is_touch=True, type_id="touch")

    def depack(self, args: dict[str, float]) -> None:
        self.sx, self.sy, self.profile = args["x"], args["y"], ["pos"]
        super().depack(args)

    def down(self) -> None:
        EventLoop.post_dispatch_input("begin", self)

    def go(self, x: float, y: float) -> None:
        self.move(self._share(x, y))
        EventLoop.post_dispatch_input("update", self)

    def up(self) -> None:
        EventLoop.post_dispatch_input("end", self)

    @staticmethod
    def _share(x: float, y: float) -> dict[str, float]:
        window = EventLoop.window
        return {"x": x / (window.width - 1.0), "y": y / (window.height - 1.0)}


class StepTime:
    """Kivy's time, as the driver moves it."""

    def __init__(self) -> None:
        self.now = Clock.get_time()

    def __call__(self) -> float:
        return self.now


class Driver:
    """`real_time`: frames as a person sees them, each drawn when it is due (the benchmarks measure them)."""

    def __init__(self, app: Any, *, real_time: bool = False) -> None:
        from kivy.base import EventLoop, runTouchApp
        from kivy.core.window import Window

        self.app, self._loop, self.window, self._real = app, EventLoop, Window, real_time
        EventLoop.ensure_window()
        if not real_time and not isinstance(Clock.time, StepTime):
            Clock.time, Clock._max_fps = StepTime(), 0
        if EventLoop.status != "started":
            runTouchApp(embedded=True)
        app._run_prepare()
        self.frames(3)

    def frames(self, count: int = 1, *, drawn: bool = False) -> None:
        for _ in range(count):
            self._step(drawn=drawn)

    def _step(self, *, drawn: bool = False, still: bool = False) -> None:
        """What `EventLoop.idle` does, with its drawing or without."""
        if not self._real:
            Clock.time.now += 0 if still else FRAME_S
            if not drawn:
                Clock.tick()
                self._loop.dispatch_input()
                Builder.sync()
                Clock.tick_draw()
                Builder.sync()
                return
        self._loop.idle()

    def until(self, condition: Callable[[], Any], what: str = "condition") -> Any:
        end, tried = time.monotonic() + PATIENCE, 0
        while True:
            found = condition()
            if found:
                return found
            assert time.monotonic() < end, f"timeout: {what}; on screen: {self.words()}"
            still, tried = self._others_work(), tried + 1
            self._step(still=still)
            if still or tried > QUICK_FRAMES:
                time.sleep(FRAME_S / 16 if still else FRAME_S)

    def _others_work(self) -> bool:
        """Another thread answers a question of the screen, or decodes its pictures."""
        from village_node.ui.kit.pictures import worker

        return bool(self.app.asking.busy or worker.busy)

    def words(self) -> list[str]:
        """Every text on the screen, newest window part first."""
        shown = []
        for top in self.window.children:
            for widget in top.walk():
                text = getattr(widget, "text", "")
                if text and widget.get_parent_window() is not None:
                    shown.append(text)
        return shown

    def look(self, text: str | None = None, cls: str | None = None, part: str | None = None) -> Any | None:
        for top in self.window.children:
            for widget in top.walk():
                shown = getattr(widget, "text", None)
                if text is not None and shown != text:
                    continue
                if part is not None and (not isinstance(shown, str) or part not in shown):
                    continue
                if cls is not None and type(widget).__name__ != cls:
                    continue
                return widget
        return None

    def find(self, text: str | None = None, cls: str | None = None, part: str | None = None) -> Any:
        """The widget with this text, waited for; dialogs are searched before the page below them."""
        found = self.until(lambda: self.look(text, cls, part), f"text={text!r} cls={cls!r} part={part!r}")
        self.settle()
        return found

    def settle(self) -> None:
        """Let animations and pending layouts end."""
        from kivy.animation import Animation

        self.frames(3)
        self.until(lambda: not Animation._instances, "animations end")
        self.until(lambda: not self.app.asking.busy, "what a screen asked is answered")
        self.frames(4)              # a page whose words changed twice is laid out in the fourth

    def show(self, widget: Any) -> Any:
        """Scroll the page so that the widget can be touched."""
        from kivy.uix.recyclelayout import RecycleLayout
        from kivy.uix.scrollview import ScrollView

        parent = widget.parent
        while parent is not None and parent is not self.window:
            if isinstance(parent, ScrollView) and not isinstance(parent._viewport, RecycleLayout):
                parent.scroll_to(widget, animate=False)
                self.frames(2)
            parent = parent.parent if parent.parent is not parent else None
        return widget

    def tap(self, target: Any) -> None:
        widget = self.show(self.find(target) if isinstance(target, str) else target)
        touch = Finger(*widget.to_window(*widget.center))
        touch.down()
        self.frames(1)
        touch.up()
        self.frames(TAP_FRAMES)
        self.settle()

    def drag(self, points: list[tuple[float, float]]) -> None:
        touch = Finger(*points[0])
        touch.down()
        for point in points[1:]:
            touch.go(*point)
            self.frames(1)
        touch.up()
        self.frames(2)

    def sign(self, pad: Any) -> None:
        """A zigzag over the pad, as a finger would."""
        self.show(pad)
        x, y = pad.to_window(pad.x, pad.y)
        steps = [(0.1, 0.3), (0.25, 0.8), (0.4, 0.3), (0.55, 0.8), (0.7, 0.35), (0.9, 0.6)]
        self.drag([(x + pad.width * a, y + pad.height * b) for a, b in steps])

    def type(self, entry: Any, text: str) -> None:
        """The same path as a commit of the input method."""
        self.tap(entry)
        assert entry.focus, "the box did not take the focus"
        self.window.dispatch("on_textinput", text)
        self.frames(1)

    def choose(self, field: Any, words: str) -> None:
        self.tap(field.button)
        self.tap(words)

    def shot(self, path: Path) -> Path:
        """A screenshot at `path`. Read as four bytes a pixel: Kivy's own reads three, and slants a width that four does not
        divide."""
        from PIL import Image

        path.parent.mkdir(parents=True, exist_ok=True)
        self.settle()
        for _ in range(2):                              # a window that has just been resized shows its second picture
            self.window.canvas.ask_update()
            self.frames(1, drawn=True)
        width, height = self.window.size
        pixels = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
        picture = Image.frombytes("RGBA", (width, height), bytes(pixels)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        picture.convert("RGB").save(path)
        return path

    def close(self) -> None:
        from kivy.app import App

        self.frames(1, drawn=True)
        self.app.dispatch("on_stop")
        for child in self.window.children[:]:
            self.window.remove_widget(child)
        self.frames(2)
        App._running_app = None
        _tidy_up()


def _tidy_up() -> None:
    """What windows leave behind hangs together and was in part set aside by the app: it goes a few windows later, all at once.
    What stays for the whole run (modules, tests) is set aside again, so that no window looks through it."""
    if stays.aside and (next(_closed) % WINDOWS == 0 or gc.get_freeze_count() == 0):
        gc.unfreeze()
        stays.set_aside()


_closed = itertools.count(1)
