"""What is no case: hazards, small services, talk items, appointments, consultations as lists, and the office's own figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.screenmanager import Screen

from shared.disputes.forms.facts import state_name
from shared.ledger.days import said_day
from shared.ledger.texts import t
from village_node.desk.views import ActionView
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text
from village_node.ui.kit.dialogs import in_columns, scroller
from village_node.ui.kit.marks import Empty, IconButton, Mark
from village_node.ui.screens.record import open_step

PAGE = 50            # cards that are drawn at once: four screens; a tap brings as many more


# rows, how many there are in all, and how one is opened, where this person may
Answer = tuple[Sequence[Mapping[str, Any]], int, ActionView | None]


class RecordsScreen(Screen):
    """`open(name)`: an aggregate, or "figures"."""

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app = desk_app
        self.showing, self.came_from = "", "home"
        self.more: QuietButton | None = None         # the button below a list that goes on
        self._wanted, self._shown = PAGE, None
        self._scroll: Any = None

    def open(self, name: str) -> None:
        self.showing, self._shown, self._wanted = name, None, PAGE
        self.clear_widgets()
        self.refresh()

    def refresh(self) -> None:
        name, wanted, person = self.showing, self._wanted, self.desk_app.staff
        if name and person is not None:
            self.desk_app.ask("records", lambda: self._read(name, wanted, person.id), lambda found: self._draw(name, found))

    def _read(self, name: str, wanted: int, staff: str) -> Answer:
        desk = self.desk_app.desk
        if name == "figures":
            found = list(desk.figures()["indicators"].values())
            return found, len(found), None
        rows, total = desk.records_page(name, wanted)
        named = [{**row, "title": desk.staff_name(str(row["title"]))} for row in rows]
        opening = next((a for a in desk.record_forms.openings(staff) if a.kind.startswith(f"{name}.")), None)
        return named, total, opening

    def _go_on(self) -> None:
        self._wanted += PAGE
        self.refresh()

    def _draw(self, name: str, answer: Answer) -> None:
        """The place in the list is kept where more of the same is drawn."""
        if name != self.showing or answer == self._shown:
            return
        before, self._shown = self._shown, answer
        self.clear_widgets()
        place = (1 - self._scroll.scroll_y) * (self._scroll.children[0].height - self._scroll.height) if before else 0
        self._scroll = scroller(self._column(name, *answer))
        self.add_widget(self._scroll)
        if place > 0:
            Clock.schedule_once(lambda _dt: self._back_to(place), 0)

    def _back_to(self, place: float) -> None:
        rest = self._scroll.children[0].height - self._scroll.height
        self._scroll.scroll_y = max(0.0, 1 - place / rest) if rest > 0 else 1

    def _column(self, name: str, found: Sequence[Mapping[str, Any]], total: int, opening: ActionView | None) -> Column:
        column, app = Column(padding=theme.PAD), self.desk_app
        if opening is not None:
            self.new_button = IconButton(text=opening.label, icon="plus", primary=1, height=theme.dp(64),
                                         on_release=lambda *_: open_step(app, None, opening))
            column.add_widget(self.new_button)
        if not found:
            column.add_widget(Empty(words=t("app.records.empty") if opening is None else
                                    t("app.records.empty_first", what=opening.label)))
        elif name == "figures":
            wide = Window.width >= theme.WIDE
            column.add_widget(in_columns([_figures(part) for part in _halves(found, 2 if wide else 1)], 2 if wide else 1))
        else:
            column.add_widget(Text(text=t("app.records.count", n=total), color=theme.SOFT_INK))
            for entry in found:
                column.add_widget(_record(entry, app))
        self.more = None
        if total > len(found) > 0:
            self.more = QuietButton(text=t("app.records.more", shown=len(found), n=total), on_release=lambda *_: self._go_on())
            column.add_widget(self.more)
        return column


class RecordCard(ButtonBehavior, Card):
    """One record of a list: a tap opens it."""


def _record(entry: Mapping[str, Any], app: Any) -> Card:
    card, row = RecordCard(), Row()
    card.record = str(entry["record_id"])
    card.bind(on_release=lambda *_: app.open_record(card.record))
    title = str(entry["title"]) or t("app.draft.nothing")
    row.add_widget(Text(text=title, font_size=theme.LARGE, least_height=theme.dp(36)))
    row.add_widget(Mark(words=_state(entry), tone="info"))
    card.add_widget(row)
    day = str(entry["opened_on"])
    card.add_widget(Text(text=said_day(day, app.today()), color=theme.SOFT_INK, font_size=theme.SMALL))
    return card


def _state(entry: Mapping[str, Any]) -> str:
    return str(entry.get("state_label") or state_name(str(entry["aggregate"]), str(entry["state"])))


def _halves(found: Sequence[Mapping[str, Any]], parts: int) -> list[Sequence[Mapping[str, Any]]]:
    """In their order, down one column and then the next."""
    each = -(-len(found) // parts)
    return [found[start:start + each] for start in range(0, len(found), each)]


def _figures(entries: Sequence[Mapping[str, Any]]) -> Card:
    """One card of lines, what is counted on the left and the number on the right."""
    card = Card(spacing=0)
    for entry in entries:
        row = Row()
        row.add_widget(Text(text=entry["name"], color=theme.SOFT_INK, least_height=theme.dp(44), pos_hint={"center_y": .5}))
        row.add_widget(Text(text=_number(entry), font_size=theme.LARGE, halign="right", size_hint_x=.6,
                            least_height=theme.dp(44), pos_hint={"center_y": .5}))
        card.add_widget(row)
    return card


def _number(entry: Mapping[str, Any]) -> str:
    if entry["suppressed"]:
        return t("app.records.hidden")
    if entry["percent"] is not None:
        return t("app.records.rate", **{k: entry[k] for k in ("numerator", "denominator", "percent")})
    if entry["denominator"] is not None:
        return t("app.records.no_rate")         # nothing to divide by: none, neither 0 nor 100 %
    return t("app.records.number", numerator=entry["numerator"], unit=entry["unit"])
