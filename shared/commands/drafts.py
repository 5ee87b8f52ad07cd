"""The draft that a command line takes, for both programs: a JSON file (or `-`), and `--set FIELD=VALUE` over it.

VALUE is JSON if it reads as JSON, else text. No body holds a fraction, so 3.50 stays the text that was typed, from the file too.
The caller hands in where `-` reads from.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, BinaryIO

from shared.commands.arguments import Unusable
from shared.ledger.entry import MAX_DRAFT_BYTES
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t


def file_argument(source: str, stdin: BinaryIO) -> dict[str, Any]:
    """`type=` of the option that names the file, so that one that is none is told with whatever else was typed wrong."""
    try:
        return _file(source, stdin)
    except Unusable as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from wrong


def set_argument(given: str) -> tuple[str, Any]:
    """`type=` of `--set`."""
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(t("commands.bad_set", value=given))
    return name, _value(value)


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
