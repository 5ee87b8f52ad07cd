"""网格覆盖: how far the grids reach, what is empty in which office, and which sweeps are late; the table also to take away."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.exported import Table, table_file
from county_hub.console.forms.sent import Sent
from county_hub.console.frame import Console, frame
from county_hub.console.paged import Paged, asked_page, href_of, place
from county_hub.console.session import Visitor, address_of
from county_hub.console.tabs import tabs
from county_hub.county.book.coverage import coverage
from shared.disputes.tables import records
from shared.ledger import codes
from shared.ledger.texts import t


def grids(console: Console, request: Request, visitor: Visitor) -> Response:
    values = frame(console, visitor, "monitor", t("zones.monitor.coverage"))
    values["tabs"], values["tab"] = tabs("monitor"), "coverage"
    found, today, size = coverage(console.desk()), console.officers.today(), console.page_size
    with console.officers.read() as db:
        total = records.overdue_total(db, "sweep", today)
        page, pages = place(total, size, asked_page(request))
        missed = records.overdue(db, "sweep", today, limit=size, offset=(page - 1) * size)
    return render.page("coverage.html", {
        **values, "coverage": found, "missed": Paged(missed, total, page, pages, href_of(request)),
        "lacking": [one for one in found.offices if one.lacks],
        "whole": [one for one in found.offices if not one.lacks]})


def export(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
    """Every office that has grids, those that lack something first, as the page shows them."""
    rows = sorted(coverage(console.desk()).offices, key=lambda one: not one.lacks)
    head = [t("console.overview.township"), *(t(f"zones.coverage.{name}")
                                             for name in ("grids", "households", "no_member", "empty_posts", "gaps"))]
    table: Table = [head, *([console.officers.office_name(one.office), one.grids, one.households, "、".join(one.without_member),
                      "、".join(f"{grid} {codes.name('grid_officer_slot', slot)}" for grid, slot in one.empty_posts), one.gaps]
                     for one in rows)]
    console.accounts.audit.note(visitor.account, "export", f"coverage {len(rows)}", address_of(request))
    return table_file(t("zones.monitor.coverage"), console.officers.today(), table, found.last.get("form", ""))
