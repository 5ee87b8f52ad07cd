"""The rail at the left of the township's laptop: lists with their numbers, pages, and who was not in touch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.properties import BooleanProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from shared.ledger.texts import t
from village_node.desk.township.town import LISTS, Heard
from village_node.ui.kit import theme
from village_node.ui.kit.basic import TapCard, Text
from village_node.ui.kit.icons import Icon
from village_node.ui.kit.marks import IconButton
from village_node.view_models.sync_page import when_words

_ICONS = {"taken": ("inbox-arrow-down", "info"), "watch": ("shield-alert-outline", "bad"), "returned": ("undo-variant", "warn"),
          "review": ("swap-horizontal", "warn"), "town": ("format-list-bulleted", "plain")}
_PAGES = (("board", "calendar-clock"), ("calendar", "account-group"), ("figures", "chart-bar"), ("all", "dots-grid"))
_OPENS = {"figures": "town figures"}


class RailRow(ButtonBehavior, BoxLayout):
    chosen = BooleanProperty(False)

    def __init__(self, icon: str, tone: str, words: str, **kwargs: object) -> None:
        super().__init__(size_hint_y=None, height=theme.dp(44), padding=[theme.GAP, 0], spacing=theme.GAP, **kwargs)
        with self.canvas.before:
            self._colour = Color(0, 0, 0, 0)
            self._ground = Rectangle()
        self.bind(pos=self._place, size=self._place, chosen=self._place)
        self.add_widget(Icon(icon=icon, color=theme.TONES[tone][1], pos_hint={"center_y": .5}))
        self.add_widget(Text(text=words, pos_hint={"center_y": .5}))
        self.number = Text(text="", halign="right", size_hint_x=None, width=theme.dp(48), font_size=theme.LARGE,
                           color=theme.TONES[tone][1], pos_hint={"center_y": .5})
        self.add_widget(self.number)

    def _place(self, *_args: object) -> None:
        self._ground.pos, self._ground.size = self.pos, self.size
        self._colour.rgba = theme.PRIMARY_PALE if self.chosen else (0, 0, 0, 0)


class Rail(BoxLayout):
    def __init__(self, desk_app: Any, choose: Callable[[str], None], **kwargs: object) -> None:
        super().__init__(orientation="vertical", size_hint_x=None, width=theme.dp(262), padding=theme.dp(8), spacing=theme.dp(2),
                         **kwargs)
        self.desk_app = desk_app
        self.new = IconButton(text=t("app.list.new"), icon="plus", primary=1, height=theme.dp(52),
                              on_release=lambda *_: desk_app.open_intake())
        self.add_widget(self.new)
        self.rows = {}
        for name in LISTS:
            icon, tone = _ICONS[name]
            self.rows[name] = RailRow(icon, tone, t(f"township.{name}"), on_release=lambda *_, name=name: choose(name))
            self.add_widget(self.rows[name])
        self.pages = {}
        for name, icon in _PAGES:
            row = RailRow(icon, "info", t("app.home.all") if name == "all" else t(f"township.{name}"),
                          on_release=lambda *_, name=name: desk_app.open_page(_OPENS.get(name, name)))
            self.pages[name] = row
            self.add_widget(row)
        self.add_widget(Widget())
        self.contact = TapCard(on_release=lambda *_: desk_app.open_page("town figures"))
        self.contact_words, self.contact_line = Text(), Text(font_size=theme.SMALL)
        self.contact.add_widget(self.contact_words)
        self.contact.add_widget(self.contact_line)
        self.add_widget(self.contact)

    def show(self, chosen: str, numbers: Mapping[str, int], silent: tuple[Heard, ...], heard: tuple[Heard, ...]) -> None:
        for name, row in self.rows.items():
            row.chosen, row.number.text = name == chosen, str(numbers[name])
        tone = "warn" if silent else "good" if heard else "plain"
        self.contact.ground, self.contact.edge = theme.TONES[tone][0], theme.TONES[tone][0]
        self.contact_words.color = self.contact_line.color = theme.TONES[tone][1]
        if silent:
            longest = silent[0]
            days = min((one.days for one in silent if one.days is not None), default=0)
            self.contact_words.text = t("township.silent", n=len(silent), days=days) if days else t(
                "township.silent_never", name=longest.name)
            self.contact_line.text = (t("township.silent_line", name=longest.name, when=when_words(
                longest.at, self.desk_app.services.now_ms())) if longest.at is not None else t("township.silent_never",
                                                                                               name=longest.name))
        else:
            self.contact_words.text = t("township.all_heard") if heard else t("township.heard_unknown")
            self.contact_line.text = ""
