"""Charts on the canvas: bars from zero, one hue, the number printed beside each, the full length said in words."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.lang import Builder
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Text

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<BarLine>:
    size_hint_y: None
    height: theme.dp(40)
    spacing: theme.GAP
    Words:
        text: root.name
        font_size: theme.TEXT
        color: theme.INK
        size_hint_x: None
        width: min(theme.dp(150), root.width * .36)
        text_size: self.size
        shorten: True
        halign: 'left'
        valign: 'middle'
    Widget:
        canvas:
            Color:
                rgba: theme.LINE
            Rectangle:
                pos: self.x, self.y + theme.dp(8)
                size: 1, self.height - theme.dp(16)
            Color:
                rgba: theme.PRIMARY
            Rectangle:
                pos: self.x, self.y + theme.dp(9)
                size: self.width * root.share, self.height - theme.dp(18)
    Words:
        text: root.number
        font_size: theme.TEXT
        color: theme.INK
        size_hint_x: None
        width: theme.dp(56)
        text_size: self.size
        halign: 'right'
        valign: 'middle'
""")


class BarLine(BoxLayout):
    name = StringProperty("")
    number = StringProperty("")
    share = NumericProperty(0)


def bar_chart(title: str, rows: Sequence[tuple[str, int]], full_words: str) -> Card:
    """`full_words` has a place for the number that a whole bar stands for."""
    full = max((number for _, number in rows), default=0)
    card = Card()
    card.add_widget(Text(text=title, font_size=theme.LARGE))
    for name, number in rows:
        card.add_widget(BarLine(name=name, number=f"{number:,}" if number else "·", share=number / full if full else 0))
    if full:
        card.add_widget(Text(text=full_words.format(n=full), color=theme.SOFT_INK, font_size=theme.SMALL))
    return card
