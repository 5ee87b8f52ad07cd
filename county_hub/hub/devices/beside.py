"""What an edge answers where the publisher enrols and proves who it is: the time, to devices that it answers for, and no more.

A device tries its addresses in order: one that is not let in here is told so by the first question of its round, and goes on
to the next address.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from county_hub.hub.devices.authoriser import HubAuthoriser
from county_hub.hub.devices.enrolment import HubIdentity

RETRY_S = "30"


def routes(authoriser: HubAuthoriser, identity: Callable[[], HubIdentity], now: Callable[[], int],
           is_right: Callable[[], bool]) -> list[BaseRoute]:
    """`GET /_hub/time` as `enrolment` has it, with a credential; enrolment and identity send to the publisher (503). While the
    clock is not right nobody is to set his by it: a wrong day in a record stays there for ever (503, the next address)."""

    async def get_time(request: Request) -> JSONResponse:
        if await run_in_threadpool(authoriser.authenticate, request.headers) is None:
            reason = "this edge does not answer for this device, or does not know it yet; try the next address"
            return JSONResponse({"error": "unauthorized", "reason": reason}, status_code=401)
        if not is_right():
            reason = "the clock of this edge is wrong; try the next address"
            return JSONResponse({"error": "clock_off", "reason": reason}, status_code=503, headers={"retry-after": RETRY_S})
        known = identity()
        return JSONResponse({"server_time": now(), "hub": {"id": known.hub_id, "epoch": known.epoch}},
                            headers={"cache-control": "no-store"})

    async def elsewhere(request: Request) -> JSONResponse:
        reason = "this is an edge; devices enrol at the address of the county's publisher"
        return JSONResponse({"error": "not_the_publisher", "reason": reason}, status_code=503, headers={"retry-after": RETRY_S})

    return [
        Route("/_hub/time", get_time, methods=["GET"]),
        Route("/_hub/enrol", elsewhere, methods=["POST"]),
        Route("/_hub/identity", elsewhere, methods=["GET"]),
    ]
