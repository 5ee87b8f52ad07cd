"""The bar at the top (back, where one is, DEMO mark, what has reached the county) and the one at the foot (home, cases, mine)."""

from __future__ import annotations

from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

from shared.ledger.texts import t
from village_node.ui.kit import marks, theme  # noqa: F401 - the rules below name them
from village_node.view_models.sync_bar import SyncBarModel

Builder.load_string("""
#:import theme village_node.ui.kit.theme
#:import t shared.ledger.texts.t

<TopBar>:
    size_hint_y: None
    height: theme.dp(64)
    padding: [theme.dp(8), theme.dp(8)]
    spacing: theme.dp(4) if self.width < theme.PHONE else theme.GAP
    canvas.before:
        Color:
            rgba: theme.BAR
        Rectangle:
            pos: self.pos
            size: self.size
    BarButton:
        id: back
        icon: 'chevron-left' if root.can_go_back else 'home-group'
        disabled: not root.can_go_back
        width: theme.dp(48) if root.can_go_back or root.width >= theme.PHONE else 0
        opacity: 1 if self.width else 0
        on_release: root.desk_app.go_back()
    Words:
        text: root.place
        font_size: theme.LARGE if len(root.place) * theme.LARGE < self.width else min(theme.SMALL, theme.dp(17))
        color: theme.ON_PRIMARY
        text_size: self.size
        max_lines: 2            # what does not fit large stands in two short lines
        shorten_from: 'right'
        halign: 'left'
        valign: 'middle'
    BarButton:
        id: help
        icon: 'help-circle-outline'
        on_release: root.desk_app.open_help()
    Mark:
        words: t('app.demo') if root.demo else ''
        tone: 'demo'
        pos_hint: {'center_y': .5}

<KeptMark>:
    size_hint: None, 1
    width: self.minimum_width
    padding: [0, 0, theme.dp(8), 0]
    spacing: theme.dp(4)
    opacity: 1 if self.words else 0
    Icon:
        icon: 'check'
        color: theme.ON_PRIMARY
        pos_hint: {'center_y': .5}
    Words:
        text: root.words
        font_size: theme.SMALL
        color: theme.ON_PRIMARY
        size_hint_x: None
        width: self.texture_size[0]

<BarButton>:
    size_hint_x: None
    width: theme.dp(48)
    Icon:
        icon: root.icon
        font_size: theme.GREETING
        color: theme.ON_PRIMARY
        size_hint: 1, 1

<SyncPill>:
    size_hint: None, None
    height: theme.dp(46)
    width: self.minimum_width
    padding: [theme.dp(12) if not self.parent or self.parent.width >= theme.PHONE else theme.dp(6), 0]
    spacing: theme.dp(6)
    pos_hint: {'center_y': .5}
    canvas.before:
        Color:
            rgba: theme.PRIMARY_PALE if self.state == 'down' else theme.PAPER
        RoundedRectangle:
            pos: self.pos
            size: self.size
            radius: [self.height / 2]
    Icon:
        icon: root.icon
        color: theme.TONES[root.tone][1]
        pos_hint: {'center_y': .5}
    Words:
        text: root.short if not root.parent or root.parent.width >= theme.PHONE else root.narrow
        font_size: theme.SMALL if not root.parent or root.parent.width >= theme.PHONE else theme.dp(15)     # never cut
        color: theme.INK
        size_hint_x: None
        width: self.texture_size[0]

<NavBar>:
    size_hint_y: None
    height: theme.dp(68)
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

<NavButton>:
    orientation: 'vertical'
    padding: [0, theme.dp(6)]
    BoxLayout:
        Widget:
        Icon:
            icon: root.icon
            color: theme.PRIMARY if root.chosen else theme.SOFT_INK
            font_size: theme.GREETING
            pos_hint: {'center_y': .5}
        Mark:
            words: (str(root.badge) if root.badge < 100 else '99+') if root.badge else ''
            tone: 'bad'
            round: 1
            height: theme.dp(28)
            width: self.minimum_width if root.badge else 0
            pos_hint: {'center_y': .5}
        Widget:
    Words:
        text: root.text
        font_size: theme.SMALL
        color: theme.PRIMARY if root.chosen else theme.SOFT_INK
        size_hint_y: None
        height: theme.dp(22)
""")

TABS = (("home", "home"), ("cases", "format-list-bulleted"), ("scan", "qrcode-scan"), ("mine", "account-circle-outline"))


class BarButton(ButtonBehavior, BoxLayout):
    icon = StringProperty("")


class TopBar(BoxLayout):
    place = StringProperty("")
    demo = BooleanProperty(False)
    can_go_back = BooleanProperty(False)

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        self.desk_app = desk_app
        super().__init__(**kwargs)


class KeptMark(BoxLayout):
    """09:41 已存: when a form that is kept as one writes was last kept. Stands in place of the pill."""

    words = StringProperty("")


class SyncPill(ButtonBehavior, BoxLayout):
    """What is true of delivery now, in a few words; a tap opens the page that tells the rest."""

    words = StringProperty("")          # the whole sentence, for the sheet
    short = StringProperty("")
    narrow = StringProperty("")         # on a telephone, where the title needs the room; the icon says the rest
    icon = StringProperty("cloud-off-outline")
    tone = StringProperty("plain")
    detail = StringProperty("")
    running = BooleanProperty(False)
    fraction = NumericProperty(0)

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        self.desk_app = desk_app
        super().__init__(**kwargs)

    def show(self, model: SyncBarModel) -> None:
        self.words, self.tone, self.detail = model.words, model.tone, model.detail
        self.short, self.narrow, self.icon = model.short, model.narrow, model.icon
        self.running, self.fraction = model.running, model.fraction

    def on_release(self) -> None:
        self.desk_app.open_page("sync")


class NavButton(ButtonBehavior, BoxLayout):
    text = StringProperty("")
    icon = StringProperty("")
    chosen = BooleanProperty(False)
    badge = NumericProperty(0)


class NavBar(BoxLayout):
    """Home, cases, scan, mine; not there where one is inside a case or a form."""

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._buttons = {}
        for name, icon in TABS:
            button = NavButton(text=t(f"app.nav.{name}"), icon=icon, on_release=lambda *_, name=name: desk_app.open_tab(name))
            self._buttons[name] = button
            self.add_widget(button)

    def show(self, current: str) -> None:
        for name, button in self._buttons.items():
            button.chosen = name == current

    def badge(self, name: str, number: int) -> None:
        """So much waits behind this button."""
        self._buttons[name].badge = number

    def belongs_to(self, current: str) -> bool:
        return current in self._buttons
