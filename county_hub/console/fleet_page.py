"""The page 设备状况: which devices have not been in touch, and what is stranded where."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.exported import Table, table_file
from county_hub.console.forms.acting import taking
from county_hub.console.forms.sent import Sent
from county_hub.console.frame import Console, answer, frame
from county_hub.console.offices_page import ago
from county_hub.console.session import Visitor, address_of
from county_hub.console.tabs import tabs
from county_hub.county.fleet import Health
from shared.ledger.days import local_date, local_time
from shared.ledger.texts import t


def routes(console: Console, fleet: Callable[[], list[Health]]) -> list[BaseRoute]:
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, console, request, functools.partial(page, fleet=fleet))

    return [Route("/console/fleet", endpoint),
            Route("/console/fleet/export", taking(console, functools.partial(export, fleet=fleet), proof=True), methods=["POST"])]


def page(console: Console, request: Request, visitor: Visitor, *, fleet: Callable[[], list[Health]]) -> Response:
    officers = console.officers
    found, now = fleet(), officers.now()
    only_bad = not request.query_params.get("all")
    rows: list[dict[str, Any]] = [
        {"health": h, "office": officers.office_name(h.office), "last": ago(now, h.last_at),
         "since": local_time(h.since) if h.since else "", "faults": faults_of(h)}
        for h in found if h.faults or not only_bad
    ]
    values = frame(console, visitor, "monitor", t("fleet.title"))
    values["tabs"], values["tab"] = tabs("monitor"), "fleet"
    return render.page("fleet.html", {
        **values, "rows": rows, "hubs": any(h.hub for h in found), "total": len(found),
        "bad": sum(bool(h.faults) for h in found), "only_bad": only_bad,
    })


def export(console: Console, request: Request, visitor: Visitor, found: Sent, *, fleet: Callable[[], list[Health]]) -> Response:
    """The list as it is shown: as CSV or as a workbook."""
    officers, everything = console.officers, bool(found.last.get("all"))
    rows = [h for h in fleet() if h.faults or everything]
    head = [t(f"fleet.column_{name}") for name in (
        "office", "slot", "contact", "records", "files", "oldest", "state", "app", "hub")]
    table: Table = [head, *(
        [officers.office_name(h.office), h.slot, local_date(h.last_at) if h.last_at else t("fleet.never"), h.records,
         h.files, _since(h), "；".join(faults_of(h)) or t("fleet.good"), h.app,
         (h.hub or t("fleet.publisher")) if h.last_at else ""] for h in rows)]
    console.accounts.audit.note(visitor.account, "export", f"fleet {len(rows)}", address_of(request))
    return table_file(t("fleet.title"), officers.today(), table, found.last.get("form", ""))


def _since(h: Health) -> str:
    return local_date(h.since) if h.since else t("fleet.since_unknown") if h.oldest else ""


def faults_of(h: Health) -> list[str]:
    """What is wrong with the device, in words, the gravest first."""
    told = {"n": h.refused, "days": abs(h.offset_ms) // 86_400_000, "seq": h.forks[0] if h.forks else 0,
            "mb": (h.free_bytes or 0) >> 20, "error": h.last_error, "rounds": h.rounds, "cut": h.rounds_cut,
            "way": t("fleet.behind" if h.offset_ms > 0 else "fleet.ahead")}
    return [t(f"fleet.fault_{word}", **told) for word in h.faults]
