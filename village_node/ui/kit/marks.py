"""Marks: an icon and a word on a tint; how far a record has come; how grave a matter is. Colour is never the only sign."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from kivy.graphics import Color, Ellipse, Line, Rectangle, Triangle
from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import ListProperty, NumericProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from village_node.ui.kit import icons, theme
from village_node.ui.kit.drawn import Ground, Ruled, Words


class Bars(Widget):
    """Four bars like a signal: `level` of them in colour."""

    level = NumericProperty(0)
    COLOURS = ("info", "yellow", "alert", "bad")

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.bind(pos=self._draw, size=self._draw, level=self._draw)

    def _draw(self, *_args: object) -> None:
        self.canvas.clear()
        level = int(self.level)
        if not level:
            return
        with self.canvas:
            for n in range(4):
                Color(*(theme.TONES[self.COLOURS[level - 1]][1] if n < level else theme.LINE))
                Rectangle(pos=(self.x + n * dp(6.5), self.y), size=(dp(5), self.height * (0.3 + 0.23 * n)))


class Dots(Widget):
    """The way of a record: one dot for each hop, filled where it was signed for, a triangle at the hop that refused."""

    filled = NumericProperty(0)
    hops = NumericProperty(0)
    refused = NumericProperty(0)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.bind(pos=self._draw, size=self._draw, filled=self._draw, hops=self._draw, refused=self._draw)

    def _draw(self, *_args: object) -> None:
        self.canvas.clear()
        hops, side, middle = int(self.hops), dp(14), self.y + self.height / 2
        good, line, bad = theme.TONES["good"][1], theme.FIELD_LINE, theme.TONES["bad"][1]
        with self.canvas:
            for n in range(hops):
                x, y = self.x + n * dp(26), middle - side / 2
                if n + 1 < hops:
                    Color(*(good if n + 1 < self.filled else theme.LINE))
                    Rectangle(pos=(x + side, middle - dp(1.5)), size=(dp(12), dp(3)))
                if self.refused and n == hops - 1:
                    Color(*bad)
                    Triangle(points=[x, y, x + side, y, x + side / 2, y + side])
                elif n < self.filled:
                    Color(*good)
                    Ellipse(pos=(x, y), size=(side, side), segments=theme.ROUND)
                else:
                    Color(*line)
                    Line(ellipse=(x + dp(1), y + dp(1), side - dp(2), side - dp(2), 0, 360, theme.ROUND), width=dp(1.2))


class Mark(Ruled, BoxLayout):
    """Icon and bars are made when there is something to show in them: two of three marks of a card have neither, and a widget is
    some 10 kB."""

    words = StringProperty("")
    icon = StringProperty("")
    tone = StringProperty("plain")
    ink = ListProperty(None, allownone=True)        # of the icon, where it is not the tone's
    level = NumericProperty(0)          # risk: so many bars
    round = NumericProperty(0)
    _icon: icons.Icon | None = None
    _bars: Bars | None = None

    def rule(self, given: AbstractSet[str]) -> None:
        self.preset(given, size_hint=(None, None), height=dp(34), padding=[dp(10), 0])
        self._behind, self._words = Ground(self, dp(6)), _narrow_words()
        self.add_widget(self._words)
        for name in ("words", "icon", "level", "tone", "ink", "round", "height"):
            self.fbind(name, self._look)
        self._look()
        self.fbind("minimum_width", self.setter("width"))
        self.width = self.minimum_width

    def _look(self, *_args: object) -> None:
        ground, ink = theme.TONES[self.tone]
        self.opacity = 1 if self.words else 0
        self.spacing = 0 if not (self.icon or self.level) else dp(3) if self.icon and self.level else dp(6)
        self._words.text, self._words.color = self.words, ink
        self._behind.ground.rgba = ground
        self._behind.radius = self.height / 2 if self.round else dp(6)
        self._behind.moved()
        if self.icon and self._icon is None:
            self._icon = icons.Icon(font_size=theme.SMALL * 1.25, pos_hint={"center_y": .5})
            self.add_widget(self._icon, index=len(self.children))
        if self.level and self._bars is None:
            self._bars = Bars(size_hint=(None, None), height=dp(18), pos_hint={"center_y": .5})
            self.add_widget(self._bars, index=1)
        if self._icon is not None:
            self._icon.icon, self._icon.color = self.icon, self.ink or ink
            self._icon.width = self._icon.font_size * 1.1 if self.icon else 0
        if self._bars is not None:
            self._bars.level, self._bars.width = self.level, dp(26) if self.level else 0


class DeliveryMark(Ruled, BoxLayout):
    words = StringProperty("")
    tone = StringProperty("plain")
    filled = NumericProperty(0)
    hops = NumericProperty(0)
    refused = NumericProperty(0)

    def rule(self, given: AbstractSet[str]) -> None:
        self.preset(given, size_hint=(None, None), height=dp(34))
        self._dots, self._words = Dots(size_hint=(None, None), pos_hint={"center_y": .5}), _narrow_words()
        self.add_widget(self._dots)
        self.add_widget(self._words)
        for name in ("words", "tone", "filled", "hops", "refused"):
            self.fbind(name, self._look)
        self._look()
        self.fbind("minimum_width", self.setter("width"))
        self.width = self.minimum_width

    def _look(self, *_args: object) -> None:
        self.opacity = 1 if self.words else 0
        self.spacing = dp(6) if self.hops else 0
        self._words.text, self._words.color = self.words, theme.TONES[self.tone][1]
        dots = self._dots
        dots.filled, dots.hops, dots.refused = self.filled, self.hops, self.refused
        dots.size = dp(26) * self.hops, dp(20)


def _narrow_words() -> Words:
    """The word of a mark: as wide as it is drawn."""
    words = Words(font_size=theme.SMALL, size_hint_x=None)
    words.fbind("texture_size", lambda words, size: setattr(words, "width", size[0]))
    words.width = words.texture_size[0]
    return words


Builder.load_string("""
#:import theme village_node.ui.kit.theme

<Empty>:
    orientation: 'vertical'
    size_hint_y: None
    height: (theme.dp(220) if self.icon else theme.dp(150)) if self.words else 0
    opacity: 1 if self.words else 0
    padding: [theme.PAD, theme.dp(40), theme.PAD, theme.dp(20)]
    spacing: theme.GAP if self.icon else 0
    AnchorLayout:
        size_hint_y: 1 if root.icon else None
        height: 0
        opacity: 1 if root.icon else 0
        Icon:
            icon: root.icon
            color: theme.TONES['plain'][1]
            font_size: theme.NUMBER
            size: theme.dp(76), theme.dp(76)
            canvas.before:
                Color:
                    rgba: theme.TONES['plain'][0]
                RoundedRectangle:
                    pos: self.pos
                    size: self.size
                    radius: [theme.dp(38)]
    Words:
        text: root.words
        font_size: theme.LARGE
        color: theme.SOFT_INK
        text_size: self.width, None
        halign: 'center'
        valign: 'middle'

<NumberTile>:
    orientation: 'vertical'
    size_hint_y: None
    height: theme.dp(96)
    padding: [theme.dp(12), theme.dp(8)]
    canvas.before:
        Color:
            rgba: theme.TONES[self.shown_tone][0]
        RoundedRectangle:
            pos: self.pos
            size: self.size
            radius: [theme.RADIUS]
    BoxLayout:
        Words:
            text: str(root.number)
            font_size: theme.NUMBER if root.number < 10000 else theme.GREETING
            color: theme.TONES[root.shown_tone][1]
            text_size: self.size
            halign: 'left'
            valign: 'middle'
        Icon:
            icon: root.icon
            font_size: theme.NUMBER * .8
            color: theme.TONES[root.shown_tone][1]
            pos_hint: {'center_y': .5}
    Words:
        text: root.text
        font_size: theme.fitting(self.width, len(root.text) + .2, theme.TEXT)
        color: theme.TONES[root.shown_tone][1]
        size_hint_y: None
        height: theme.dp(28)
        text_size: self.size
        shorten: True
        halign: 'left'
        valign: 'middle'
""")


class IconButton(Ruled, ButtonBehavior, BoxLayout):
    """Icon and word, filled when it is the one action of the screen."""

    text = StringProperty("")
    icon = StringProperty("")
    primary = NumericProperty(0)
    font_size = NumericProperty(theme.LARGE)
    ink = ListProperty(theme.PRIMARY_DOWN)
    edge = ListProperty(theme.PRIMARY)
    grounds = ListProperty([theme.PAPER, theme.PRIMARY_PALE])       # at rest, pressed

    def rule(self, given: AbstractSet[str]) -> None:
        self.preset(given, size_hint_y=None, height=theme.TOUCH, padding=[dp(12), 0])
        self._behind = Ground(self, theme.RADIUS, theme.RIM)
        self._icon, self._words = icons.Icon(pos_hint={"center_y": .5}), Words(size_hint_x=None)
        for part in (Widget(), self._icon, self._words, Widget()):
            self.add_widget(part)
        for name in ("text", "icon", "font_size", "ink", "edge", "grounds", "state"):
            self.fbind(name, self._look)
        self._look()
        self._words.fbind("texture_size", self._narrow)
        self.fbind("width", self._narrow)
        self._narrow()

    def _look(self, *_args: object) -> None:
        icon, words, behind = self._icon, self._words, self._behind
        icon.icon, icon.color, icon.width = self.icon, self.ink, icon.font_size * 1.4 if self.icon else 0
        words.text, words.font_size, words.color = self.text, self.font_size, self.ink
        behind.ground.rgba, behind.edge.rgba = self.grounds[1 if self.state == "down" else 0], self.edge

    def _narrow(self, *_args: object) -> None:
        self._words.width = min(self._words.texture_size[0], self.width - dp(60))

    def on_primary(self, *_args: object) -> None:
        self.ink = theme.ON_PRIMARY if self.primary else theme.PRIMARY_DOWN
        self.grounds = [theme.PRIMARY, theme.PRIMARY_DOWN] if self.primary else [theme.PAPER, theme.PRIMARY_PALE]


class IconTile(Ruled, ButtonBehavior, BoxLayout):
    text = StringProperty("")
    icon = StringProperty("")
    tone = StringProperty("info")

    def rule(self, given: AbstractSet[str]) -> None:
        self.preset(given, orientation="vertical", size_hint_y=None, height=dp(112), padding=dp(8), spacing=dp(4))
        self._behind, holder = Ground(self, theme.RADIUS, theme.RIM), AnchorLayout()
        self._behind.edge.rgba = theme.LINE
        self._icon = icons.Icon(font_size=theme.NUMBER * .8)
        self._icon.size = dp(56), dp(52)
        self._under = Ground(self._icon, dp(12))
        self._words = Words(color=theme.INK, size_hint_y=None, height=dp(30))
        holder.add_widget(self._icon)
        self.add_widget(holder)
        self.add_widget(self._words)
        for name in ("text", "icon", "tone", "width", "state"):
            self.fbind(name, self._look)
        self._look()

    def _look(self, *_args: object) -> None:
        ground, ink = theme.TONES[self.tone]
        self._icon.icon, self._icon.color, self._under.ground.rgba = self.icon, ink, ground
        self._behind.ground.rgba = theme.PRIMARY_PALE if self.state == "down" else theme.PAPER
        self._words.text = self.text
        # one line, whole, with large letters too
        self._words.font_size = theme.fitting(self.width, max(4.4, len(self.text) + .4), theme.TEXT)


class Empty(BoxLayout):
    """Said where a list has nothing to show; without words it is not there. An icon only where the news is good."""

    words = StringProperty("")
    icon = StringProperty("")


class NumberTile(ButtonBehavior, BoxLayout):
    """A count that opens its list; grey at zero."""

    number = NumericProperty(0)
    text = StringProperty("")
    icon = StringProperty("")
    tone = StringProperty("info")
    shown_tone = StringProperty("plain")

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.bind(number=self._tone, tone=self._tone)
        self._tone()

    def _tone(self, *_args: object) -> None:
        self.shown_tone = self.tone if self.number else "plain"
