"""Who sits here, on which device; another person takes over."""

from __future__ import annotations

from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Text
from village_node.ui.kit.dialogs import scroller


class MineScreen(Screen):
    def __init__(self, desk_app: object, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app = desk_app
        self.person, self.device = Text(font_size=theme.LARGE), Text(color=theme.SOFT_INK)
        card = Card(spacing=theme.GAP)
        card.add_widget(self.person)
        card.add_widget(self.device)
        card.add_widget(QuietButton(text=t("app.people.switch"), on_release=lambda *_: desk_app.stand_up()))
        page = Column(padding=theme.PAD)
        page.add_widget(card)
        self.add_widget(scroller(page))

    def refresh(self) -> None:
        if self.desk_app.staff is not None:
            self.desk_app.ask("mine", self.desk_app.desk.status, self._draw)

    def _draw(self, status: object) -> None:
        person = self.desk_app.staff
        if person is None:
            return
        self.person.text = t("app.mine.person", name=person.name, roles="、".join(person.role_labels))
        self.device.text = "\n".join((
            status.office.name, t("app.mine.device", device=status.device), t("app.mine.hub", hub=status.hub_name),
            t("app.mine.directory", version=status.directory_version)))
