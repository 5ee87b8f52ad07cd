"""A person's PIN, set or changed: what shows that he may, the PIN twice, and with the first one of a device its five start words.

The words are shown, written down and asked for before anything is closed under them. Argon2id takes its time in the asking
thread.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from shared.ledger.texts import t
from village_node.point.errors import NodeError
from village_node.point.pins import check_shape
from village_node.point.values import StaffView
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, PrimaryButton, Text
from village_node.ui.kit.dialogs import Dialog, in_columns
from village_node.ui.kit.fields import TextField
from village_node.ui.kit.pin_pad import PinPad


class SetPin(Dialog):
    """`host` asks in its thread; `people` are `desk.people`; `set_pin` writes. `proof`: known already (a code just typed)."""

    def __init__(self, host: Any, person: StaffView, *, on_done: Callable[[], None], proof: str = "", **kwargs: object) -> None:
        super().__init__(title=t("app.pin.title", name=person.name), **kwargs)
        self._host, self._person, self._on_done = host, person, on_done
        self._desk = host.desk
        self._proof, self._pin, self._words = proof, "", ""
        self.pad: PinPad | None = None
        self.add_button(t("app.cancel"), self.dismiss)
        self._wanted = self._desk.people.proof_wanted(person.id)
        if self._wanted and not proof:
            self._ask_proof()
        else:
            self._ask_new()

    # ---- steps

    def _clear(self) -> None:
        self.ids.content.clear_widgets()
        for button in self.ids.buttons.children[:-1]:
            self.ids.buttons.remove_widget(button)

    def _ask_proof(self, fault: str = "") -> None:
        self._clear()
        if self._wanted == "pin":
            self.pad = PinPad(t("app.pin.old"), self._proved)
            self.pad.say(fault)
            self.add_content(self.pad)
            self.add_button(t("app.pin.forgot"), self.ask_for_a_code)
        else:
            self.ask_for_a_code(fault)

    def ask_for_a_code(self, fault: str = "") -> None:
        self._clear()
        self.code = TextField(label=t(f"app.pin.code_{'enrolment' if self._wanted == 'enrolment' else 'officer'}"))
        self.code.error = fault
        self.add_content(self.code)
        self.add_button(t("app.pin.next"), lambda: self._proved(self.code.commit()), primary=True)

    def _proved(self, proof: str) -> None:
        self._proof = proof
        self._ask_new()

    def _ask_new(self, fault: str = "") -> None:
        self._clear()
        self.pad = PinPad(t("app.pin.new"), self._typed)
        self.pad.say(fault)
        self.add_content(self.pad)

    def _typed(self, pin: str) -> None:
        try:
            check_shape(pin)
        except NodeError as error:
            self.pad.say(error.sentence)
            return
        self._pin = pin
        self._clear()
        self.pad = PinPad(t("app.pin.again"), self._repeated)
        self.add_content(self.pad)

    def _repeated(self, pin: str) -> None:
        if pin != self._pin:
            self._ask_new(t("app.pin.differs"))
        elif self._desk.people.needs_words():
            self._words = self._words or self._desk.people.new_words()
            self._show_words()
        else:
            self._save()

    def _show_words(self, fault: str = "") -> None:
        self._clear()
        card = Card(ground=theme.TONES["warn"][0], edge=theme.TONES["warn"][1])
        for number, word in enumerate(self._words.split(), start=1):
            card.add_widget(Text(text=f"{number}.  {word}", font_size=theme.GREETING))
        self.add_content(Text(text=t("app.pin.words"), font_size=theme.LARGE), card, Text(text=t("app.pin.words_why")),
                         Text(text=fault, color=theme.FIELD_ERROR))
        self.add_button(t("app.pin.written"), self._test_words, primary=True)

    def _test_words(self) -> None:
        """One of the five, to be found on the paper."""
        self._clear()
        words, asked = self._words.split(), secrets.randbelow(5)
        others = self._desk.people.new_words().split()
        choices = [*[word for word in others if word != words[asked]][:3], words[asked]]
        secrets.SystemRandom().shuffle(choices)
        buttons = [PrimaryButton(text=w, on_release=lambda *_, w=w: self._tested(w == words[asked])) for w in choices]
        self.add_content(Text(text=t("app.pin.which", n=asked + 1), font_size=theme.LARGE), in_columns(buttons, 2))

    def _tested(self, good: bool) -> None:
        if good:
            self._save()
        else:
            self._show_words(t("app.pin.which_wrong"))

    # ---- the end

    def _save(self) -> None:
        self._clear()
        self.add_content(Text(text=t("app.pin.saving"), font_size=theme.LARGE))
        self._host.ask("set_pin", self._written, self._saved)

    def _written(self) -> str:
        try:
            self._desk.set_pin(self._person.id, self._pin, proof=self._proof, words=self._words)
        except NodeError as error:
            return error.sentence
        return ""

    def _saved(self, fault: str) -> None:
        if fault:
            self._proof = ""
            self._ask_proof(fault)
            return
        self.dismiss()
        self._on_done()
