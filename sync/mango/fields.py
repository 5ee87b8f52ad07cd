"""Parts of a document: what `fields` of `_find` and of a filtered feed leave of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sync.mango.selector import MISSING, split_path
from sync.peer import Doc


def only_fields(doc: Doc, fields: Sequence[str] | None) -> Doc:
    """The document with these fields alone, nested ones in their place; None: all of it."""
    if fields is None:
        return doc
    result: Doc = {}
    for name in fields:
        path = split_path(name)
        value: Any = doc
        for part in path:
            value = value.get(part, MISSING) if isinstance(value, dict) else MISSING
        if value is MISSING:
            continue
        place = result
        for part in path[:-1]:
            inner = place.get(part)
            if not isinstance(inner, dict):
                inner = place[part] = {}
            place = inner
        place[path[-1]] = value
    return result
