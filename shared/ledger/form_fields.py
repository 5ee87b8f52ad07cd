"""The fields of a body as a form asks for them, read off its model: which control, which bounds, which parts.

A body says already what may stand in it, so a form has nothing to add but the order and the words. The control follows from the
type alone: a `Text` is a paragraph, an `IsoDate` a day, `Fen` money, an `OfficeId` one of the offices. Pure reflection; knows no
kind, no word and no screen.
"""

from __future__ import annotations

import re
import types
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from shared.ledger.formats import fields as part

LONG = 1000         # a text that may be longer than this gets a box of several lines

# What a type is, where its name says more than its bounds.
_CONTROLS: tuple[tuple[Any, str], ...] = (
    (part.IsoDate, "date"), (part.OptTime, "time"),
    (part.Time, "time"), (part.Fen, "money"), (part.PartyNo, "party"), (part.ItemNo, "item"),
    (part.RiskLevel, "code"),
    (part.OfficeId, "office"), (part.OptOffice, "office"), (part.StaffId, "staff"), (part.OptStaffId, "staff"),
    (part.EventId, "event"), (part.CaseId, "case"), (part.Sha256, "technical"), (part.Code, "code"), (part.OptCode, "code"),
    (part.Phone, "phone"), (part.IdLast4, "id_last4"), (part.PaperNumber, "paper_number"),
    (part.Signatures, "signatures"), (part.Consents, "consents"), (part.Files, "files"),
)
_OPTIONS = re.compile(r"\^\(((?:[a-z0-9_]+\|)+[a-z0-9_]+)\)(\??)\$")


@dataclass(frozen=True, slots=True)
class FormField:
    """One field. `control`: text | long | lines | phone | id_last4 | paper_number | date | time | number | money | yes | code |
    options | party | item | office | staff | event | case | group | signatures | consents | files | technical. `many`: a list
    of it. `default`: what the body holds without an answer. `least`, `most`: of a number its value, of a list its length."""

    name: str
    control: str
    required: bool
    many: bool = False
    whole: bool = False                 # the body wants a number
    default: Any = None
    options: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    parts: tuple[FormField, ...] = ()


@lru_cache(maxsize=512)
def fields_of(model: type[BaseModel]) -> tuple[FormField, ...]:
    """In the order of the model."""
    hints = get_type_hints(model, include_extras=True)
    return tuple(_field(name, hints[name], info) for name, info in model.model_fields.items())


def _field(name: str, hint: Any, info: FieldInfo) -> FormField:
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    hint = _without_none(hint)
    control = _named(hint)
    if control in ("signatures", "consents", "files"):
        return FormField(name, control, info.is_required(), many=True)
    inner, extras = _taken_apart(hint)
    if get_origin(inner) is list:
        least, most = _bounds(extras, MinLen, MaxLen)
        one = _one(name, get_args(inner)[0], False, None)
        control = "lines" if one.control in ("text", "long") else one.control
        return FormField(name, control, info.is_required() or bool(least), True, one.whole, default, one.options, least, most,
                         one.parts)
    return _one(name, hint, info.is_required(), default)


def _one(name: str, hint: Any, required: bool, default: Any) -> FormField:
    inner, extras = _taken_apart(hint)
    control = _named(hint)
    options: tuple[str, ...] = ()
    parts: tuple[FormField, ...] = ()
    least, most = _bounds(extras, Ge, Le)
    if control:
        pass
    elif isinstance(inner, type) and issubclass(inner, BaseModel):
        control, parts = "group", fields_of(inner)
    elif inner is bool:
        control = "yes"
    elif inner is int:
        control = "number"
    else:
        control, options = _text(extras)
    return FormField(name, control, required, False, inner is int, default, options, least, most, parts)


def _text(extras: tuple[Any, ...]) -> tuple[str, tuple[str, ...]]:
    rules = next((extra for extra in extras if isinstance(extra, StringConstraints)), None)
    found = _OPTIONS.fullmatch(str(rules.pattern)) if rules is not None and rules.pattern else None
    if found:
        return "options", tuple(found[1].split("|"))
    longest = rules.max_length if rules is not None else None
    return ("long" if longest is not None and longest > LONG else "text"), ()


def _named(hint: Any) -> str:
    return next((control for known, control in _CONTROLS if hint is known or _same(hint, known)), "")


def _same(hint: Any, known: Any) -> bool:
    """Annotated aliases are told apart by the very rules that they carry."""
    if get_origin(hint) is not Annotated or get_origin(known) is not Annotated:
        return False
    ours, theirs = hint.__metadata__, known.__metadata__
    return hint.__origin__ == known.__origin__ and len(ours) == len(theirs) and all(
        one is other for one, other in zip(ours, theirs, strict=True))


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        kept = [arg for arg in get_args(hint) if arg is not type(None)]
        return kept[0] if len(kept) == 1 else hint
    return hint


def _taken_apart(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(hint) is Annotated:
        return hint.__origin__, tuple(hint.__metadata__)
    return hint, ()


def _bounds(extras: tuple[Any, ...], low: type, high: type) -> tuple[int | None, int | None]:
    rules = [rule for extra in extras for rule in (extra.metadata if isinstance(extra, FieldInfo) else (extra,))]
    return _bound(rules, low), _bound(rules, high)


def _bound(rules: list[Any], kind: type) -> int | None:
    """The number of the first rule of this kind, whatever the rule calls it."""
    found = next((rule for rule in rules if isinstance(rule, kind)), None)
    named = ("ge", "le", "min_length", "max_length")
    return next((int(getattr(found, name)) for name in named if hasattr(found, name)), None)
