"""Dialogs: question, picker, date picker and the short notice at the foot of the screen."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.lang import Builder
from kivy.properties import ListProperty, StringProperty
from kivy.uix.gridlayout import GridLayout
from kivy.uix.modalview import ModalView
from kivy.uix.widget import Widget

from shared.ledger.days import LAST_DAY, date_of
from shared.ledger.looked_for import looked_for
from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, Entry, PrimaryButton, QuietButton, Row, Text, ToggleChip
from village_node.ui.kit.scroll import PageScroll

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<Dialog>:
    size_hint: None, None
    width: min(theme.dp(820), self.parent.width * .94 if self.parent else theme.dp(820))
    height: min(body.minimum_height, self.parent.height * .92 if self.parent else theme.dp(600))
    background: ''
    background_color: theme.PAPER
    overlay_color: theme.SHADE
    auto_dismiss: False
    BoxLayout:
        id: body
        orientation: 'vertical'
        padding: theme.PAD
        spacing: theme.GAP
        Text:
            id: title
            text: root.title
            font_size: theme.TITLE
        Column:
            id: top
        PageScroll:
            id: scroll
            size_hint_y: None
            room: (root.parent.height if root.parent else theme.dp(600)) * .92 - 3 * theme.GAP - 2 * theme.PAD
            height: min(content.minimum_height, max(theme.TOUCH, self.room - title.height - top.height - buttons.height))
            do_scroll_x: False
            bar_width: theme.dp(8)
            Column:
                id: content
                padding: [0, 0, theme.GAP, 0]
        BoxLayout:
            id: buttons
            size_hint_y: None
            height: self.minimum_height
            spacing: theme.GAP
""")


Found = tuple[Sequence[tuple[str, str]], int]        # (value, words) of a part of a list, and how many there are in all
Look = Callable[[str, Sequence[str], int, Callable[[Found], None]], None]
PAGE = 20           # choices that are drawn at once: two screens
SEARCHED = 12       # beyond so many a list is looked through by typing; fewer are seen at once
TYPING_S = 0.25     # a search begins when the fingers rest


class Dialog(ModalView):
    """A titled box with content and buttons; closes only by a button."""

    title = StringProperty("")

    def add_content(self, *widgets: Widget) -> None:
        for widget in widgets:
            self.ids.content.add_widget(widget)

    def add_button(self, words: str, on_release: Callable[[], None], *, primary: bool = False) -> Widget:
        cls = PrimaryButton if primary else QuietButton
        button = cls(text=words, on_release=lambda *_: on_release())
        self.ids.buttons.add_widget(button)
        return button


class Question(Dialog):
    """Say what will happen, then do it or not."""

    def __init__(self, *, words: str, yes: str, on_yes: Callable[[], None], no: str = "", **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.add_content(Text(text=words, font_size=theme.LARGE))
        self.add_button(no or t("app.cancel"), self.dismiss)
        self.add_button(yes, lambda: (self.dismiss(), on_yes()), primary=True)


class Picker(Dialog):
    """One of a list, as large buttons in two columns, on a telephone in one; the present choice is filled and has a tick. A long
    list is looked through as one types, says how many there are, and is drawn by pages.

    `look(words, chosen, most, done)`: brings another part of a list that `choices` are the first of, and `total` its length."""

    choices = ListProperty([])
    chosen = StringProperty("")

    def __init__(self, *, on_choice: Callable[[str], None], look: Look | None = None, total: int = 0, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._on_choice, self._look = on_choice, look or self._look_here
        self._all, self._asked, self.total = list(self.choices), ("", 0), max(total, len(self.choices))
        self.search = Entry(hint_text=t("app.pick.hint"), multiline=False)
        self.count = Text(text="", color=theme.SOFT_INK, font_size=theme.SMALL)
        self.more = QuietButton(text=t("app.pick.more"), on_release=lambda *_: self.show_more())
        self._soon = Clock.create_trigger(lambda *_: self._ask(PAGE), TYPING_S)
        if self.total > SEARCHED:
            self.search.bind(text=lambda *_: self._soon(), on_text_validate=lambda *_: self._ask(PAGE))
            for part in (self.search, self.count):
                self.ids.top.add_widget(part)
        self.grid = GridLayout(cols=1 if Window.width < theme.PHONE else 2, spacing=theme.GAP, size_hint_y=None)
        self.grid.bind(minimum_height=self.grid.setter("height"))
        self.add_content(self.grid)
        present = [c for c in self._all if c[0] == self.chosen]
        self._draw([*present, *[c for c in self._all if c[0] != self.chosen]] if self.total > SEARCHED else self._all)
        self.add_button(t("app.cancel"), self.dismiss)

    def show_more(self) -> None:
        """The next page: of what is here, else asked for."""
        shown = len(self.grid.children)
        if shown < len(self.choices):
            self._draw(list(self.choices), shown)
        else:
            self._ask(shown + PAGE)

    def _ask(self, most: int) -> None:
        self._soon.cancel()
        asked = self._asked = (self.search.text.strip(), most)
        self._look(asked[0], [self.chosen] if self.chosen and not asked[0] else [], most, lambda found: self._take(asked, found))

    def _look_here(self, words: str, _chosen: Sequence[str], _most: int, done: Callable[[Found], None]) -> None:
        found = looked_for(self._all, words)
        done((found, len(found)))

    def _take(self, asked: tuple[str, int], found: Found) -> None:
        """What was asked for last; another page of the same stands below what is there."""
        if asked == self._asked:
            choices, self.total = found
            start = asked[1] - PAGE
            if start == 0:
                self.ids.scroll.scroll_y = 1
            self._draw(list(choices), start)

    def _draw(self, choices: list[tuple[str, str]], start: int = 0) -> None:
        self.choices = choices
        if start == 0:
            self.grid.clear_widgets()
        for value, words in choices[start:start + PAGE]:
            present = value == self.chosen
            cls = PrimaryButton if present else QuietButton
            self.grid.add_widget(cls(text=f"✓ {words}" if present else words, on_release=self._pick(value, self._on_choice)))
        shown = len(self.grid.children)
        self.count.text = (t("app.list.nothing_found", text=self.search.text.strip()) if not shown else
                           t("app.pick.shown", n=self.total, shown=shown) if shown < self.total else
                           t("app.pick.count", n=self.total))
        self.ids.content.remove_widget(self.more)
        if shown < self.total:
            self.add_content(self.more)

    def _pick(self, value: str, on_choice: Callable[[str], None]) -> Callable[..., None]:
        def picked(*_args: object) -> None:
            self.dismiss()
            on_choice(value)

        return picked


class DatePicker(Dialog):
    """A month as a grid of large days, Monday first."""

    def __init__(self, *, day: str, today: str, on_choice: Callable[[str], None], **kwargs: object) -> None:
        super().__init__(title=t("app.pick_day"), **kwargs)
        self._on_choice = on_choice
        self._day = date_of(day)
        self._today = date_of(today)
        self._shown = self._day.replace(day=1)
        self.add_button(t("app.cancel"), self.dismiss)
        self.add_button(t("app.today"), lambda: self._choose(self._today))
        self._draw()

    def _draw(self) -> None:
        content = self.ids.content
        content.clear_widgets()
        head = Row()
        head.add_widget(QuietButton(text=t("app.previous_month"), on_release=lambda *_: self._turn(-1)))
        head.add_widget(Text(text=t("app.month", year=self._shown.year, month=self._shown.month), halign="center",
                             font_size=theme.LARGE, least_height=theme.TOUCH))
        head.add_widget(QuietButton(text=t("app.next_month"), on_release=lambda *_: self._turn(1)))
        grid = GridLayout(cols=7, spacing=theme.dp(4), size_hint_y=None)
        grid.bind(minimum_height=grid.setter("height"))
        for name in t("app.weekdays"):
            grid.add_widget(Text(text=name, halign="center", color=theme.SOFT_INK))
        for week in calendar.Calendar().monthdayscalendar(self._shown.year, self._shown.month):
            for number in week:
                grid.add_widget(self._cell(number))
        content.add_widget(head)
        content.add_widget(grid)

    def _cell(self, number: int) -> Widget:
        if not number:
            return Widget(size_hint_y=None, height=theme.dp(52))
        date = self._shown.replace(day=number)
        cell = ToggleChip(words=str(number), tick="", chosen=date == self._day, on_release=lambda *_: self._choose(date))
        cell.size_hint_x = 1
        return cell

    def _turn(self, months: int) -> None:
        month = min(max(self._shown.year * 12 + self._shown.month - 1 + months, 12), LAST_DAY.year * 12 + 11)
        self._shown = dt.date(month // 12, month % 12 + 1, 1)
        self._draw()

    def _choose(self, date: dt.date) -> None:
        self.dismiss()
        self._on_choice(date.isoformat())


def scroller(child: Widget) -> PageScroll:
    """`child` in a vertical scroll with a bar a finger can find."""
    view = PageScroll(do_scroll_x=False, bar_width=theme.dp(10), scroll_type=["bars", "content"])
    view.add_widget(child)
    return view


def in_columns(widgets: Iterable[Widget], columns: int) -> Column:
    """Rows of `columns` widgets, aligned at the top: a red sentence under one field does not shift its neighbour."""
    made = Column()
    for row in rows_of(widgets, columns):
        made.add_widget(row)
    return made


def rows_of(widgets: Iterable[Widget], columns: int) -> Iterator[Row]:
    """The same rows one by one, each with its widgets made when it is asked for."""
    coming = iter(widgets)
    while few := list(islice(coming, columns)):
        row = Row()
        for widget in few:
            widget.pos_hint = {"top": 1}
            row.add_widget(widget)
        for _ in range(columns - len(few)):
            row.add_widget(Widget(size_hint_y=None, height=0))
        yield row
