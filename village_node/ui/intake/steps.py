"""Steps of a form as dots on a line: done (tick), now (number, filled), still to come (hollow), something wrong (mark). Every dot
can be tapped; its word stands below."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.graphics import Color, Ellipse, Line, Rectangle
from kivy.lang import Builder
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label

from village_node.ui.kit import theme
from village_node.ui.kit.basic import Strip
from village_node.ui.kit.icons import Icon

SIDE = 36           # dp of a dot; what is touched is the whole column

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<StepDots>:
    size_hint_y: None
    height: theme.dp(56) + theme.SMALL * 1.6
    padding: [theme.dp(4), theme.dp(6)]

<StepDot>:
    orientation: 'vertical'
    Widget:
        id: room
    Words:
        text: root.text
        font_size: theme.SMALL
        color: theme.PRIMARY if root.state_name == 'now' else theme.SOFT_INK
        size_hint_y: None
        height: theme.SMALL * 1.6
""")


class StepDot(ButtonBehavior, BoxLayout):
    text = StringProperty("")
    number = NumericProperty(1)
    state_name = StringProperty("open")     # now | done | wrong | open
    last = NumericProperty(0)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._number = Label(font_size=theme.LARGE, size_hint=(None, None))
        self._icon = Icon(font_size=theme.LARGE)
        room = self.ids.room
        for part in (self._number, self._icon):
            room.add_widget(part)
        room.bind(pos=self._draw, size=self._draw)
        self.bind(state_name=self._draw)
        self._draw()

    def _draw(self, *_args: object) -> None:
        room, side = self.ids.room, theme.dp(SIDE)
        x, y = room.x + room.width / 2, room.y + room.height / 2
        filled = self.state_name in ("now", "done")
        ink = theme.ON_PRIMARY if filled else theme.TONES["warn"][1] if self.state_name == "wrong" else theme.SOFT_INK
        self._number.text = str(int(self.number)) if self.state_name in ("now", "open") else ""
        self._icon.icon = {"done": "check", "wrong": "alert"}.get(self.state_name, "")
        for part in (self._number, self._icon):
            part.color, part.center = ink, (x, y)
        room.canvas.before.clear()
        with room.canvas.before:
            if not self.last:
                Color(*(theme.PRIMARY if self.state_name == "done" else theme.LINE))
                Rectangle(pos=(x + side * .72, y - theme.dp(1.5)), size=(max(room.width - side * 1.44, 0), theme.dp(3)))
            Color(*(theme.PRIMARY if filled else theme.TONES["warn"][0] if self.state_name == "wrong" else theme.PAPER))
            Ellipse(pos=(x - side / 2, y - side / 2), size=(side, side))
            if not filled:
                Color(*(theme.TONES["warn"][1] if self.state_name == "wrong" else theme.FIELD_LINE))
                Line(ellipse=(x - side / 2, y - side / 2, side, side, 0, 360, theme.ROUND), width=theme.dp(1.2))


class StepDots(Strip):
    """`words`: of each step; `on_step(place)` when one is tapped."""

    def __init__(self, words: Sequence[str], on_step: Callable[[int], None], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.dots = [StepDot(text=said, number=place + 1, last=int(place + 1 == len(words)),
                             on_release=lambda *_, place=place: on_step(place)) for place, said in enumerate(words)]
        for dot in self.dots:
            self.add_widget(dot)

    def show(self, states: Sequence[str]) -> None:
        for dot, state in zip(self.dots, states, strict=True):
            dot.state_name = state
