"""The settings of a device: how large the letters are, which language is tried first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kivy.core.window import Window
from kivy.uix.screenmanager import Screen

from shared.ledger.texts import languages, t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, Row, Text, ToggleChip
from village_node.ui.kit.dialogs import scroller
from village_node.ui.kit.notice import notify
from village_node.view_models import help as helping


class SettingsScreen(Screen):
    def __init__(self, desk_app: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app, self.place = desk_app, t("help.setting.title")
        self.chips: dict[str, ToggleChip] = {}

    def open(self) -> None:
        """Drawn anew each time: another program of this HOME may have changed it."""
        self._shown = helping.read(self._file)
        column = Column(padding=theme.PAD, spacing=theme.PAD)
        column.add_widget(self._card(t("help.setting.type"), "type", list(helping.TYPES), self._shown.type,
                                     {name: t(f"help.setting.{name}") for name in helping.TYPES}))
        others = languages()
        if others:
            card = self._card(t("help.setting.language"), "language", ["", *others], self._shown.language, {"": "中文", **others})
            card.add_widget(Text(text=t("help.setting.language_line"), color=theme.SOFT_INK))
            column.add_widget(card)
        self.clear_widgets()
        self.add_widget(scroller(column))

    @property
    def _file(self) -> Any:
        return self.desk_app.desk.node.home.app_file

    def _card(self, title: str, what: str, values: list[str], chosen: str, words: dict[str, str]) -> Card:
        card, row = Card(spacing=theme.GAP), Row(spacing=theme.GAP)
        card.add_widget(Text(text=title, font_size=theme.LARGE))
        least = min(theme.dp(120), Window.width / 4 - theme.GAP)         # three beside each other on a telephone
        for value in values:
            chip = ToggleChip(words=words[value], value=value, chosen=value == chosen, least_width=least,
                              on_release=lambda *_, value=value: self._choose(what, value))
            if what == "type":
                chip.font_size = theme.TEXT * helping.TYPES[value]
            self.chips[value] = chip
            row.add_widget(chip)
        card.add_widget(row)
        return card

    def _choose(self, what: str, value: str) -> None:
        with self.desk_app.trouble_shown():
            helping.write(self._file, replace(self._shown, **{what: value}))
            self.open()
            notify(t("help.setting.later"), "good")
