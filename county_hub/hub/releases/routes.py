"""`GET /_hub/releases` and `GET /_hub/releases/<version>`: for enrolled devices in service; a file in pieces (`Range`) too."""

from __future__ import annotations

import json

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.hub.devices.rates import Rates, wait_answer
from county_hub.hub.releases.shelf import Shelf
from sync.endpoint.auth import Authoriser


def routes(shelf: Shelf, authoriser: Authoriser, rates: Rates) -> list[BaseRoute]:
    def refused(request: Request) -> Response | None:
        principal = authoriser.authenticate(dict(request.headers))
        if principal is not None and "device:active" in principal.roles:
            return None
        wait_s = rates.stranger(request.client.host if request.client else "")
        if wait_s:
            return wait_answer(wait_s)
        reason = "name and password of an enrolled device in service are needed"
        return JSONResponse({"error": "unauthorized", "reason": reason}, status_code=401 if principal is None else 403)

    def listing(request: Request) -> Response:
        return refused(request) or Response(json.dumps({"releases": shelf.manifests()}, ensure_ascii=False).encode(),
                                            media_type="application/json")

    def file(request: Request) -> Response:
        if (no := refused(request)) is not None:
            return no
        found = shelf.file_of(request.path_params["version"])
        if found is None:
            return JSONResponse({"error": "not_found", "reason": "no such release"}, status_code=404)
        return FileResponse(found, media_type="application/octet-stream")

    async def list_them(request: Request) -> Response:
        return await run_in_threadpool(listing, request)

    async def give(request: Request) -> Response:
        return await run_in_threadpool(file, request)

    return [Route("/_hub/releases", list_them), Route("/_hub/releases/{version}", give)]
