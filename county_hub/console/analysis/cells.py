"""From a number of the report's tables to what it counts: the addresses of the cells, and what such an address asks for.

    key=mediation_rate&part=denominator         a part of an indicator
    key=regions&part=150822100000.marriage      a cell of a table: row and column, `all` for a sum
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from county_hub.report.report import Report
from shared.disputes.figures.cells import ALL, cell
from shared.disputes.figures.figures import Part, indicators, part_of
from shared.ledger import codes
from shared.ledger.periods import Span
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t

PARTS = ("numerator", "denominator")
Links = dict[tuple[int, int], str]      # (line, cell) of a table of words, whose heading is line 0


@dataclass(frozen=True, slots=True)
class Named:
    """What is asked for: its name, what it counts in words, and its marks."""

    name: str
    said: str
    part: Part
    in_table: bool = False


def listed(span: str, key: str, part: str, until: str) -> str:
    """Where what a figure counts is listed."""
    return "/console/rates/listed?" + urlencode({"period": span, "until": until, "key": key, "part": part})


def named(key: str, part: str, organisation: Organisation) -> Named | None:
    """What an address asks for; None for what is no figure and no cell."""
    row = indicators().get(key)
    if row is not None:
        found = part_of(key, part) if part in PARTS else None
        return Named(row.name, getattr(row, part), found) if found is not None else None
    one, _, other = part.partition(".")
    asked = cell(key, one, other)
    if asked is None:
        return None
    like, which = asked.like
    words = {"levels": _level_words, "regions": _region_words, "channels": _channel_words, "bureau": _bureau_words}[key]
    return Named("　".join(words(one, other, organisation)), getattr(indicators()[like], which), asked.part, in_table=True)


def _level_words(row: str, column: str, organisation: Organisation) -> Iterable[str]:
    return codes.name("level", row), t(f"figures.report.{column}")


def _region_words(row: str, column: str, organisation: Organisation) -> Iterable[str]:
    region = t("figures.report.county_row") if row == organisation.county() else organisation.short_name(row)
    return (t("figures.report.mediated"), *([region] if row != ALL else []),
            *([codes.name("category", column)] if column != ALL else []))


def _channel_words(row: str, column: str, organisation: Organisation) -> Iterable[str]:
    return codes.name("petition_channel", row), t(f"figures.report.{column}")


def _bureau_words(row: str, column: str, organisation: Organisation) -> Iterable[str]:
    item = codes.name(row, column) if row in ("category", "prevented") else t(f"figures.form.{row}.{column}")
    return t(f"figures.form.{row}.name"), item


def links(made: Report, span: Span) -> dict[str, Links]:
    """Of each table the cells that lead to what they count. A small cell tells nothing and leads nowhere, nor does a nought
    of a table, nor what a manual base says, which has no cases here."""
    def of(table: str, cells: Iterable[tuple[int, int, str, str]]) -> Links:
        return {(line, place): listed(span.text, table, f"{row}.{column}", made["period"]["end"])
                for line, place, row, column in cells}

    return {"figures": _figures(made, span), "levels": of("levels", _levels(made)), "channels": of("channels", _channels(made)),
            "regions": of("regions", _regions(made)), "bureau": of("bureau", _bureau(made))}


def _figures(made: Report, span: Span) -> Links:
    found: Links = {}
    for line, (key, row) in enumerate(made["indicators"].items(), 1):
        if row["suppressed"]:
            continue
        until, base = made["period"]["end"], row["base"]
        if row["kind"] == "rate":
            found[line, 2] = listed(span.text, key, "numerator", until)
            found[line, 3] = listed(span.text, key, "denominator", until)
            continue
        found[line, 1] = listed(span.text, key, "numerator", until)
        if base and not base["derived"] and base["value"]:
            found[line, 4] = listed(span.a_year_before().text, key, "numerator", made["base_period"]["end"])
    return found


_Cells = Iterator[tuple[int, int, str, str]]        # line and place of a cell of words, row and column of what it counts


def _levels(made: Report) -> _Cells:
    shown = (("registered", "registered"), ("mediated", "mediated"), ("local_numerator", "local"))
    for line, row in enumerate(made["tables"]["by_level"], 1):
        yield from ((line, place, row["level"], column) for place, (value, column) in enumerate(shown, 1) if row[value])


def _channels(made: Report) -> _Cells:
    for line, row in enumerate(made["tables"]["petitions_by_channel"], 1):
        yield from ((line, place, row["channel"], unit) for place, unit in enumerate(("items", "batches", "person_times"), 1)
                    if row[unit])


def _regions(made: Report) -> _Cells:
    """Categories down, regions across, as `report_lines.region_lines` writes them."""
    table = made["tables"]["region_by_category"]
    if table is None:
        return
    offices, categories = [row["office"] for row in table["rows"]], [column["category"] for column in table["columns"]]
    lines = [*((category, [row[place] for row in table["cells"]], table["column_totals"][place])
               for place, category in enumerate(categories)), (ALL, table["row_totals"], table["total"])]
    for line, (category, values, total) in enumerate(lines, 1):
        for place, (office, value) in enumerate(zip([*offices, ALL], [*values, total], strict=True), 1):
            if value:
                yield line, place, office, category


def _bureau(made: Report) -> _Cells:
    for line, row in enumerate(made["tables"]["bureau_form"], 1):
        if row["value"] and cell("bureau", row["block"], row["code"]) is not None:
            yield line, 2, row["block"], row["code"]
