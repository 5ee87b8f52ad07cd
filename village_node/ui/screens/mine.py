"""Who sits here, on which device; another person takes over."""

from __future__ import annotations

from dataclasses import replace

from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from shared.version import VERSION
from village_node.desk.devices import DeviceLine
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Text
from village_node.ui.kit.dialogs import scroller
from village_node.ui.kit.notice import notify
from village_node.ui.screens.device_cards import device_cards
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
        card.add_widget(QuietButton(text=t("help.setting.open"), on_release=lambda *_: desk_app.open_page("settings")))
        card.add_widget(QuietButton(text=t("app.people.switch"), on_release=lambda *_: desk_app.stand_up()))
        self._devices: list[DeviceLine] = []
        self.devices = Column(spacing=theme.GAP)
        page = Column(padding=theme.PAD, spacing=theme.GAP)
        page.add_widget(self.devices)
        page.add_widget(card)
        self.add_widget(scroller(page))

    def refresh(self) -> None:
        if self.desk_app.staff is not None:
            desk = self.desk_app.desk
            self.desk_app.ask("mine", lambda: (desk.status(), desk.people.at_rest(), desk.devices.listed()), self._draw)

    def _answered(self, device: str, known: bool) -> None:
        """Is this device known? Said of records from now on; asked again only by whoever changes their mind."""
        with self.desk_app.trouble_shown():
            desk, staff = self.desk_app.desk, self.desk_app.staff.id
            done = (desk.devices.confirm if known else desk.devices.refuse)(device, staff)
            notify(t(f"sealing.device.told_{done.status}", device=device), "good")
        self.desk_app.refresh()

    def _set_pin(self) -> None:
        with self.desk_app.trouble_shown():
            SetPin(self.desk_app, self.desk_app.staff, on_done=self._pin_set).open()

    def _pin_set(self) -> None:
        self.desk_app.sit_down(replace(self.desk_app.staff, has_pin=True))
        notify(t("app.pin.set"), "good")

    def _draw(self, answer: tuple[object, str, list[DeviceLine]]) -> None:
        status, rest, devices = answer
        person = self.desk_app.staff
        if person is None:
            return
        self.person.text = t("app.mine.person", name=person.name, roles="、".join(person.role_labels))
        self.rest.text = t(f"node.safe.rest_{rest}")
        self.rest.color = theme.SOFT_INK if rest == "closed" else theme.TONES["warn"][1]
        self.pin.text = t("app.pin.change" if person.has_pin else "app.pin.first")
        self.device.text = "\n".join((
            status.office.name, t("app.mine.device", device=status.device), t("app.mine.hub", hub=status.hub_name),
            t("app.mine.directory", version=status.directory_version),
            t("sealing.device.mine", mark=self.desk_app.desk.devices.own_mark()), t("app.mine.version", version=VERSION),
            *([status.update] if status.update else [])))
        self._draw_devices(devices)

    def _draw_devices(self, devices: list[DeviceLine]) -> None:
        """Only what changed: a button that is drawn anew under a finger would lose the touch."""
        if devices == self._devices:
            return
        self._devices = devices
        self.devices.clear_widgets()
        for card in device_cards(devices, self.desk_app.desk.staff_name, self._answered):
            self.devices.add_widget(card)
