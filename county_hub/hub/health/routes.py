"""`GET /_up`, `GET /_ready` and `GET /_hub/metrics`.

The first two are open to anybody and name the sort of a fault, no file. Who may read the figures is a setting: the addresses in
`metrics_from`, or who sends `metrics_token` as a bearer.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from typing import TypeVar

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.hub.health.metrics import CONTENT_TYPE, HubFigures
from county_hub.hub.health.state import Health
from county_hub.hub.kept.settings import HubSettings

# In threads of their own: where everybody waits for a file that is locked, the one who asks how the hub is must not.
AT_ONCE = 4
T = TypeVar("T")
_PROXY_MARKS = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def routes(health: Health, figures: HubFigures, settings: HubSettings) -> list[BaseRoute]:
    own = anyio.CapacityLimiter(AT_ONCE)

    async def apart(ask: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(ask, limiter=own)

    async def up(request: Request) -> Response:
        faults = await apart(health.faults)
        words = list(dict.fromkeys(fault.word for fault in faults))
        good = await apart(health.is_up)
        # CouchDB's shape: "ok" is what its clients and balancers look for.
        return _told({"status": "ok" if good else words[0], "seeds": {}, "faults": words}, good)

    async def ready(request: Request) -> Response:
        words = list(dict.fromkeys(fault.word for fault in await apart(health.faults)))
        return _told({"status": "not_ready" if words else "ready", "faults": words}, not words)

    async def metrics(request: Request) -> Response:
        if not may_read(request, settings):
            reason = "this address may not read the figures; see metrics_from and metrics_token"
            return JSONResponse({"error": "forbidden", "reason": reason}, status_code=403)
        text = await apart(figures.text)
        return Response(text, headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})

    return [Route("/_up", up), Route("/_ready", ready), Route("/_hub/metrics", metrics)]


def may_read(request: Request, settings: HubSettings) -> bool:
    """A reverse proxy that `proxies` does not name stands for the whole world: its own address opens nothing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if settings.metrics_token and scheme.lower() == "bearer" and hmac.compare_digest(
            token.strip().encode(), settings.metrics_token.encode()):
        return True
    if not settings.proxy_list() and any(mark in request.headers for mark in _PROXY_MARKS):
        return False
    try:
        address = ipaddress.ip_address(request.client.host if request.client is not None else "")
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(each, strict=False) for each in settings.metrics_list())


def _told(value: dict[str, object], good: bool) -> Response:
    return JSONResponse(value, status_code=200 if good else 503, headers={"cache-control": "no-store"})
