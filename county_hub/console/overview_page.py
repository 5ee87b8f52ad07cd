"""The overview: what is open, late and urgent in the county, township by township."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.case_rows import case_row
from county_hub.console.frame import Console, frame
from county_hub.console.session import Visitor
from county_hub.county import queries
from shared.disputes.tables import cases as case_list
from shared.ledger import codes
from shared.ledger.days import local_time
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t

ATTENTION_ROWS = 8
# An alarm within the day must show on a page that nobody touches: the overview asks again every minute (nothing is typed there).
REFRESH_SECONDS = 60


def overview(console: Console, request: Request, visitor: Visitor) -> Response:
    officers, today, now = console.officers, console.officers.today(), console.officers.now()
    with officers.read() as db:
        totals = case_list.totals(db, officers.moment())
        urgent = case_list.urgent(db, officers.moment(), ATTENTION_ROWS)
        holders = queries.by_holder(db, today)
        categories, states = queries.open_by(db, "category"), queries.open_by(db, "state")
    organisation = officers.organisation()
    silent = sum(1 for state in officers.office_states() if state.silent)
    values = frame(console, visitor, "overview", t("console.overview.title"))
    return render.page("overview.html", {
        **values,
        "tiles": _tiles(totals, silent, values["quarantine_count"]),
        "attention": [case_row(row, organisation, now) for row in urgent],
        "refresh_seconds": REFRESH_SECONDS,
        "townships": _townships(organisation, holders),
        "categories": [(codes.name("category", key) if key else "—", n, "") for key, n in categories[:8]],
        "states": [(codes.name("lifecycle", key), n, f"/console/cases?state={key}") for key, n in states],
        "states_top": max((n for _, n in states), default=0),
        "now": local_time(now),
        "behind": officers.lag(),
    })


def _tiles(totals: case_list.Totals, silent: int, quarantine: int) -> list[tuple[str, int, str, str]]:
    def kind(value: int, wanted: str) -> str:
        return wanted if value else ""

    return [
        ("open", totals.open, "main", "/console/cases"),
        ("ringing", totals.ringing, kind(totals.ringing, "bad"), "/console/cases?overdue=1"),
        ("overdue", totals.overdue, kind(totals.overdue, "bad"), "/console/cases?overdue=1"),
        ("warning", totals.warning, kind(totals.warning, "warn"), ""),
        ("red", totals.red, kind(totals.red, "bad"), "/console/cases?risk=4"),
        ("orange", totals.orange, kind(totals.orange, "warn"), "/console/cases?risk=3"),
        ("pending", totals.pending, kind(totals.pending, "warn"), ""),
        ("review", totals.review, kind(totals.review, "warn"), ""),
        ("incomplete", totals.incomplete, kind(totals.incomplete, "warn"), ""),
        ("silent", silent, kind(silent, "bad"), "/console/offices?silent=1"),
        ("quarantine", quarantine, kind(quarantine, "bad"), "/console/quarantine"),
        ("registered_month", totals.registered_month, "main", ""),
        ("closed_month", totals.closed_month, "good", ""),
    ]


def _townships(organisation: Organisation, holders: list[queries.HolderCount]) -> list[dict[str, Any]]:
    """Counts of each township with its villages, and of the county's own desk, in order of office id."""
    sums: dict[str, list[int]] = {
        office.id: [0, 0, 0] for office in organisation.offices.values() if office.level != "village"
    }
    for count in holders:
        line = (count.holder, *organisation.ancestors(count.holder))
        at = next((office for office in line if office in sums), None)
        if at is not None:
            for place, number in enumerate((count.open, count.overdue, count.ended)):
                sums[at][place] += number
    return [
        {"office": office, "name": organisation.display_name(office), "open": n[0], "overdue": n[1], "ended": n[2]}
        for office, n in sorted(sums.items())
    ]
