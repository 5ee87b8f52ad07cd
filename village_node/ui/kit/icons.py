"""The icon font: Material Design Icons from the installed package, one Label per icon, never without a word beside it."""

from __future__ import annotations

import sys
from collections.abc import Set as AbstractSet
from pathlib import Path

from kivy.core.text import LabelBase
from kivy.properties import StringProperty

from village_node.ui.kit import theme
from village_node.ui.kit.drawn import Words

FONT = "Icons"


def _read() -> tuple[str, bytes]:
    """(the font's file; a line `name=character` of each icon). A quarter of a megabyte; the package, which keeps 7,000 attributes
    of which the app asks for some hundred, is two and a half and goes again."""
    import fonticon_mdi7
    from fonticon_mdi7.mdi7 import MDI7

    # the package says `mdi7.<glyph>`
    named = {name: said.rpartition(".")[2] for name, said in vars(MDI7).items() if isinstance(said, str) and name[0] != "_"}
    file = Path(fonticon_mdi7.__file__).parent / "fonts" / "materialdesignicons-webfont.ttf"
    for module in [name for name in sys.modules if name.partition(".")[0] == fonticon_mdi7.__name__]:
        del sys.modules[module]
    return str(file), "".join(f"\n{name}={glyph}" for name, glyph in named.items()).encode() + b"\n"


_FILE, _GLYPHS = _read()
LabelBase.register(FONT, fn_regular=_FILE)

def glyph(name: str) -> str:
    """The character of an icon by its name in the guide, `clock-alert-outline`. Raises KeyError for an unknown one."""
    if not name:
        return ""
    said = f"\n{name.replace('-', '_')}=".encode()
    start = _GLYPHS.find(said)
    if start < 0:
        raise KeyError(name)
    start += len(said)
    return _GLYPHS[start:_GLYPHS.index(b"\n", start)].decode()


class Icon(Words):
    icon = StringProperty("")

    def rule(self, given: AbstractSet[str]) -> None:
        self.preset(given, font_name=FONT, font_size=theme.LARGE * 1.25, color=theme.INK, size_hint=(None, None))
        self.fbind("color", self.setter("disabled_color"))
        self.disabled_color = self.color
        self.fbind("font_size", self._measure)
        self._measure()

    def _measure(self, *_args: object) -> None:
        self.size = self.font_size * 1.15, self.font_size * 1.15

    def on_icon(self, *_args: object) -> None:
        self.text = glyph(self.icon)
