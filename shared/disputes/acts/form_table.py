"""What the forms of acts ask beside what the bodies say: `data/forms.toml` as values.

A row orders, hides and presets; it never repeats a field's type or bounds. Pure; knows no screen and no case.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from shared.disputes.kinds import registry as bodies
from shared.ledger.form_fields import FormField, fields_of
from shared.paths import DATA

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormRow:
    """The head of `forms.toml` says what each is."""

    ask: Names | None = None
    hide: Names = ()
    need: Names = ()
    blank: Names = ()
    preset: Mapping[str, str] = field(default_factory=dict)
    as_is: Names = ()
    today: Names = ()
    sign: str = ""
    source: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    options: Mapping[str, Names] = field(default_factory=dict)
    parts: Mapping[str, Names] = field(default_factory=dict)
    by: Mapping[str, str] = field(default_factory=dict)
    table: Mapping[str, str] = field(default_factory=dict)         # the code table of a field that the judge leaves open


@lru_cache(maxsize=1)
def _table() -> tuple[Mapping[str, str], Mapping[str, FormRow]]:
    raw = tomllib.loads((DATA / "forms.toml").read_text(encoding="utf-8"))
    del raw["version"]
    tables = raw.pop("tables")
    return tables, {kind: _row(row) for kind, row in raw.items()}


def _row(row: Mapping[str, Any]) -> FormRow:
    def names(key: str) -> Names:
        return tuple(row.get(key, ()))

    return FormRow(
        ask=names("ask") if "ask" in row else None, hide=names("hide"), need=names("need"), blank=names("blank"),
        preset=row.get("preset", {}), as_is=names("as_is"), today=names("today"), sign=row.get("sign", ""),
        source=row.get("from", {}), when={name: (pair[0], pair[1]) for name, pair in row.get("when", {}).items()},
        options={name: tuple(codes) for name, codes in row.get("options", {}).items()},
        parts={name: tuple(parts) for name, parts in row.get("parts", {}).items()}, by=row.get("by", {}),
        table=row.get("table", {}),
    )


def row_of(kind: str) -> FormRow:
    return _table()[1].get(kind, FormRow())


def rows() -> Mapping[str, FormRow]:
    return _table()[1]


def table_of(kind: str, name: str) -> str:
    """The code table of a field, "" where it has none: the one that is checked when the body is written comes first."""
    return bodies.CODED.get(kind, {}).get(name, "") or row_of(kind).table.get(name, "") or _table()[0].get(name, "")


def asked(kind: str) -> tuple[tuple[FormField, ...], tuple[FormField, ...]]:
    """(at the top, under "more"), in order. Signatures, consents and files are no questions: they have their own place."""
    row = row_of(kind)
    fields = {f.name: f for f in fields_of(bodies.BODIES[kind, bodies.CURRENT[kind]])
              if f.control not in ("signatures", "consents", "files", "technical") and f.name not in row.hide}
    first = row.ask if row.ask is not None else (*(n for n, f in fields.items() if f.required and n != "text"), "text")
    top = tuple(fields[name] for name in first if name in fields)
    return top, tuple(f for f in fields.values() if f not in top)


def has_control(kind: str, control: str) -> bool:
    """Does the body take signatures, consents or files?"""
    return any(f.control == control for f in fields_of(bodies.BODIES[kind, bodies.CURRENT[kind]]))
