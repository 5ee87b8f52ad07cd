"""The board of deadlines by village and mediator, and the town's figures as charts: one page each."""

from __future__ import annotations

from typing import Any

from kivy.core.window import Window
from kivy.uix.gridlayout import GridLayout
from kivy.uix.label import Label
from kivy.uix.screenmanager import Screen
from kivy.uix.widget import Widget

from shared.ledger.texts import t
from village_node.desk.township.town import BoardRow, Heard
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, Text
from village_node.ui.kit.charts import bar_chart
from village_node.ui.kit.dialogs import in_columns, scroller
from village_node.ui.kit.resized import when_resized
from village_node.view_models.sync_page import when_words

_COLUMNS = ("over", "today", "1", "3", "7", "total")
_NAME = 2.2         # widths of a number's column that the name takes


class TownScreen(Screen):
    """One answer of the asking thread (`_read`), drawn (`_column`) when it is another one or the window is."""

    def __init__(self, desk_app: Any, place: str, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app, self.place = desk_app, t(place)
        self._shown: Any = None
        when_resized(self, self._again)

    def open(self) -> None:
        self._shown = None
        self.refresh()

    def refresh(self) -> None:
        if self.desk_app.staff is not None:
            self.desk_app.ask(f"page {self.name}", self._read, self._draw)

    def _again(self) -> None:
        shown, self._shown = self._shown, None
        if shown is not None:
            self._draw(shown)

    def _draw(self, answer: Any) -> None:
        if answer == self._shown:
            return
        self._shown = answer
        self.clear_widgets()
        self.add_widget(scroller(self._column(answer)))

    def _read(self) -> Any:
        raise NotImplementedError

    def _column(self, answer: Any) -> Column:
        raise NotImplementedError


class BoardScreen(TownScreen):
    def __init__(self, desk_app: Any, **kwargs: object) -> None:
        super().__init__(desk_app, "township.board", **kwargs)

    def _read(self) -> Any:
        return self.desk_app.desk.town.board()

    def _column(self, answer: tuple[tuple[BoardRow, ...], tuple[BoardRow, ...]]) -> Column:
        column = Column(padding=theme.PAD, spacing=theme.PAD)
        column.add_widget(Text(text=t("township.board_title"), color=theme.SOFT_INK))
        tables = [_table(t(f"township.{name}"), rows) for name, rows in zip(("by_village", "by_mediator"), answer, strict=True)]
        column.add_widget(in_columns(tables, 2 if Window.width >= theme.LAPTOP else 1))
        return column


def _table(title: str, rows: tuple[BoardRow, ...]) -> Card:
    card = Card()
    card.add_widget(Text(text=title if rows else f"{title}　{t('township.nobody')}", font_size=theme.LARGE))
    if not rows:
        return card
    narrow = Window.width < theme.PHONE             # names stand above their numbers
    grid = _grid(card, narrow)
    if not narrow:
        grid.add_widget(Widget(size_hint_x=_NAME))
    for name in _COLUMNS:
        grid.add_widget(_cell(t(f"township.board_{name}"), theme.SOFT_INK, theme.SMALL))
    for row in rows:
        if narrow:
            card.add_widget(Text(text=row.name))
            grid = _grid(card, narrow)
        else:
            grid.add_widget(_cell(row.name, theme.INK, theme.TEXT, left=True))
        _put(grid, row)
    return card


def _grid(card: Card, narrow: bool) -> GridLayout:
    grid = GridLayout(cols=len(_COLUMNS) + (not narrow), size_hint_y=None, row_default_height=theme.dp(48),
                      row_force_default=True, spacing=[theme.dp(4), theme.dp(2)])
    grid.bind(minimum_height=grid.setter("height"))
    card.add_widget(grid)
    return grid


def _put(grid: GridLayout, row: BoardRow) -> None:
    for number, name in zip((*row.counts, row.total), _COLUMNS, strict=True):
        tone = "bad" if name == "over" else "warn" if name in ("today", "1") else "plain"
        colour = theme.TONES[tone][1] if number else theme.SOFT_INK
        grid.add_widget(_cell(str(number) if number else "·", colour, theme.LARGE))


def _cell(words: str, colour: Any, size: float, *, left: bool = False) -> Label:
    label = Label(text=words, color=colour, font_size=size, halign="left" if left else "center", valign="middle", shorten=True,
                  size_hint_x=_NAME if left else 1)
    label.bind(size=lambda *_: setattr(label, "text_size", label.size))
    return label


class TownFiguresScreen(TownScreen):
    """Charts of the year, and when each village was last heard of."""

    def __init__(self, desk_app: Any, **kwargs: object) -> None:
        super().__init__(desk_app, "township.figures", **kwargs)

    def _read(self) -> Any:
        town, year = self.desk_app.desk.town, int(self.desk_app.today()[:4])
        return year, *town.counts(year), town.heard()

    def _column(self, answer: Any) -> Column:
        year, offices, kinds, heard = answer
        column = Column(padding=theme.PAD, spacing=theme.PAD)
        column.add_widget(Text(text=t("township.figures_title", year=year), font_size=theme.TITLE))
        column.add_widget(Text(text=t("township.figures_note"), color=theme.SOFT_INK))
        full = t("township.full", n="{n}")
        parts = [bar_chart(t("township.by_origin"), offices, full), bar_chart(t("township.by_category"), kinds, full),
                 self._heard(heard)]
        column.add_widget(in_columns(parts, 2 if Window.width >= theme.WIDE else 1))
        return column

    def _heard(self, heard: tuple[Heard, ...]) -> Card:
        card = Card()
        card.add_widget(Text(text=t("township.heard_title"), font_size=theme.LARGE))
        if not heard:
            card.add_widget(Text(text=t("township.heard_unknown"), color=theme.SOFT_INK))
        for one in heard:
            when = when_words(one.at, self.desk_app.services.now_ms()) if one.at is not None else t("township.heard_never")
            card.add_widget(Text(text=f"{one.name}　{when}"))
        return card
