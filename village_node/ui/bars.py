"""The bars at the top (where and who, DEMO mark) and at the foot (what has reached the county, sync now) of every screen."""

from __future__ import annotations

from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from village_node.view_models.sync_bar import SyncBarModel

Builder.load_string("""
#:import theme village_node.ui.kit.theme
#:import t shared.ledger.texts.t

<TopBar>:
    size_hint_y: None
    height: theme.dp(64)
    padding: [theme.PAD, theme.dp(6)]
    spacing: theme.GAP
    canvas.before:
        Color:
            rgba: theme.BAR
        Rectangle:
            pos: self.pos
            size: self.size
    Label:
        text: root.place
        font_size: theme.LARGE
        color: theme.ON_PRIMARY
        text_size: self.size
        shorten: True
        halign: 'left'
        valign: 'middle'
    Chip:
        text: t('app.demo')
        tone: 'demo'
        pos_hint: {'center_y': .5}
        opacity: 1 if root.demo else 0
    Label:
        text: root.person
        font_size: theme.TEXT
        color: theme.ON_PRIMARY
        size_hint_x: None
        width: theme.dp(220)
        text_size: self.size
        shorten: True
        halign: 'right'
        valign: 'middle'
    QuietButton:
        text: t('app.people.switch')
        size_hint: None, None
        size: theme.dp(96), theme.dp(50)
        pos_hint: {'center_y': .5}
        font_size: theme.TEXT
        opacity: 1 if root.person else 0
        disabled: not root.person
        on_release: root.desk_app.stand_up()

<SyncBar>:
    size_hint_y: None
    height: theme.dp(84)
    padding: [theme.PAD, theme.dp(8)]
    spacing: theme.GAP
    canvas.before:
        Color:
            rgba: theme.PAPER
        Rectangle:
            pos: self.pos
            size: self.size
        Color:
            rgba: theme.LINE
        Rectangle:
            pos: self.x, self.top - 1
            size: self.width, 1
        Color:
            rgba: theme.PRIMARY
        Rectangle:
            pos: self.x, self.top - theme.dp(5)
            size: self.width * root.fraction, theme.dp(5)
    BoxLayout:
        orientation: 'vertical'
        BoxLayout:
            Chip:
                text: root.words
                tone: root.tone
                font_size: theme.TEXT
                pos_hint: {'center_y': .5}
            Widget:
        Label:
            text: root.detail
            font_size: theme.SMALL
            color: theme.SOFT_INK
            text_size: self.size
            shorten: True
            shorten_from: 'right'
            halign: 'left'
            valign: 'middle'
    PrimaryButton:
        id: now
        text: t('app.sync.now') if not root.running else t('app.sync.stop')
        size_hint_x: None
        width: theme.dp(200)
        on_release: root.desk_app.sync_pressed()
""")


class TopBar(BoxLayout):
    place = StringProperty("")
    person = StringProperty("")
    demo = BooleanProperty(False)

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        self.desk_app = desk_app
        super().__init__(**kwargs)


class SyncBar(BoxLayout):
    words = StringProperty("")
    tone = StringProperty("plain")
    detail = StringProperty("")
    running = BooleanProperty(False)
    fraction = NumericProperty(0)

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        self.desk_app = desk_app
        super().__init__(**kwargs)

    def show(self, model: SyncBarModel) -> None:
        self.words, self.tone, self.detail = model.words, model.tone, model.detail
        self.running, self.fraction = model.running, model.fraction
