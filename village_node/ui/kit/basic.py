"""Cards, labels, buttons and chips: the smallest parts of every screen."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from kivy.lang import Builder
from kivy.properties import AliasProperty, BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.textinput import TextInput

from village_node.ui.kit import theme
from village_node.ui.kit.drawn import Ground, Ruled, Words

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<Chip>:
    size_hint: None, None
    height: theme.dp(36)
    width: self.texture_size[0] + theme.dp(24)
    font_size: theme.SMALL
    color: theme.TONES[self.tone][1]
    canvas.before:
        Color:
            rgba: theme.TONES[self.tone][0]
        RoundedRectangle:
            pos: self.pos
            size: self.size
            radius: [theme.dp(8)]

<Strip>:
    canvas.before:
        Color:
            rgba: theme.PAPER
        Rectangle:
            pos: self.pos
            size: self.size
        Color:
            rgba: theme.LINE
        Line:
            points: [self.x, root.edge, self.right, root.edge]

# In place of Kivy's own rule: its ground has corners, and what is drawn after it would cover the cursor.
<-Entry>:
    size_hint_y: None
    font_size: theme.LARGE
    padding: [theme.dp(12), theme.dp(14)]
    height: theme.TOUCH if not self.multiline else theme.dp(130)
    foreground_color: theme.INK
    hint_text_color: theme.SOFT_INK
    cursor_color: theme.PRIMARY
    write_tab: False
    canvas.before:
        Color:
            rgba: theme.FIELD_ERROR if self.wrong else (theme.PRIMARY if self.focus else theme.FIELD_LINE)
        RoundedRectangle:
            pos: self.pos
            size: self.size
            radius: [theme.dp(8)]
        Color:
            rgba: theme.LINE if self.disabled else theme.PAPER
        RoundedRectangle:
            pos: self.x + self.rim, self.y + self.rim
            size: self.width - 2 * self.rim, self.height - 2 * self.rim
            radius: [theme.dp(8) - self.rim]
        Color:
            rgba: self.cursor_color if self.shows_cursor else (0, 0, 0, 0)
        Rectangle:
            pos: self._cursor_visual_pos
            size: self.cursor_width, -self._cursor_visual_height
        Color:
            rgba: theme.SOFT_INK if self.disabled else self.foreground_color if self.text else self.hint_text_color

<ToggleChip>:
    text: (self.tick if self.chosen else '') + self.words
    size_hint_x: None
    width: max(self.natural_width, self.least_width)
    font_size: theme.TEXT
    height: theme.dp(52)
    ground: theme.PRIMARY if self.chosen else theme.PAPER
    ground_down: theme.PRIMARY_PALE
    ink: theme.ON_PRIMARY if self.chosen else theme.INK
    edge: theme.PRIMARY if self.chosen else theme.FIELD_LINE
    radius: self.height / 2
""")


class Text(Words):
    """A paragraph as wide as it is given and as high as its lines."""

    least_height = NumericProperty(0)

    def rule(self, given: AbstractSet[str]) -> None:
        self.preset(given, color=theme.INK, font_size=theme.TEXT, size_hint_y=None, halign="left", valign="middle")
        self.fbind("width", self._wrap)
        self.fbind("texture_size", self._grow)
        self.fbind("least_height", self._grow)
        self._wrap()
        self._grow()

    def _wrap(self, *_args: object) -> None:
        self.text_size = self.width, None

    def _grow(self, *_args: object) -> None:
        self.height = max(self.texture_size[1], self.least_height)


class Chip(Words):
    """A short word on a coloured ground. `tone` is a key of `theme.TONES`."""

    tone = StringProperty("plain")


class Card(Ruled, BoxLayout):
    ground = ColorProperty(theme.PAPER)
    edge = ColorProperty(theme.LINE)

    def rule(self, given: AbstractSet[str]) -> None:
        self.preset(given, orientation="vertical", padding=theme.PAD, spacing=theme.dp(6), size_hint_y=None)
        self._behind = Ground(self, theme.RADIUS, theme.RIM)
        self.fbind("ground", self._colour)
        self.fbind("edge", self._colour)
        self._colour()
        self.fbind("minimum_height", self.setter("height"))
        self.height = self.minimum_height

    def _colour(self, *_args: object) -> None:
        self._behind.ground.rgba, self._behind.edge.rgba = self.ground, self.edge


class TapCard(ButtonBehavior, Card):
    """A card that can be tapped as a whole."""


class BaseButton(ButtonBehavior, Words):
    radius = NumericProperty(theme.RADIUS)
    ground = ColorProperty(theme.PAPER)
    ground_down = ColorProperty(theme.LINE)
    ink = ColorProperty(theme.INK)
    edge = ColorProperty(theme.LINE)

    def rule(self, given: AbstractSet[str]) -> None:
        self.preset(given, size_hint_y=None, height=theme.TOUCH, font_size=theme.LARGE, halign="center", valign="middle",
                    disabled_color=theme.SOFT_INK)
        self._behind = Ground(self, self.radius, theme.RIM)
        for name in ("ground", "ground_down", "edge", "disabled", "state"):
            self.fbind(name, self._colour)
        self._colour()
        self.fbind("ink", self.setter("color"))
        self.color = self.ink
        self.fbind("radius", self._round)

    def _colour(self, *_args: object) -> None:
        behind = self._behind
        behind.ground.rgba = theme.LINE if self.disabled else self.ground_down if self.state == "down" else self.ground
        behind.edge.rgba = theme.LINE if self.disabled else self.edge

    def _round(self, _widget: object, radius: float) -> None:
        self._behind.radius = radius
        self._behind.moved()


class WrappingButton(BaseButton):
    """Words that are too long for the width go to a second line, and the button grows with them."""

    def rule(self, given: AbstractSet[str]) -> None:
        super().rule(given)
        self.fbind("width", self._wrap)
        self._wrap()

    def _wrap(self, *_args: object) -> None:
        self.text_size = self.width - theme.dp(16), None

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._least = self.height
        if self.size_hint_y is None:
            self.bind(texture_size=self._grow)

    def _grow(self, _widget: object, size: list[float]) -> None:
        if self.parent is not None:         # before it has its place, its width says nothing
            self.height = max(self._least, size[1] + theme.dp(12))


class PrimaryButton(WrappingButton):
    """The one action a screen is for."""

    def rule(self, given: AbstractSet[str]) -> None:
        self.preset(given, ground=theme.PRIMARY, ground_down=theme.PRIMARY_DOWN, ink=theme.ON_PRIMARY, edge=theme.PRIMARY_DOWN)
        super().rule(given)


class QuietButton(WrappingButton):
    """Any other action."""

    def rule(self, given: AbstractSet[str]) -> None:
        self.preset(given, ground=theme.PAPER, ground_down=theme.PRIMARY_PALE, ink=theme.PRIMARY_DOWN, edge=theme.PRIMARY)
        super().rule(given)


TICK = "✓ "


class ToggleChip(BaseButton):
    """One of several choices; `chosen` shows which is on: by a tick before its `words`, not by the colour alone."""

    chosen = BooleanProperty(False)
    tick = StringProperty(TICK)
    words = StringProperty("")
    value = StringProperty("")
    natural_width = NumericProperty(100)
    least_width = NumericProperty(0)

    def on_texture_size(self, _widget: object, size: list[float]) -> None:
        self.natural_width = size[0] + theme.dp(32)


class Entry(TextInput):
    wrong = BooleanProperty(False)
    rim = AliasProperty(lambda self: theme.RIM + (self.focus or self.wrong), None, bind=("focus", "wrong"))
    shows_cursor = AliasProperty(lambda self: self._cursor_is_seen(), None,
                                 bind=("focus", "_cursor_blink", "_cursor_visual_pos", "pos", "size", "padding"))

    def _cursor_is_seen(self) -> bool:
        left, right = int(self.x + self.padding[0]), int(self.right - self.padding[2])
        return bool(self.focus and not self._cursor_blink and left <= self._cursor_visual_pos[0] <= right)


class Strip(BoxLayout):
    """A band of paper across the screen, with a line towards the page: below it, or above it at the foot."""

    foot = BooleanProperty(False)
    edge = AliasProperty(lambda self: self.top if self.foot else self.y, None, bind=("foot", "y", "height"))


class Row(BoxLayout):
    """A line of widgets, as high as the highest."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("spacing", theme.GAP)
        kwargs.setdefault("size_hint_y", None)
        kwargs.setdefault("height", 0)          # an empty one takes no room; Kivy would begin with 100
        super().__init__(**kwargs)
        self.bind(minimum_height=self.setter("height"))


class Column(BoxLayout):
    """A stack of widgets, as high as their sum."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("spacing", theme.GAP)
        kwargs.setdefault("size_hint_y", None)
        kwargs.setdefault("height", 0)
        super().__init__(orientation="vertical", **kwargs)
        self.bind(minimum_height=self.setter("height"))
