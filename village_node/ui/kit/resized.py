"""What follows the window's size, for as long as it stands in the window: one that was left behind must not ask a closed desk."""

from __future__ import annotations

from collections.abc import Callable

from kivy.core.window import Window
from kivy.uix.widget import Widget


def when_resized(widget: Widget, act: Callable[[], object]) -> None:
    def resized(*_: object) -> None:
        if widget.get_root_window() is not None:
            act()

    Window.bind(on_resize=resized)
