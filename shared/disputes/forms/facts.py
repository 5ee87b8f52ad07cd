"""What a record, petition or legal-aid matter says, in words for a page: (what, value), and what its state is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shared.disputes.acts import form_table
from shared.disputes.forms.questions import label
from shared.disputes.kinds import registry
from shared.ledger import codes
from shared.ledger.formats.characters import is_digits
from shared.ledger.texts import has, t

# told elsewhere on the page, or by nobody
_NOT_SHOWN = frozenset({"id", "number_provisional", "files", "notes", "repeat_of", "case", "sweep", "duty"})
_TABLES = {"matter": "legal_aid_matter", "type": "five_small", "service": "clinic_service"}


def facts(aggregate: str, data: Mapping[str, Any], office_name: Callable[[str], str],
          staff_name: Callable[[str], str] = str) -> Iterator[tuple[str, str]]:
    """In the order in which they were said; what has no name of its own is left out. `staff_name` gives back what is no id."""
    for name, value in data.items():
        words = _words(aggregate, name, value, office_name, staff_name)
        if name not in _NOT_SHOWN and words and (has(f"form.field.{name}") or has(f"node.field.{name}")):
            yield label(f"{aggregate}.registered", name), words


def _words(aggregate: str, name: str, value: Any, office_name: Callable[[str], str], staff_name: Callable[[str], str]) -> str:
    if isinstance(value, bool):
        return t("app.records.yes") if value else ""
    if isinstance(value, (list, tuple)):
        return "、".join(map(staff_name, value)) if all(isinstance(one, str) for one in value) else ""
    if not isinstance(value, (str, int)) or value in ("", 0):
        return ""
    text = str(value)
    if len(text) == 12 and is_digits(text):
        return office_name(text)
    kinds = [kind for kind in registry.KINDS if kind.startswith(f"{aggregate}.")]
    tables = (*(form_table.table_of(kind, name) for kind in kinds), f"{aggregate}_{name}", name, _TABLES.get(name, ""))
    return next((codes.names(table)[text] for table in tables if table in codes.tables() and text in codes.names(table)),
                t(option) if has(option := f"form.option.{name}.{text}") else staff_name(text))


def state_name(aggregate: str, state: str) -> str:
    key = f"recordstates.{aggregate}.{state}"
    if has(key):
        return t(key)
    return codes.names(aggregate).get(state, state) if aggregate in codes.tables() else state
