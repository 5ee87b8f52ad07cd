"""A meeting online on the page of its record: one button that opens it in the browser, and its link as a code for a telephone."""

from __future__ import annotations

from kivy.uix.anchorlayout import AnchorLayout

from shared.ledger.texts import t
from village_node.ui.intake.receipt import SIDE, QrCode
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, PrimaryButton, Text
from village_node.ui.kit.notice import notify
from village_node.view_models.meeting import MeetingModel


class MeetingCard(Card):
    """`enter` is the button."""

    def __init__(self, desk_app: object, model: MeetingModel, **kwargs: object) -> None:
        super().__init__(ground=theme.TONES["info"][0], edge=theme.PRIMARY, **kwargs)
        self._app, self._model = desk_app, model
        self.add_widget(Text(text=model.when, font_size=theme.LARGE))
        self.add_widget(Text(text=model.blocked or t("around.meeting_how"), color=theme.SOFT_INK))
        self.enter = PrimaryButton(text=t("around.meeting_enter"), on_release=self._enter)
        self.add_widget(self.enter)
        if model.squares:
            holder = AnchorLayout(size_hint_y=None, height=theme.dp(SIDE))
            holder.add_widget(QrCode(model.squares))
            self.add_widget(holder)
            self.add_widget(Text(text=t("around.meeting_scan"), color=theme.SOFT_INK, halign="center"))

    def _enter(self, *_args: object) -> None:
        if self._model.blocked:
            self._app.services.sync_now()       # the line may be back: the page is drawn anew when it is
            notify(self._model.blocked, "warn")
        elif not self._app.services.open_link(self._model.link):
            notify(t("around.meeting_no_browser"), "warn")
