"""Tabs: a row of words with a line under the chosen one; what stands below is made when its tab is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.lang import Builder
from kivy.properties import BooleanProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from village_node.ui.kit import theme
from village_node.ui.kit.drawn import Words

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<Tab>:
    font_size: theme.TEXT
    color: theme.PRIMARY if self.chosen else theme.SOFT_INK
    canvas.before:
        Color:
            rgba: theme.PRIMARY_PALE if self.state == 'down' else theme.PAPER
        Rectangle:
            pos: self.pos
            size: self.size
        Color:
            rgba: theme.PRIMARY if self.chosen else theme.LINE
        Rectangle:
            pos: self.pos
            size: self.width, theme.dp(4) if self.chosen else 1
""")


class Tab(ButtonBehavior, Words):
    chosen = BooleanProperty(False)


def _letters(words: str) -> float:
    """How wide words are, in Chinese characters."""
    return sum(0.6 if ord(char) < 0x80 else 1.0 for char in words)


class Tabs(BoxLayout):
    """`names` are (value, words); `content(value)` makes what stands below."""

    def __init__(self, names: Sequence[tuple[str, str]], chosen: str, content: Callable[[str], Widget], **kwargs: object) -> None:
        super().__init__(orientation="vertical", **kwargs)
        self._content = content
        row = BoxLayout(size_hint_y=None, height=theme.TOUCH)
        self._tabs = {value: Tab(text=words, size_hint_x=_letters(words) + 1,
                                 on_release=lambda *_, value=value: self.choose(value)) for value, words in names}
        row.bind(width=self._fit)
        for tab in self._tabs.values():
            row.add_widget(tab)
        self._below = BoxLayout()
        self.add_widget(row)
        self.add_widget(self._below)
        self.choose(chosen)

    def _fit(self, _row: Widget, width: float) -> None:
        """The words of all tabs beside each other, smaller where large letters have no room on a telephone."""
        needed = sum(tab.size_hint_x for tab in self._tabs.values())
        for tab in self._tabs.values():
            tab.font_size = theme.fitting(width, needed, theme.TEXT)

    def choose(self, value: str) -> None:
        for other, tab in self._tabs.items():
            tab.chosen = other == value
        self._below.clear_widgets()
        self._below.add_widget(self._content(value))
