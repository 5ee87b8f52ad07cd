"""Parts of one answer: a group of fields, and rows of such groups that grow by a tap.

`value` is what stands in them as JSON text, at every change, so a form keeps and gives them back like any other field.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Text
from village_node.ui.kit.fields import Field
from village_node.ui.kit.sheet import flowing

Part = tuple[str, Field, bool]          # name, field, short enough to stand beside another
MakeParts = Callable[[Mapping[str, Any]], Sequence[Part]]


class GroupField(Card):
    """Fields that belong together; `commit` gives a mapping. Errors are told by "part"."""

    error = StringProperty("")
    label = StringProperty("")
    value = StringProperty("")

    def __init__(self, *, make: MakeParts, answers: Mapping[str, Any], **kwargs: object) -> None:
        super().__init__(spacing=theme.GAP, **kwargs)
        self._make = make
        self.fields: dict[str, Field] = {}
        if self.label:
            self.add_widget(Text(text=self.label))
        self._column = Column(height=0)
        self.add_widget(self._column)
        self.add_widget(error_line(self))
        self._lay(answers)
        self.bind(value=self._take)

    def _lay(self, answers: Mapping[str, Any]) -> None:
        parts = self._make(answers)
        self.fields = {name: field for name, field, _ in parts}
        self._column.clear_widgets()
        self._column.add_widget(flowing([(field, short) for _, field, short in parts]))
        for field in self.fields.values():
            field.bind(value=self._changed)
            if getattr(field, "entry", None) is not None:
                field.entry.bind(text=self._changed)
        self._changed()

    def now(self) -> dict[str, Any]:
        """What stands there, committed or not."""
        return {name: getattr(field, "entry", None).text if getattr(field, "entry", None) else field.commit()
                for name, field in self.fields.items()}

    def _changed(self, *_args: object) -> None:
        self.value = json.dumps(self.now(), ensure_ascii=False)

    def _take(self, *_args: object) -> None:
        """A draft that is given back sets the value."""
        if self.value != json.dumps(self.now(), ensure_ascii=False):
            self._lay(json.loads(self.value))

    def commit(self) -> dict[str, Any]:
        return {name: field.commit() for name, field in self.fields.items()}

    def show_errors(self, errors: Mapping[str, str]) -> Field | None:
        """The first field that is wrong."""
        for name, field in self.fields.items():
            field.error = errors.get(name, "")
        return next((field for field in self.fields.values() if field.error), None)


class RowsField(BoxLayout):
    """A list of groups; `commit` gives a list of mappings. Errors are told by "row.part"."""

    error = StringProperty("")
    label = StringProperty("")
    value = StringProperty("")

    def __init__(self, *, make: MakeParts, answers: Sequence[Mapping[str, Any]], **kwargs: object) -> None:
        super().__init__(orientation="vertical", size_hint_y=None, spacing=theme.GAP, **kwargs)
        self.bind(minimum_height=self.setter("height"))
        self._make = make
        self.groups: list[GroupField] = []
        self.add_widget(Text(text=self.label, color=theme.SOFT_INK, font_size=theme.SMALL))
        self._column = Column(height=0)
        self.add_widget(self._column)
        self.add_widget(QuietButton(text=t("form.add_row"), on_release=lambda *_: self.add_row({})))
        self.add_widget(error_line(self))
        for row in answers:
            self.add_row(row)
        self._changed()
        self.bind(value=self._take)

    def add_row(self, answers: Mapping[str, Any]) -> None:
        group = GroupField(make=self._make, answers=answers, label=t("form.row", n=len(self.groups) + 1))
        group.add_widget(QuietButton(text=t("form.remove_row"), on_release=lambda *_: self.remove_row(group)))
        group.bind(value=self._changed)
        self.groups.append(group)
        self._column.add_widget(group)
        self._changed()

    def remove_row(self, group: GroupField) -> None:
        self.groups.remove(group)
        self._column.remove_widget(group)
        self._changed()

    def _changed(self, *_args: object) -> None:
        self.value = json.dumps([group.now() for group in self.groups], ensure_ascii=False)

    def _take(self, *_args: object) -> None:
        if self.value == json.dumps([group.now() for group in self.groups], ensure_ascii=False):
            return
        rows = json.loads(self.value)
        self._column.clear_widgets()
        self.groups = []
        for row in rows:
            self.add_row(row)

    def commit(self) -> list[dict[str, Any]]:
        return [group.commit() for group in self.groups]

    def show_errors(self, errors: Mapping[str, str]) -> Field | None:
        """The first field that is wrong."""
        wrong = [group.show_errors({name.partition(".")[2]: words for name, words in errors.items()
                                    if name.partition(".")[0] == str(place)})
                 for place, group in enumerate(self.groups)]
        return next((field for field in wrong if field is not None), None)


def error_line(owner: Any) -> Text:
    """The red sentence below, no higher than it is long."""
    line = Text(text="", color=theme.FIELD_ERROR, font_size=theme.SMALL, size_hint_y=None, height=0)
    owner.bind(error=lambda *_: setattr(line, "text", owner.error))
    return line
