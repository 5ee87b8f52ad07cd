"""A list of parties as a village clerk keeps it: CSV with Chinese heads, UTF-8 or GB18030, as Excel and WPS save it.

    姓名,身份,性别,年龄,民族,证件末四位,电话,住址          (证件号码: the whole number, kept sealed)
    演示甲,申请人,男,52,汉族,123X,13800000001,甲村二组12号

Only the names must be there; the order of the columns does not matter. All rows or none: the first fault is named with its line.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from shared.disputes.acts.refusal import Refusal
from shared.ledger import codes
from shared.ledger.entry import MAX_DRAFT_BYTES, shown
from shared.ledger.formats.characters import is_digits
from shared.ledger.formats.fields import MAX_PARTIES
from shared.ledger.os_words import os_reason, read_reason
from shared.ledger.texts import names, t

MOST_TOLD = 5               # headings of no meaning in one sentence


def read_roster(path: str | Path) -> list[dict[str, Any]]:
    """The parties of the file, as a draft takes them. Raises `Refusal` in Chinese naming line, column and remedy."""
    try:
        lines = list(enumerate(csv.reader(io.StringIO(_text(path))), 1))
    except csv.Error as error:
        raise _wrong("unreadable", path=path, reason=read_reason(error)) from error
    rows = [(number, row) for number, row in lines if any(map(str.strip, row))]
    if not rows:
        raise _wrong("empty", path=path)
    fields = {said: field for field, said in names("roster_file.column").items()}
    heads = [head.strip() for head in rows[0][1]]
    unknown = [head for head in heads if head and head not in fields]
    if unknown or t("roster_file.column.name") not in heads:
        raise _wrong("heads", value="、".join(map(shown, unknown[:MOST_TOLD])) or "—", known="、".join(fields))
    if len(rows) - 1 > MAX_PARTIES:
        raise _wrong("too_many", n=len(rows) - 1, most=MAX_PARTIES)
    return [_party(number, dict(zip((fields.get(head, "") for head in heads), row, strict=False))) for number, row in rows[1:]]


def _text(path: str | Path) -> str:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_DRAFT_BYTES + 1)
    except OSError as error:
        raise _wrong("unreadable", path=path, reason=os_reason(error)) from error
    if len(data) > MAX_DRAFT_BYTES:
        raise _wrong("too_big", path=path)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _wrong("encoding", path=path)


def _party(line: int, row: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {field: text.strip() for field, text in row.items() if field and text.strip()}
    if not made.get("name"):
        raise _wrong("no_name", line=line)
    closed = {"role": _of("participant_role"), "id_kind": _of("identity_paper"),
              "gender": {t("forms.party.male"): "male", t("forms.party.female"): "female"},
              "kind": {t("roster_file.unit"): "unit", t("roster_file.person"): "person"}}
    for field, table in closed.items():
        if field in made:
            if made[field] not in table:
                column = t(f"roster_file.column.{field}")
                raise _wrong("choice", line=line, column=column, value=shown(made[field]), known="、".join(table))
            made[field] = table[made[field]]
    if "age" in made:
        if not (is_digits(made["age"]) and len(made["age"]) <= 3):
            raise _wrong("choice", line=line, column=t("roster_file.column.age"), value=shown(made["age"]), known="0—150")
        made["age"] = int(made["age"])
    return made


def _of(table: str) -> dict[str, str]:
    return {name: code for code, name in codes.names(table).items()}


def _wrong(key: str, **values: object) -> Refusal:
    return Refusal("draft", "roster", t(f"roster_file.{key}", **values), {"parties": t(f"roster_file.{key}", **values)})
