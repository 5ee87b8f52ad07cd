"""Locks the screen when nobody has touched it for a while, if the person at the desk has a PIN. What is open stays open below.

Counted by the time since the machine was started, so a changed clock neither locks nor keeps open.
"""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.modalview import ModalView

from village_node.ui.screens.lock import LockView

LOOK_S = 2.0


class Idle:
    def __init__(self, app: Any) -> None:
        self._app = app
        self._touched = 0
        self._look = None
        self.view: LockView | None = None

    def start(self) -> None:
        self._moved()
        Window.bind(on_touch_down=self._moved, on_key_down=self._moved)
        self._look = Clock.schedule_interval(lambda _dt: self.look(), LOOK_S)

    def stop(self) -> None:
        Window.unbind(on_touch_down=self._moved, on_key_down=self._moved)
        if self._look is not None:
            self._look.cancel()

    def _moved(self, *_args: object) -> bool:
        self._touched = self._app.desk.node.running()
        return False

    def look(self) -> None:
        person, desk = self._app.staff, self._app.desk
        if person is None or not person.has_pin or self.view is not None:
            return
        seconds = desk.people.idle_lock_s()
        if seconds and desk.node.running() - self._touched >= seconds * 1000:
            self.lock()

    def lock(self) -> None:
        """Now; opened by the PIN of the person who sat here, or left for another."""
        person, desk = self._app.staff, self._app.desk
        self.view = LockView(self._app, lambda pin: desk.people.check_pin(person.id, pin), on_open_up=self._opened,
                             on_leave=self._left)
        self.view.open()

    def _opened(self) -> None:
        self.view = None
        self._moved()

    def _left(self) -> None:
        self.view = None
        for dialog in [w for w in Window.children if isinstance(w, ModalView)]:
            getattr(dialog, "leave", dialog.dismiss)()           # a form is kept
        self._app.stand_up()
