"""A selector in the one form in which CouchDB stores it: fields with dots, one explicit operator each, `$and` where there are
several conditions. It matches what the selector as written matches. After CouchDB's `mango_selector:normalize`, but for
negations, which stay as they were written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OF_SELECTORS = ("$and", "$or", "$nor")


def normalised(selector: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Of a selector that `compile_selector` takes. `{"a": {"b": 1}, "c": {"$gt": 2}}` ->
    `{"$and": [{"a.b": {"$eq": 1}}, {"c": {"$gt": 2}}]}`."""
    conditions = _conditions(selector, path)
    if len(conditions) == 1:
        return conditions[0]
    return {"$and": conditions} if conditions else {}


def _conditions(selector: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name, value in selector.items():
        if name in _OF_SELECTORS:
            found.append({name: [normalised(one, path) for one in value]})
        elif name == "$not":
            found.append({name: normalised(value, path)})
        elif name.startswith("$"):
            found.append({path: {name: value}})
        else:
            field = f"{path}.{name}" if path else name
            found += _conditions(value, field) if isinstance(value, Mapping) and value else [{field: {"$eq": value}}]
    return found
