"""The parts of the page 送到没有, each a card made from its model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.core.window import Window
from kivy.graphics import Color, Rectangle
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text
from village_node.ui.kit.chips import ChipsField
from village_node.ui.kit.icons import Icon
from village_node.ui.kit.marks import DeliveryMark, IconButton, Mark
from village_node.ui.kit.progress import OnOff
from village_node.view_models.sync_page import ContactLine, MatterLine, RefusedLine, SyncPageModel

_HEAD_ICONS = {"good": "cloud-check-outline", "warn": "cloud-upload-outline", "bad": "alert", "plain": "cloud-outline"}


class TapRow(ButtonBehavior, BoxLayout):
    """A row that is itself the button."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(orientation="vertical", size_hint_y=None, padding=[0, theme.dp(6)], spacing=theme.dp(2), **kwargs)
        self.bind(minimum_height=lambda *_: setattr(self, "height", max(self.minimum_height, theme.TOUCH)))


def head(words: str, line: str, tone: str) -> Card:
    ground, ink = theme.TONES[tone]
    card = Card(ground=ground, edge=ink)
    row = Row()
    row.add_widget(Icon(icon=_HEAD_ICONS[tone], color=ink, font_size=theme.NUMBER, pos_hint={"center_y": .5}))
    column = Column(spacing=theme.dp(2))
    column.add_widget(Text(text=words, color=ink, font_size=theme.LARGE))
    if line:
        column.add_widget(Text(text=line, color=ink))
    row.add_widget(column)
    card.add_widget(row)
    return card


def rule() -> Widget:
    """A line between rows."""
    line = Widget(size_hint_y=None, height=1)
    with line.canvas:
        Color(*theme.LINE)
        drawn = Rectangle()
    line.bind(pos=lambda *_: setattr(drawn, "pos", line.pos), size=lambda *_: setattr(drawn, "size", line.size))
    return line


def titled(title: str, note: str = "") -> Card:
    card, row = Card(), Row()
    row.add_widget(Text(text=title, font_size=theme.LARGE))
    if note:
        row.add_widget(Text(text=note, color=theme.SOFT_INK, font_size=theme.SMALL, halign="right"))
    card.add_widget(row)
    return card


def contacts(lines: Sequence[ContactLine]) -> Card:
    card = titled(t("sending.contacts"))
    for line in lines:
        card.add_widget(rule())
        row, narrow = Row(padding=[0, theme.dp(8)]), Window.width < theme.PHONE
        row.add_widget(Icon(icon=line.icon, color=theme.TONES["info"][1], pos_hint={"center_y": .5}))
        row.add_widget(Text(text=f"{line.name}\n{line.when}".rstrip() if narrow else line.name, pos_hint={"center_y": .5}))
        if not narrow:
            row.add_widget(Text(text=line.when, color=theme.SOFT_INK, font_size=theme.SMALL, halign="right",
                                pos_hint={"center_y": .5}, size_hint_x=None, width=theme.dp(130)))
        row.add_widget(Mark(words=line.mark, tone=line.tone, round=1, pos_hint={"center_y": .5}))
        card.add_widget(row)
        if line.fault:
            card.add_widget(Text(text=line.fault, color=theme.FIELD_ERROR))
    return card


def waiting(model: SyncPageModel, open_matter: Callable[[MatterLine], None]) -> Card:
    card = titled(model.waiting, t("sending.waiting_note") if model.matters else "")
    for line in model.matters:
        card.add_widget(rule())
        row = TapRow(on_release=lambda *_, line=line: open_matter(line))
        row.matter = line.id
        row.add_widget(Text(text=line.title))
        below = Row()
        below.add_widget(Text(text=line.line, color=theme.SOFT_INK, font_size=theme.SMALL, pos_hint={"center_y": .5}))
        below.add_widget(DeliveryMark(words=line.mark.words, tone=line.mark.tone, filled=line.mark.filled, hops=line.mark.hops,
                                      refused=int(line.mark.refused)))
        row.add_widget(below)
        for file in line.files:
            row.add_widget(Text(text=file, color=theme.SOFT_INK, font_size=theme.SMALL))
        card.add_widget(row)
    if model.more:
        card.add_widget(Text(text=model.more, color=theme.SOFT_INK, font_size=theme.SMALL))
    return card


def refused(title: str, lines: Sequence[RefusedLine], mend: Callable[[RefusedLine], None]) -> Card | None:
    if not lines:
        return None
    card = Card(edge=theme.FIELD_ERROR)
    card.add_widget(Text(text=title, font_size=theme.LARGE, color=theme.FIELD_ERROR))
    for line in lines:
        card.add_widget(rule())
        card.add_widget(Text(text=line.title))
        card.add_widget(Text(text=line.reason, color=theme.FIELD_ERROR))
        card.add_widget(Text(text=line.remedy, color=theme.SOFT_INK))
        button = QuietButton(text=line.button, on_release=lambda *_, line=line: mend(line))
        button.refused = line.record.id
        card.add_widget(button)
    return card


def settings(model: SyncPageModel, on_wifi: Callable[[], None], on_free: Callable[[], None], on_fetch: Callable[[], None],
             on_cadence: Callable[[str], None]) -> Card:
    card = Card()
    row = Row()
    row.add_widget(Icon(icon="wifi", color=theme.SOFT_INK, pos_hint={"center_y": .5}))
    row.add_widget(Text(text=t("sending.wifi"), pos_hint={"center_y": .5}))
    switch = OnOff(on=model.files_on_wifi, words=t("sending.on" if model.files_on_wifi else "sending.off"),
                    on_release=lambda *_: on_wifi())
    switch.name = "wifi"
    row.add_widget(switch)
    card.add_widget(row)
    if model.wifi_note:
        card.add_widget(Text(text=model.wifi_note, color=theme.TONES["warn"][1], font_size=theme.SMALL))
    card.add_widget(rule())
    row = Row()
    row.add_widget(Icon(icon="harddisk", color=theme.SOFT_INK, pos_hint={"center_y": .5}))
    words = Column(spacing=0, pos_hint={"center_y": .5})
    words.add_widget(Text(text=model.space))
    words.add_widget(Text(text=model.space_left, color=theme.SOFT_INK, font_size=theme.SMALL))
    row.add_widget(words)
    if model.freeable:
        row.add_widget(QuietButton(text=t("sending.free"), size_hint_x=None, width=theme.dp(120),
                                   on_release=lambda *_: on_free()))
    card.add_widget(row)
    if model.freed:
        card.add_widget(IconButton(text=t("fetching.button_list", n=model.freed), icon="cloud-download-outline",
                                   on_release=lambda *_: on_fetch()))
    card.add_widget(rule())
    field = ChipsField(label=t("sending.cadence"), choices=list(model.cadences), chosen=[model.cadence])
    field.bind(value=lambda _field, value: on_cadence(value))
    card.add_widget(field)
    return card


def help_strip(words: str, phone: str, on_call: Callable[[], None]) -> Card:
    card = Card(ground=theme.PRIMARY_PALE, edge=theme.PRIMARY_PALE)
    row = Row()
    row.add_widget(Icon(icon="face-agent", color=theme.TONES["info"][1], pos_hint={"center_y": .5}))
    row.add_widget(Text(text=words, color=theme.TONES["info"][1], pos_hint={"center_y": .5}))
    if phone:
        row.add_widget(IconButton(text=phone, icon="phone", size_hint_x=None, width=theme.dp(196),
                                  on_release=lambda *_: on_call()))
    card.add_widget(row)
    return card
