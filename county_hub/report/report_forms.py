"""A report on a terminal and on paper; as a workbook: `workbook`. It shows what `report.build` made and computes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from county_hub.hub.problems import HubProblem
from county_hub.report import workbook
from county_hub.report.report import Report
from county_hub.report.report_charts import charts
from county_hub.report.report_lines import Line, definition_lines, sections, signed, title
from shared.commands.output import table_lines
from shared.ledger.texts import t

# --- terminal -------------------------------------------------------------------------------------------------------


def lines(report: Report) -> list[str]:
    """The report for a terminal."""
    made = [title(report), t("figures.report.through", **report["period"])]
    for heading, rows in sections(report):
        made += ["", f"【{heading}】", *table_lines(rows)]
    return [*made, "", *(f"- {note}" for note in report["notes"]), "", "　".join(signed(report))]


# --- paper ----------------------------------------------------------------------------------------------------------


def pdf(report: Report) -> bytes:
    """A4 pages with the project's font. Raises `HubProblem` when font or library is missing."""
    try:
        from county_hub.report.charts.paper import draw
        from shared.disputes.papers.kit.fonts import official
        from shared.disputes.papers.kit.page import SMALL, Page

        font = official()
    except ImportError as error:
        raise HubProblem(t("figures.report.no_pdf", reason=error.name)) from None
    page = Page(font, report["made_on"], watermark="DEMO" if report["demo"] else "")
    page.open(title(report), left=title(report))
    page.aligned(t("figures.report.through", **report["period"]), "C", SMALL)
    for heading, chart, said in charts(report):
        page.keep(60)
        page.heading(heading)
        draw(page, chart)
        page.note(said)
        page.space(3)
    for heading, lines in sections(report):
        if len(lines[0]) > 8:
            page.keep(len(lines) * 7.5 + 50)        # a wide table is read whole, with its heading
        page.heading(heading)
        _table(page, lines)
        page.space(3)
    unit, maker, checker, day = signed(report)
    page.note(f"{unit}　　{day}")
    page.note(f"{maker}　　{checker}")
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


WRITERS: dict[str, Callable[[Report], bytes]] = {"xlsx": workbook.xlsx, "pdf": pdf}
