"""A monkey at the tablet: seeded random touches, keys and words on whatever is on the screen. The app must outlive it.

Kivy's main loop hands an exception of a touch to the app's handler (`village_node.ui.trouble`), which keeps the window; so does
`Monkey.frames`, and notes it: an exception is a fault all the same.
"""

from __future__ import annotations

import random
import traceback
from typing import Any

from tests.support.village_node.app_driver import Finger

from kivy.base import ExceptionManager  # isort: skip
from kivy.core.window import Window  # isort: skip
from kivy.uix.behaviors import ButtonBehavior  # isort: skip
from kivy.uix.modalview import ModalView  # isort: skip
from kivy.uix.textinput import TextInput  # isort: skip

WORDS = ("演示甲", "１２", "0", "-3", "99999999999999999999", "二〇二六", "𠮷👴", "a\u202eb", "\u200b", "x" * 300, "2026-02-30",
         "；'\"<&>", "13800000001", "", " ", "\n")
KEYS = (27, 13, 9, 8, 127, 273, 274, 280, 281, 32)
PAGES = ("home", "case", "intake", "cases", "records", "sync", "all", "settings", "due", "mine", "tasks", "calendar", "directory",
         "duplicates")      # in turn, so that each is met
ACTS = {"button": 50, "place": 12, "twice": 10, "drag": 8, "key": 6, "words": 10, "page": 5, "changed": 2, "size": 1}
SIZES = ((1280, 800), (800, 1280), (360, 740), (1366, 768))


class Monkey:
    """`table` is the fixture's: `app`, `driver`, `desk`. `faults` are tracebacks."""

    def __init__(self, table: Any, seed: int, *, resizes: bool = False) -> None:
        self.table, self.dice, self.faults = table, random.Random(seed), list[str]()
        self.seen: set[str] = set()
        self.done: list[str] = []
        self._turn = 0
        self._acts = {name: weight for name, weight in ACTS.items() if resizes or name != "size"}

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.step()

    def step(self) -> None:
        """One act; what it was stands in `done`."""
        app = self.table.app
        if app.staff is None and not any(isinstance(w, ModalView) for w in Window.children):
            people = self.table.desk.staff()
            self._try("sit down", lambda: app.sit_down(self.dice.choice(people)))
        act = self.dice.choices(list(self._acts), list(self._acts.values()))[0]
        self._try(act, getattr(self, f"_{act}"))
        self.seen.add(app.screens.current)

    def _try(self, name: str, act: Any) -> None:
        self.done.append(name)
        try:
            act()
        except Exception as error:
            self._caught(error)
        self.frames(2)

    def frames(self, count: int) -> None:
        for _ in range(count):
            try:
                self.table.driver.frames(1, drawn=True)
            except Exception as error:
                self._caught(error)

    def _caught(self, error: Exception) -> None:
        """As Kivy's main loop: the handler says whether the app goes on."""
        self.faults.append(f"{self.done[-6:]} on {self.table.app.screens.current}\n{''.join(traceback.format_exception(error))}")
        assert ExceptionManager.handle_exception(error) == ExceptionManager.PASS, "the app would have ended"

    # ---- acts

    def _targets(self) -> list[Any]:
        """What can be hit, in the part of the window that is on top."""
        top = Window.children[0] if Window.children else None
        found = [w for w in (top.walk() if top is not None else ()) if isinstance(w, (ButtonBehavior, TextInput))]
        return [w for w in found if not w.disabled and w.get_parent_window() is not None and w.width > 1 and w.height > 1]

    def _button(self) -> None:
        found = self._targets()
        if not found:
            return self._place()
        widget = self.dice.choice(found)
        self.done[-1] += f" {getattr(widget, 'text', '')!r:.30}"
        self.table.driver.show(widget)
        return self._touch(*widget.to_window(*widget.center))

    def _place(self) -> None:
        self._touch(self.dice.uniform(0, Window.width - 1), self.dice.uniform(0, Window.height - 1))

    def _twice(self) -> None:
        """Two taps within one frame, as an impatient finger makes them."""
        found = self._targets()
        if found:
            widget = self.dice.choice(found)
            self.done[-1] += f" {getattr(widget, 'text', '')!r:.30}"
            for _ in range(2):
                self._touch(*widget.to_window(*widget.center), frames=0)

    def _touch(self, x: float, y: float, frames: int = 1) -> None:
        touch = Finger(x, y)
        touch.down()
        self.frames(frames)
        touch.up()

    def _drag(self) -> None:
        points = [(self.dice.uniform(0, Window.width - 1), self.dice.uniform(0, Window.height - 1)) for _ in range(4)]
        touch = Finger(*points[0])
        touch.down()
        for point in points[1:]:
            touch.go(*point)
            self.frames(1)
        touch.up()

    def _key(self) -> None:
        key = self.dice.choice(KEYS)
        Window.dispatch("on_keyboard", key, 0, "", [])
        Window.dispatch("on_key_down", key, 0, "", [])

    def _words(self) -> None:
        boxes = [w for w in self._targets() if isinstance(w, TextInput)]
        if boxes:
            self.dice.choice(boxes).focus = True
            self.frames(1)
        Window.dispatch("on_textinput", self.dice.choice(WORDS))

    def _page(self) -> None:
        """Somewhere else at once, so that every screen has its turn."""
        app = self.table.app
        cases = self.table.desk.list_cases(limit=20)
        for dialog in [w for w in Window.children if isinstance(w, ModalView)]:
            getattr(dialog, "leave", dialog.dismiss)()
        self.frames(2)
        choice = PAGES[self._turn % len(PAGES)]
        self._turn += 1
        self.done[-1] += f" {choice}"
        if choice in ("home", "cases", "mine"):
            app.open_tab(choice)
        elif choice == "case" and cases:
            app.open_case(self.dice.choice(cases).id)
        elif choice == "intake" and app.screens.current != "intake":
            app.open_intake()
        elif choice == "records":
            app.open_records(self.dice.choice(("hazard", "small_service", "talk_item", "appointment", "figures")))
        elif app.screens.has_screen(choice) and choice not in ("case", "intake"):
            app.open_page(choice)

    def _changed(self) -> None:
        self.table.world.clock.ms += self.dice.choice((60_000, 3_600_000, 86_400_000))
        self.table.app.changed()

    def _size(self) -> None:
        Window.size = self.dice.choice(SIZES)
