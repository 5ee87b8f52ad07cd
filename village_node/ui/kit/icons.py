"""The icon font: Material Design Icons from the installed package, one Label per icon, never without a word beside it."""

from __future__ import annotations

from pathlib import Path

import fonticon_mdi7
from fonticon_mdi7.mdi7 import MDI7
from kivy.core.text import LabelBase
from kivy.lang import Builder
from kivy.properties import StringProperty
from kivy.uix.label import Label

FONT = "Icons"
LabelBase.register(FONT, fn_regular=str(Path(fonticon_mdi7.__file__).parent / "fonts" / "materialdesignicons-webfont.ttf"))

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<Icon>:
    font_name: 'Icons'
    font_size: theme.LARGE * 1.25
    color: theme.INK
    disabled_color: self.color
    size_hint: None, None
    size: self.font_size * 1.15, self.font_size * 1.15
""")


def glyph(name: str) -> str:
    """The character of an icon by its name in the guide, `clock-alert-outline`. Raises AttributeError for an unknown one."""
    return str(getattr(MDI7, name.replace("-", "_"))).rpartition(".")[2] if name else ""      # the package says `mdi7.<glyph>`


class Icon(Label):
    icon = StringProperty("")

    def on_icon(self, *_args: object) -> None:
        self.text = glyph(self.icon)
