"""The part of the home that belongs to somebody of the grid: five large buttons, below them cards of `view_models.grid_home`."""

from __future__ import annotations

from typing import Any

from kivy.core.window import Window

from village_node.ui.around.acts import act
from village_node.ui.around.page import info_card
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column
from village_node.ui.kit.dialogs import in_columns
from village_node.ui.kit.marks import IconTile
from village_node.ui.kit.resized import when_resized
from village_node.view_models.around.cards import one_primary
from village_node.view_models.grid_home import FiveButton, GridHome, grid_home


class GridCards(Column):
    """Empty and without height for who is not of the grid."""

    def __init__(self, desk_app: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app = desk_app
        self.model: GridHome | None = None
        self.tiles: dict[str, IconTile] = {}
        self.buttons: dict[tuple[str, ...], Any] = {}
        self._drawn_for: tuple[Any, ...] = ()
        when_resized(self, lambda: self._draw(self._drawn_for[0], self.model) if self._drawn_for else None)

    def refresh(self) -> None:
        app, staff = self.desk_app, self.desk_app.staff
        if staff is None or not app.sees("my_grid"):
            self._drawn_for, self.model = (), None
            self.clear_widgets()
            return
        app.ask("my grid", lambda: grid_home(app.desk, staff.id), lambda model: self._draw(staff.id, model))

    def _draw(self, staff: str, model: GridHome | None) -> None:
        """What has not changed stays: buttons that are rebuilt under a finger lose its tap."""
        drawn_for = (staff, model, Window.width < theme.PHONE)
        here = self.desk_app.staff
        if drawn_for == self._drawn_for or model is None or here is None or here.id != staff:
            return
        self._drawn_for, self.model = drawn_for, model
        self.clear_widgets()
        self.buttons = {}
        self.tiles = {five.code: self._tile(five) for five in model.five}
        tiles = [*self.tiles.values()]
        for part in (tiles[:3], tiles[3:]):
            if part:
                self.add_widget(in_columns(part, len(part)))
        for card in one_primary(model.page.cards):
            self.add_widget(info_card(self.desk_app, card, self.buttons))

    def _tile(self, five: FiveButton) -> IconTile:
        return IconTile(text=five.words, icon=five.icon, tone=five.tone, on_release=lambda *_: self._press(five))

    def _press(self, five: FiveButton) -> None:
        with self.desk_app.trouble_shown():
            act(self.desk_app, five.button.act, five.button.what)
