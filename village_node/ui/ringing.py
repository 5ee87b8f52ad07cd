"""Tells what rings: one sentence in the app, a number on the button of the home and in the title of the window, and, where nobody
looks at it, one notice of the system, without names."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

from kivy.core.window import Window

from shared.ledger.texts import t
from village_node.ui.kit.notice import notify
from village_node.view_models.alarms import Alarms, alarms, is_grave, ring_words, told

_NOTICE_S = 5.0         # a desktop that takes longer to show a notice shows none


class Ringing:
    def __init__(self, app: Any) -> None:
        self._app = app
        self.last: Alarms | None = None

    def look(self) -> tuple[Alarms, str]:
        """What rings, and what is to be told of it since the look before; in the asking thread."""
        desk = self._app.desk
        now = alarms(desk)
        words = told(self.last, now, lambda ring: ring_words(desk, ring))
        self.last = now
        return now, words

    def show(self, now: Alarms, words: str) -> None:
        badge = now.badge
        self._app.nav.badge("home", badge)
        Window.set_title(t("alarm.badge_title", n=badge, title=self._app.title) if badge else self._app.title)
        if words and self._app.staff is not None:
            notify(words, "bad" if is_grave(now) else "warn")
        if words and not Window.focus:
            _to_the_desktop(t("alarm.away", n=badge or len(now.rings)))


def _to_the_desktop(words: str) -> None:
    """Where the system shows notices by a command; it says how many, never whose."""
    command = shutil.which("notify-send")
    if command is not None:
        subprocess.Popen([command, "--expire-time", str(int(_NOTICE_S * 1000)), words], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
