"""A page of cards that tell and offer, made from a `CardPage`; one screen class for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.core.window import Window
from kivy.uix.screenmanager import Screen

from village_node.ui.around.acts import act
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, PrimaryButton, QuietButton, Row, Text
from village_node.ui.kit.dialogs import in_columns, scroller
from village_node.ui.kit.emptying import empty
from village_node.ui.kit.icons import Icon
from village_node.ui.kit.marks import Empty, Mark
from village_node.ui.kit.resized import when_resized
from village_node.view_models.around.cards import Button, CardPage, InfoCard, one_primary


class CardsScreen(Screen):
    """`read(app, *what)` is asked in the asking thread; `open(*what)` says what about."""

    def __init__(self, desk_app: Any, read: Callable[..., CardPage], place: str, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app, self._read, self.place = desk_app, read, place
        self.what: tuple[str, ...] = ()
        self.page: CardPage | None = None
        self.buttons: dict[tuple[str, ...], Any] = {}
        when_resized(self, self._again)

    def open(self, *what: str) -> None:
        self.what, self.page = what, None
        empty(self)
        self.refresh()

    def refresh(self) -> None:
        app, what = self.desk_app, self.what
        if app.staff is not None:
            app.ask(f"page {self.name}", lambda: (what, self._read(app, *what)), self._draw)

    def _again(self) -> None:
        page, self.page = self.page, None
        if page is not None:
            self._draw((self.what, page))

    def _draw(self, answer: tuple[tuple[str, ...], CardPage]) -> None:
        what, page = answer
        if what != self.what or page == self.page:
            return
        self.page, self.buttons = page, {}
        column = Column(padding=theme.PAD, spacing=theme.GAP)
        if not page.cards:
            column.add_widget(Empty(words=page.empty))
        elif page.title != self.place:              # the bar says it
            column.add_widget(Text(text=page.title, font_size=theme.LARGE))
        cards = [info_card(self.desk_app, card, self.buttons) for card in one_primary(page.cards)]
        column.add_widget(in_columns(cards, 2 if Window.width >= theme.WIDE else 1))
        if page.more:
            column.add_widget(Text(text=page.more, color=theme.SOFT_INK))
        empty(self)
        self.add_widget(scroller(column))


def info_card(app: Any, card: InfoCard, buttons: dict[tuple[str, ...], Any]) -> Card:
    """`buttons`: where the card's buttons are put, by their act and what goes with it."""
    made, head = Card(), Row()
    if card.icon:
        head.add_widget(Icon(icon=card.icon, color=theme.TONES[card.tone][1], pos_hint={"center_y": .5}))
    head.add_widget(Text(text=card.title, font_size=theme.LARGE, pos_hint={"center_y": .5}))
    made.add_widget(head)
    if card.mark:
        made.add_widget(Mark(words=card.mark, tone=card.tone))
    words, tone, icon = card.pill
    if words:
        made.add_widget(Mark(words=words, tone=tone, icon=icon, round=1))
    for line in card.lines:
        if line:
            made.add_widget(Text(text=line, color=theme.SOFT_INK))
    if card.buttons:
        narrow = Window.width < theme.PHONE and not card.beside
        made.add_widget(in_columns([_button(app, b, buttons) for b in card.buttons], 1 if narrow else min(3, len(card.buttons))))
    return made


def _button(app: Any, button: Button, buttons: dict[tuple[str, ...], Any]) -> Any:
    def press(*_args: object) -> None:
        with app.trouble_shown():
            act(app, button.act, button.what)

    kind = PrimaryButton if button.primary else QuietButton
    made = kind(text=button.words, on_release=press)
    buttons[(button.act, *button.what)] = made
    return made
