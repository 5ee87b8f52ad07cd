"""Form fields: a label above, the control, and one red sentence below when the value cannot be taken.

Nothing validates while pinyin is being composed: values are read on focus loss, on Enter and on save.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from shared.ledger.texts import t
from village_node.ui.kit.basic import Entry, WrappingButton
from village_node.ui.kit.dialogs import DatePicker, Look, Picker

Builder.load_string("""
#:import theme village_node.ui.kit.theme
#:import t shared.ledger.texts.t

<Field>:
    orientation: 'vertical'
    size_hint_y: None
    height: self.minimum_height
    spacing: theme.dp(4)
    Text:
        text: root.label + (t('app.required') if root.required else '')
        color: theme.SOFT_INK
        font_size: theme.SMALL
    BoxLayout:
        id: slot
        size_hint_y: None
        height: self.minimum_height
    Text:
        text: root.error
        color: theme.FIELD_ERROR
        font_size: theme.SMALL
        height: self.texture_size[1] if self.text else 0

<ChoiceButton>:
    halign: 'left'
    ground: theme.PAPER
    ground_down: theme.PRIMARY_PALE
    ink: theme.INK if self.filled else theme.SOFT_INK
    edge: theme.FIELD_ERROR if self.wrong else theme.FIELD_LINE
    padding: [theme.dp(12), 0]
""")


class ChoiceButton(WrappingButton):
    filled = BooleanProperty(False)
    wrong = BooleanProperty(False)


class Field(BoxLayout):
    """Base: `value` is what the form reads, `error` is what the clerk sees."""

    label = StringProperty("")
    error = StringProperty("")
    required = BooleanProperty(False)
    value = StringProperty("")


class TextField(Field):
    """Typed text. `input_type` keeps Android's Chinese candidates (text) or shows a number pad (tel, number)."""

    hint = StringProperty("")

    def __init__(self, *, multiline: bool = False, input_type: str = "text", **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.entry = Entry(multiline=multiline, input_type=input_type, hint_text=self.hint, text=self.value)
        self.entry.bind(focus=self._left, on_text_validate=self._left)
        self.bind(error=lambda *_: setattr(self.entry, "wrong", bool(self.error)))
        self.bind(value=self._show)
        self.ids.slot.add_widget(self.entry)

    def _left(self, *_args: object) -> None:
        if not self.entry.focus:
            self.commit()

    def _show(self, *_args: object) -> None:
        if self.entry.text.strip() != self.value:
            self.entry.text = self.value

    def commit(self) -> str:
        """Take what stands in the box as the value (called on focus loss and by the form on save)."""
        self.value = self.entry.text.strip()
        if self.value:
            self.error = ""
        return self.value


class ChoiceField(Field):
    """One of a list; the list opens as large buttons. `choices` are (value, words); of a list that is longer, `total` and `look`,
    which brings another part of it."""

    choices = ListProperty([])
    prompt = StringProperty("")

    def __init__(self, *, look: Look | None = None, total: int = 0, **kwargs: object) -> None:
        self.look, self.total, self.found, self._group = look, total, dict[str, str](), ""
        super().__init__(**kwargs)
        self.button = ChoiceButton(on_release=lambda *_: self.open())
        self.bind(value=self._show, choices=self._show, error=self._show)
        self.ids.slot.add_widget(self.button)
        self._show()

    def _show(self, *_args: object) -> None:
        words = self.known.get(self.value, "")
        if self.value and not words and self.look is not None:      # of a draft: its words stand further down in the list
            self.look("", [self.value], 1, lambda part: self._learn(dict(part[0]), self.value))
        self.button.text = words or self.prompt or t("app.choose")
        self.button.filled = bool(words)
        self.button.wrong = bool(self.error)

    @property
    def known(self) -> dict[str, str]:
        """Every choice that was ever shown, value to words."""
        return {**dict(self.choices), **self.found}

    def offer(self, choices: Sequence[tuple[str, str]], group: str) -> None:
        """The choices at another answer; what was looked for at the answer of before is none of them."""
        if group != self._group:
            self._group, self.found = group, {}
        self.choices = list(choices)

    def open(self) -> None:
        chosen = [] if self.value in dict(self.choices) else [c for c in self.found.items() if c[0] == self.value]
        self.picker = Picker(title=self.label, choices=[*chosen, *self.choices], chosen=self.value, on_choice=self._chosen,
                             look=self.look, total=self.total)
        self.picker.open()

    def _chosen(self, value: str) -> None:
        self.found.update((code, words) for code, words in self.picker.choices if code == value)
        self.value, self.error = value, ""

    def _learn(self, found: dict[str, str], value: str) -> None:
        if value in found:
            self.found[value] = found[value]
            self._show()

    def commit(self) -> str:
        return self.value


class DateField(Field):
    """A day, `YYYY-MM-DD`, picked in a Chinese calendar."""

    def __init__(self, *, today: Callable[[], str], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._today = today
        self.button = ChoiceButton(on_release=lambda *_: self.open())
        self.bind(value=self._show, error=self._show)
        self.ids.slot.add_widget(self.button)
        self._show()

    def _show(self, *_args: object) -> None:
        self.button.text = self.value or t("app.choose_date")
        self.button.filled = bool(self.value)
        self.button.wrong = bool(self.error)

    def open(self) -> None:
        DatePicker(day=self.value or self._today(), today=self._today(), on_choice=self._chosen).open()

    def _chosen(self, value: str) -> None:
        self.value, self.error = value, ""

    def commit(self) -> str:
        return self.value
