"""A recording of a case, listened to: play and stop, how far it is. Where this device cannot play it, it says so.

The bytes lie in a private folder as long as it is open: Kivy's providers read files.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from kivy.clock import Clock

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import PrimaryButton, Text
from village_node.ui.kit.progress import FillBar

LOOK_S = 0.2
SUFFIXES = {"audio/wav": ".wav", "audio/mp4": ".m4a", "audio/ogg": ".ogg"}


class Player:
    """`sound` is None where nothing plays it; `parts` stand in a sheet. `stop()` when that closes."""

    def __init__(self, data: bytes, type: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="shuoshi-")
        self.sound = _loaded(data, Path(self._folder.name) / f"voice{SUFFIXES.get(type, '')}")
        self.words, self.bar = Text(font_size=theme.LARGE), FillBar()
        if self.sound is None:
            self._folder.cleanup()
            self.parts = [Text(text=t("around.voice_cannot"), font_size=theme.LARGE)]
            return
        self.button = PrimaryButton(text=t("around.voice_play"), on_release=lambda *_: self.toggle())
        self._look = Clock.schedule_interval(lambda _dt: self._draw(), LOOK_S)
        self.parts = [self.words, self.bar, self.button]
        self._draw()

    @property
    def plays(self) -> bool:
        return self.sound is not None and self.sound.state == "play"

    def toggle(self) -> None:
        if self.plays:
            self.sound.stop()
        else:
            self.sound.play()
        self._draw()

    def stop(self) -> None:
        if self.sound is not None:
            self._look.cancel()
            self.sound.stop()
            self.sound.unload()
            self._folder.cleanup()

    def _draw(self) -> None:
        length = max(0.0, self.sound.length or 0)
        at = self.sound.get_pos() if self.plays else 0.0
        self.button.text = t("around.voice_stop" if self.plays else "around.voice_play")
        self.words.text = t("around.voice_length", at=int(at), n=int(length + .5))
        self.bar.fraction = min(1.0, at / length) if length else 0.0


def _loaded(data: bytes, path: Path) -> Any:
    try:
        from kivy.core.audio import SoundLoader

        path.write_bytes(data)
        found = SoundLoader.load(str(path))
        return found if found is not None and found.length != 0 else None
    except Exception:        # a provider raises what its library raises; without a loudspeaker there is none
        return None
