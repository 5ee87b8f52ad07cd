"""The charts of a report: the months beside those of the year before, counts beside their base, rates, regions. They show what
`report.build` made, so nothing that must not be published is on them.
"""

from __future__ import annotations

from county_hub.report.charts.bars import bars
from county_hub.report.charts.lines import Series, lines
from county_hub.report.charts.shapes import Chart, full
from county_hub.report.report import Report, shown_percent
from shared.ledger.texts import t

COMPARED = ("disputes_handled", "mediation_cases", "petitions", "legal_aid_cases")
WIDTH = 720.0


def charts(report: Report) -> list[tuple[str, Chart, str]]:
    """(heading, chart, a line below it); without those that nothing can be shown of."""
    made = [_months(report), _compared(report), _rates(report), _regions(report)]
    return [one for one in made if one is not None]


def _months(report: Report) -> tuple[str, Chart, str] | None:
    months = report["tables"]["by_month"]
    if months is None or len(months["months"]) < 2:
        return None
    labels = [t("figures.chart.month", month=int(month[5:])) for month in months["months"]]
    then = Series(t("figures.chart.year", year=report["base_year"]), months["before"])
    now = Series(t("figures.chart.year", year=report["year"]), months["now"])
    series = [then, now] if any(n for n in months["before"]) else [now]
    return (t("figures.chart.months"), lines(series, labels, t("figures.chart.months"), WIDTH), t("figures.chart.months_note"))


def _compared(report: Report) -> tuple[str, Chart, str]:
    rows: list[tuple[str, int | None, str]] = []
    tones: list[str] = []
    for key in COMPARED:
        row = report["indicators"][key]
        rows.append((f"{row['name']} {report['year']}", row["value"],
                     t("figures.report.suppressed") if row["value"] is None else str(row["value"])))
        if row["base"]:
            rows.append((str(report["base_year"]), row["base"]["value"], str(row["base"]["value"])))
        tones += ["heat4", "older"] if row["base"] else ["heat4"]
    top = full(max((value for _, value, _ in rows if value), default=0))
    return t("figures.chart.compared"), bars(rows, top, t("figures.chart.compared"), tones), t("figures.page.full", n=top)


def _rates(report: Report) -> tuple[str, Chart, str] | None:
    rows: list[tuple[str, int | None, str]] = []
    for row in report["indicators"].values():
        if row["kind"] == "rate" and not row["suppressed"] and row["percent"] is not None:
            rows.append((row["name"], round(row["percent"]), shown_percent(row["percent"])))
    name = t("figures.report.rates")
    return (name, bars(rows, 100, name), t("figures.chart.rates_note")) if rows else None


def _regions(report: Report) -> tuple[str, Chart, str] | None:
    table = report["tables"]["region_by_category"]
    if table is None:
        return None
    rows = [(row["short"], n, t("figures.report.suppressed") if n is None else str(n))
            for row, n in zip(table["rows"], table["row_totals"], strict=True)]
    top = full(max((n for _, n, _ in rows if n), default=0))
    return t("figures.chart.regions"), bars(rows, top, t("figures.chart.regions")), t("figures.page.full", n=top)
