"""The pages that lead back to where one came from. Each has a `place` for the top bar and `open(...)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from kivy.uix.screenmanager import Screen, ScreenManager

from shared.ledger.texts import t
from village_node.ui.around.all_page import AllScreen
from village_node.ui.around.page import CardsScreen
from village_node.ui.conflicts.page import ConflictsScreen
from village_node.ui.help.settings import SettingsScreen
from village_node.ui.papers import pages as papers
from village_node.ui.scan.page import ScanScreen
from village_node.ui.sync.page import SyncScreen
from village_node.ui.township.board import BoardScreen, TownFiguresScreen
from village_node.ui.township.desk_page import TownshipScreen
from village_node.view_models.around import households, of_case, of_office

# name -> (words for the top bar, what the page shows: `read(app, *what)`)
CARDS = {
    "tools": ("around.tools", lambda app, case: of_case.case_tools(app.desk, case)),
    "duplicates": ("around.duplicates", lambda app: of_case.duplicates(app.desk)),
    "directory": ("around.people", lambda app: of_office.people(app.desk)),
    "calendar": ("around.calendar", lambda app: of_office.calendar(app.desk, app.staff.id)),
    "due": ("around.due_title", lambda app: of_office.due(app.desk)),
    "households": ("households.place", lambda app: households.households(app.desk, app.staff.id)),
    "tasks": ("around.tasks", lambda app: of_office.tasks(app.desk, app.staff.id)),
    "papers": ("papers.title", papers.of_case),
    "letters": ("papers.letters", papers.of_matter),
}


class Screens(ScreenManager):
    """`makers`: name -> a page, made when it is asked for the first time: most are not opened on a day."""

    def __init__(self, makers: Mapping[str, Callable[[], Screen]], **kwargs: Any) -> None:
        self._makers = dict(makers)
        super().__init__(**kwargs)

    def has_screen(self, name: str) -> bool:
        return name in self._makers or super().has_screen(name)

    def get_screen(self, name: str) -> Screen:
        make = self._makers.pop(name, None)
        if make is not None:
            self.add_widget(make())
        return super().get_screen(name)


def makers(desk_app: Any) -> dict[str, Callable[[], Screen]]:
    """One of each, by its name."""
    cards = {name: partial(CardsScreen, desk_app, read, t(place), name=name) for name, (place, read) in CARDS.items()}
    kinds = {"sync": SyncScreen, "all": AllScreen, "scan": ScanScreen, "conflicts": ConflictsScreen, "township": TownshipScreen,
             "board": BoardScreen, "town figures": TownFiguresScreen, "settings": SettingsScreen}
    return cards | {name: partial(kind, desk_app, name=name) for name, kind in kinds.items()}
