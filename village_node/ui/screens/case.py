"""One case: header, banners, what may be done, and the timeline with a delivery mark on every record."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.lang import Builder
from kivy.properties import StringProperty
from kivy.uix.screenmanager import Screen
from kivy.uix.stacklayout import StackLayout
from kivy.uix.widget import Widget

from shared.ledger.texts import t
from village_node.desk.views import ActionView, CaseView, FileView
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Chip, Column, PrimaryButton, QuietButton, Row, Text
from village_node.ui.kit.dialogs import Dialog, Picker, in_columns, scroller
from village_node.ui.kit.photos import SIDE
from village_node.ui.kit.pictures import PictureView
from village_node.ui.screens.action_dialog import open_action
from village_node.view_models.case_page import CasePageModel, EntryModel, Mark, case_page, sorted_actions

Builder.load_string("""
#:import theme village_node.ui.kit.theme
#:import t shared.ledger.texts.t

<CaseScreen>:
    BoxLayout:
        orientation: 'vertical'
        padding: theme.PAD
        spacing: theme.GAP
        BoxLayout:
            size_hint_y: None
            height: theme.TOUCH
            spacing: theme.GAP
            QuietButton:
                id: back
                text: t('app.back')
                size_hint_x: None
                width: theme.dp(140)
                on_release: root.desk_app.open_list()
            Label:
                id: title
                font_size: theme.TITLE
                color: theme.INK
                text_size: self.size
                shorten: True
                halign: 'left'
                valign: 'middle'
        BoxLayout:
            spacing: theme.PAD
            BoxLayout:
                id: left
                size_hint_x: .42
            BoxLayout:
                id: right
                size_hint_x: .58
""")


class CaseScreen(Screen):
    """`show` draws a case; `refresh` draws it again after something changed."""

    case = StringProperty("")

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        self.desk_app = desk_app
        self._shown: CaseView | None = None
        super().__init__(**kwargs)

    def show(self, case: str) -> None:
        self.case, self._shown = case, None
        self.refresh()

    def refresh(self) -> None:
        if not self.case:
            return
        view = self.desk_app.desk.case(self.case, staff_id=self.desk_app.staff.id)
        if view == self._shown:
            return  # buttons that are rebuilt under a finger lose its tap
        self._shown = view
        model = case_page(view)
        self.ids.title.text = model.title
        self._fill(self.ids.left, self._header(model), self._actions(view), self._pictures(view))
        self._fill(self.ids.right, *self._timeline(model))

    def _fill(self, side: Widget, *parts: Widget) -> None:
        position = side.children[0].scroll_y if side.children else 1
        side.clear_widgets()
        column = Column(padding=[0, 0, theme.GAP, 0])
        for part in parts:
            column.add_widget(part)
        view = scroller(column)
        view.scroll_y = position
        side.add_widget(view)

    def _header(self, model: CasePageModel) -> Card:
        card = Card()
        card.add_widget(chips(model.chips))
        for line in model.lines:
            card.add_widget(Text(text=line))
        for banner in model.banners:
            card.add_widget(Text(text=banner, color=theme.FIELD_ERROR, font_size=theme.LARGE))
        return card

    def _actions(self, view: CaseView) -> Card:
        card = Card(spacing=theme.GAP)
        card.add_widget(Text(text=t("app.case.actions"), font_size=theme.LARGE))
        first, more = sorted_actions(view.actions)
        if not first:
            card.add_widget(Text(text=t("app.case.no_actions"), color=theme.SOFT_INK))
        buttons = [self._button(view, action, first=i == 0) for i, action in enumerate(first)]
        if more:
            buttons.append(QuietButton(text=t("app.case.more"), on_release=lambda *_: self._more(view, more)))
        card.add_widget(in_columns(buttons, 2))
        return card

    def _more(self, view: CaseView, actions: Sequence[ActionView]) -> None:
        by_verb = {action.verb: action for action in actions}
        Picker(
            title=t("app.case.more"),
            choices=[(action.verb, action.label) for action in actions],
            on_choice=lambda verb: open_action(self.desk_app, view, by_verb[verb]),
        ).open()

    def _button(self, view: CaseView, action: ActionView, *, first: bool) -> Widget:
        cls = PrimaryButton if first else QuietButton
        return cls(text=action.label, on_release=lambda *_: open_action(self.desk_app, view, action))

    def _pictures(self, view: CaseView) -> Widget:
        card = Card(spacing=theme.GAP)
        if view.files:
            card.add_widget(Text(text=t("app.case.files"), font_size=theme.LARGE))
            card.add_widget(in_columns([self._picture(f) for f in view.files], 2))
        else:
            card.opacity, card.height, card.size_hint_y, card.padding = 0, 0, None, 0
        return card

    def _picture(self, file: FileView) -> Widget:
        box = Column(spacing=theme.dp(2))
        picture = picture_of(file.thumb)
        if picture is not None:
            box.add_widget(picture)
        box.add_widget(QuietButton(text=file.purpose_label or file.name, font_size=theme.SMALL,
                                   height=theme.dp(48), on_release=lambda *_: self._open_picture(file)))
        return box

    def _open_picture(self, file: FileView) -> None:
        dialog = Dialog(title=file.purpose_label or file.name)
        if file.complete:
            with self.desk_app.trouble_shown():
                whole = picture_of(self.desk_app.desk.file_bytes(file.sha256), height=theme.dp(440), side=1600)
                dialog.add_content(whole if whole is not None else Text(text=file.name))
        else:
            dialog.add_content(Text(text=t("app.case.not_here"), font_size=theme.LARGE))
        dialog.add_button(t("app.back"), dialog.dismiss)
        dialog.open()

    def _timeline(self, model: CasePageModel) -> list[Widget]:
        head = Text(text=t("app.case.timeline"), font_size=theme.LARGE)
        return [head, *(entry_card(entry) for entry in reversed(model.entries))]


def chips(marks: tuple[Mark, ...]) -> Widget:
    stack = StackLayout(spacing=theme.dp(6), size_hint_y=None)
    stack.bind(minimum_height=stack.setter("height"))
    for mark in marks:
        stack.add_widget(Chip(text=mark.words, tone=mark.tone))
    return stack


def entry_card(entry: EntryModel) -> Card:
    """One record: title and delivery mark, who and when, content; a refused record is struck through with its reason."""
    card = Card(ground=theme.GROUND if entry.struck else theme.PAPER)
    row = Row()
    title = f"[s]{entry.title}[/s]" if entry.struck else entry.title
    row.add_widget(Text(text=title, markup=bool(entry.struck), font_size=theme.LARGE, least_height=theme.dp(36)))
    row.add_widget(Chip(text=entry.mark.words, tone=entry.mark.tone))
    card.add_widget(row)
    if entry.text:
        card.add_widget(Text(text=entry.text))
    card.add_widget(Text(text=entry.who, color=theme.SOFT_INK, font_size=theme.SMALL))
    if entry.struck:
        card.add_widget(Text(text=entry.struck, color=theme.FIELD_ERROR))
    return card


def picture_of(data: bytes | None, height: float = 0, side: int = SIDE) -> PictureView | None:
    """A view of PNG, JPEG or WebP bytes, decoded in the worker; None when there are none. What is no picture, or says that it is
    larger than this device should decode, stays empty: a peer's file must not take the page with it."""
    if not data:
        return None
    view = PictureView(size_hint_y=None, height=height or theme.dp(130))
    view.show(data, side)
    return view
