"""Everything that has no tile of its own on the home, as tiles: lists of records, and pages about this office."""

from __future__ import annotations

from typing import Any

from kivy.core.window import Window
from kivy.uix.gridlayout import GridLayout
from kivy.uix.screenmanager import Screen

from shared.disputes.records import aggregates
from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, Text
from village_node.ui.kit.dialogs import scroller
from village_node.ui.kit.marks import IconTile
from village_node.ui.kit.resized import when_resized

_PAGES = (
    ("scan", "qrcode-scan", "info", "around.scan"),
    ("conflicts", "swap-horizontal", "warn", "conflict.title"),
    ("due", "clock-alert-outline", "bad", "around.due_title"), ("tasks", "inbox-arrow-down", "warn", "around.tasks"),
    ("calendar", "calendar-clock", "info", "around.calendar"), ("directory", "account-group", "good", "around.people"),
    ("duplicates", "content-duplicate", "warn", "around.duplicates_short"),
    ("sync", "cloud-upload-outline", "info", "sending.title"),
)
_ICONS = {
    "hazard": "shield-alert-outline", "sweep": "magnify", "small_service": "sprout", "talk_item": "forum-outline",
    "referral": "swap-horizontal", "assessment": "clipboard-check-outline", "duty": "calendar-account", "appointment":
    "calendar-clock", "consultation": "chat-outline", "online_consultation": "video-outline", "public_qa": "bullhorn-outline",
    "petition": "email-outline", "legal_aid": "gavel",
}


class AllScreen(Screen):
    def __init__(self, desk_app: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app, self.place = desk_app, t("around.all")
        self.tiles: dict[str, IconTile] = {}        # made when the page is opened: with all others it was a third of the start
        when_resized(self, self._lay_again)

    def open(self) -> None:
        self._lay_out()

    def _lay_again(self) -> None:
        if self.tiles:
            self._lay_out()

    def _lay_out(self) -> None:
        app, self.tiles = self.desk_app, {}
        for name, icon, tone, words in (page for page in _PAGES if app.sees(page[0])):
            self.tiles[name] = IconTile(text=t(words), icon=icon, tone=tone, on_release=lambda *_, name=name: app.open_page(name))
        for name in filter(app.sees, aggregates.NAMES):
            self.tiles[f"records {name}"] = IconTile(text=t(f"app.home.{name}"), icon=_ICONS[name], tone="plain",
                                                     on_release=lambda *_, name=name: app.open_records(name))
        column = Column(padding=theme.PAD, spacing=theme.PAD)
        column.add_widget(Text(text=t("around.all_line"), color=theme.SOFT_INK))
        large = theme.dp(20) < theme.TEXT           # large letters on a telephone: five of them want half of its width
        cols = 6 if Window.width >= theme.WIDE else 2 if large and Window.width < theme.PHONE else 3
        grid = GridLayout(cols=cols, spacing=theme.GAP, size_hint_y=None)
        grid.bind(minimum_height=grid.setter("height"))
        for tile in self.tiles.values():
            grid.add_widget(tile)
        column.add_widget(grid)
        self.clear_widgets()
        self.add_widget(scroller(column))
