"""One record, petition or legal-aid matter: what it says, until when, what may be done with it, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from kivy.core.window import Window
from kivy.uix.gridlayout import GridLayout
from kivy.uix.screenmanager import Screen

from shared.disputes.forms.form import Setting
from shared.ledger.texts import t
from village_node.desk.desk import FileDraft
from village_node.desk.present import short_number
from village_node.desk.views import ActionView, RecordView
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text
from village_node.ui.kit.dialogs import scroller
from village_node.ui.kit.marks import Mark
from village_node.ui.screens.action_dialog import ActionDialog
from village_node.ui.screens.case_parts import clocks
from village_node.ui.screens.meeting_card import MeetingCard
from village_node.view_models.case_page import MarkModel
from village_node.view_models.meeting import MeetingModel, meeting
from village_node.view_models.record_page import RecordPage, named, page, setting_of


class RecordDialog(ActionDialog):
    """The sheet of one step; `view` None opens a record."""

    def _setting(self) -> Setting:
        app = self._desk_app
        return setting_of(self._view, app.desk, app.today(), app.staff.id, app.staff.name)

    def _about(self) -> str:
        desk = self._desk_app.desk
        return page(self._view, desk.today(), desk.office_name, desk.staff_name).title if self._view is not None else ""

    def _write(self, draft: Mapping[str, Any], files: list[FileDraft]) -> None:
        app = self._desk_app
        made = app.desk.record_forms.act(self._action.kind, app.staff.id, self._view.id if self._view else "", draft, files)
        app.open_record(made)


class RecordScreen(Screen):
    """`open(id)` shows it; what has changed meanwhile is drawn anew."""

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app = desk_app
        self.record, self._shown, self.came_from = "", None, "home"
        self.buttons: dict[str, QuietButton] = {}
        self.meeting: MeetingCard | None = None

    def open(self, record: str) -> None:
        self.record, self._shown = record, None
        self.clear_widgets()
        self.refresh()

    def refresh(self) -> None:
        app, record = self.desk_app, self.record
        if record and app.staff is not None:
            staff = app.staff.id
            app.ask("record", lambda: self._found(app, record, staff), lambda found: self._draw(record, *found))

    @staticmethod
    def _found(app: Any, record: str, staff: str) -> tuple[RecordView, MeetingModel | None, RecordPage]:
        view, desk = app.desk.record_forms.view(record, staff), app.desk
        model = page(view, app.today(), desk.office_name, desk.staff_name, partial(short_number, desk.node.directory))
        return view, meeting(desk, view), model

    def _draw(self, record: str, view: RecordView, met: MeetingModel | None, model: RecordPage) -> None:
        if record != self.record or (view, met, model) == self._shown:
            return
        self._shown = (view, met, model)
        column = Column(padding=theme.PAD, spacing=theme.GAP)
        self.meeting = MeetingCard(self.desk_app, met) if met is not None else None
        for part in (_head(model), *([self.meeting] if self.meeting else []), *map(_finding, model.findings),
                     self._acts(view, model), _facts(model), _steps(model)):
            column.add_widget(part)
        self.clear_widgets()
        self.add_widget(scroller(column))

    def _acts(self, view: RecordView, model: RecordPage) -> Card:
        card, self.buttons = Card(), {}
        card.add_widget(Text(text=t("app.records.actions") if model.actions else t("app.records.nothing"), color=theme.SOFT_INK))
        grid = GridLayout(cols=1 if Window.width < theme.PHONE else 2, spacing=theme.GAP, size_hint_y=None)
        grid.bind(minimum_height=grid.setter("height"))
        card.add_widget(grid)
        for action in model.actions:
            button = QuietButton(text=action.label, on_release=lambda *_, action=action: open_step(self.desk_app, view, action))
            self.buttons[action.kind] = button
            grid.add_widget(button)
        if view.aggregate in ("petition", "legal_aid"):
            self.letters = QuietButton(text=t("papers.letters"),
                                       on_release=lambda *_: self.desk_app.open_page("letters", view.aggregate, view.id))
            card.add_widget(self.letters)
        if view.state.get("sealed_names"):
            self.open_name = QuietButton(text=t("app.records.open_name"), on_release=lambda *_: self._name(view, card))
            card.add_widget(self.open_name)
        return card

    def _name(self, view: RecordView, card: Card) -> None:
        """Who the law protects, for who may open it here; that it was opened is logged."""
        app = self.desk_app
        with app.trouble_shown():
            opened = named(app.desk.opened(view.id, app.staff.id))
            card.remove_widget(self.open_name)
            card.add_widget(Text(text=t("app.records.name", names="、".join(opened)) if opened else t("app.records.no_name")))


def open_step(desk_app: object, view: RecordView | None, action: ActionView,
              said: Mapping[str, Any] | None = None) -> RecordDialog:
    """`said`: what is known already and stands there at first."""
    dialog = RecordDialog(desk_app, view, action, said=said)
    dialog.open()
    return dialog


def _head(model: RecordPage) -> Card:
    card, row = Card(), Row()
    row.add_widget(Text(text=model.title, font_size=theme.LARGE, least_height=theme.dp(36)))
    row.add_widget(Mark(words=model.state, tone="info"))
    card.add_widget(row)
    if model.due:
        card.add_widget(clocks([MarkModel(words, tone, icon) for words, tone, icon in model.due]))
    return card


def _finding(words: str) -> Card:
    card = Card(ground=theme.TONES["warn"][0], edge=theme.TONES["warn"][0])
    card.add_widget(Text(text=words))
    return card


def _facts(model: RecordPage) -> Card:
    card = Card()
    card.add_widget(Text(text=t("app.records.facts"), color=theme.SOFT_INK))
    for name, value in model.facts:
        card.add_widget(Text(text=f"{name}：{value}"))
    return card


def _steps(model: RecordPage) -> Card:
    card = Card()
    card.add_widget(Text(text=t("app.records.steps"), color=theme.SOFT_INK))
    for day, what, who, why in model.steps:
        card.add_widget(Text(text=f"{day}　{what}　{who}" + (f"　{why}" if why else "")))
    return card
