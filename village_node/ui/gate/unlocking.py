"""A closed HOME: nobody has opened it since the app began. A PIN, or five start words; what it is asked for, `vault.json`
says."""

from __future__ import annotations

from typing import Any

from kivy.uix.boxlayout import BoxLayout

from shared.ledger.texts import t
from shared.ledger.vault import PIN, WORDS
from village_node.ui.gate.parts import Told, page
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, Text
from village_node.ui.kit.marks import Mark
from village_node.ui.kit.pin_pad import PinPad, WordPad


class Unlocking(BoxLayout):
    def __init__(self, gate: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._gate = gate
        found = gate.place.vault()
        self.pad: Any = None
        parts: list[Any] = [Mark(words=t("start.locked"), icon="lock-outline", tone="plain"),
                            Text(text=t("start.locked_line"), font_size=theme.LARGE)]
        if found is not None and found.has(WORDS):
            self.pad = WordPad(t("start.ask_words"), self._typed)
        elif found is not None and found.has(PIN):
            self.pad = PinPad(t("start.ask_pin"), self._typed)
        box = Column()
        box.add_widget(self.pad or Text(text=t("node.safe.locked_file"), color=theme.FIELD_ERROR))
        parts += [box, Text(text=t("start.help"), color=theme.SOFT_INK)]
        self.add_widget(page(*parts, icon="lock-outline"))

    def _typed(self, secret: str) -> None:
        self._gate.ask("unlock", lambda: self._gate.unlock(secret), self._answered)

    def _answered(self, answer: Any) -> None:
        if isinstance(answer, Told):
            self.say(answer)
        else:
            self._gate.enter()

    def say(self, sentence: str) -> None:
        if self.pad is not None:
            self.pad.say(sentence)
