"""What must happen before Kivy makes a window or a widget. Import this module before any other Kivy module.

One font for everything: NotoSansSC (all GBK characters and Latin) is registered over the name 'Roboto' and no widget ever names a
font. What it lacks is drawn with others (`fonts`).
"""

from __future__ import annotations

import os

os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "MIXED")
os.environ.setdefault("SDL_IME_SHOW_UI", "1")  # Windows: show the candidates of the input method

from kivy.config import Config

# Multisampling doubles the time of a redraw on weak GPUs and brings little at these sizes.
Config.set("graphics", "multisamples", "0")
Config.set("graphics", "width", os.environ.get("SHUOSHI_WIDTH", "1280"))
Config.set("graphics", "height", os.environ.get("SHUOSHI_HEIGHT", "800"))
Config.set("kivy", "exit_on_escape", "0")  # a stray key must not close a half-filled form
Config.set("input", "mouse", "mouse,disable_multitouch")

from kivy import kivy_data_dir
from kivy.core.text import LabelBase
from pylopdf_fonts_zh_cn import sans_path, serif_path

from village_node.ui import fonts

LabelBase.register("Roboto", fn_regular=str(sans_path()))
fonts.install("Roboto", fonts.Choice(str(sans_path()), (str(serif_path()), f"{kivy_data_dir}/fonts/DejaVuSans.ttf")))
