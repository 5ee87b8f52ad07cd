"""The draft that a command line takes, for both programs: a JSON file (or `-`), and `--set FIELD=VALUE` over it.

VALUE is JSON if it reads as JSON, else text. No body holds a fraction, so 3.50 stays the text that was typed, from the file too.
The caller hands in where `-` reads from.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from shared.commands.arguments import Unusable
from shared.ledger.entry import MAX_DRAFT_BYTES
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t


def read_draft(source: str | None, fields: Sequence[str], stdin: BinaryIO) -> dict[str, Any]:
    """Raises `Unusable` naming the place of the fault."""
    made = _file(source, stdin) if source else {}
    for given in fields:
        name, equals, value = given.partition("=")
        if not equals or not name:
            raise _wrong("bad_set", value=given)
        made[name] = _value(value)
    return made


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return text


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _file(source: str, stdin: BinaryIO) -> dict[str, Any]:
    try:
        if source == "-":
            data = stdin.read(MAX_DRAFT_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                data = file.read(MAX_DRAFT_BYTES + 1)
    except OSError as error:
        raise _wrong("no_draft", path=source, reason=os_reason(error)) from error
    if len(data) > MAX_DRAFT_BYTES:
        raise _wrong("draft_too_big", path=source)
    line, column = 1, 1
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError):
            line, column = error.lineno, error.colno
        raise _wrong("not_json", path=source, line=line, column=column) from error
    if not isinstance(value, dict):
        raise Unusable(t("node.form.not_object"))
    return value


def _wrong(code: str, **values: object) -> Unusable:
    return Unusable(t(f"commands.{code}", **values))
