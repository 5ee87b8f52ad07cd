"""Tiles to choose one matter from: a large icon above its word; the chosen one has a border, a tint and a tick."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.lang import Builder
from kivy.properties import AliasProperty, BooleanProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

from village_node.ui.kit import icons, theme  # noqa: F401 - the rule below names them

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<ChoiceTile>:
    orientation: 'vertical'
    size_hint_y: None
    height: theme.dp(62) + theme.TEXT * 1.7
    padding: [theme.dp(4), theme.dp(8)]
    canvas.before:
        Color:
            rgba: theme.PRIMARY if self.chosen else theme.LINE
        RoundedRectangle:
            pos: self.pos
            size: self.size
            radius: [theme.RADIUS]
        Color:
            rgba: theme.PRIMARY_PALE if self.chosen or self.state == 'down' else theme.PAPER
        RoundedRectangle:
            pos: self.x + self.rim, self.y + self.rim
            size: self.width - 2 * self.rim, self.height - 2 * self.rim
            radius: [theme.RADIUS - self.rim]
    RelativeLayout:
        Icon:
            icon: root.icon
            color: theme.PRIMARY if root.chosen else theme.SOFT_INK
            font_size: theme.NUMBER
            size_hint: 1, 1
        Icon:
            icon: 'check-circle' if root.chosen else ''
            color: theme.PRIMARY
            font_size: theme.LARGE * 1.3
            size_hint: None, None
            pos_hint: {'right': 1, 'top': 1}
    Words:
        text: root.text
        font_size: theme.TEXT
        color: theme.PRIMARY if root.chosen else theme.INK
        size_hint_y: None
        height: theme.TEXT * 1.7
        text_size: self.size
        halign: 'center'
        valign: 'middle'
        shorten: True
""")


class ChoiceTile(ButtonBehavior, BoxLayout):
    text = StringProperty("")
    icon = StringProperty("")
    value = StringProperty("")
    chosen = BooleanProperty(False)
    rim = AliasProperty(lambda self: theme.RIM + self.chosen, None, bind=("chosen",))


class TileGrid(GridLayout):
    """One of several; `on_choice(value)` when it is tapped. `choices`: (value, words, icon)."""

    def __init__(self, choices: Sequence[tuple[str, str, str]], chosen: str, on_choice: Callable[[str], None], **kwargs: object
                 ) -> None:
        super().__init__(cols=4, spacing=theme.dp(10), size_hint_y=None, **kwargs)
        self.bind(minimum_height=self.setter("height"), width=lambda _self, width: self._spread(width))
        self._on_choice = on_choice
        self.tiles = {value: ChoiceTile(value=value, text=words, icon=icon, chosen=value == chosen,
                                        on_release=lambda tile: self.choose(tile.value)) for value, words, icon in choices}
        for tile in self.tiles.values():
            self.add_widget(tile)

    def _spread(self, width: float) -> None:
        """Four in a row on a tablet held upright, three on a telephone, fewer with large letters: no word is shortened."""
        least = 2 if theme.dp(20) < theme.TEXT else 3
        self.cols = max(least, min(6, int(width // (theme.dp(18) + theme.TEXT * 6))))

    def choose(self, value: str) -> None:
        for code, tile in self.tiles.items():
            tile.chosen = code == value
        self._on_choice(value)
