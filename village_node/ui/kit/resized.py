"""What follows the window's size, for as long as it stands in the window: one that was left behind must not ask a closed desk.

The window lives as long as the process and keeps what is bound to it, so it holds a widget by a weak reference here, never by a
lambda of the widget's: that would keep the screens of everybody who ever signed in.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from kivy.core.window import Window
from kivy.uix.widget import Widget


def when_resized(widget: Widget, act: Callable[[], object]) -> None:
    """`act()` at each change of the size; one that came while `widget` was elsewhere is made up for when it is put back."""
    held = weakref.ref(widget)
    widget.resized_act, widget.resized_meanwhile = act, False       # kept by the widget, so they go with it

    def resized(*_: object) -> None:
        owner: Any = held()
        if owner is None:
            Window.unbind(on_resize=resized)
        elif owner.get_root_window() is not None:
            owner.resized_act()
        else:
            owner.resized_meanwhile = True

    Window.bind(on_resize=resized)
    widget.bind(parent=_put_back)


def _put_back(widget: Any, parent: Widget | None) -> None:
    if parent is not None and widget.resized_meanwhile:
        widget.resized_meanwhile = False
        widget.resized_act()
