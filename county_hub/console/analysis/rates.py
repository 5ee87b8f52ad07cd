"""三率与一降两升: each rate with numerator and denominator, each count beside its base; every number leads to what it counts.

The figures are those of the report (`county_hub.report.report`) and of the definitions (`figures.part_of`); nothing is
counted here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.analysis.cells import listed, named
from county_hub.console.analysis.figures import asked_span, spans_of
from county_hub.console.case_rows import case_row
from county_hub.console.forms.acting import showing
from county_hub.console.frame import Console, error_page, frame
from county_hub.console.paged import asked_page, place
from county_hub.console.session import Visitor
from county_hub.console.tabs import tabs
from county_hub.county.book.counted_matters import Counted, Matter, counted, matters
from county_hub.report.kept import KeptReports
from county_hub.report.report import Report, shown_percent
from shared.disputes.figures.figures import Part, publication_in_force
from shared.disputes.figures.marks import Period
from shared.disputes.tables import cases as case_list
from shared.disputes.tables.cases import Filter
from shared.disputes.tables.tallied import Kept
from shared.ledger import periods
from shared.ledger.days import is_day
from shared.ledger.periods import Span
from shared.ledger.texts import t

# DOMAIN.md 1.9 h: the three rates of petitions, and the same of disputes
RATES = (
    ("petition", ("petition_timely_acceptance_rate", "petition_on_time_completion_rate", "petition_satisfaction_rate")),
    ("case", ("timely_acceptance_rate", "on_time_completion_rate", "satisfaction_rate")),
)
# 一降两升: what should fall, and what should rise
FALLS, RISES = ("petitions",), ("mediation_cases", "legal_aid_cases")


def routes(console: Console, reports: KeptReports, years: Callable[[], Sequence[int]]) -> list[BaseRoute]:
    """`years()`: those in which anything was registered, the newest first."""
    shown = functools.partial(rates, reports=reports, years=years)
    return [Route("/console/rates", showing(console, shown)), Route("/console/rates/listed", showing(console, what))]


def rates(console: Console, request: Request, visitor: Visitor, *, reports: KeptReports, years: Callable[[], Sequence[int]]
          ) -> Response:
    spans = spans_of(years(), console.officers.today())
    span = asked_span(request, spans)
    made = reports.report(span, internal=True).report
    values = frame(console, visitor, "monitor", t("rates.title"))
    values["tabs"], values["tab"] = tabs("monitor"), "rates"
    return render.page("rates.html", {
        **values, "report": made, "spans": spans,
        "groups": [(t(f"rates.of_{group}"), [_rate(made, span, key) for key in keys]) for group, keys in RATES],
        "counts": [_count(made, span, key, falls=key in FALLS) for key in (*FALLS, *RISES)],
    })


def _rate(made: Report, span: Span, key: str) -> dict[str, Any]:
    row, until = made["indicators"][key], made["period"]["end"]
    return {**row, "width": row["percent"] or 0,
            "base_percent": shown_percent(row["base"]["percent"]) if row["base"] else "",
            "numerator_href": listed(span.text, key, "numerator", until),
            "denominator_href": listed(span.text, key, "denominator", until)}


def _count(made: Report, span: Span, key: str, *, falls: bool) -> dict[str, Any]:
    row = made["indicators"][key]
    change, base = row["change"], span.a_year_before().text
    moved = "" if change is None else "same" if not change else "less" if change < 0 else "more"
    wanted = "less" if falls else "more"
    return {**row, "href": listed(span.text, key, "numerator", made["period"]["end"]),
            "moved": t(f"rates.{moved}") if moved else "",
            "wanted": t(f"rates.wanted_{wanted}"), "good": moved == wanted,
            "base_href": listed(base, key, "numerator", made["base_period"]["end"]) if row["base"] and not row["base"]["derived"]
            else ""}


def what(console: Console, request: Request, visitor: Visitor) -> Response:
    """What one number counts, page by page."""
    asked = {name: request.query_params.get(name, "")[:60] for name in ("period", "until", "key", "part")}
    try:
        span = periods.parse(asked["period"])
    except periods.BadPeriod as wrong:
        return error_page(console, visitor, str(wrong), 400)
    asked_for = named(asked["key"], asked["part"], console.officers.organisation())
    if asked_for is None:
        return error_page(console, visitor, t("console.error.not_found"), 404)
    end = min(span.end, console.officers.today(), asked["until"] if is_day(asked["until"]) else span.end)
    wanted = asked_page(request)
    found, rows, others = _found(console, asked_for.part, Period(span.start, end), wanted)
    values, (page, pages) = frame(console, visitor, "monitor", asked_for.name), place(found.total, console.page_size, wanted)
    values["tabs"], values["tab"] = tabs("monitor"), "figures" if asked_for.in_table else "rates"
    return render.page("listed.html", {
        **values, "span": span, "total": found.total, "here": found.here, "different": len(found.ids), "said": asked_for.said,
        "rows": rows, "matters": others, "page": page, "pages": pages, "in_table": asked_for.in_table,
        "href": listed(span.text, asked["key"], asked["part"], end)})


def _found(console: Console, part: Part, period: Period, page: int) -> tuple[Counted, list[dict[str, Any]], list[Matter]]:
    """What the part counts, with the cases and the matters of one page; of a page too far the last."""
    hub, size = console.desk().hub, console.page_size
    latest = hub.directory.latest()
    rules, _ = publication_in_force(latest.table("figures"))
    with console.officers.read() as db:
        sums = Kept(db, period, latest.lineage)
        here, _ = place(part.total(sums, rules), size, page)
        found = counted(db, sums, part, rules, (here - 1) * size, size)
        rows = case_list.find(db, Filter(ids=list(found.ids)), console.officers.moment(), limit=size) if found.ids else []
        others = matters(db, found.ids)
    organisation, now = console.officers.organisation(), console.officers.now()
    return found, [case_row(row, organisation, now) for row in rows], others
