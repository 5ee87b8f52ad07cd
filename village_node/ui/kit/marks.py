"""Marks: an icon and a word on a tint; how far a record has come; how grave a matter is. Colour is never the only sign."""

from __future__ import annotations

from kivy.graphics import Color, Ellipse, Line, Rectangle, Triangle
from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import ListProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from village_node.ui.kit import icons, theme

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<Mark>:
    size_hint: None, None
    height: theme.dp(34)
    width: self.minimum_width
    padding: [theme.dp(10), 0]
    spacing: (theme.dp(3) if self.icon and self.level else theme.dp(6)) if self.icon or self.level else 0
    opacity: 1 if self.words else 0
    canvas.before:
        Color:
            rgba: theme.TONES[self.tone][0]
        RoundedRectangle:
            pos: self.pos
            size: self.size
            radius: [self.height / 2 if self.round else theme.dp(6)]
    Label:
        text: root.words
        font_size: theme.SMALL
        color: theme.TONES[root.tone][1]
        size_hint_x: None
        width: self.texture_size[0]

<DeliveryMark>:
    size_hint: None, None
    height: theme.dp(34)
    width: self.minimum_width
    spacing: theme.dp(6) if self.hops else 0
    opacity: 1 if self.words else 0
    Dots:
        filled: root.filled
        hops: root.hops
        refused: root.refused
        size_hint: None, None
        size: (theme.dp(26) * root.hops if root.hops else 0), theme.dp(20)
        pos_hint: {'center_y': .5}
    Label:
        text: root.words
        font_size: theme.SMALL
        color: theme.TONES[root.tone][1]
        size_hint_x: None
        width: self.texture_size[0]
""")


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


class Mark(BoxLayout):
    """Icon and bars are made when there is something to show in them: two of three marks of a card have neither, and a widget is
    some 20 kB."""

    words = StringProperty("")
    icon = StringProperty("")
    tone = StringProperty("plain")
    ink = ListProperty(None, allownone=True)        # of the icon, where it is not the tone's
    level = NumericProperty(0)          # risk: so many bars
    round = NumericProperty(0)
    _icon: icons.Icon | None = None
    _bars: Bars | None = None

    def on_kv_post(self, _base: object) -> None:
        """The word stands there now: what comes before it is put before it."""
        for name in ("icon", "level", "tone", "ink"):
            self.fbind(name, self._look)
        self._look()

    def _look(self, *_args: object) -> None:
        if self.icon and self._icon is None:
            self._icon = icons.Icon(font_size=theme.SMALL * 1.25, pos_hint={"center_y": .5})
            self.add_widget(self._icon, index=len(self.children))
        if self.level and self._bars is None:
            self._bars = Bars(size_hint=(None, None), height=dp(18), pos_hint={"center_y": .5})
            self.add_widget(self._bars, index=1)
        if self._icon is not None:
            self._icon.icon, self._icon.color = self.icon, self.ink or theme.TONES[self.tone][1]
            self._icon.width = self._icon.font_size * 1.1 if self.icon else 0
        if self._bars is not None:
            self._bars.level, self._bars.width = self.level, dp(26) if self.level else 0


class DeliveryMark(BoxLayout):
    words = StringProperty("")
    tone = StringProperty("plain")
    filled = NumericProperty(0)
    hops = NumericProperty(0)
    refused = NumericProperty(0)


Builder.load_string("""
#:import theme village_node.ui.kit.theme

<IconButton>:
    size_hint_y: None
    height: theme.TOUCH
    padding: [theme.dp(12), 0]
    canvas.before:
        Color:
            rgba: self.grounds[1 if self.state == 'down' else 0]
        RoundedRectangle:
            pos: self.pos
            size: self.size
            radius: [theme.RADIUS]
        Color:
            rgba: self.edge
        Line:
            rounded_rectangle: self.x, self.y, self.width, self.height, theme.RADIUS, theme.ARC
            width: 1.1
    Widget:
    Icon:
        icon: root.icon
        color: root.ink
        pos_hint: {'center_y': .5}
        width: self.font_size * 1.4 if root.icon else 0
    Label:
        text: root.text
        font_size: root.font_size
        color: root.ink
        size_hint_x: None
        width: min(self.texture_size[0], root.width - theme.dp(60))
        text_size: None, None
    Widget:

<IconTile>:
    orientation: 'vertical'
    size_hint_y: None
    height: theme.dp(112)
    padding: theme.dp(8)
    spacing: theme.dp(4)
    canvas.before:
        Color:
            rgba: theme.PRIMARY_PALE if self.state == 'down' else theme.PAPER
        RoundedRectangle:
            pos: self.pos
            size: self.size
            radius: [theme.RADIUS]
        Color:
            rgba: theme.LINE
        Line:
            rounded_rectangle: self.x, self.y, self.width, self.height, theme.RADIUS, theme.ARC
            width: 1.1
    AnchorLayout:
        Icon:
            icon: root.icon
            color: theme.TONES[root.tone][1]
            font_size: theme.NUMBER * .8
            size: theme.dp(56), theme.dp(52)
            canvas.before:
                Color:
                    rgba: theme.TONES[root.tone][0]
                RoundedRectangle:
                    pos: self.pos
                    size: self.size
                    radius: [theme.dp(12)]
    Label:
        text: root.text
        # one line, whole, with large letters too
        font_size: theme.fitting(root.width, max(4.4, len(root.text) + .4), theme.TEXT)
        color: theme.INK
        size_hint_y: None
        height: theme.dp(30)

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
    Label:
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
        Label:
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
    Label:
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


class IconButton(ButtonBehavior, BoxLayout):
    """Icon and word, filled when it is the one action of the screen."""

    text = StringProperty("")
    icon = StringProperty("")
    primary = NumericProperty(0)
    font_size = NumericProperty(theme.LARGE)
    ink = ListProperty(theme.PRIMARY_DOWN)
    edge = ListProperty(theme.PRIMARY)
    grounds = ListProperty([theme.PAPER, theme.PRIMARY_PALE])       # at rest, pressed

    def on_primary(self, *_args: object) -> None:
        self.ink = theme.ON_PRIMARY if self.primary else theme.PRIMARY_DOWN
        self.grounds = [theme.PRIMARY, theme.PRIMARY_DOWN] if self.primary else [theme.PAPER, theme.PRIMARY_PALE]


class IconTile(ButtonBehavior, BoxLayout):
    text = StringProperty("")
    icon = StringProperty("")
    tone = StringProperty("info")


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
