"""Choose photographs from the device's photo folder: large pictures, a tap chooses, a second tap takes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.gridlayout import GridLayout
from kivy.uix.image import AsyncImage

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Text
from village_node.ui.kit.dialogs import Dialog

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
SHOWN_AT_MOST = 60  # the newest; a grid of more is slow to draw on a weak tablet and nobody scrolls so far

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<PhotoTile>:
    size_hint_y: None
    height: theme.dp(170)
    fit_mode: 'cover'
    canvas.after:
        Color:
            rgba: theme.PRIMARY if self.chosen else theme.LINE
        Line:
            rectangle: self.x, self.y, self.width, self.height
            width: 4 if self.chosen else 1
""")


class PhotoTile(ButtonBehavior, AsyncImage):
    chosen = BooleanProperty(False)
    path = StringProperty("")


class PhotoPicker(Dialog):
    def __init__(self, *, folder: Path, chosen: list[Path], on_done: Callable[[list[Path]], None], **kwargs: object) -> None:
        super().__init__(title=t("app.photo.title"), **kwargs)
        self._on_done = on_done
        self.tiles: list[PhotoTile] = []
        pictures = newest_pictures(folder)
        if pictures:
            grid = GridLayout(cols=3, spacing=theme.GAP, size_hint_y=None)
            grid.bind(minimum_height=grid.setter("height"))
            for path in pictures:
                tile = PhotoTile(source=str(path), path=str(path), chosen=path in chosen)
                tile.bind(on_release=self._toggle)
                self.tiles.append(tile)
                grid.add_widget(tile)
            self.add_content(grid)
        else:
            self.add_content(Text(text=t("app.photo.none", folder=folder), font_size=theme.LARGE))
        self.add_button(t("app.cancel"), self.dismiss)
        self.add_button(t("app.confirm"), self._done, primary=True)

    def _toggle(self, tile: PhotoTile) -> None:
        tile.chosen = not tile.chosen

    def _done(self) -> None:
        self.dismiss()
        self._on_done([Path(tile.path) for tile in self.tiles if tile.chosen])


def newest_pictures(folder: Path) -> list[Path]:
    """Pictures of `folder`, newest first; empty when the folder is not there."""
    if not folder.is_dir():
        return []
    found = [p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file()]
    found.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    return found[:SHOWN_AT_MOST]
