"""A sheet: a dialog as high as the screen, for everything that is filled in.

Title on top, a page that scrolls, one row of buttons at the foot: the way back at the left, the one thing to do at the right.
"""

from __future__ import annotations

from collections.abc import Callable

from kivy.core.window import Window
from kivy.lang import Builder
from kivy.properties import StringProperty
from kivy.uix.modalview import ModalView
from kivy.uix.widget import Widget

from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, PrimaryButton, QuietButton, Row, Text
from village_node.ui.kit.scroll import PageScroll  # noqa: F401  used by the rule below

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<Sheet>:
    size_hint: None, 1
    width: min(theme.dp(980), self.parent.width if self.parent else theme.dp(980))
    background: ''
    background_color: theme.GROUND
    overlay_color: theme.SHADE
    auto_dismiss: False
    BoxLayout:
        orientation: 'vertical'
        Strip:
            size_hint_y: None
            height: self.minimum_height
            Text:
                text: root.title
                font_size: theme.TITLE
                padding: [theme.PAD, theme.dp(12)]
        PageScroll:
            id: scroll
            do_scroll_x: False
            bar_width: theme.dp(8)
            Column:
                id: content
                padding: theme.PAD
        Strip:
            id: buttons
            foot: True
            size_hint_y: None
            height: self.minimum_height
            padding: theme.PAD
            spacing: theme.GAP
""")

TWO_COLUMNS_FROM = 800      # dp of width; below it one field stands below the other


class Sheet(ModalView):
    """Closes only by a button."""

    title = StringProperty("")

    def add_content(self, *widgets: Widget) -> None:
        for widget in widgets:
            self.ids.content.add_widget(widget)

    def add_button(self, words: str, on_release: Callable[[], None], *, primary: bool = False) -> Widget:
        """The primary one fills the rest of the row; on a telephone all share it."""
        if primary:
            button: Widget = PrimaryButton(text=words, on_release=lambda *_: on_release())
        elif Window.width < theme.PHONE:
            button = QuietButton(text=words, on_release=lambda *_: on_release())
        else:
            button = QuietButton(text=words, on_release=lambda *_: on_release(), size_hint_x=None, width=theme.dp(168))
        self.ids.buttons.add_widget(button)
        return button

    def bring_into_view(self, widget: Widget) -> None:
        """Below the notice that says why; a page that is seen whole stays where it is."""
        if self.ids.content.height > self.ids.scroll.height:
            self.ids.scroll.scroll_to(widget, padding=theme.TOUCH)


def section(title: str, *parts: Widget) -> Card:
    """A card with a heading ("" none)."""
    card = Card(spacing=theme.PAD)
    if title:
        card.add_widget(Text(text=title, font_size=theme.LARGE))
    for part in parts:
        card.add_widget(part)
    return card


def flowing(widgets: list[tuple[Widget, bool]]) -> Column:
    """Widgets below each other; two that are short (True) beside each other where the window is wide enough."""
    column, wide = Column(spacing=theme.PAD), Window.width >= theme.dp(TWO_COLUMNS_FROM)
    waiting: Widget | None = None
    for widget, short in widgets:
        if not (short and wide):
            waiting = _alone(column, waiting)
            column.add_widget(widget)
        elif waiting is None:
            waiting = widget
        else:
            column.add_widget(_pair(waiting, widget))
            waiting = None
    _alone(column, waiting)
    return column


def _alone(column: Column, waiting: Widget | None) -> None:
    if waiting is not None:
        column.add_widget(_pair(waiting, Widget(size_hint_y=None, height=0)))


def _pair(left: Widget, right: Widget) -> Row:
    row = Row(spacing=theme.PAD)
    for widget in (left, right):
        widget.pos_hint = {"top": 1}
        row.add_widget(widget)
    return row
