"""Six digits on large keys, or on a keyboard; five start words by ten taps, or typed. What is typed never stands on the
screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics import Color, Ellipse, Line
from kivy.lang import Builder
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from shared.ledger import vault
from shared.ledger.formats.characters import is_digits
from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import BaseButton, Column, QuietButton, Row, Text

DIGITS = 6
_BACKSPACE, _KEYPAD = 8, {256 + n: str(n) for n in range(10)}

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<PinDots>:
    size_hint_y: None
    height: theme.dp(36)

<PinKey>:
    font_size: theme.GREETING
    height: theme.dp(64)
    edge: theme.FIELD_LINE
""")


class PinKey(BaseButton):
    pass


class PinDots(Widget):
    """Filled for each digit that was typed."""

    filled = NumericProperty(0)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        draw = Clock.create_trigger(self._draw, 0)
        self.bind(pos=draw, size=draw, filled=draw)

    def _draw(self, *_args: object) -> None:
        self.canvas.clear()
        side, gap = theme.dp(20), theme.dp(16)
        left = self.x + (self.width - DIGITS * side - (DIGITS - 1) * gap) / 2
        with self.canvas:
            Color(*theme.PRIMARY)
            for n in range(DIGITS):
                x, y = left + n * (side + gap), self.center_y - side / 2
                if n < self.filled:
                    Ellipse(pos=(x, y), size=(side, side))
                Line(ellipse=(x, y, side, side, 0, 360, theme.ROUND), width=1.5)


class PinPad(Column):
    """`on_done(pin)` after the sixth digit; `say(sentence)` shows what is wrong, and begins anew."""

    question = StringProperty("")

    def __init__(self, question: str, on_done: Callable[[str], None], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._typed, self._on_done = "", on_done
        self.ask = Text(text=question, font_size=theme.LARGE, halign="center")
        self.dots = PinDots()
        self.fault = Text(text="", color=theme.FIELD_ERROR, halign="center")
        keys = GridLayout(cols=3, spacing=theme.GAP, size_hint_y=None)
        keys.bind(minimum_height=keys.setter("height"))
        for word in (*"123456789", "", "0", t("app.pin.delete")):
            keys.add_widget(self._key(word))
        for part in (self.ask, self.dots, self.fault, keys):
            self.add_widget(part)
        self.bind(parent=self._listen)

    def _key(self, word: str) -> Widget:
        if not word:
            return Widget(size_hint_y=None, height=theme.dp(64))
        if is_digits(word):
            return PinKey(text=word, on_release=lambda *_: self.press(word))
        return PinKey(text=word, font_size=theme.TEXT, on_release=lambda *_: self.delete())

    def press(self, digit: str) -> None:
        if len(self._typed) >= DIGITS:
            return                                     # the sixth is being judged
        self.fault.text = ""
        self._typed += digit
        self.dots.filled = len(self._typed)
        if len(self._typed) == DIGITS:
            self._on_done(self._typed)

    def delete(self) -> None:
        if len(self._typed) < DIGITS:
            self._typed = self._typed[:-1]
            self.dots.filled = len(self._typed)

    def say(self, sentence: str, question: str = "") -> None:
        self._typed, self.dots.filled, self.fault.text = "", 0, sentence
        self.ask.text = question or self.ask.text

    def _listen(self, *_args: object) -> None:
        if self.parent is None:
            Window.unbind(on_key_down=self._on_key)
        else:
            Window.bind(on_key_down=self._on_key)

    def _on_key(self, _window: object, key: int, _scan: int, codepoint: str | None, *_more: object) -> bool:
        if self.get_parent_window() is None or Window.children[0] is not self._top():
            return False                               # another dialog lies above
        digit = _KEYPAD.get(key) or (codepoint if codepoint and codepoint in "0123456789" else "")
        if digit:
            self.press(digit)
        elif key == _BACKSPACE:
            self.delete()
        return bool(digit) or key == _BACKSPACE

    def _top(self) -> Any:
        widget: Any = self
        while widget.parent is not None and widget.parent is not Window and widget.parent is not widget:
            widget = widget.parent
        return widget


class WordPad(Column):
    """Five start words: each by a tap on its first character and one on its second. `on_done(words)` after the fifth."""

    def __init__(self, question: str, on_done: Callable[[str], None], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._on_done, self._words, self._begun = on_done, [], ""
        self._first, self._second = vault.word_characters()
        self.ask = Text(text=question, font_size=theme.LARGE)
        self.shown = Text(text="", font_size=theme.TITLE, least_height=theme.TOUCH)
        self.fault = Text(text="", color=theme.FIELD_ERROR)
        self.keys = GridLayout(cols=8, spacing=theme.dp(6), size_hint=(1, None), pos_hint={"top": 1})
        self.keys.bind(minimum_height=self.keys.setter("height"))
        self.space = AnchorLayout(anchor_y="top", size_hint_y=None)
        self.space.add_widget(self.keys)
        back = Row()
        back.add_widget(self.shown)
        back.add_widget(QuietButton(text=t("app.pin.delete"), size_hint_x=None, width=theme.dp(112),
                                    on_release=lambda *_: self.delete()))
        for part in (self.ask, back, self.fault, self.space):
            self.add_widget(part)
        self.bind(width=lambda *_: self._fit())
        self._fit()
        self._draw()

    def _fit(self) -> None:
        """Room for the longer list at any time: a page that changes its height under a finger loses the tap."""
        self.keys.cols = 6 if self.width < theme.PHONE else 8
        self.space.height = -(-len(self._second) // self.keys.cols) * (theme.dp(60) + theme.dp(6))

    def _draw(self) -> None:
        # What was chosen is shown as dots: the words must not stand on a screen that somebody photographs.
        done = "●● " * len(self._words) + ("●" if self._begun else "")
        self.shown.text = done or t("app.pin.no_word")
        self.keys.clear_widgets()
        if len(self._words) < vault.WORD_COUNT:
            for character in self._second if self._begun else self._first:
                self.keys.add_widget(PinKey(text=character, height=theme.dp(60),
                                            on_release=lambda *_, character=character: self.press(character)))

    def press(self, character: str) -> None:
        self.fault.text = ""
        if self._begun:
            self._words.append(self._begun + character)
            self._begun = ""
        else:
            self._begun = character
        self._draw()
        if len(self._words) == vault.WORD_COUNT:
            self._on_done(" ".join(self._words))

    def delete(self) -> None:
        if self._begun:
            self._begun = ""
        elif self._words:
            self._words.pop()
        self._draw()

    def say(self, sentence: str) -> None:
        self._words, self._begun, self.fault.text = [], "", sentence
        self._draw()
