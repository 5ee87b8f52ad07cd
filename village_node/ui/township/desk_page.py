"""The township's laptop: lists at the left, the cases of one of them in the middle, the case at the right; keyboard and Esc."""

from __future__ import annotations

from typing import Any

from kivy.core.window import Window
from kivy.properties import BooleanProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from village_node.desk.township.town import LISTS
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, Row, TapCard, Text
from village_node.ui.kit.dialogs import scroller
from village_node.ui.kit.fields import TextField
from village_node.ui.kit.marks import DeliveryMark, Mark
from village_node.ui.screens.case import CaseScreen
from village_node.ui.township.rail import Rail
from village_node.view_models.case_list import CardModel, card

UP, DOWN, ENTER, SLASH = 273, 274, 13, 47
SHOWN = 50


class ListCard(TapCard):
    chosen = BooleanProperty(False)

    def on_chosen(self, *_args: object) -> None:
        self.ground = theme.PRIMARY_PALE if self.chosen else theme.PAPER
        self.edge = theme.PRIMARY if self.chosen else theme.LINE


class TownshipScreen(Screen):
    """`choose(list)`, `pick(case)`."""

    def __init__(self, desk_app: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app = desk_app
        self.chosen, self.case = LISTS[0], ""
        self.cards: dict[str, ListCard] = {}
        self._shown: Any = None
        self.rail = Rail(desk_app, self.choose)
        self.second, self.third = BoxLayout(orientation="vertical", size_hint_x=None, width=theme.dp(404)), BoxLayout()
        self.search = TextField(label="", hint=t("township.find"))
        self.page = CaseScreen(desk_app, narrow=True, name="town case")
        panes = BoxLayout()
        for part in (self.rail, self.second, self.third):
            panes.add_widget(part)
        whole = BoxLayout(orientation="vertical")
        whole.add_widget(panes)
        whole.add_widget(_keys())
        self.add_widget(whole)
        self.title, self.foot = Text(font_size=theme.LARGE), Text(color=theme.SOFT_INK, font_size=theme.SMALL)
        self.list = BoxLayout()
        head = Column(padding=theme.GAP, spacing=theme.dp(4))
        head.add_widget(self.search)
        head.add_widget(self.title)
        foot = Column(padding=theme.GAP)
        foot.add_widget(self.foot)
        for part in (head, self.list, foot):
            self.second.add_widget(part)
        self.search.entry.bind(text=lambda *_: self.refresh())
        self.bind(on_enter=lambda *_: Window.bind(on_key_down=self._key),
                  on_leave=lambda *_: Window.unbind(on_key_down=self._key))
        self._hint()

    def choose(self, name: str) -> None:
        self.chosen, self.case, self._shown = name, "", None
        self._hint()
        self.refresh()

    def pick(self, case: str) -> None:
        """Show a case at the right; opening it says that it was seen, as everywhere."""
        self.case = case
        for id, one in self.cards.items():
            one.chosen = id == case
        self.third.clear_widgets()
        self.third.add_widget(self.page)
        self.page.show(case)
        self.desk_app.saw(case)

    def refresh(self) -> None:
        app = self.desk_app
        if app.staff is None or app.level != "township":
            return
        name, text = self.chosen, self.search.entry.text
        app.ask("town", lambda: self._read(name, text), self._draw)
        if self.case:
            self.page.refresh()

    def _read(self, name: str, text: str) -> Any:
        app, town = self.desk_app, self.desk_app.desk.town
        found, office = town.page(name, text, limit=SHOWN), app.desk.node.config.office
        cards = tuple(card(row, app.today(), office) for row in found.rows)
        return name, cards, found.total, town.numbers(), town.silent(), town.heard()

    def _draw(self, answer: Any) -> None:
        name, models, total, numbers, silent, heard = answer
        self.rail.show(self.chosen, numbers, silent, heard)
        if name != self.chosen or (name, models, total) == self._shown:
            return
        self._shown = (name, models, total)
        words = t(f"township.{name}")
        self.title.text = t("township.count", what=words, n=total) if total else t(f"township.empty_{name}")
        self.foot.text = t("township.shown", shown=len(models), n=total) if total else ""
        column = Column(padding=[theme.GAP, 0], spacing=theme.dp(8))
        self.cards = {}
        for model in models:
            made = self._card(model)
            self.cards[model.case] = made
            column.add_widget(made)
        self.list.clear_widgets()
        self.list.add_widget(scroller(column))

    def _card(self, model: CardModel) -> ListCard:
        made = ListCard(on_release=lambda *_: self.pick(model.case), chosen=model.case == self.case)
        head = Row()
        head.add_widget(Text(text=model.title, font_size=theme.LARGE, pos_hint={"center_y": .5}))
        head.add_widget(Mark(words=model.deadline, tone=model.deadline_tone, icon=model.deadline_icon, round=1,
                             pos_hint={"center_y": .5}))
        made.add_widget(head)
        made.add_widget(Text(text=model.line, color=theme.SOFT_INK, font_size=theme.SMALL))
        below = Row()
        below.add_widget(Mark(words=model.risk, tone=model.risk_tone, level=model.risk_level))
        below.add_widget(Mark(words=model.state, tone=model.state_tone))
        made.add_widget(below)
        made.add_widget(DeliveryMark(words=model.delivery, tone=model.delivery_tone, filled=model.filled, hops=model.hops,
                                     refused=model.refused))
        return made

    def _hint(self) -> None:
        self.third.clear_widgets()
        self.third.add_widget(Text(text=t("township.pick"), color=theme.SOFT_INK, halign="center", pos_hint={"center_y": .5}))

    def _key(self, _window: object, key: int, *_args: object) -> bool:
        typing = self.search.entry.focus
        if key in (UP, DOWN) and self.cards and not typing:
            ids = list(self.cards)
            place = ids.index(self.case) + (1 if key == DOWN else -1) if self.case in ids else 0
            self.pick(ids[min(max(place, 0), len(ids) - 1)])
            return True
        if key == ENTER and self.case and not typing:
            self.desk_app.open_case(self.case)
            return True
        if key == SLASH and not typing:
            self.search.entry.focus = True
            return True
        return False


def _keys() -> BoxLayout:
    """The strip at the foot: what the keyboard does."""
    strip = Row(padding=[theme.PAD, theme.dp(4)])
    for key, words in (("↑ ↓", "key_move"), ("回车", "key_open"), ("Esc", "key_back"), ("/", "key_find")):
        strip.add_widget(Mark(words=f"{key}　{t(f'township.{words}')}", tone="plain"))
    strip.add_widget(Text(text=""))
    return strip
