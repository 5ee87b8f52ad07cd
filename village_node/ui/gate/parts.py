"""What the screens before the desk are made of: the head with its steps, a card with an icon that is one large button, a page."""

from __future__ import annotations

from kivy.core.window import Window
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, TapCard, Text
from village_node.ui.kit.dialogs import scroller

STEPS = 4

Builder.load_string("""
#:import theme village_node.ui.kit.theme
#:import t shared.ledger.texts.t

<Head>:
    size_hint_y: None
    height: theme.dp(108)
    padding: theme.PAD * 1.5, theme.PAD
    spacing: theme.PAD
    canvas.before:
        Color:
            rgba: theme.BAR
        Rectangle:
            pos: self.pos
            size: self.size
    BoxLayout:
        size_hint: None, None
        size: theme.dp(72), theme.dp(72)
        pos_hint: {'center_y': .5}
        padding: theme.dp(8)
        canvas.before:
            Color:
                rgba: theme.PAPER
            RoundedRectangle:
                pos: self.pos
                size: self.size
                radius: [theme.RADIUS]
        Icon:
            icon: root.icon
            font_size: theme.dp(48)
            color: theme.BAR
            size_hint: 1, 1
    BoxLayout:
        orientation: 'vertical'
        Words:
            text: t('app.title')
            font_size: theme.GREETING
            color: theme.ON_PRIMARY
            text_size: self.size
            valign: 'bottom'
        Words:
            text: root.line
            font_size: theme.SMALL
            color: theme.ON_PRIMARY
            text_size: self.size
            valign: 'top'

<Steps>:
    size_hint_y: None
    height: theme.dp(60)
    padding: theme.PAD, 0
    spacing: theme.dp(6)
    canvas.before:
        Color:
            rgba: theme.PAPER
        Rectangle:
            pos: self.pos
            size: self.size

<StepMark>:
    size_hint: None, None
    width: theme.dp(34)
    least_height: theme.dp(34)
    pos_hint: {'center_y': .5}
    color: theme.ON_PRIMARY if self.now or self.done else theme.SOFT_INK
    font_size: theme.SMALL
    canvas.before:
        Color:
            rgba: theme.PRIMARY if self.now else (theme.TONES['good'][1] if self.done else theme.PAPER)
        Ellipse:
            pos: self.pos
            size: self.size
        Color:
            rgba: theme.PRIMARY if self.now else theme.FIELD_LINE
        Line:
            ellipse: self.x, self.y, self.width, self.height, 0, 360, theme.ROUND
            width: 1.3

<BigChoice>:
    orientation: 'horizontal'
    ground: theme.PRIMARY if self.primary else theme.PAPER
    edge: theme.PRIMARY_DOWN if self.primary else theme.FIELD_LINE
    spacing: theme.PAD
    ink: theme.ON_PRIMARY if self.primary else theme.INK
    soft: theme.ON_PRIMARY if self.primary else theme.SOFT_INK
    Icon:
        icon: root.icon
        font_size: theme.dp(46)
        color: theme.ON_PRIMARY if root.primary else theme.PRIMARY
        size_hint: None, 1
        width: theme.dp(56)
    BoxLayout:
        orientation: 'vertical'
        size_hint_y: None
        height: self.minimum_height
        pos_hint: {'center_y': .5}
        Text:
            text: root.title
            font_size: theme.TITLE
            color: root.ink
        Text:
            text: root.line
            font_size: theme.SMALL
            color: root.soft
    Icon:
        icon: 'chevron-right'
        color: root.ink
        size_hint: None, 1
        width: theme.dp(32)
""")


class Head(BoxLayout):
    line = StringProperty("")
    icon = StringProperty("home-group")


class StepMark(Text):
    now, done = BooleanProperty(False), BooleanProperty(False)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(halign="center", **kwargs)


class Steps(BoxLayout):
    """Where one stands of the four: done (tick), now, to come. On a telephone only the present one has its word."""

    def __init__(self, now: int, **kwargs: object) -> None:
        super().__init__(**kwargs)
        for n in range(1, STEPS + 1):
            self.add_widget(StepMark(text="✓" if n < now else str(n), now=n == now, done=n < now))
            if n == now or Window.width >= theme.PHONE:
                self.add_widget(Text(text=t(f"start.step{n}"), font_size=theme.SMALL, pos_hint={"center_y": .5},
                                     color=theme.PRIMARY_DOWN if n == now else theme.SOFT_INK))


class BigChoice(TapCard):
    title, line, icon = StringProperty(""), StringProperty(""), StringProperty("")
    primary = NumericProperty(0)
    ink, soft = ColorProperty(theme.INK), ColorProperty(theme.SOFT_INK)


def page(*parts: Widget, head: str = "", icon: str = "home-group", step: int = 0) -> BoxLayout:
    """A whole screen: the head, the steps where there are any, and a column that scrolls."""
    made, column = BoxLayout(orientation="vertical"), Column(padding=theme.PAD * 1.5, spacing=theme.PAD)
    made.add_widget(Head(line=head or t("start.line"), icon=icon))
    if step:
        made.add_widget(Steps(step))
    for part in parts:
        column.add_widget(part)
    if Window.width >= theme.WIDE:
        column.padding = [max(theme.PAD, (Window.width - theme.WIDE) / 2), theme.PAD * 1.5]
    made.add_widget(scroller(column))
    return made


def fault(sentence: str) -> Text:
    """The red sentence of a page; empty, it takes no room."""
    return Text(text=sentence, color=theme.FIELD_ERROR, font_size=theme.LARGE)


class Told(str):
    """Why something was refused: what is shown instead of an answer."""
