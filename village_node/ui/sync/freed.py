"""The sheet of matters whose photographs and papers lie at the county alone; each is fetched by a tap."""

from __future__ import annotations

from typing import Any

from shared.ledger.texts import t
from village_node.desk.sending.fetching import Freed
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text
from village_node.ui.kit.notice import notify
from village_node.ui.kit.sheet import Sheet
from village_node.view_models.fetching import freed_line


class FreedSheet(Sheet):
    def __init__(self, desk_app: Any, **kwargs: object) -> None:
        super().__init__(title=t("fetching.title"), **kwargs)
        self._app = desk_app
        self.buttons: dict[str, QuietButton] = {}
        self.add_button(t("app.back"), self.dismiss, primary=True)
        self.refresh()

    def refresh(self) -> None:
        self._app.ask("freed", self._app.desk.sending.fetching.freed, self._draw)

    def _draw(self, answer: tuple[list[Freed], int]) -> None:
        found, total = answer
        self.ids.content.clear_widgets()
        self.buttons = {}
        self.add_content(Text(text=t("fetching.note") if found else t("fetching.none"), color=theme.SOFT_INK))
        for freed in found:
            self.add_content(self._card(freed))
        if total > len(found):
            self.add_content(Text(text=t("fetching.more", n=total - len(found)), color=theme.SOFT_INK))

    def _card(self, freed: Freed) -> Card:
        line, button = freed_line(freed)
        card, row, words = Card(), Row(), Column(spacing=theme.dp(2), pos_hint={"center_y": .5})
        words.add_widget(Text(text=freed.title or t("sending.unnamed")))
        words.add_widget(Text(text=line, color=theme.SOFT_INK, font_size=theme.SMALL))
        row.add_widget(words)
        if button:
            self.buttons[freed.id] = QuietButton(text=button, size_hint_x=None, width=theme.dp(132),
                                                 on_release=lambda *_: self._fetch(freed))
            row.add_widget(self.buttons[freed.id])
        card.add_widget(row)
        return card

    def _fetch(self, freed: Freed) -> None:
        with self._app.trouble_shown():
            self._app.desk.sending.fetching.want_all(freed.id)
            self._app.services.sync_now()
            notify(t("fetching.asked"), "good")
            self.refresh()
