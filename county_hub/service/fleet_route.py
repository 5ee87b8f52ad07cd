"""`GET /_hub/fleet`: the health of the devices of the asking device's office and of those below it, for `village-node fleet`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.county.fleet import Health
from county_hub.hub.devices.rates import Rate, Rates, wait_answer
from county_hub.hub.hub import Hub

Fleet = Callable[[tuple[str, ...]], list[Health]]
_RATE = Rate(20, 6)     # each answer reads the quarantine and every statement


def routes(hub: Hub, fleet: Fleet, lower: Callable[[str], tuple[str, ...]]) -> list[BaseRoute]:
    """`lower(office)`: the office and all below it."""
    rates = Rates()

    def told(request: Request) -> Response:
        principal = hub.authoriser.authenticate(dict(request.headers))
        device = hub.directory.latest().device(principal.name) if principal is not None else None
        address = request.client.host if request.client else ""
        wait_s = rates.wait_s("fleet", principal.name, _RATE) if principal is not None else rates.stranger(address)
        if wait_s:
            return wait_answer(wait_s)
        if device is None or device.status != "active":
            reason = "name and password of an enrolled device in service are needed"
            return JSONResponse({"error": "unauthorized", "reason": reason}, status_code=401 if principal is None else 403)
        found = [asdict(health) for health in fleet(lower(device.office))]
        return Response(json.dumps({"devices": found}, ensure_ascii=False).encode(), media_type="application/json")

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(told, request)

    return [Route("/_hub/fleet", endpoint)]
