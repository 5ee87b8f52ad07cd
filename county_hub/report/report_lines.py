"""The report as lines of words: every table with its heading, for terminal, page and paper. Computes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from county_hub.report.report import Report, shown_percent
from shared.ledger.texts import t

Line = tuple[str, ...]


def title(report: Report) -> str:
    key = "title_internal" if report["internal"] else "title"
    return t(f"figures.report.{key}", county=report["county"]["name"], span=report["span_name"])


def signed(report: Report) -> tuple[str, ...]:
    """Who answers for it: unit, who drew it up, who checked it, on which day. A name not given is written in by hand."""
    blank = t("figures.report.blank")
    return (t("figures.report.unit_is", name=report["unit"]), t("figures.report.made_by", name=report.get("made_by") or blank),
            t("figures.report.checked_by", name=report.get("checked_by") or blank),
            t("figures.report.filed_on", date=report["made_on"]))


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


def month_lines(report: Report) -> list[Line]:
    """The months of the period, those of the year before beside them; no line where they may not be told."""
    months = report["tables"]["by_month"]
    if months is None:
        return []
    made: list[Line] = [(t("figures.report.month"), str(report["year"]), str(report["base_year"]))]
    return [*made, *((month[5:].lstrip("0"), _cell(now), _cell(then))
                     for month, now, then in zip(months["months"], months["now"], months["before"], strict=True))]


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


def bureau_lines(report: Report) -> list[Line]:
    """The statistical form: block, item, value, unit."""
    made: list[Line] = [tuple(t(f"figures.report.{head}") for head in ("form_block", "form_item", "value", "unit"))]
    return [*made, *((row["block_name"], row["name"], _cell(row["value"]), row["unit"])
                     for row in report["tables"]["bureau_form"])]


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
        *([(t("figures.chart.months"), month_lines(report))] if report["tables"]["by_month"] else []),
        (t("figures.report.levels"), level_lines(report)), (t("figures.report.channels"), channel_lines(report)),
        (t("figures.report.regions"), region_lines(report) or [(t("figures.report.withheld"),)]),
        (t("figures.report.bureau"), bureau_lines(report)),
    ]
