"""A question of a form -> the field that asks it. One place for all forms of the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kivy.uix.widget import Widget

from shared.disputes.forms.form import Answers, Question
from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, Text
from village_node.ui.kit.chips import ChipsField, phrases
from village_node.ui.kit.dialogs import Look
from village_node.ui.kit.fields import ChoiceField, DateField, TextField
from village_node.ui.kit.rows import GroupField, Part, RowsField

OPEN_CHOICES = 6        # so many lie open as chips; more are behind a list
SHORT = frozenset({"text", "phone", "id_last4", "paper_number", "date", "time", "number", "money", "choice", "yes"})
_KEYS = {"phone": "tel", "number": "number", "money": "number"}
_YES_NO = ("yes", "no")


LookOf = Callable[[Question, str], Look | None]         # of a question, within a group ("": none)


class FormFields:
    """The fields of a list of questions, by name, and what stands in them."""

    def __init__(self, questions: Sequence[Question], answers: Answers, today: Callable[[], str],
                 look_of: LookOf = lambda _question, _within: None) -> None:
        self._today, self._look_of = today, look_of
        self.questions = tuple(questions)
        self.fields: dict[str, Any] = {q.name: self._field(q, answers.get(q.name, q.value)) for q in questions}
        self._holders = {q.name: Column(height=0) for q in questions if q.when is not None}
        self._narrow()
        for q in questions:
            if any(q.name in (other.by, *(other.when or ())[:1]) for other in questions):
                self.fields[q.name].bind(value=lambda *_: self._narrow())

    def widgets(self) -> list[tuple[Widget, bool]]:
        """Each with its phrases, and whether it is short."""
        made: list[tuple[Widget, bool]] = []
        for q in self.questions:
            field: Widget = self._holders.get(q.name, self.fields[q.name])
            if q.phrases:
                column = Column(spacing=theme.dp(6))
                for part in (field, Text(text=t("form.phrases"), color=theme.SOFT_INK, font_size=theme.SMALL),
                             phrases(q.phrases, self.fields[q.name])):
                    column.add_widget(part)
                made.append((column, False))
            else:
                made.append((field, isinstance(field, ChoiceField) or (q.control in SHORT and not q.choices)))
        return made

    def answers(self) -> dict[str, Any]:
        return {name: field.commit() for name, field in self.fields.items()}

    def with_found(self) -> tuple[Question, ...]:
        """The questions, with what was looked for among choices that hang on another answer."""
        answers = self.answers()
        return tuple(replace(q, narrowed={**q.narrowed, str(answers.get(q.by, "")): tuple(self.fields[q.name].known.items())})
                     if q.by and q.total else q for q in self.questions)

    def show_errors(self, errors: Mapping[str, str]) -> Widget | None:
        """Each beside its field; the first field that is wrong."""
        first = None
        for name, field in self.fields.items():
            own = {path.partition(".")[2]: words for path, words in errors.items() if path.partition(".")[0] == name}
            if isinstance(field, (GroupField, RowsField)):
                inside = field.show_errors(own)
            else:
                inside, own = None, {"": next(iter(own.values()))} if own else {}
            field.error = own.get("", "")
            if own and first is None:
                first = inside or field
        return first

    def _narrow(self) -> None:
        """Choices that depend on another answer, questions that are asked only at one."""
        answers = self.answers()
        for q in self.questions:
            field = self.fields[q.name]
            if q.by:
                field.offer(q.offered(answers), str(answers.get(q.by, "")))
                if field.value not in field.known:
                    field.value = ""
            if q.when is not None:
                holder = self._holders[q.name]
                if q.is_asked(answers) and not holder.children:
                    holder.add_widget(field)
                elif not q.is_asked(answers):
                    holder.clear_widgets()

    def _field(self, q: Question, value: Any) -> Any:
        common = {"label": q.label, "required": q.required}
        if q.control == "group":
            return GroupField(label=q.label, make=self._parts(q), answers=value or {})
        if q.control == "rows":
            return RowsField(label=q.label, make=self._parts(q), answers=value or ([{}] if q.required else []))
        if q.control == "choices":
            return ChipsField(many=True, choices=list(q.choices), chosen=value, **common)
        if q.control == "yes":
            return ChipsField(choices=[(code, t(f"common.{code}")) for code in _YES_NO], chosen=[value], **common)
        if q.control == "choice":
            few = len(q.choices) <= OPEN_CHOICES and not q.by
            return ChipsField(choices=list(q.choices), chosen=[value], **common) if few else \
                ChoiceField(choices=list(q.choices), value=value, look=self._look_of(q, ""), total=q.total, **common)
        if q.control == "date":
            return DateField(today=self._today, value=value, **common)
        return TextField(multiline=q.control in ("long", "lines"), hint=q.hint, input_type=_KEYS.get(q.control, "text"),
                         value=value, **common)

    def _parts(self, q: Question) -> Callable[[Mapping[str, Any]], list[Part]]:
        def make(answers: Mapping[str, Any]) -> list[Part]:
            made = FormFields(q.parts, answers, self._today, lambda part, _within: self._look_of(part, q.name))
            return [(part.name, made.fields[part.name], short) for part, (_, short) in zip(q.parts, made.widgets(), strict=True)]

        return make
