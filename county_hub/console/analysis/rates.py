"""三率与一降两升: each rate with numerator and denominator, each count beside its base; every number leads to what it counts.

The figures are those of the report (`county_hub.report.report`) and of the definitions (`figures.members`); nothing is
counted here.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.case_rows import case_row
from county_hub.console.figures_page import asked_span, listed, spans_of
from county_hub.console.forms.acting import showing
from county_hub.console.frame import Console, error_page, frame
from county_hub.console.session import Visitor
from county_hub.console.tabs import tabs
from county_hub.county.book.counted_matters import Matter, matters
from county_hub.county.book.figure_facts import facts_of
from county_hub.report.kept import KeptReports
from county_hub.report.report import Report, shown_percent
from shared.disputes.figures.figures import indicators, members
from shared.disputes.figures.marks import Period
from shared.disputes.tables import cases as case_list
from shared.disputes.tables.cases import Filter
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
MOST_LISTED = 500
PARTS = ("numerator", "denominator")


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
    """What one number counts."""
    asked = {name: request.query_params.get(name, "")[:60] for name in ("period", "until", "key", "part")}
    row = indicators().get(asked["key"])
    try:
        span = periods.parse(asked["period"])
    except periods.BadPeriod as wrong:
        return error_page(console, visitor, str(wrong), 400)
    if row is None or asked["part"] not in PARTS:
        return error_page(console, visitor, t("console.error.not_found"), 404)
    officers = console.officers
    end = min(span.end, officers.today(), asked["until"] if is_day(asked["until"]) else span.end)
    found = members(facts_of(console.desk().hub, [(span.start, end)]), Period(span.start, end), row.id)
    ids = list((found.numerator if asked["part"] == "numerator" else found.denominator) or ())
    values = frame(console, visitor, "monitor", row.name)
    values["tabs"], values["tab"] = tabs("monitor"), "rates"
    return render.page("listed.html", {
        **values, "span": span, "total": len(ids), "row": row, "said": getattr(row, asked["part"]), "most": MOST_LISTED,
        **_found(console, ids),
    })


def _found(console: Console, ids: list[str]) -> dict[str, Any]:
    """The cases and the matters of these ids; `often`: how many ids count more than once."""
    officers, times = console.officers, Counter(ids)
    wanted = list(times)[:MOST_LISTED]
    with officers.read() as db:
        rows = case_list.find(db, Filter(ids=wanted), officers.moment(), limit=MOST_LISTED)
        others: list[Matter] = matters(db, wanted)
    organisation, now = officers.organisation(), officers.now()
    return {"rows": [case_row(row, organisation, now) for row in rows], "matters": others, "different": len(times)}
