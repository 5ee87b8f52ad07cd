"""Who sits here, on which device; another person takes over."""

from __future__ import annotations

from dataclasses import replace

from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Text
from village_node.ui.kit.dialogs import scroller
from village_node.ui.kit.notice import notify
from village_node.ui.screens.set_pin import SetPin


class MineScreen(Screen):
    def __init__(self, desk_app: object, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app = desk_app
        self.person, self.device = Text(font_size=theme.LARGE), Text(color=theme.SOFT_INK)
        card = Card(spacing=theme.GAP)
        card.add_widget(self.person)
        card.add_widget(self.device)
        self.rest = Text(color=theme.SOFT_INK)
        card.add_widget(self.rest)
        self.pin = QuietButton(text="", on_release=lambda *_: self._set_pin())
        card.add_widget(self.pin)
        card.add_widget(QuietButton(text=t("app.people.switch"), on_release=lambda *_: desk_app.stand_up()))
        page = Column(padding=theme.PAD)
        page.add_widget(card)
        self.add_widget(scroller(page))

    def refresh(self) -> None:
        if self.desk_app.staff is not None:
            desk = self.desk_app.desk
            self.desk_app.ask("mine", lambda: (desk.status(), desk.people.at_rest()), self._draw)

    def _set_pin(self) -> None:
        with self.desk_app.trouble_shown():
            SetPin(self.desk_app, self.desk_app.staff, on_done=self._pin_set).open()

    def _pin_set(self) -> None:
        self.desk_app.sit_down(replace(self.desk_app.staff, has_pin=True))
        notify(t("app.pin.set"), "good")

    def _draw(self, answer: tuple[object, str]) -> None:
        status, rest = answer
        person = self.desk_app.staff
        if person is None:
            return
        self.person.text = t("app.mine.person", name=person.name, roles="、".join(person.role_labels))
        self.rest.text = t(f"node.safe.rest_{rest}")
        self.rest.color = theme.SOFT_INK if rest == "closed" else theme.TONES["warn"][1]
        self.pin.text = t("app.pin.change" if person.has_pin else "app.pin.first")
        self.device.text = "\n".join((
            status.office.name, t("app.mine.device", device=status.device), t("app.mine.hub", hub=status.hub_name),
            t("app.mine.directory", version=status.directory_version)))
