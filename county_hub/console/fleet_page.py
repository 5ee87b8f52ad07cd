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
from county_hub.console.frame import Console, answer, frame
from county_hub.console.offices_page import ago
from county_hub.console.session import Visitor
from county_hub.console.tabs import tabs
from county_hub.county.fleet import Health
from shared.ledger.days import local_time
from shared.ledger.texts import t


def routes(console: Console, fleet: Callable[[], list[Health]]) -> list[BaseRoute]:
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, console, request, functools.partial(page, fleet=fleet))

    return [Route("/console/fleet", endpoint)]


def page(console: Console, request: Request, visitor: Visitor, *, fleet: Callable[[], list[Health]]) -> Response:
    officers = console.officers
    found, now = fleet(), officers.now()
    only_bad = not request.query_params.get("all")
    rows: list[dict[str, Any]] = [
        {"health": h, "office": officers.office_name(h.office), "last": ago(now, h.last_at), "since": local_time(h.oldest or 0),
         "days": abs(h.offset_ms) // 86_400_000, "mb": (h.free_bytes or 0) >> 20}
        for h in found if h.faults or not only_bad
    ]
    values = frame(console, visitor, "monitor", t("fleet.title"))
    values["tabs"], values["tab"] = tabs("monitor"), "fleet"
    return render.page("fleet.html", {
        **values, "rows": rows, "hubs": any(h.hub for h in found), "total": len(found),
        "bad": sum(bool(h.faults) for h in found), "only_bad": only_bad,
    })
