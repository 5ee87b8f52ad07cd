"""The report of a year as one plain value: figures with numerator, denominator, base and change, safe tables, notes.

What leaves this module may be published: small cells are gone, and no base or change gives them back. How it looks on a
screen, a sheet or paper is in `report_forms` and the console. Everything is computed from facts of the read model; what a
newspaper printed appears in notes alone, and as a base that says where it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from shared.disputes.figures import bureau
from shared.disputes.figures import compare as figures_compare
from shared.disputes.figures import tables as figures_tables
from shared.disputes.figures.compare import Change, Difference, Newspaper
from shared.disputes.figures.figures import CHANNELS, Figure, Indicator, Publication, compute, indicators, publication
from shared.disputes.figures.marks import Period, Tally
from shared.disputes.figures.suppress import Table
from shared.ledger import codes, periods
from shared.ledger.periods import Span
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t

Report = dict[str, Any]
_CHANNEL_OF = {f"{channel}_{unit}": channel for channel in CHANNELS for unit in ("batches", "person_times")}


def build(count: Callable[[Period], Tally], organisation: Organisation, year: int, today: str, *, demo: bool = False,
          small: int | None = None, small_source: str = "", rules: Publication | None = None, span: Span | None = None,
          internal: bool = False) -> Report:
    """The report. `count` gives the sums of a period; `today` is the day it is made; a period under way is compared with the same
    days of the year before. `span`: a part of the year, else the whole of it. `internal`: with small cells, for the office
    alone."""
    span = span or periods.parse(f"{year:04d}")
    own, small = bool(small), small or (rules or publication()).small_cell
    threshold = {"small_cell": small, "small_cell_from": "hub.toml" if own else "default",
                 "small_cell_source": small_source if own else (rules or publication()).small_cell_source}
    if internal:
        small = 1
    period, before = _periods(span, today)
    paper = figures_compare.newspaper()
    stated = paper if paper.county == organisation.county() else None
    tally, base = count(period), count(before)
    now, then = compute(tally, rules), compute(base, rules)
    whole = not span.part and period.end == span.end
    held = _any(base)
    changes = {
        key: figures_compare.change(figure, figures_compare.base_of(key, year, then[key], held, stated if whole else None))
        for key, figure in now.items()
    }
    channels = figures_tables.petitions_by_channel(tally, small)
    hidden = {key for key, figure in now.items() if figure.is_small(small)}
    hidden |= {key for key, channel in _CHANNEL_OF.items() if channels[channel]["items"] is None}
    differences = list(figures_compare.differences(year, now, changes, stated)) if stated is not None and whole else []
    differences = [d for d in differences if d.indicator not in hidden]
    return {
        "county": {"id": organisation.county(), "name": organisation.short_name(organisation.county())},
        "year": span.year, "span": span.text, "span_name": span.words(), "internal": internal, "unit": _unit(organisation),
        "period": {"start": period.start, "end": period.end}, "base_year": span.year - 1,
        "base_period": {"start": before.start, "end": before.end}, "made_on": today, "demo": demo, **threshold,
        "indicators": {key: _entry(row, now[key], changes[key], key in hidden, small) for key, row in indicators().items()},
        "tables": {
            "region_by_category": _region_table(figures_tables.region_by_category(
                tally, small, known_regions=_regions(organisation)), organisation),
            "by_month": _months(tally, base, small),
            "by_level": [_level_row(row) for row in figures_tables.by_level(tally, small)],
            "petitions_by_channel": [
                {"channel": key, "name": codes.name("petition_channel", key), **units} for key, units in channels.items()],
            "bureau_form": [_form_row(row) for row in bureau.form(tally, small)],
        },
        "differences": [_difference(d) for d in differences],
        "notes": [*_notes(year, changes, differences, stated if whole else None, held), *_marks(demo, threshold, internal)],
    }


def _periods(span: Span, today: str) -> tuple[Period, Period]:
    period = Period(span.start, min(span.end, today))
    before = span.a_year_before()
    return period, Period(before.start, before.end if period.end == span.end else periods.same_day_before(period.end))


def _unit(organisation: Organisation) -> str:
    return t("figures.report.unit_name", county=organisation.short_name(organisation.county()))


def _form_row(row: bureau.FormRow) -> dict[str, Any]:
    table = {"category": "category", "prevented": "prevented"}.get(row.block)
    name = codes.name(table, row.code) if table else t(f"figures.form.{row.block}.{row.code}")
    return {"block": row.block, "block_name": t(f"figures.form.{row.block}.name"), "code": row.code, "name": name,
            "value": row.value, "unit": t(f"figures.form.unit.{row.unit}")}


def _any(tally: Tally) -> bool:
    return any(sum(tally.by(what).values()) for what in ("registered", "petitions", "aid"))


def _regions(organisation: Organisation) -> list[str]:
    return [office.id for office in organisation.offices.values() if office.level == "township"]


# --- one figure -----------------------------------------------------------------------------------------------------


def _entry(row: Indicator, figure: Figure, change: Change | None, hidden: bool, small: int) -> dict[str, Any]:
    base_hidden = change is not None and change.base.figure.is_small(small)
    shown = None if hidden or base_hidden else change
    value: dict[str, Any] = {
        "name": row.name, "kind": row.kind, "unit": row.unit, "suppressed": hidden,
        "value": None if hidden or row.kind == "rate" else figure.numerator,
        "numerator": None if hidden else figure.numerator, "denominator": None if hidden else figure.denominator,
        "percent": _number(None if hidden or row.kind == "count" else figure.percent()),
        "base": None if change is None or base_hidden else _base(change),
        "change": shown.absolute if shown else None, "change_percent": _number(shown.percent if shown else None),
        "change_points": _number(shown.points if shown else None),
    }
    value["text"] = _text(value, small)
    value["definition"] = {
        "numerator": row.numerator, "denominator": row.denominator, "scope": row.scope, "period": row.period,
        "source": row.source,
    }
    return value


def _base(change: Change) -> dict[str, Any]:
    base = change.base
    rate = base.figure.is_rate
    return {
        "year": base.year, "value": None if rate else base.figure.numerator,
        "numerator": base.figure.numerator, "denominator": base.figure.denominator,
        "percent": _number(base.figure.percent() if rate else None), "derived": base.derived,
    }


def _number(value: Decimal | None) -> float | None:
    """One decimal, as JSON has it."""
    return None if value is None else float(value)


def _text(value: Mapping[str, Any], small: int) -> str:
    """737 (+155, +26.6 %) of a count, 92.5 % (662/716) of a rate."""
    if value["suppressed"]:
        return t("figures.few", n=small)
    if value["kind"] == "rate":
        return f"{shown_percent(value['percent'])} ({value['numerator']}/{value['denominator']})"
    parts = [f"{value['change']:+}"] if value["change"] is not None else []
    if value["change_percent"] is not None:
        parts.append(f"{value['change_percent']:+.1f} %")
    return f"{value['value']} ({', '.join(parts)})" if parts else str(value["value"])


def shown_percent(value: float | None) -> str:
    """无 where there was nothing to divide by."""
    return t("figures.none") if value is None else f"{value:.1f} %"


# --- tables ---------------------------------------------------------------------------------------------------------


def _region_table(table: Table | None, organisation: Organisation) -> dict[str, Any] | None:
    if table is None:
        return None
    county = organisation.county()
    return {
        "rows": [{"office": row, "name": t("figures.report.county_row") if row == county else organisation.short_name(row),
                  "short": _short(row, organisation)} for row in table.rows],
        "columns": [{"category": column, "name": codes.name("category", column)} for column in table.columns],
        "cells": [[table.cells[row, column] for column in table.columns] for row in table.rows],
        "row_totals": [table.row_totals[row] for row in table.rows],
        "column_totals": [table.column_totals[column] for column in table.columns],
        "total": table.total,
    }


def _short(office: str, organisation: Organisation) -> str:
    """For the head of a narrow column: a name of more than eight characters gives way to what the office is."""
    if office == organisation.county():
        return t("figures.report.county_row")
    known, name = organisation.get(office), organisation.short_name(office)
    return codes.name("office_kind", known.kind) if known is not None and len(name) > 8 else name


def _months(tally: Tally, base: Tally, small: int) -> dict[str, Any] | None:
    """Registered disputes by month, and of the year before; None when a small month would be given away."""
    now, then = figures_tables.by_month(tally, small), figures_tables.by_month(base, small)
    return None if now is None or then is None else {"months": list(now), "now": list(now.values()),
                                                     "before": [then.get(_year_before(month), 0) for month in now]}


def _year_before(month: str) -> str:
    return f"{int(month[:4]) - 1:04d}{month[4:]}"


def _level_row(row: figures_tables.LevelRow) -> dict[str, Any]:
    local = row.local
    return {
        "level": row.level, "name": codes.name("level", row.level), "registered": row.registered, "mediated": row.mediated,
        "local_numerator": local.numerator if local else None, "local_denominator": local.denominator if local else None,
        "local_percent": _number(local.percent() if local else None),
    }


# --- notes ----------------------------------------------------------------------------------------------------------


def _difference(d: Difference) -> dict[str, Any]:
    return {"indicator": d.indicator, "year": d.year, "field": d.field, "printed": d.printed, "computed": d.computed,
            "note": d.note}


def _notes(year: int, changes: Mapping[str, Change | None], differences: list[Difference], paper: Newspaper | None,
           held: bool) -> list[str]:
    notes = []
    for key, row in indicators().items():
        change = changes[key]
        if change is not None and change.base.derived:
            notes.append(t("figures.note.base_printed", name=row.name, value=change.base.figure.numerator,
                           derived=change.base.derived))
    if not held:
        without = "、".join(row.name for key, row in indicators().items() if changes[key] is None and row.kind == "count")
        if without:
            notes.append(t("figures.note.base_none", name=without))
    if paper is not None:
        notes += [_sentence(difference, paper) for difference in differences]
        notes += [f"{text}。" for years, text in paper.remarks if year in years]
    return notes


def _sentence(d: Difference, paper: Newspaper) -> str:
    key = d.field if d.computed is not None else f"uncomputed_{d.field}"
    sentence = t(f"figures.note.{key}", paper=paper.title, year=d.year, name=indicators()[d.indicator].name, printed=d.printed,
                 computed=d.computed)
    return t("figures.note.because", sentence=sentence.rstrip("。"), note=d.note) + "。" if d.note else sentence


def _marks(demo: bool, threshold: Mapping[str, Any], internal: bool) -> list[str]:
    if internal:
        return [t("figures.report.internal_note"), *([t("figures.report.demo_note")] if demo else [])]
    which = t("figures.report.small_own" if threshold["small_cell_from"] == "hub.toml" else "figures.report.small_default")
    marks = [t("figures.report.suppressed_note", n=threshold["small_cell"]) + t(
        "figures.report.small_source", which=which, source=threshold["small_cell_source"])]
    return [*marks, t("figures.report.demo_note")] if demo else marks
