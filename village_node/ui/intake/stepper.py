"""A number with − and +, which can also be typed."""

from __future__ import annotations

from kivy.lang import Builder
from kivy.properties import NumericProperty, StringProperty

from shared.ledger.entry import counted
from village_node.ui.kit import theme
from village_node.ui.kit.basic import QuietButton, Row, Text
from village_node.ui.kit.fields import Entry, Field

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<NumberField>:
    spacing: theme.dp(4)
""")


class NumberField(Field):
    """`value` is text, "" for nothing; − at the least and + at the most do nothing. A typed decimal stays as it is typed."""

    unit = StringProperty("")
    step = NumericProperty(1)
    least = NumericProperty(0)
    most = NumericProperty(10**9)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.entry = Entry(multiline=False, input_type="number", text=self.value, halign="center")
        self.less = QuietButton(text="−", size_hint_x=None, width=theme.TOUCH, on_release=lambda *_: self.add(-self.step))
        self.more = QuietButton(text="+", size_hint_x=None, width=theme.TOUCH, on_release=lambda *_: self.add(self.step))
        row = Row(spacing=theme.dp(6))
        for part in (self.less, self.entry, Text(text=self.unit, size_hint_x=None, width=theme.dp(26), halign="center",
                                                 color=theme.SOFT_INK, pos_hint={"center_y": .5}), self.more):
            row.add_widget(part)
        self.ids.slot.add_widget(row)
        self.entry.bind(text=lambda *_: self._typed())
        self.bind(value=self._show, error=lambda *_: setattr(self.entry, "wrong", bool(self.error)))
        self._bounds()

    def _typed(self) -> None:
        self.value = self.entry.text.strip()
        self._bounds()

    def _show(self, *_args: object) -> None:
        if self.entry.text.strip() != self.value:
            self.entry.text = self.value
        self._bounds()

    def _bounds(self) -> None:
        now = counted(self.value)
        self.less.disabled = not now or now <= self.least
        self.more.disabled = now is not None and now >= self.most

    def add(self, amount: float) -> None:
        """From what stands there; a number that is none begins at the least."""
        now = counted(self.value.partition(".")[0]) or 0
        wanted = max(now + int(amount), 0)
        self.value = str(min(wanted, int(self.most))) if wanted > self.least or wanted else ""
        self.error = ""

    def commit(self) -> str:
        return self.value
