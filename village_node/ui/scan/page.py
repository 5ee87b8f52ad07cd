"""A slip that somebody brings: read by the camera or from a picture, or typed; its case opens if this office may see it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from village_node.point.errors import NodeError
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, PrimaryButton, QuietButton, Text
from village_node.ui.kit.dialogs import scroller
from village_node.ui.kit.fields import TextField
from village_node.ui.kit.photos import PhotoPicker
from village_node.ui.scan.camera import Looking, camera
from village_node.ui.scan.reading import text_in

Answer = tuple[str, str]


class ScanScreen(Screen):
    """What is wrong, or whom to ask, stands on the page until something else is read."""

    def __init__(self, desk_app: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app, self.place = desk_app, t("around.scan")
        self._looking: Looking | None = None
        self.bind(on_leave=lambda *_: self._stop())

    def open(self) -> None:
        self._stop()
        self.fault = Text(text="", font_size=theme.LARGE, color=theme.FIELD_ERROR)
        self.number = TextField(label=t("around.scan_number"))
        self.code = TextField(label=t("around.scan_code"))
        column = Column(padding=theme.PAD, spacing=theme.PAD)
        column.add_widget(self.fault)
        column.add_widget(self._pictures())
        typed = Card(spacing=theme.GAP)
        for part in (Text(text=t("around.scan_typed"), font_size=theme.LARGE), self.number, self.code):
            typed.add_widget(part)
        self.open_button = PrimaryButton(text=t("around.scan_open"), on_release=lambda *_: self._typed())
        typed.add_widget(self.open_button)
        column.add_widget(typed)
        self.clear_widgets()
        self.add_widget(scroller(column))

    def _pictures(self) -> Card:
        card = Card(spacing=theme.GAP)
        card.add_widget(Text(text=t("around.scan_title"), font_size=theme.LARGE))
        live = camera()
        if live is not None:
            card.add_widget(live)
            card.add_widget(Text(text=t("around.scan_camera"), color=theme.SOFT_INK))
            self._looking = Looking(live, self._seen)
        self.pick_button = QuietButton(text=t("around.scan_pick"), on_release=lambda *_: self._pick())
        card.add_widget(self.pick_button)
        return card

    def _pick(self) -> None:
        PhotoPicker(folder=self.desk_app.photo_folder, chosen=[], on_done=self.picked).open()

    def picked(self, paths: list[Path]) -> None:
        """The first of the chosen pictures."""
        if paths:
            self.desk_app.ask("slip", lambda: _found(lambda: self._case(text_in(paths[0]))), self._answered)

    def _seen(self, image: Any) -> None:
        """Nothing is said of a look that shows no code."""
        def read() -> Answer:
            try:
                text = text_in(image)
            except NodeError:
                return "", ""
            return _found(lambda: self._case(text))

        self.desk_app.ask("slip", read, self._answered)

    def _typed(self) -> None:
        number, code = self.number.commit(), self.code.commit()
        self.desk_app.ask("slip", lambda: _found(lambda: self._case(code, number)), self._answered)

    def _case(self, text: str, number: str = "") -> str:
        found: str = self.desk_app.desk.citizens.opened_by(text, number)
        return found

    def _answered(self, answer: Answer) -> None:
        case, fault = answer
        if case:
            self._stop()
            self.desk_app.open_case(case)
        if case or fault:
            self.fault.text = fault

    def _stop(self) -> None:
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.stop()


def _found(ask: Callable[[], str]) -> Answer:
    """(the case, ""), or ("", why not): the sentence belongs on this page."""
    try:
        return ask(), ""
    except NodeError as error:
        return "", error.sentence
