"""A bar that fills, a switch with its word, and a page whose parts are drawn anew only when they changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<FillBar>:
    size_hint_y: None
    height: theme.dp(14)
    canvas:
        Color:
            rgba: theme.LINE
        RoundedRectangle:
            pos: self.pos
            size: self.size
            radius: [self.height / 2]
        Color:
            rgba: self.colour if self.fraction > 0 else theme.LINE
        RoundedRectangle:
            pos: self.pos
            size: max(self.height, self.width * min(self.fraction, 1)), self.height
            radius: [self.height / 2]

<OnOff>:
    size_hint: None, None
    size: theme.dp(120), theme.TOUCH
    spacing: theme.GAP
    Words:
        text: root.words
        font_size: theme.TEXT
        color: theme.INK
    Widget:
        size_hint_x: None
        width: theme.dp(60)
        canvas:
            Color:
                rgba: theme.PRIMARY if root.on else theme.FIELD_LINE
            RoundedRectangle:
                pos: self.x, self.center_y - theme.dp(17)
                size: theme.dp(60), theme.dp(34)
                radius: [theme.dp(17)]
            Color:
                rgba: theme.PAPER
            Ellipse:
                pos: self.x + (theme.dp(29) if root.on else theme.dp(3)), self.center_y - theme.dp(14)
                size: theme.dp(28), theme.dp(28)
""")


class FillBar(Widget):
    fraction = NumericProperty(0)
    colour = ListProperty(theme.PRIMARY)


class OnOff(ButtonBehavior, BoxLayout):
    """`words` say what it is now; the tap itself changes nothing."""

    on = BooleanProperty(False)
    words = StringProperty("")


class Kept(Column):
    """Parts in a fixed order, each by a name; `put` draws one anew only if what it is made from has changed, for a button that is
    rebuilt under a finger loses its tap."""

    def __init__(self, names: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._made: dict[str, tuple[Hashable, Widget | None]] = dict.fromkeys(names, (None, None))
        self._first: set[str] = set(names)

    def put(self, name: str, made_from: Any, make: Callable[[], Widget | None]) -> None:
        """`make` answers None where there is nothing to show."""
        if name not in self._first and self._made[name][0] == made_from:
            return
        self._first.discard(name)
        self._made[name] = (made_from, make())
        wanted = [widget for _, widget in self._made.values() if widget is not None]
        self.clear_widgets()
        for widget in wanted:
            self.add_widget(widget)
