"""分析: the map, the lines of several years, sources and results, how long it took, the season beside the same one of earlier
years, and who comes again. Everything is added up from counters of months; every number leads to its cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.analysis.months import YEARS_BACK, Months, choices, chosen, last_day
from county_hub.console.frame import Console, frame
from county_hub.console.session import Visitor
from county_hub.console.tabs import tabs
from county_hub.county.book import early_warning
from county_hub.county.book.outlines import BadOutlines, outlines_of
from county_hub.county.book.regions import offices_in, regions_of
from county_hub.report.charts.lines import Series, lines
from county_hub.report.charts.map import Place, outlines, tiles
from county_hub.report.charts.svg import svg
from shared.disputes.tables import counted
from shared.ledger import codes
from shared.ledger.days import later
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t

OFTEN_DAYS, OFTEN_ROWS, OFTEN_CASES = 365, 12, 6
ROWS = 10


def listed(**asked: str) -> str:
    """Where the cases are that a number counts."""
    return "/console/cases?" + urlencode({name: value for name, value in asked.items() if value})


def analysis(console: Console, request: Request, visitor: Visitor) -> Response:
    officers, today = console.officers, console.officers.today()
    organisation = officers.organisation()
    regions = regions_of(organisation)
    asked = {name: request.query_params.get(name, "")[:40] for name in ("period", "town", "category")}
    months = chosen(asked["period"], today)
    town = asked["town"] if asked["town"] in regions.values() else ""
    category = asked["category"] if asked["category"] in codes.names("category") and not town else ""
    with officers.read() as db:
        places = counted.by_key(db, "registered", "place", months.first, months.last)
        look = early_warning.look(db, today, regions, list(codes.names("category")))
        shown = {
            "lines": _trend(db, today, offices_in(organisation, town) if town else (), town, category),
            "season": _season(db, months), "sources": _rows(db, months, "registered", "source", "source"),
            "categories": _rows(db, months, "registered", "category", "category"),
            "outcomes": _rows(db, months, "closed", "outcome", "outcome"),
            "durations": [_durations(db, one) for one in (months, months.years_before(1))],
            "often": _often(db, today),
        }
    warned = {cell.region for cell in look.cells.values() if cell.warns}
    link = _linker(asked | {"period": months.text})
    values = frame(console, visitor, "monitor", t("analysis.title"))
    values["tabs"], values["tab"] = tabs("monitor"), "analysis"
    return render.page("analysis.html", {
        **values, **shown, "months": months, "choices": choices(today), "asked": asked, "town": town, "category": category,
        "link": link, **_map(console, places_of(organisation, regions, places, months, town, warned), months),
        "towns": _towns(organisation, regions), "total": sum(places.values()), "warned": bool(warned) and not town,
        "until": months.until, "since": months.since, "often_days": OFTEN_DAYS, "often_rows": OFTEN_ROWS,
    })


def _map(console: Console, places: Sequence[Place], months: Months) -> dict[str, Any]:
    """In the county's outlines where it has given them, else in tiles; `without`: places that have no outline; `fault`: why the
    county's file is of no use."""
    hub, label, fault = console.desk().hub, t("analysis.map", words=months.words), ""
    if hub.settings.map_outlines:
        organisation = console.officers.organisation()
        names = {office: organisation.short_name(office) for office in organisation.offices}
        try:
            rings = outlines_of(hub.home.root / hub.settings.map_outlines, names).rings
            drawn = [place for place in places if place.id in rings]
            if drawn:
                return {"map": Markup(svg(outlines(drawn, rings, label))), "fault": "",
                        "source": hub.settings.map_outlines_source, "outlined": True,
                        "without": [place for place in places if place.id not in rings]}
        except BadOutlines as wrong:
            fault = str(wrong)
    return {"map": Markup(svg(tiles(places, label))), "fault": fault, "source": "", "without": [], "outlined": False}


def _linker(asked: Mapping[str, str]) -> Callable[..., str]:
    def link(**change: str) -> str:
        return "/console/analysis?" + urlencode({k: v for k, v in {**asked, **change}.items() if v})

    return link


def _towns(organisation: Organisation, regions: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(region, organisation.short_name(region)) for region in sorted(set(regions.values()))
            if organisation.level_of(region) == "township"]


def places_of(organisation: Organisation, regions: Mapping[str, str], counts: Mapping[str, int], months: Months, town: str,
            warned: set[str]) -> list[Place]:
    """The townships (the county itself where it has cases), or one township's own office and its villages."""
    sums: dict[str, int] = {}
    for office, n in counts.items():
        at = regions.get(office, "") if not town else office if regions.get(office) == town else ""
        sums[at] = sums.get(at, 0) + n
    if town:
        known = sorted(office for office, region in regions.items() if region == town)
    else:
        known = sorted({region for region in regions.values() if organisation.level_of(region) == "township" or sums.get(region)})
    return [Place(id, organisation.short_name(id), sums.get(id, 0),
                  listed(place=id, alone="1" if town else "", since=months.since, until=months.until), id in warned and not town)
            for id in known]


def _trend(db: Any, today: str, offices: tuple[str, ...], town: str, category: str) -> dict[str, Any]:
    """A line of each of the last years; the table has the same numbers as links."""
    dim, keys = ("place", offices) if offices else ("category", (category,)) if category else ("", ("",))
    year, first = int(today[:4]), int(today[:4]) - YEARS_BACK + 1
    found = counted.by_month(db, "registered", f"{first}-01", today[:7], dim, keys)
    years = [one for one in range(first, year + 1) if one == year or any(month[:4] == str(one) for month in found)]
    rows = []
    for one in years:
        months = [f"{one}-{n:02d}" for n in range(1, 13)]
        values = [None if month > today[:7] else found.get(month, 0) for month in months]
        hrefs = [listed(place=town, category=category, since=f"{month}-01", until=last_day(month)) for month in months]
        rows.append((Series(t("analysis.year", year=one), values, hrefs), sum(n or 0 for n in values)))
    labels = [t("analysis.month_short", month=n) for n in range(1, 13)]
    return {"chart": Markup(svg(lines([row for row, _ in rows], labels, t("analysis.trend")))), "labels": labels,
            "rows": [(row.name, list(zip(row.values, row.hrefs, strict=True)), total) for row, total in reversed(rows)]}


def _season(db: Any, months: Months) -> list[dict[str, Any]]:
    """The same months of earlier years, the newest first, each with its change against the one before it."""
    spans = [months, *(months.years_before(n) for n in range(1, YEARS_BACK))]
    sums = [sum(counted.by_month(db, "registered", span.first, span.last).values()) for span in spans]
    made = []
    for place, (span, n) in enumerate(zip(spans, sums, strict=True)):
        before = sums[place + 1] if place + 1 < len(sums) else 0
        made.append({"words": span.words, "n": n, "href": listed(since=span.since, until=span.until),
                     "change": f"{n - before:+d}" if before else "", "before": before,
                     "percent": f"{100 * (n - before) / before:+.1f}%" if before else ""})
    return [row for row in made if row["n"] or row is made[0]]


def _rows(db: Any, months: Months, what: str, dim: str, table: str) -> list[tuple[str, int, str]]:
    """(words, how many, where they are listed), most first; what stands in no table is told as such."""
    names = codes.names("case_source" if table == "source" else table)
    days = ("since", "until") if what == "registered" else ("closed_since", "closed_until")
    found = sorted(counted.by_key(db, what, dim, months.first, months.last).items(), key=lambda row: (-row[1], row[0]))
    return [(names.get(key, key) or t("analysis.unknown"), n,
             listed(**{table: key, days[0]: months.since, days[1]: months.until}) if key else "") for key, n in found[:ROWS]] + (
        [(t("analysis.others", n=len(found) - ROWS), sum(n for _, n in found[ROWS:]), "")] if len(found) > ROWS else [])


def _durations(db: Any, months: Months) -> dict[str, Any]:
    return {"words": months.words, "found": counted.durations(db, months.first, months.last),
            "href": listed(closed_since=months.since, closed_until=months.until)}


def _often(db: Any, today: str) -> list[dict[str, Any]]:
    return [{"name": one.name, "n": len(one.cases), "cases": one.cases[:OFTEN_CASES],
             "href": listed(q=one.name) if len(one.cases) > OFTEN_CASES else ""}
            for one in counted.often(db, later(today, -OFTEN_DAYS), OFTEN_ROWS)]
