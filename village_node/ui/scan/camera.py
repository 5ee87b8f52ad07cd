"""A live picture where Kivy reaches a camera, looked at for a code now and then; the folder where pictures lie otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.clock import Clock

from village_node.ui.kit import theme

LOOK_S = 0.5        # between two looks at the live picture


def camera() -> Any:
    """A live picture, or None where Kivy finds no camera: a provider that is missing or fails counts as none."""
    try:
        from kivy.core.camera import Camera as found

        if found is None:
            return None
        from kivy.uix.camera import Camera

        return Camera(play=True, size_hint_y=None, height=theme.dp(360))
    except Exception:        # a provider raises what its library raises
        return None


def picture_folder() -> Path:
    """`SHUOSHI_PHOTOS`, else the pictures of the person at the machine."""
    named = os.environ.get("SHUOSHI_PHOTOS", "").strip()
    found = [Path(named)] if named else [Path.home() / name for name in ("Pictures", "图片", "DCIM")]
    return next((folder for folder in found if folder.is_dir()), found[0])


class Looking:
    """`seen(image)` with each look, a grey picture, until `stop`."""

    def __init__(self, live: Any, seen: Callable[[Any], None]) -> None:
        self._live, self._seen = live, seen
        self._look = Clock.schedule_interval(lambda _dt: self._once(), LOOK_S)

    def _once(self) -> None:
        texture = getattr(self._live, "texture", None)
        if texture is None:
            return
        from PIL import Image

        self._seen(Image.frombytes("RGBA", texture.size, texture.pixels).convert("L"))

    def stop(self) -> None:
        self._look.cancel()
        self._live.play = False
