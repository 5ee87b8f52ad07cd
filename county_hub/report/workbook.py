"""A report as a workbook that can be added up: numbers are numbers, units stand beside them, headings stay in view."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from county_hub.hub.problems import HubProblem
from county_hub.report.report import Report
from county_hub.report.report_lines import (
    bureau_lines,
    channel_lines,
    definition_lines,
    level_lines,
    month_lines,
    region_lines,
    signed,
    title,
)
from shared.ledger.cells import no_formula
from shared.ledger.entry import running_text, whole
from shared.ledger.texts import t

Row = Sequence[Any]
_HEADS = ("indicator", "value", "unit", "numerator", "denominator", "base", "change", "change_percent", "change_points")


def xlsx(report: Report) -> bytes:
    """A workbook of five sheets, and one of the months if they may be told. Raises `HubProblem` when the library is missing."""
    try:
        from openpyxl import Workbook
    except ImportError:
        raise HubProblem(t("figures.report.no_xlsx")) from None
    book = Workbook()
    book.properties.creator = report["unit"]
    first = book.active
    first.title = t("figures.report.sheet_figures")
    _page(first, report, figure_rows(report), (26, 12, 8, 10, 10, 12, 10, 12, 14))
    _page(book.create_sheet(t("figures.report.sheet_bureau")), report, _typed_rows(bureau_lines(report)), (16, 26, 14, 8))
    regions = region_lines(report) or [(t("figures.report.withheld"),)]
    _page(book.create_sheet(t("figures.report.sheet_regions")), report, _typed_rows(regions), (24, *(12 for _ in range(14))))
    levels = book.create_sheet(t("figures.report.sheet_levels"))
    end = _page(levels, report, _level_rows(report), (14, 12, 12, 18, 12, 12), last=False)
    _rows(levels, _typed_rows(channel_lines(report)), end + 1)
    _foot(levels, report)
    if report["tables"]["by_month"]:
        _page(book.create_sheet(t("figures.report.sheet_months")), report, _typed_rows(month_lines(report)), (12, 12, 12))
    notes = book.create_sheet(t("figures.report.sheet_notes"))
    end = _rows(notes, [(t("figures.report.notes"),), *((note,) for note in report["notes"])], 1)
    _rows(notes, [(t("figures.report.definitions"), ""), *definition_lines(report)], end + 1)
    for letter, width in (("A", 26), ("B", 120)):
        notes.column_dimensions[letter].width = width
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def listing(name: str, table: Sequence[Row]) -> bytes:
    """A plain list with its heading in view; the first row is the heading. Raises `HubProblem` when the library is missing."""
    try:
        from openpyxl import Workbook
        from openpyxl.utils import get_column_letter
    except ImportError:
        raise HubProblem(t("figures.report.no_xlsx")) from None
    book = Workbook()
    sheet = book.active
    sheet.title, sheet.freeze_panes = name[:30], "B2"
    _rows(sheet, table, 1)
    for column, head in enumerate(table[0], 1):
        longest = max((len(str(row[column - 1])) for row in table[:200]), default=len(str(head)))
        sheet.column_dimensions[get_column_letter(column)].width = min(60, 4 + 2 * longest)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def figure_rows(report: Report) -> list[Row]:
    """One row per indicator, typed: value with its unit beside it, per cent as a number of per cent; None where there is none."""
    rows: list[Row] = [[t(f"figures.report.{head}") for head in _HEADS]]
    for entry in report["indicators"].values():
        rate, base = entry["kind"] == "rate", entry["base"]
        if entry["suppressed"]:
            rows.append([entry["name"], t("figures.few", n=report["small_cell"]), entry["unit"], *[None] * 6])
            continue
        rows.append([
            entry["name"], entry["percent"] if rate else entry["value"], "%" if rate else entry["unit"],
            entry["numerator"] if rate else None, entry["denominator"] if rate else None,
            (base["percent"] if rate else base["value"]) if base else None, entry["change"], entry["change_percent"],
            entry["change_points"]])
    return rows


def _level_rows(report: Report) -> list[Row]:
    words = (t(f"figures.report.{key}") for key in ("local_percent", "numerator", "denominator"))
    rows: list[Row] = [[*level_lines(report)[0][:3], *words]]
    hidden = t("figures.report.suppressed")
    for row in report["tables"]["by_level"]:
        shown = row["local_denominator"] is not None
        rows.append([row["name"], *(hidden if row[key] is None else row[key] for key in ("registered", "mediated")),
                     *((row["local_percent"], row["local_numerator"], row["local_denominator"]) if shown else [hidden] * 3)])
    return rows


def _page(sheet: Any, report: Report, rows: Sequence[Row], widths: Sequence[int], *, last: bool = True) -> int:
    """Title, period and a table whose heading stays in view; below it who answers for it. The first row after it."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet["A1"], sheet["A1"].font = title(report), Font(bold=True, size=14)
    sheet["A2"] = t("figures.report.through", **report["period"]) + "　" + signed(report)[0]
    end = _rows(sheet, rows, 3)
    sheet.freeze_panes = "B4"
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    if last:
        _foot(sheet, report)
    return end


def _foot(sheet: Any, report: Report) -> None:
    for number, words in enumerate(signed(report)):
        sheet.cell(sheet.max_row + (2 if number == 0 else 1), 1, words)


def _rows(sheet: Any, rows: Sequence[Row], start: int) -> int:
    from openpyxl.styles import Font

    for offset, row in enumerate(rows):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(start + offset, column, _safe(value))
            if offset == 0:
                cell.font = Font(bold=True)
            elif isinstance(value, float):
                cell.number_format = "0.0"
    return start + len(rows)


def _typed_rows(lines: Sequence[Sequence[str]]) -> list[Row]:
    """Whole numbers as numbers, so that a sheet can add them."""
    return [[number if (number := whole(text)) is not None else text for text in line] for line in lines]


def _safe(value: Any) -> Any:
    """A text is never a formula, and holds no control character, which would make the workbook unwritable."""
    if not isinstance(value, str):
        return value
    return no_formula(running_text(value))
