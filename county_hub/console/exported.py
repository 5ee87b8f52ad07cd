"""A table that a page shows, to take away: as CSV, or as a workbook with its heading in view, days as days, numbers as numbers.

Who may have it, and that it is written down who took it, is the page's.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from county_hub.console import render
from shared.ledger.cells import no_formula
from shared.ledger.days import is_day

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORT_ROWS = 5_000
FIRST_DAY = "1900-03-01"          # before it spreadsheets disagree about the day of the week
Table = Sequence[Sequence[Any]]         # the first row is the heading


def table_file(title: str, today: str, table: Table, form: str) -> Response:
    """`form`: xlsx, or everything else is CSV."""
    book = form == "xlsx"
    name = quote(f"{title}-{today}.{'xlsx' if book else 'csv'}", safe="")
    return Response(_workbook(title, table) if book else _csv(table), media_type=XLSX if book else "text/csv; charset=utf-8",
                    headers={**render.HEADERS, "content-disposition": f"attachment; filename*=UTF-8''{name}"})


def _csv(table: Table) -> bytes:
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows([no_formula(str(cell)) for cell in row] for row in table)
    return made.getvalue().encode("utf-8-sig")


def _workbook(title: str, table: Table) -> bytes:
    from county_hub.report.workbook import listing

    return listing(title, [[_day(cell) for cell in row] for row in table])


def _day(cell: Any) -> Any:
    """A day as a day that a sheet can reckon with; before its own calendar begins it stays a text."""
    return dt.date.fromisoformat(cell) if isinstance(cell, str) and is_day(cell) and cell >= FIRST_DAY else cell
