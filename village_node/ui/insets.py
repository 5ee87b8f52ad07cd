"""Room for what the system draws over the window: from API 35 Android lets every app draw below its bars, and Kivy tells nothing
of them. Elsewhere there is none.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from typing import Any

from kivy.utils import platform

log = logging.getLogger("village_node.app")
Insets = tuple[int, int, int, int]          # left, top, right, bottom, pixels
NONE: Insets = (0, 0, 0, 0)
EDGE_TO_EDGE = 35                           # the API from which apps draw below the bars


def of_system() -> Insets:
    """What bars and cut-outs cover now; never raises."""
    if platform != "android":
        return NONE
    try:
        return _of_android()
    except Exception as error:      # a bridge to the platform raises what its library raises
        log.info("no insets: %s", type(error).__name__)
        return NONE


def _of_android() -> Insets:
    from jnius import autoclass  # there only on Android

    if autoclass("android.os.Build$VERSION").SDK_INT < EDGE_TO_EDGE:
        return NONE
    kinds = autoclass("android.view.WindowInsets$Type")
    shown = autoclass("org.kivy.android.PythonActivity").mActivity.getWindow().getDecorView().getRootWindowInsets()
    if shown is None:
        return NONE
    found = shown.getInsets(kinds.systemBars() | kinds.displayCutout())
    return found.left, found.top, found.right, found.bottom


def keep_clear(root: Any, window: Any, ask: Callable[[], Insets] = of_system) -> None:
    """The page stays between the bars, also when the device is turned; the window does not keep a page that was given up."""
    held = weakref.ref(root)

    def place(*_args: object) -> None:
        kept = held()
        if kept is None:
            window.unbind(on_resize=place)
        else:
            kept.padding = list(ask())

    place()
    window.bind(on_resize=place)
