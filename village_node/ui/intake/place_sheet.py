"""A sheet to tap a village and a group in: own village first, found by a part of the name or its pinyin initials."""

from __future__ import annotations

from collections.abc import Callable

from kivy.uix.stacklayout import StackLayout

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, Text, ToggleChip
from village_node.ui.kit.fields import TextField
from village_node.ui.kit.sheet import Sheet, section
from village_node.view_models.intake import places

OnPlace = Callable[[str, str, str], None]       # office id, its name, the group ("" none)


class PlaceSheet(Sheet):
    """`on_place` when it is done; leaving it changes nothing. `office`: the village that is chosen already."""

    def __init__(self, desk_app: object, on_place: OnPlace, *, office: str = "", **kwargs: object) -> None:
        super().__init__(title=t("intake.place.pick"), **kwargs)
        self._app, self._on_place = desk_app, on_place
        here = desk_app.desk.office()
        self._choices = places.villages(desk_app.desk.offices(), here)
        self._grids = desk_app.desk.grids()
        self.office, self.group = office or here.id, ""
        self.search = TextField(hint=t("intake.place.search"))
        self.search.entry.bind(text=lambda *_: self._draw())
        self._villages, self._groups = Column(), Column()
        self.add_content(section(t("intake.place.village"), self.search, self._villages),
                         section(t("intake.place.group_title"), self._groups))
        self.add_button(t("app.cancel"), self.dismiss)
        self.add_button(t("intake.place.done"), self._done, primary=True)
        self._draw()

    def _draw(self) -> None:
        typed = self.search.entry.text.strip()
        found, total = places.found(self._choices, typed)
        self._villages.clear_widgets()
        if not found:
            self._villages.add_widget(Text(text=t("intake.place.none_found", text=typed), color=theme.SOFT_INK))
        self._villages.add_widget(chips(found, self.office, self._choose))
        if total > len(found):
            self._villages.add_widget(Text(text=t("app.pick.shown", n=total, shown=len(found)), color=theme.SOFT_INK))
        self._draw_groups()

    def _draw_groups(self) -> None:
        self._groups.clear_widgets()
        names = places.groups(self.office, self._grids, self._app.today())
        self._groups.add_widget(chips([(name, name) for name in names], self.group, self._choose_group))

    def _choose(self, office: str) -> None:
        self.office, self.group = office, ""
        self._draw()

    def _choose_group(self, group: str) -> None:
        self.group = "" if group == self.group else group
        self._draw_groups()

    def _done(self) -> None:
        self.dismiss()
        self._on_place(self.office, dict(self._choices).get(self.office, ""), self.group)


def chips(choices: object, chosen: str, on_choice: Callable[[str], None]) -> StackLayout:
    """Choices that lie open; a tap tells which."""
    box = StackLayout(size_hint_y=None, spacing=theme.dp(10))
    box.bind(minimum_height=box.setter("height"))
    for code, words in choices:
        box.add_widget(ToggleChip(words=words, chosen=code == chosen, value=code, height=theme.TOUCH,
                                  least_width=theme.dp(92), on_release=lambda chip: on_choice(chip.value)))
    return box
