"""A pad to sign on, as wide as the page: who signs, when it was signed, sign again, or not today."""

from __future__ import annotations

from collections.abc import Callable

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Row, Text
from village_node.ui.kit.marks import IconButton
from village_node.ui.kit.signature import Pad

PAD = 148           # dp


class SignCard(Card):
    """`on_sign()` after each stroke and when it is cleared; `on_later(bool)` when somebody is not here, or is after all."""

    signed_at = StringProperty("")
    later = BooleanProperty(False)

    def __init__(self, *, role: str, name: str, hand: str, on_sign: Callable[[], None], on_later: Callable[[bool], None],
                 **kwargs: object) -> None:
        super().__init__(spacing=theme.dp(6), padding=theme.dp(12), **kwargs)
        self._on_later = on_later
        row = Row(spacing=theme.dp(8))
        row.add_widget(Text(text=f"{role}　{name}", font_size=theme.LARGE, pos_hint={"center_y": .5}))
        self._at = Text(halign="right", color=theme.TONES["good"][1], font_size=theme.SMALL, pos_hint={"center_y": .5})
        row.add_widget(self._at)
        self.add_widget(row)
        self.pad = Pad(pos_hint={"x": 0, "y": 0})
        self._please = Text(text=t("intake.sign.please", name=hand), color=theme.SOFT_INK, halign="center", font_size=theme.LARGE,
                            pos_hint={"center_x": .5, "center_y": .5})
        self._room = FloatLayout(size_hint_y=None, height=theme.dp(PAD))
        self.pad.bind(on_stroke=lambda *_: on_sign())
        self.button = IconButton(edge=theme.PAPER, on_release=lambda *_: self._pressed())
        self.add_widget(self._room)
        self.add_widget(self.button)
        self.bind(signed_at=self._show, later=self._show)
        self._show()

    def _show(self, *_args: object) -> None:
        self._room.clear_widgets()
        self._room.height = 0 if self.later else theme.dp(PAD)
        if not self.later:
            self._room.add_widget(self.pad)
            if not self.signed_at:
                self._room.add_widget(self._please)
        self._at.text = self.signed_at or (t("intake.sign.later_chosen") if self.later else "")
        self._at.color = theme.TONES["good" if self.signed_at else "plain"][1]
        self.edge = theme.TONES["good"][1] if self.signed_at else theme.FIELD_LINE
        words, icon = (("intake.sign.again", "refresh") if self.signed_at else ("intake.sign.now", "draw") if self.later else
                       ("intake.sign.later", "clock-outline"))
        self.button.text, self.button.icon = t(words), icon

    def _pressed(self) -> None:
        if self.signed_at:
            self.pad.clear()
        else:
            self.later = not self.later
            self._on_later(self.later)

