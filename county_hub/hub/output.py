"""How commands print: JSON with English keys, tables that allow for wide characters, progress on stderr."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from shared.ledger.formats.hidden import escaped
from shared.ledger.texts import t


def print_json(value: Any) -> None:
    print(escaped(json.dumps(value, ensure_ascii=False, indent=2, default=_plain)))


def _plain(value: Any) -> Any:
    """Sets of the domain's values as sorted lists."""
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"cannot print {type(value).__name__} as JSON")


def print_table(rows: Sequence[Sequence[object]]) -> None:
    """Columns padded to the widest cell; Chinese characters count two places."""
    texts = [[str(cell) for cell in row] for row in rows]
    if not texts:
        return
    widths = [max(_width(row[column]) for row in texts) for column in range(len(texts[0]))]
    for row in texts:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def progress(key: str) -> Callable[[int, int], None]:
    """A progress line on stderr, only on a terminal, rewritten in place; `key` names its text (`done`, `total`)."""
    if not sys.stderr.isatty():
        return lambda done, total: None

    def show(done: int, total: int) -> None:
        end = "\n" if done == total else ""
        sys.stderr.write("\r")
        print(t(key, done=done, total=total), end=end, file=sys.stderr, flush=True)

    return show
