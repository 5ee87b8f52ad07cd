"""A report on a terminal, in a workbook, on paper. It shows what `report.build` made and computes nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from county_hub.hub.problems import HubProblem
from county_hub.report.report import Report, shown_percent
from shared.commands.output import table_lines
from shared.ledger.entry import running_text, whole
from shared.ledger.texts import t

Line = tuple[str, ...]


def title(report: Report) -> str:
    return t("figures.report.title", county=report["county"]["name"], year=report["year"])


def figure_lines(report: Report) -> list[Line]:
    """Heading and one line per indicator: name, value, numerator, denominator, base, change, change in per cent."""
    heads = ("indicator", "value", "numerator", "denominator", "base", "change", "change_percent")
    lines = [tuple(t(f"figures.report.{head}") for head in heads)]
    for entry in report["indicators"].values():
        lines.append(_figure_line(entry, report["small_cell"]))
    return lines


def _figure_line(entry: dict[str, Any], small: int) -> Line:
    none, base = t("figures.none"), entry["base"]
    if entry["suppressed"]:
        return (entry["name"], t("figures.few", n=small), "", "", "", "", "")
    if entry["kind"] == "rate":
        points = entry["change_points"]
        return (
            entry["name"], shown_percent(entry["percent"]), str(entry["numerator"]), str(entry["denominator"]),
            shown_percent(base["percent"]) if base else none,
            t("figures.report.points", points=f"{points:+.1f}") if points is not None else none, "",
        )
    return (
        entry["name"], f"{entry['value']} {entry['unit']}", "", "", str(base["value"]) if base else none,
        f"{entry['change']:+}" if entry["change"] is not None else none,
        f"{entry['change_percent']:+.1f} %" if entry["change_percent"] is not None else none,
    )


def region_lines(report: Report) -> list[Line]:
    """Categories down, regions across: fewer columns than the other way round. Empty when the table is withheld."""
    table = report["tables"]["region_by_category"]
    if table is None:
        return []
    lines: list[Line] = [(t("figures.report.region"), *(row["short"] for row in table["rows"]), t("figures.report.total"))]
    for place, column in enumerate(table["columns"]):
        cells = (_cell(row[place]) for row in table["cells"])
        lines.append((column["name"], *cells, _cell(table["column_totals"][place])))
    lines.append((t("figures.report.total"), *map(_cell, table["row_totals"]), str(table["total"])))
    return lines


def _cell(value: int | None) -> str:
    return t("figures.report.suppressed") if value is None else str(value)


def level_lines(report: Report) -> list[Line]:
    lines: list[Line] = [tuple(t(f"figures.report.{head}") for head in ("level", "registered", "mediated", "local"))]
    for row in report["tables"]["by_level"]:
        local = t("figures.report.suppressed") if row["local_denominator"] is None else \
            f"{shown_percent(row['local_percent'])} ({row['local_numerator']}/{row['local_denominator']})"
        lines.append((row["name"], _cell(row["registered"]), _cell(row["mediated"]), local))
    return lines


def channel_lines(report: Report) -> list[Line]:
    lines: list[Line] = [tuple(t(f"figures.report.{head}") for head in ("channel", "items", "batches", "person_times"))]
    for row in report["tables"]["petitions_by_channel"]:
        lines.append((row["name"], *(_cell(row[unit]) for unit in ("items", "batches", "person_times"))))
    return lines


def definition_lines(report: Report) -> list[Line]:
    """(name, definition) of each indicator."""
    return [(entry["name"], "；".join(_definition(entry["definition"]))) for entry in report["indicators"].values()]


def _definition(definition: dict[str, str]) -> Iterator[str]:
    for key in ("numerator", "denominator", "scope", "period", "source"):
        if definition[key]:
            yield t(f"figures.report.{key}_is", text=definition[key])


def sections(report: Report) -> list[tuple[str, list[Line]]]:
    """(heading, lines) of every table, in the order of the report."""
    return [
        (t("figures.report.counts") + "、" + t("figures.report.rates"), figure_lines(report)),
        (t("figures.report.levels"), level_lines(report)), (t("figures.report.channels"), channel_lines(report)),
        (t("figures.report.regions"), region_lines(report) or [(t("figures.report.withheld"),)]),
    ]


# --- terminal -------------------------------------------------------------------------------------------------------


def lines(report: Report) -> list[str]:
    """The report for a terminal."""
    made = [title(report), t("figures.report.through", **report["period"])]
    for heading, rows in sections(report):
        made += ["", f"【{heading}】", *table_lines(rows)]
    return [*made, "", *(f"- {note}" for note in report["notes"])]


# --- workbook -------------------------------------------------------------------------------------------------------


def xlsx(report: Report) -> bytes:
    """A workbook of four sheets. Raises `HubProblem` when the library is missing."""
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Font
    except ImportError:
        raise HubProblem(t("figures.report.no_xlsx")) from None
    book, bold = Workbook(), Font(bold=True)
    book.properties.creator = report["county"]["name"]
    first = book.active
    first.title = t("figures.report.sheet_figures")

    def fill(sheet: Any, lines: Sequence[Line], start: int, widths: Sequence[int]) -> int:
        for offset, line in enumerate(lines):
            for column, text in enumerate(line, start=1):
                cell = sheet.cell(start + offset, column, _typed(text))
                if offset == 0:
                    cell.font = bold
        for column, width in enumerate(widths):
            sheet.column_dimensions["ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column]].width = width
        return start + len(lines) + 1

    first["A1"], first["A1"].font = title(report), bold
    first["A2"] = t("figures.report.through", **report["period"])
    fill(first, figure_lines(report), 4, (26, 14, 10, 10, 12, 16, 12))
    regions = book.create_sheet(t("figures.report.sheet_regions"))
    fill(regions, region_lines(report) or [(t("figures.report.withheld"),)], 1, (24, *(12 for _ in range(14))))
    levels = book.create_sheet(t("figures.report.sheet_levels"))
    fill(levels, channel_lines(report), fill(levels, level_lines(report), 1, (14, 12, 12, 22)), ())
    notes = book.create_sheet(t("figures.report.sheet_notes"))
    end = fill(notes, [(t("figures.report.notes"),), *((note,) for note in report["notes"])], 1, (26, 120))
    fill(notes, [(t("figures.report.definitions"), ""), *definition_lines(report)], end, ())
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _typed(text: str) -> str | int:
    """Whole numbers as numbers, so that a sheet can add them; never a formula."""
    number = whole(text.removeprefix("-"))
    if number is not None:
        return -number if text.startswith("-") else number
    plain = running_text(text)      # a control character would make the workbook unwritable
    return "'" + plain if plain.startswith(("=", "+", "@")) else plain


# --- paper ----------------------------------------------------------------------------------------------------------


def pdf(report: Report) -> bytes:
    """A4 pages with the project's font. Raises `HubProblem` when font or library is missing."""
    try:
        from pylopdf_fonts_zh_cn import sans_path

        from shared.disputes.papers.kit.page import SMALL, Page
    except ImportError as error:
        raise HubProblem(t("figures.report.no_pdf", reason=error.name)) from None
    page = Page(sans_path(), report["made_on"], watermark="DEMO" if report["demo"] else "")
    page.open(title(report), left=title(report))
    page.aligned(t("figures.report.through", **report["period"]), "C", SMALL)
    for heading, lines in sections(report):
        if len(lines[0]) > 8:
            page.keep(len(lines) * 7.5 + 50)        # a wide table is read whole, with its heading
        page.heading(heading)
        _table(page, lines)
        page.space(3)
    page.heading(t("figures.report.notes"))
    for note in report["notes"]:
        page.note(note)
    page.heading(t("figures.report.definitions"))
    for name, text in definition_lines(report):
        page.note(f"{name}：{text}")
    return bytes(page.output())


_FIGURE_SHARES = (0.25, 0.13, 0.09, 0.09, 0.13, 0.19, 0.12)


def _table(page: Any, lines: Sequence[Line]) -> None:
    from shared.disputes.papers.kit.page import Cell

    many = len(lines[0]) > 8
    size, height = (7.0, 6.0) if many else (9.0, 6.4)
    for number, line in enumerate(lines):
        shares = _FIGURE_SHARES if len(line) == len(_FIGURE_SHARES) else (0.15 if many else 0.22, *(0.0 for _ in line[1:]))
        cells = [
            Cell(text, share, number == 0 or place == 0, True)
            for place, (text, share) in enumerate(zip(line, shares, strict=True))
        ]
        page.row(*cells, height=height, size=size)


WRITERS: dict[str, Callable[[Report], bytes]] = {"xlsx": xlsx, "pdf": pdf}
