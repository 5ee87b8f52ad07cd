"""What is no case: hazards, small services, talk items, appointments, consultations as lists, and the office's own figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.screenmanager import Screen

from shared.disputes.forms.facts import state_name
from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, Row, Text
from village_node.ui.kit.dialogs import scroller
from village_node.ui.kit.marks import IconButton, Mark
from village_node.ui.screens.record import open_step

SHOWN = 200          # the newest and gravest; nobody scrolls further on a tablet


class RecordsScreen(Screen):
    """`open(name)`: an aggregate, or "figures"."""

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app = desk_app
        self.showing, self.came_from = "", "home"
        self._shown: Any = None

    def open(self, name: str) -> None:
        self.showing, self._shown = name, None
        self.clear_widgets()
        self.refresh()

    def refresh(self) -> None:
        desk, name = self.desk_app.desk, self.showing
        if name == "figures":
            self.desk_app.ask("records", lambda: list(desk.figures()["indicators"].values()),
                              lambda found: self._draw(name, found))
        elif name:
            self.desk_app.ask("records", lambda: desk.records(name, limit=SHOWN), lambda found: self._draw(name, found))

    def _draw(self, name: str, found: Sequence[Mapping[str, Any]]) -> None:
        if name != self.showing or found == self._shown:
            return
        self._shown = found
        column = Column(padding=theme.PAD)
        app = self.desk_app
        opening = next((a for a in app.desk.record_forms.openings(app.staff.id) if a.kind.startswith(f"{name}.")), None)
        if opening is not None:
            self.new_button = IconButton(text=opening.label, icon="plus", primary=1, height=theme.dp(64),
                                         on_release=lambda *_: open_step(app, None, opening))
            column.add_widget(self.new_button)
        column.add_widget(Text(text=t("app.records.count", n=len(found)) if found else t("app.records.empty"),
                               color=theme.SOFT_INK))
        for entry in found:
            column.add_widget(_figure(entry) if name == "figures" else _record(entry, app))
        self.clear_widgets()
        self.add_widget(scroller(column))


class RecordCard(ButtonBehavior, Card):
    """One record of a list: a tap opens it."""


def _record(entry: Mapping[str, Any], app: Any) -> Card:
    card, row = RecordCard(), Row()
    card.record = str(entry["record_id"])
    card.bind(on_release=lambda *_: app.open_record(card.record))
    title = app.desk.staff_name(str(entry["title"])) or t("app.draft.nothing")
    row.add_widget(Text(text=title, font_size=theme.LARGE, least_height=theme.dp(36)))
    row.add_widget(Mark(words=_state(entry), tone="info"))
    card.add_widget(row)
    day = str(entry["opened_on"])
    card.add_widget(Text(text=t("app.day.date", month=int(day[5:7]), day=int(day[8:])) if len(day) == 10 else day,
                         color=theme.SOFT_INK, font_size=theme.SMALL))
    return card


def _state(entry: Mapping[str, Any]) -> str:
    return str(entry.get("state_label") or state_name(str(entry["aggregate"]), str(entry["state"])))


def _figure(entry: Mapping[str, Any]) -> Card:
    if entry["suppressed"]:
        words = t("app.records.hidden")
    elif entry["percent"] is not None:
        words = t("app.records.rate", **{k: entry[k] for k in ("numerator", "denominator", "percent")})
    else:
        words = t("app.records.number", numerator=entry["numerator"], unit=entry["unit"])
    card = Card()
    card.add_widget(Text(text=entry["name"], color=theme.SOFT_INK))
    card.add_widget(Text(text=words, font_size=theme.LARGE))
    return card
