"""Files of an exchange: XLSX, CSV and JSON, read within bounds, written so that a spreadsheet can count with them.

A sheet holds numbers as numbers, days as days and no formula; its heading is frozen. An old register may have lines of title
above its heading: the heading is the line with most words that are known. Old files may be GB 18030.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from county_hub.hub.problems import UsageProblem
from shared.disputes.exchange.values import Cell
from shared.ledger.cells import as_written, no_formula
from shared.ledger.entry import of_file_system, running_text
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t

log = logging.getLogger("county_hub.exchange")

FORMATS = ("xlsx", "csv", "json")
MOST_ROWS = 20_000              # of one file: more than a county registers in ten years; split larger ones
MOST_COLUMNS = 200
MOST_BYTES = 32 << 20           # as it lies on the disk
MOST_UNPACKED = 256 << 20       # of all parts of a workbook, before it is read: a bomb is smaller and unpacks to more
HEAD_WITHIN = 15                # lines in which the heading must stand
Line = tuple[int, dict[str, Cell]]      # number of the line in the file, heading -> cell
Known = Callable[[Sequence[str]], int]  # how many of these words are headings


def read(path: Path, form: str, known: Known) -> tuple[list[str], list[Line]]:
    """Headings and lines that hold anything. Raises `UsageProblem` that names file and remedy."""
    shown = of_file_system(str(path))
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageProblem(t("exchange.too_big", file=shown, most=MOST_BYTES >> 20))
        content = path.read_bytes()
    except OSError as error:
        raise UsageProblem(t("exchange.unreadable", file=shown, reason=os_reason(error))) from None
    try:
        table = list({"xlsx": _sheet, "csv": _csv, "json": _json}[form](content))
    except UsageProblem:
        raise
    except Exception as fault:      # whatever a library says of a broken file, it is a broken file
        log.warning("a file to import could not be read as %s: %s", form, type(fault).__name__)
        raise UsageProblem(t("exchange.broken", file=shown, form=form)) from None
    return _lines(table, known, shown)


def _lines(table: Sequence[Sequence[Cell]], known: Known, shown: str) -> tuple[list[str], list[Line]]:
    tops = [[_head(cell) for cell in row] for row in table[:HEAD_WITHIN]]
    place = max(range(len(tops)), key=lambda n: known(tops[n]), default=-1)
    if place < 0 or known(tops[place]) < 2:
        raise UsageProblem(t("exchange.no_heading", file=shown, n=HEAD_WITHIN))
    heads = tops[place]
    twice = sorted({head for head in heads if head and heads.count(head) > 1})
    if twice:
        raise UsageProblem(t("exchange.heading_twice", file=shown, heads="、".join(twice)))
    lines: list[Line] = []
    for number, row in enumerate(table[place + 1:], place + 2):
        cells: dict[str, Cell] = {
            head: cell for head, cell in zip(heads, row, strict=False) if head and cell is not None and str(cell).strip()}
        if cells:
            lines.append((number, cells))
    if len(lines) > MOST_ROWS:
        raise UsageProblem(t("exchange.too_many", file=shown, n=len(lines), most=MOST_ROWS))
    return [head for head in heads if head], lines


def _head(cell: Cell) -> str:
    return " ".join(str(cell).split()) if cell is not None else ""


def _sheet(content: bytes) -> Iterator[Sequence[Cell]]:
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
            raise UsageProblem(t("exchange.unpacks", most=MOST_UNPACKED >> 20))
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        for row in book.worksheets[0].iter_rows(max_row=MOST_ROWS + HEAD_WITHIN + 1, max_col=MOST_COLUMNS, values_only=True):
            yield [as_written(cell) if isinstance(cell, str) else cell for cell in row]
    finally:
        book.close()


def _csv(content: bytes) -> Iterator[Sequence[Cell]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    for row in csv.reader(io.StringIO(text, newline="")):
        yield [as_written(cell) for cell in row[:MOST_COLUMNS]]


def _json(content: bytes) -> Iterator[Sequence[Cell]]:
    made = json.loads(content)
    rows = made["rows"] if isinstance(made, dict) else made
    heads = list(dict.fromkeys(head for row in rows for head in row))[:MOST_COLUMNS]
    yield heads
    for row in rows:
        yield [row.get(head) if isinstance(row.get(head), str | int | float | bool | None) else str(row[head]) for head in heads]


# --- writing


def write(form: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], about: Mapping[str, str],
          notes: Sequence[Sequence[Any]] = ()) -> bytes:
    """The whole file. `about`: what the file says of itself; `notes`: further lines of that page (a workbook alone has one)."""
    if form == "xlsx":
        return workbook(heads, rows, about, notes)
    if form == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(heads)
        writer.writerows([_text(value) for value in row] for row in rows)
        return text.getvalue().encode("utf-8-sig")      # with a mark, so that spreadsheets read the Chinese
    said = [{head: _json_value(value) for head, value in zip(heads, row, strict=True) if value is not None} for row in rows]
    return json.dumps({"about": dict(about), "rows": said}, ensure_ascii=False, indent=1).encode() + b"\n"


def workbook(heads: Sequence[str], rows: Iterable[Sequence[Any]], about: Mapping[str, str],
             notes: Sequence[Sequence[Any]] = ()) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title, sheet.freeze_panes = t("exchange.sheet_rows"), "A2"
    sheet.append(list(heads))
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="center")
    widths = [_width(head) for head in heads]
    for row in rows:
        sheet.append([_safe(value) for value in row])
        widths = [max(width, _width(value)) for width, value in zip(widths, row, strict=True)]
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = min(width + 2, 40)
    sheet.auto_filter.ref = sheet.dimensions
    page = book.create_sheet(t("exchange.sheet_about"))
    for line in [*about.items(), *([()] if notes else []), *notes]:
        page.append([_safe(value) for value in line])
    for letter, width in (("A", 22), ("B", 30), ("C", 60), ("D", 10)):
        page.column_dimensions[letter].width = width
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _safe(value: Any) -> Any:
    """Numbers and days as they are; a text is never a formula, and holds nothing that a workbook cannot."""
    if not isinstance(value, str):
        return value
    return no_formula(running_text(value))


def _text(value: Any) -> str:
    made = "" if value is None else value.isoformat() if isinstance(value, dt.date) else str(value)
    return no_formula(made) if isinstance(value, str) else made


def _json_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _width(value: Any) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in _text(value)[:60])
