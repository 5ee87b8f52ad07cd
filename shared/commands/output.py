"""How commands answer: JSON with English keys, tables that allow for wide characters, sentences, progress on stderr."""

from __future__ import annotations

import base64
import dataclasses
import json
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.ledger.days import full_day
from shared.ledger.formats.hidden import escaped
from shared.ledger.texts import t

Rows = Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command says where JSON alone will not do. `value` is printed under `--json`, and where there are no words."""

    value: Any = None
    lines: Sequence[str] | None = None       # for people
    table: Rows = ()                         # for people, above the lines
    notes: Sequence[str] = ()                # to stderr, whatever was asked
    code: int = 0                            # exit code
    at_terminal: bool = False                # the words for who reads them there; a script that takes the output gets the value


def every(sentence: str, fields: Mapping[str, str]) -> str:
    """What is printed of a refusal: where it names several fields all of them, in one line."""
    return "；".join(dict.fromkeys(words.rstrip("。") for words in fields.values())) + "。" if len(fields) > 1 else sentence


def said(*lines: str, code: int = 0) -> Answer:
    """Sentences alone, whether JSON was asked or not."""
    return Answer(lines=lines, code=code)


def answer(made: Any, *, as_json: bool) -> int:
    """Print what a command gave: an `Answer`, or a value that goes out as JSON. Returns the exit code."""
    if not isinstance(made, Answer):
        print_json(made)
        return 0
    if made.lines is None or ((as_json or (made.at_terminal and not sys.stdout.isatty())) and made.value is not None):
        print_json(made.value)
    else:
        print_table(made.table)
        for line in made.lines:
            print(line)
    for note in made.notes:
        print(note, file=sys.stderr)
    return made.code


def print_json(value: Any) -> None:
    print(escaped(json.dumps(plain(value), ensure_ascii=False, indent=1)))


def plain(value: Any) -> Any:
    """Values of JSON: data classes as objects, with the properties `waiting` and `complete` for which scripts ask, sets in order,
    bytes in base64."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        made = {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        for name in ("waiting", "complete"):
            if isinstance(getattr(type(value), name, None), property):
                made[name] = getattr(value, name)
        return made
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(plain, value))
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def print_table(rows: Rows) -> None:
    for line in table_lines(rows):
        print(line)


def table_lines(rows: Rows) -> list[str]:
    """Columns padded to the widest cell; Chinese characters count two places. Days stand as people say them."""
    texts = [[full_day(cell) for cell in row] for row in rows]
    widths = [max(_width(row[column]) for row in texts) for column in range(len(texts[0]) if texts else 0)]
    return ["  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in texts]


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
