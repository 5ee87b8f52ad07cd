"""The page 研判统计: a year's figures beside the year before, region x type, and the same as a file to take away.

It shows what `report.build` made, so nothing that must not be published is on it. It must not write anything but the read
model's own catching up, which the projector does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.analysis import cells
from county_hub.console.frame import Console, Handler, answer, error_page, frame
from county_hub.console.session import Visitor
from county_hub.console.tabs import tabs
from county_hub.report import report_forms, report_lines
from county_hub.report.charts.shapes import full
from county_hub.report.kept import KeptReports
from county_hub.report.report import Report
from county_hub.report.report_charts import COMPARED
from shared.ledger.periods import FIRST_YEAR, Span, parse
from shared.ledger.texts import t

_TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf": "application/pdf"}


def routes(console: Console, reports: KeptReports, years: Callable[[], Sequence[int]]) -> list[BaseRoute]:
    """`years()`: those in which anything was registered, the newest first."""

    def guarded(shown: Callable[..., Response]) -> Callable[[Request], Any]:
        handler: Handler = functools.partial(shown, reports=reports, years=years)

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(answer, console, request, handler)

        return endpoint

    return [Route("/console/figures", guarded(figures)), Route("/console/figures/{year}.{form}", guarded(download))]


def figures(console: Console, request: Request, visitor: Visitor, *, reports: KeptReports,
            years: Callable[[], Sequence[int]]) -> Response:
    spans = spans_of(years(), console.officers.today())
    span = asked_span(request, spans)
    made = reports.report(span, internal="internal" in request.query_params).report
    values = frame(console, visitor, "monitor", t("figures.page.title"))
    values["tabs"], values["tab"] = tabs("monitor"), "figures"
    return render.page("figures.html", {
        **values,
        "report": made, "spans": spans,
        "compared": _compared(made), "full": _compared_full(made),
        "rates": [entry for entry in made["indicators"].values() if entry["kind"] == "rate"],
        "counts": [entry for entry in made["indicators"].values() if entry["kind"] == "count"],
        "figure_lines": report_lines.figure_lines(made), "links": cells.links(made, span),
        "region_lines": report_lines.region_lines(made),
        "level_lines": report_lines.level_lines(made), "channel_lines": report_lines.channel_lines(made),
        "definition_lines": report_lines.definition_lines(made), "bureau_lines": report_lines.bureau_lines(made),
        "forms": sorted(_TYPES),
    })


def download(console: Console, request: Request, visitor: Visitor, *, reports: KeptReports,
             years: Callable[[], Sequence[int]]) -> Response:
    form, text = request.path_params["form"], request.path_params["year"]
    span = next((span for span in spans_of(years(), console.officers.today()) if span.text == text), None)
    if form not in _TYPES or span is None:
        return error_page(console, visitor, t("console.error.not_found"), 404)
    content = report_forms.WRITERS[form](reports.report(span, internal="internal" in request.query_params).report)
    return Response(content, media_type=_TYPES[form], headers={
        **render.HEADERS, "content-disposition": f'attachment; filename="report-{text}.{form}"'})


def asked_span(request: Request, spans: Sequence[Span]) -> Span:
    """The one that is asked for, else this year."""
    wanted = request.query_params.get("period") or request.query_params.get("year", "")
    return next((span for span in spans if span.text == wanted), spans[0])


def spans_of(found: Sequence[int], today: str) -> list[Span]:
    """Every year that has anything (this one when there is nothing) with its halves, quarters and months, as far as they have
    begun. What a slip of the pen dated before the first year of reports (`periods.FIRST_YEAR`) stands in none."""
    years = [year for year in found if year >= FIRST_YEAR] or [int(today[:4])]
    parts = ("", "-H1", "-H2", *(f"-Q{n}" for n in range(1, 5)), *(f"-{n:02d}" for n in range(1, 13)))
    spans = (parse(f"{year:04d}{part}") for year in years for part in parts)
    return [span for span in spans if span.start <= today]


def _compared(made: Report) -> list[dict[str, Any]]:
    """Pairs of bars: this year and its base, in per cent of the stated full length."""
    rows = [made["indicators"][key] for key in COMPARED]
    whole = _compared_full(made)

    def width(value: int | None) -> float:
        return round(100 * value / whole, 1) if value else 0.0

    return [
        {"name": row["name"], "text": row["text"], "value": row["value"], "width": width(row["value"]),
         "before": row["base"]["value"] if row["base"] else None,
         "before_width": width(row["base"]["value"] if row["base"] else None),
         "derived": row["base"]["derived"] if row["base"] else ""}
        for row in rows
    ]


def _compared_full(made: Report) -> int:
    rows = [made["indicators"][key] for key in COMPARED]
    return full(max((n for row in rows for n in (row["value"], row["base"] and row["base"]["value"]) if n), default=0))
