"""研判预警: which township has more of which disputes than its own last year lets expect, and the table of all of them.

Every number leads to its cases: `/console/cases?place=…&category=…&since=…&until=…` counts by the same conditions.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.frame import Console, frame
from county_hub.console.session import Visitor
from county_hub.console.tabs import tabs
from county_hub.county.book import early_warning
from county_hub.county.book.regions import regions_of
from shared.ledger import codes
from shared.ledger.texts import t

# GUIDE.md 1: the heat scale, by the least count of each shade
SHADES = (1, 2, 4, 6, 8)


def warning(console: Console, request: Request, visitor: Visitor) -> Response:
    officers = console.officers
    organisation, names = officers.organisation(), codes.names("category")
    regions = regions_of(organisation)
    with officers.read() as db:
        looked = early_warning.look(db, officers.today(), regions, list(names))

    def link(cell: early_warning.Cell) -> str:
        return "/console/cases?" + urlencode({
            "place": cell.region, "category": cell.category, "since": looked.first, "until": looked.last})

    def shown(cell: early_warning.Cell | None) -> dict[str, Any] | None:
        return None if cell is None or not cell.count else {
            "cell": cell, "href": link(cell), "shade": sum(cell.count >= least for least in SHADES),
            "place": organisation.short_name(cell.region), "category": names[cell.category], "expected": f"{cell.expected:.1f}"}

    columns = sorted({region for region in regions.values() if organisation.level_of(region) == "township"}
                     | {region for region, _ in looked.cells})
    rows = [category for category in names if any(cell.count and cell.category == category for cell in looked.cells.values())]
    warned = sorted((cell for cell in looked.cells.values() if cell.warns), key=lambda cell: cell.expected - cell.count)
    values = frame(console, visitor, "monitor", t("zones.warning.title"))
    values["tabs"], values["tab"] = tabs("monitor"), "warning"
    return render.page("warning.html", {
        **values, "looked": looked, "warned": [shown(cell) for cell in warned],
        "columns": [organisation.short_name(region) for region in columns],
        "rows": [(names[category], [shown(looked.cells.get((region, category))) for region in columns]) for category in rows],
        "rule": t("zones.warning.rule", days=early_warning.RECENT_DAYS, base=looked.base_days, alpha=f"{early_warning.ALPHA:.1%}",
                  least=early_warning.LEAST, cells=len(set(regions.values())) * len(names), false=_chance(looked.false_alarms)),
        "too_few": t("zones.warning.too_few", days=looked.base_days, least=early_warning.LEAST_DAYS),
    })


def _chance(cells: float) -> str:
    return f" {cells:.2f} " if cells >= 0.01 else t("zones.warning.hardly")
