"""The page keeps clear of the bars of the system, and follows them when the device is turned."""

from __future__ import annotations

import pytest

from tests.support.village_node.app_driver import Driver  # noqa: F401  first: it prepares Kivy's environment

from kivy.event import EventDispatcher  # isort: skip
from kivy.uix.boxlayout import BoxLayout  # isort: skip
from village_node.ui.insets import NONE, keep_clear, of_system  # isort: skip

pytestmark = pytest.mark.gui


class Turned(EventDispatcher):
    __events__ = ("on_resize",)

    def on_resize(self) -> None:
        pass


def test_the_page_lies_between_the_bars_however_the_device_is_held() -> None:
    held = [(0, 48, 0, 96), (96, 0, 0, 24)]
    root, window = BoxLayout(), Turned()
    keep_clear(root, window, lambda: held[0])
    assert root.padding == [0, 48, 0, 96]
    held.pop(0)
    window.dispatch("on_resize")
    assert root.padding == [96, 0, 0, 24]


def test_a_computer_covers_nothing() -> None:
    assert of_system() == NONE
