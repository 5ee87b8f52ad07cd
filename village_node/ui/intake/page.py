"""What the pages of an intake share: what stands in a field is the answer at once, and a wrong one is said when it is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from kivy.core.window import Window
from kivy.uix.widget import Widget

from shared.disputes.advice.roster import Mediator
from shared.disputes.rules.clocks import ClockRules
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, Text
from village_node.ui.kit.dialogs import in_columns
from village_node.ui.kit.fields import Field
from village_node.ui.kit.form_draft import now_in
from village_node.ui.kit.photos import PhotoShelf
from village_node.view_models.intake.signing import MediatorChoice


class Form(Protocol):
    """The part of the intake's screen that its pages use."""

    desk_app: Any
    answers: dict[str, Any]
    rules: ClockRules
    shelf: PhotoShelf
    mediators: list[Mediator] | None

    def changed(self) -> None: ...
    def leave_field(self, path: str) -> None: ...
    def go(self, step: int) -> None: ...
    def redraw(self) -> None: ...
    def ask_alike(self) -> None: ...
    def mediator_choices(self) -> tuple[MediatorChoice, ...]: ...


class Page(Column):
    """`fields`: path of the answer -> its field."""

    def __init__(self, form: Form, **kwargs: object) -> None:
        super().__init__(padding=theme.PAD, spacing=theme.PAD, **kwargs)
        self.form = form
        self.fields: dict[str, Field] = {}

    def keep(self, path: str, field: Field, into: dict[str, Any], name: str) -> Field:
        """The field writes into `into[name]` at every change."""
        self.fields[path] = field

        def take(*_args: object) -> None:
            into[name] = now_in(field)
            self.form.changed()

        field.bind(value=take)
        entry = getattr(field, "entry", None)
        if entry is not None:
            entry.bind(text=take, focus=lambda _entry, focus: None if focus else self.form.leave_field(path))
        return field

    def show_errors(self, errors: Mapping[str, str]) -> Widget | None:
        """Each at its field; the first that is wrong."""
        for path, field in self.fields.items():
            field.error = errors.get(path, "")
        return next((field for field in self.fields.values() if field.error), None)


def label(words: str) -> Text:
    return Text(text=words, color=theme.SOFT_INK, font_size=theme.SMALL)


def beside(widgets: list[Widget]) -> Column:
    """Two short fields beside each other, one below the other on a telephone."""
    return in_columns(widgets, 1 if Window.width < theme.PHONE else 2)
