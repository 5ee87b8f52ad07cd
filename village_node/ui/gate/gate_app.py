"""The app from its first touch: enrols on the screen, opens a closed HOME, then gives the window to the desk (`ui.app`).

    not enrolled -> scan, type or look at the demo -> PIN -> tour -> first round, usable at once
    closed       -> PIN or start words; until then nothing reads and nothing syncs
    open         -> the desk
What takes time runs in a thread of its own (`asking`). Only one app holds a HOME.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from village_node.ui import setup  # noqa: F401  isort: skip  (must come before any other Kivy import)

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from shared.ledger.texts import t
from village_node.point.errors import Locked, NodeError
from village_node.point.home import Home
from village_node.point.safe.means import Given, Means
from village_node.ui.app import ShuoshiApp
from village_node.ui.asking import Asker
from village_node.ui.gate import enrolling, unlocking
from village_node.ui.gate.parts import Told
from village_node.ui.kit import theme
from village_node.ui.services import AppServices
from village_node.ui.start import demo_services, only_one, services_for
from village_node.ui.trouble import where

log = logging.getLogger("village_node.app")
Open = Callable[..., AppServices]


class GateApp(App):
    """`opened(home, key_file=...)` gives the services of a HOME; a test hands in its own."""

    def __init__(self, home: str | Path, *, given: Given = None, demo: bool = False, opened: Open = services_for,
                 **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.place, self.given, self._opened, self._demo = Home(home), given, opened, demo
        self.services: AppServices | None = None
        self.inner: ShuoshiApp | None = None
        self._own_asking = Asker(self._told)
        self._held = contextlib.ExitStack()
        self.page: Any = None

    # ---- as the parts of the desk see the app

    @property
    def asking(self) -> Asker:
        return self.inner.asking if self.inner is not None else self._own_asking

    @property
    def notices(self) -> Any:
        return self.inner.notices if self.inner is not None else None

    @property
    def desk(self) -> Any:
        assert self.services is not None
        return self.services.desk

    def ask(self, name: str, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """`done(answer)` in Kivy's thread; a refusal comes as `Told`, its sentence."""
        def caught() -> Any:
            try:
                return work()
            except NodeError as error:
                return Told(error.sentence)

        self._own_asking.ask(name, caught, done)

    # ---- life

    def build(self) -> BoxLayout:
        self.title = t("app.title")
        Window.clearcolor = theme.GROUND
        self.holder = BoxLayout()
        return self.holder

    def on_start(self) -> None:
        if self._demo:
            self.show_demo()
        elif not self.place.enrolled:
            self.show(enrolling.Welcome(self))
        else:
            self.open_home(self.given)

    def on_stop(self) -> None:
        self._own_asking.stop()
        if self.inner is not None:
            self.inner.on_stop()
        if self.services is not None:
            self.services.stop_jobs()
            self.services.desk.close()
        self._held.close()

    def show(self, page: Widget) -> None:
        self.page = page
        self.holder.clear_widgets()
        self.holder.add_widget(page)

    # ---- opening

    def open_home(self, given: Given) -> None:
        """With what there is; a closed one asks."""
        try:
            self.take(given)
        except Locked:
            self.show(unlocking.Unlocking(self))
            return
        self.enter()

    def take(self, given: Given) -> None:
        """Open HOME and hold it. Raises NodeError: Locked, AppBusy, StorageTrouble."""
        if self.services is None:
            held = contextlib.ExitStack()
            held.enter_context(only_one(self.place.root))
            try:
                self.services = self._opened(self.place.root, key_file=given)
            except BaseException:
                held.close()
                raise
            self._held.push(held.pop_all())

    def unlock(self, secret: str) -> None:
        """In the asking thread: a guess takes argon2id's time."""
        self.take(Means(secret=secret))

    def enter(self) -> None:
        """The window belongs to the desk from here on."""
        assert self.services is not None
        self.inner = ShuoshiApp(self.services)
        self.inner.root = self.inner.build()
        self.show(self.inner.root)
        self.inner.on_start()

    def show_demo(self) -> None:
        """Invented, without a hub; its folder goes with the app."""
        folder = Path(tempfile.mkdtemp(prefix="shuoshi-demo-"))
        self._held.callback(shutil.rmtree, folder, ignore_errors=True)
        self.services = demo_services(folder)
        self.enter()

    def _told(self, error: Exception) -> None:
        log.error("unexpected error before the desk: %s", where(error))
        if hasattr(self.page, "say"):
            self.page.say(t("app.bug", file=self.place.log))

    def later(self, work: Callable[[], None]) -> None:
        Clock.schedule_once(lambda _dt: work(), 0)
