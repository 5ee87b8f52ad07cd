"""The form of every act: questions made from the body of its kind, in the order and words of the table of forms.

Nothing here is written for one kind alone: kinds are those of `shared.disputes.kinds.registry`, what their bodies do not say
stands in `shared.disputes.acts.form_table`. One field of a body becomes one question: its words, its choices, what stands in it
before anybody has answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.disputes.acts import form_table
from shared.disputes.acts.form_table import FormRow
from shared.disputes.forms import choices as sources
from shared.disputes.forms.form import PHRASES_APART, ActionForm, Question, Setting, word
from shared.disputes.forms.sought import IN_ROWS, NOTHING, OFFERED, Choice, Offered, Seeker, part
from shared.ledger.form_fields import FormField
from shared.ledger.texts import has, t

_CHOSEN = frozenset({"code", "options", "party", "item", "office", "staff", "event", "case"})
_PARTS = {"place": ("text",)}       # the office of a place is where the desk stands
MAX_PADS = 4        # more parties sign on paper, which is photographed


def form_for(kind: str, label: str, setting: Setting) -> ActionForm:
    """The form of `kind` for this case, as it is offered to this person today."""
    row = form_table.row_of(kind)
    make = Maker(kind, row, setting, setting.known(kind))
    first, rest = form_table.asked(kind)
    questions, more = make.questions(first), make.questions(rest)
    empty = next((q for q in (*questions, *more) if q.cannot_be_answered), None)
    signs = _signs(kind, row)
    return ActionForm(
        kind, questions, more, yes=word(kind, "yes") or t("app.save"),
        done=word(kind, "done") or t("app.action.done", label=label),
        words=word(kind, "words") or ("" if questions or signs else t("form.just_do", label=label)),
        photos=form_table.has_control(kind, "files"), signers=_pads(setting) if signs else (), signs=signs,
        blocked=t("form.nothing_to_choose", field=empty.label) if empty is not None else "",
    )


def looked_for(kind: str, name: str, setting: Setting, seeker: Seeker, by: str = "") -> Offered:
    """Another part of the choices of one question ("quotas.office" within a group): what `seeker` looks for. `by`: the answer
    that the choices hang on."""
    row, now = form_table.row_of(kind), replace(setting, seeker=seeker)
    if name in row.by:
        return sources.narrowed(row.source[name], now, name).get(by, Offered((), 0))
    whole, _, part = name.partition(".")
    asked = next(f for fields in form_table.asked(kind) for f in fields if f.name == whole)
    make = Maker(kind, row, now, {})
    return make.offered(next(f for f in asked.parts if f.name == part), whole) if part else make.offered(asked)


def _signs(kind: str, row: FormRow) -> str:
    for control in ("signatures", "consents"):
        if form_table.has_control(kind, control):
            return control
    return row.sign


def _pads(setting: Setting) -> tuple[Choice, ...]:
    return tuple((no, t("form.signature_of", name=name)) for no, name in setting.parties[:MAX_PADS])


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the questions of one kind for one case. `known`: what the desk fills in by itself."""

    kind: str
    row: FormRow
    setting: Setting
    known: Mapping[str, Any]

    def questions(self, fields: tuple[FormField, ...]) -> tuple[Question, ...]:
        """A reference that the desk finds by itself is not asked for."""
        return tuple(self.question(f) for f in fields if not (f.control == "event" and self.known.get(f.name)))

    def question(self, f: FormField, within: str = "", *, repeated: bool = False) -> Question:
        """`within`: the group of which it is a part; the rows of the table speak of whole fields. `repeated`: it stands in every
        row of a list, whose choices are looked through for all rows at once."""
        row, name = (self.row if not within else FormRow()), f.name
        narrowed = sources.narrowed(row.source[name], self.setting, name) if name in row.by else {}
        offered = self._choices(f, row, within, IN_ROWS if repeated else OFFERED)
        choices, most = offered.choices, max(offered.total, sum(one.total for one in narrowed.values()))
        control = self._control(f, bool(choices) or name in row.source)
        phrases = word(self.kind, f"phrases.{name}") if not within else ""
        return Question(
            name, label(self.kind, name), control, required=(f.required or name in row.need) and name not in row.blank,
            blank=name in row.blank, value=_answer(f.default, control) if within else self._value(f, control, choices),
            hint=self._hint(name), choices=choices, phrases=tuple(phrases.split(PHRASES_APART)) if phrases else (),
            whole=f.whole, least=f.least, most=f.most, parts=self._parts(f), when=row.when.get(name), by=row.by.get(name, ""),
            narrowed={code: one.choices for code, one in narrowed.items()},
            **self._part(_path(within, name), most, choices, narrowed),
        )

    def offered(self, f: FormField, within: str = "") -> Offered:
        return self._choices(f, self.row if not within else FormRow(), within, OFFERED)

    def _part(self, path: str, total: int, choices: tuple[Choice, ...], narrowed: Mapping[str, Offered]) -> dict[str, Any]:
        """Of a question whose choices are a part of what there is."""
        seeker = self.setting.seeker
        words = seeker.of(path).words if seeker is not None else ""
        shown = len(choices) + sum(len(one.choices) for one in narrowed.values())
        return {"total": total, "words": words} if seeker is not None and (words or total > shown) else {}

    def _parts(self, f: FormField) -> tuple[Question, ...]:
        wanted = self.row.parts.get(f.name) or _PARTS.get(f.name)
        by_name = {part.name: part for part in f.parts if part.control not in ("group", "technical")}
        return tuple(self.question(by_name[name], f.name, repeated=f.many) for name in wanted or by_name if name in by_name)

    def _control(self, f: FormField, chosen: bool) -> str:
        if f.control == "group":
            return "rows" if f.many else "group"
        if f.control in _CHOSEN or chosen:
            return "choices" if f.many else "choice"
        return f.control

    def _choices(self, f: FormField, row: FormRow, within: str, most: int) -> Offered:
        """From where the table says; else its closed list, its code table, or what its type means."""
        name, kind = f.name, "" if within else self.kind
        if name in row.options:
            return self._listed(((code, option(name, code)) for code in row.options[name]), _path(within, name))
        source = row.source.get(name, f.control)
        by_type = "risk" if f.control == "code" and f.whole else ""
        table = "" if name in row.source else form_table.table_of(kind, name) or by_type
        if table and f.control in ("code", "options", "number"):
            return self._listed((choice for choice in self.setting.table(table) if not f.options or choice[0] in f.options),
                                _path(within, name))
        if f.control == "options":
            return self._listed(((code, option(name, code)) for code in f.options), _path(within, name))
        return sources.offered(source, self.setting, _path(within, name), most) or part(())

    def _listed(self, choices: Iterable[Choice], path: str) -> Offered:
        """A closed list, of which a page may look for words as of any other."""
        seeker = self.setting.seeker
        return part([*choices], seeker.of(path) if seeker is not None else NOTHING)

    def _value(self, f: FormField, control: str, choices: tuple[Choice, ...]) -> Any:
        """What stands there at first; of choices only what can be chosen, and the only one where there is no other."""
        value = self._preset(f, control)
        if control != "choice" or not choices or value in dict(choices):
            return value
        return choices[0][0] if len(choices) == 1 and f.required else ""

    def _preset(self, f: FormField, control: str) -> Any:
        """What the desk knows, then what the case says, then today, then the body's own default, then the usual words."""
        name = f.name
        if name in self.known:
            return _answer(self.known[name], control)
        if name in self.row.as_is:
            return _answer({**(self.setting.view.state.get("particulars") or {}), **self.setting.view.state}.get(name), control)
        if name in self.row.today:
            return self.setting.today
        if name in self.row.preset:
            return self.row.preset[name]
        default = None if name in self.row.need else f.default
        return _answer(default, control) or word(self.kind, f"preset.{name}") or _answer(None, control)

    def _hint(self, name: str) -> str:
        key = f"form.hint.{name}"
        return word(self.kind, f"hint.{name}") or (t(key) if has(key) else "")


def _path(within: str, name: str) -> str:
    return f"{within}.{name}" if within else name


def label(kind: str, name: str) -> str:
    """The words over a field: those of this kind, those of any form, those of the errors."""
    beside = "" if kind.startswith("case.") else f"form.beside.{name}"
    keys = (f"kinds.{kind}.field.{name}", beside, f"form.field.{name}", f"node.field.{name}")
    return t(next((key for key in keys if has(key)), keys[-1]))


def option(name: str, code: str) -> str:
    return t(f"form.option.{name}.{code}")


def again(form: ActionForm, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that a body was made from, as far as a person gave them: to be written once more. Rows and groups begin anew,
    for what the desk filled into them is not the person's."""
    return {q.name: _answer(body[q.name], q.control) for q in form.all
            if q.name in body and q.control not in ("rows", "group")}


def _answer(value: Any, control: str) -> Any:
    """A value of a body as an answer."""
    if control in ("choices", "rows"):
        return [v if isinstance(v, Mapping) else str(v) for v in value or ()]
    if control == "group":
        return dict(value or {})
    if control == "lines":
        return "\n".join(value or ())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (control == "money" and not value):
        return ""
    return f"{value / 100:.2f}" if control == "money" else str(value)
