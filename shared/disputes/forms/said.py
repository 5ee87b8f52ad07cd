"""Everything that a body says, for a page: (field in words, value in words with what was stored beside it).

For records that were refused, so whatever stands in them: an unknown kind, fields of a newer program, values of any type. A code,
an office, a person and an amount are called by their names; what was signed stands in brackets behind, for it is what is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from shared.disputes.acts import form_table
from shared.disputes.forms.questions import label
from shared.disputes.kinds import registry
from shared.ledger import codes
from shared.ledger.form_fields import FormField, fields_of
from shared.ledger.formats.characters import is_digits
from shared.ledger.texts import has, t

Name = Callable[[str], str]         # of an id; what it does not know it gives back


def said(value: Any, kind: str, office_name: Name = str, staff_name: Name = str) -> Iterator[tuple[str, str]]:
    yield from _said(value, kind, "", "", _controls(kind), (office_name, staff_name))


def _said(value: Any, kind: str, path: str, name: str, controls: dict[str, str], names: tuple[Name, Name]
          ) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for inner, one in value.items():
            known = has(f"kinds.{kind}.field.{inner}") or has(f"form.field.{inner}") or has(f"node.field.{inner}")
            yield from _said(one, kind, f"{path}{label(kind, inner) if known else inner} ", inner, controls, names)
    elif isinstance(value, list):
        for number, one in enumerate(value, start=1):
            yield from _said(one, kind, f"{path}{number} " if len(value) > 1 else path, name, controls, names)
    elif value is None or isinstance(value, bool):
        yield path.strip(), t("common.yes" if value else "common.no") if value is not None else "—"
    else:
        yield path.strip(), _beside(str(value), _word(value, kind, name, controls.get(name, ""), names))


def _beside(stored: str, word: str) -> str:
    return t("form.stored", word=word, stored=stored) if word and word != stored else stored


def _word(value: Any, kind: str, name: str, control: str, names: tuple[Name, Name]) -> str:
    """What a stored value is called, "" where it has no other name."""
    text = str(value)
    if control == "money" and isinstance(value, int):
        return t("form.yuan", yuan=f"{value // 100}.{value % 100:02d}")
    for table in (form_table.table_of(kind, name), "risk" if name == "risk" else "", f"{kind.partition('.')[0]}_{name}", name):
        if table and table in codes.tables() and text in codes.names(table):
            return codes.names(table)[text]
    if has(option := f"form.option.{name}.{text}"):
        return t(option)
    if len(text) == 12 and is_digits(text):
        return names[0](text)
    return names[1](text) if control in ("staff", "") and isinstance(value, str) else ""


def _controls(kind: str) -> dict[str, str]:
    """Field -> what it is, of the body and of its parts; nothing of a kind that is not ours."""
    model = registry.BODIES.get((kind, registry.CURRENT.get(kind, 0)))
    return dict(_each(fields_of(model))) if model is not None else {}


def _each(fields: tuple[FormField, ...]) -> Iterator[tuple[str, str]]:
    for f in fields:
        yield f.name, f.control
        yield from _each(f.parts)
