"""Choices that lie open: chips to tap, one of them or several; and phrases that a tap writes into a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.stacklayout import StackLayout
from kivy.uix.widget import Widget

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import TICK, Text, ToggleChip, WrappingButton
from village_node.ui.kit.fields import Field, TextField

APART = ","             # between the codes of several choices in `value`
LONG_WORDS = 14         # longer ones get a line of their own


class ChoiceLine(WrappingButton):
    """One choice of many words, as wide as the field."""

    chosen = BooleanProperty(False)
    words = StringProperty("")

    def on_words(self, *_args: object) -> None:
        self.text = (TICK if self.chosen else "") + self.words

    def on_chosen(self, *_args: object) -> None:
        self.ground, self.ink = (theme.PRIMARY, theme.ON_PRIMARY) if self.chosen else (theme.PAPER, theme.INK)
        self.on_words()


class ChipsField(Field):
    """`choices` are (value, words). `many`: several may be chosen, and `commit` gives a list."""

    choices = ListProperty([])
    many = BooleanProperty(False)

    def __init__(self, *, chosen: Sequence[str] = (), **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.chips: dict[str, Widget] = {}
        self._chosen = [code for code in chosen if code in dict(self.choices)]
        self.value = APART.join(self._chosen)
        self.bind(choices=self._draw, value=self._take)
        self._draw()

    def _draw(self, *_args: object) -> None:
        self.ids.slot.clear_widgets()
        self._chosen = [code for code in self._chosen if code in dict(self.choices)]
        if not self.choices:
            self.ids.slot.add_widget(Text(text=t("form.nobody"), color=theme.SOFT_INK))
        long = any(len(words) > LONG_WORDS for _, words in self.choices)
        box = BoxLayout(orientation="vertical", size_hint_y=None, spacing=theme.dp(8)) if long else \
            StackLayout(size_hint_y=None, spacing=theme.dp(10))
        box.bind(minimum_height=box.setter("height"))
        self.chips = {code: self._chip(code, words, long) for code, words in self.choices}
        for chip in self.chips.values():
            box.add_widget(chip)
        self.ids.slot.add_widget(box)
        self._show()

    def _chip(self, code: str, words: str, long: bool) -> Widget:
        chip = ChoiceLine(halign="left") if long else ToggleChip(height=theme.TOUCH, least_width=theme.dp(92))
        chip.words = words
        chip.bind(on_release=lambda *_: self.tap(code))
        return chip

    def tap(self, code: str) -> None:
        """A second tap takes the choice back."""
        if code in self._chosen:
            self._chosen.remove(code)
        else:
            self._chosen = [*self._chosen, code] if self.many else [code]
        self.error = ""
        self._show()
        self.value = APART.join(self._chosen)

    def _take(self, *_args: object) -> None:
        """A draft that is given back sets the value."""
        if self.value != APART.join(self._chosen):
            self._chosen = [code for code in self.value.split(APART) if code in dict(self.choices)]
            self._show()

    def _show(self) -> None:
        for code, chip in self.chips.items():
            chip.chosen = code in self._chosen

    def commit(self) -> str | list[str]:
        return list(self._chosen) if self.many else "".join(self._chosen)


def phrases(words: Sequence[str], field: TextField) -> StackLayout:
    """Chips that write their words into `field`, after what stands there."""
    box = StackLayout(size_hint_y=None, spacing=theme.dp(10))
    box.bind(minimum_height=box.setter("height"))
    for phrase in words:
        box.add_widget(ToggleChip(words=phrase, on_release=_writes(phrase, field)))
    return box


def _writes(phrase: str, field: TextField) -> Callable[..., None]:
    def write(*_args: object) -> None:
        before = field.commit()
        if phrase not in before:
            field.value = f"{before}，{phrase}" if before else phrase
            field.error = ""

    return write
