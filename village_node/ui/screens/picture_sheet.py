"""One picture or paper of a case as large as the glass, or a recording to listen to; where it is not all here, a button that
fetches the rest."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock

from shared.ledger.texts import t
from village_node.desk.sending.fetching import OnTheWay
from village_node.desk.views import FileView
from village_node.point.values import NodeStatus
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Text
from village_node.ui.kit.progress import FillBar
from village_node.ui.kit.sheet import Sheet
from village_node.ui.screens import case_parts as parts
from village_node.ui.screens.player import Player
from village_node.view_models.fetching import FetchModel, fetching

LOOK_S = .5         # while it is open and the file not here
HEIGHT, SIDE = 440, 1600
Answer = tuple[OnTheWay | None, NodeStatus, bytes]


class PictureSheet(Sheet):
    def __init__(self, desk_app: Any, case: str, file: FileView, **kwargs: object) -> None:
        super().__init__(title=file.purpose_label or file.name, **kwargs)
        self._app, self._case, self._file = desk_app, case, file
        self._asked_at = -1                 # rounds that had ended when somebody tapped, -1: nobody has
        self.words, self.bar = Text(font_size=theme.LARGE), FillBar()
        self.add_button(t("app.back"), self.dismiss, primary=file.complete)
        self.fetch_button = None if file.complete else self.add_button(t("fetching.button"), self.fetch, primary=True)
        self._look = Clock.schedule_interval(lambda _dt: self.refresh(), LOOK_S)
        self.bind(on_dismiss=lambda *_: self._look.cancel())
        if file.complete:
            self._look.cancel()
            with desk_app.trouble_shown():
                self._show(desk_app.desk.file_bytes(file.sha256))
        else:
            small = parts.picture_of(file.thumb, height=theme.dp(HEIGHT / 2), side=SIDE)
            self.add_content(*([small] if small is not None else []), self.words, self.bar)
            self.refresh()

    def fetch(self) -> None:
        """Comes with a round, which begins now."""
        app = self._app
        with app.trouble_shown():
            app.desk.sending.fetching.want_file(self._case, self._file.sha256)
            self._asked_at = app.services.rounds()
            app.services.sync_now()
            self.refresh()

    def refresh(self) -> None:
        self._app.ask("picture", self._read, self._draw)

    def _read(self) -> Answer:
        desk, file = self._app.desk, self._file
        way = desk.sending.fetching.on_the_way(self._case, file.sha256)
        return way, desk.status(), desk.file_bytes(file.sha256) if way is not None and way.complete else b""

    def _draw(self, answer: Answer) -> None:
        way, status, data = answer
        if self.fetch_button is None or (self.parent is None and self._asked_at >= 0):
            return
        if data:
            self._arrived(data)
            return
        looked = self._asked_at >= 0 and self._app.services.rounds() > self._asked_at
        model = (fetching(way, status, self._file.size, asked=self._asked_at >= 0, looked=looked) if way is not None
                 else FetchModel(t("fetching.gone"), "warn"))
        self.words.text, self.words.color = model.words, theme.TONES[model.tone][1]
        self.bar.opacity, self.bar.fraction = (1, model.fraction) if model.fraction is not None else (0, 0)
        self.fetch_button.disabled = not model.button

    def _arrived(self, data: bytes) -> None:
        self._look.cancel()
        self.ids.buttons.remove_widget(self.fetch_button)
        self.fetch_button = None
        self.ids.content.clear_widgets()
        self._show(data)
        self._app.refresh()

    def _show(self, data: bytes) -> None:
        if self._file.type.startswith("audio/"):
            self.player = Player(data, self._file.type)
            self.bind(on_dismiss=lambda *_: self.player.stop())
            self.add_content(*self.player.parts)
            return
        is_picture = self._file.type.startswith("image/")
        whole = parts.picture_of(data, height=theme.dp(HEIGHT), side=SIDE) if is_picture else None
        self.add_content(whole if whole is not None else Text(text=self._file.name, font_size=theme.LARGE))
