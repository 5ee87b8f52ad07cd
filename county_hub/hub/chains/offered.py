"""Heads of the directory that devices bring back to a restored hub: `POST /_hub/heads`.

The lost part of an epoch is known to the tablets that synced meanwhile, and what they wrote cites it. A head is kept when it
verifies in the chain of this hub's own heads and does not lead to the newest: it is readable for old citations, and never
newest, never published, never built upon. A device that only such heads name is held until a person lets it in
(`county-hub device admit`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from county_hub.hub.devices.rates import HEADS, Rates, wait_answer
from county_hub.hub.published.offered_heads import MOST, OfferedHeads
from shared.ledger.formats.documents import Doc
from shared.ledger.published.directory_heads import DirectoryHistory
from sync.endpoint.auth import Authoriser

log = logging.getLogger("county_hub.offered")
MAX_BODY_BYTES = 1 << 20        # a head is some hundred bytes; a founding one, with every office, is the longest


class Believes(Protocol):
    def with_offered(self, heads: Sequence[Doc]) -> DirectoryHistory: ...

    def history(self) -> DirectoryHistory: ...


def take(directory: Believes, offered: OfferedHeads, heads: Sequence[Doc]) -> int:
    """Keep what verifies aside of the hub's own chain; how many were new."""
    own = directory.history()
    return offered.keep(directory.with_offered(heads).aside()) if own.newest is not None else 0


def routes(directory: Believes, offered: OfferedHeads, authoriser: Authoriser, rates: Rates) -> list[BaseRoute]:
    """`POST /_hub/heads {"heads": [...]}` by an active device -> `{"ok", "kept"}`."""

    def answer(body: bytes, headers: dict[str, str], address: str) -> JSONResponse:
        principal = authoriser.authenticate(headers)
        wait_s = rates.wait_s("heads", principal.name, HEADS) if principal else rates.stranger(address)
        if wait_s:
            return wait_answer(wait_s)
        if principal is None or "device:active" not in principal.roles:
            return _no(401 if principal is None else 403, "unauthorized", "only devices in service bring heads")
        try:
            value: Any = msgspec.json.decode(body)
            heads = value["heads"]
            good = isinstance(heads, list) and len(heads) <= MOST and all(isinstance(head, dict) for head in heads)
        except (ValueError, RecursionError, KeyError, TypeError):
            good = False
        if not good:
            return _no(400, "bad_request", f'send {{"heads": [...]}}, at most {MOST}')
        kept = take(directory, offered, heads)
        log.info("%s brought %d heads, %d are new", principal.name, len(heads), kept)
        return JSONResponse({"ok": True, "kept": kept})

    async def post(request: Request) -> JSONResponse:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY_BYTES:
                return _no(413, "too_large", f"the request must stay below {MAX_BODY_BYTES} bytes")
        return await run_in_threadpool(answer, body, dict(request.headers), request.client.host if request.client else "")

    return [Route("/_hub/heads", post, methods=["POST"])]


def _no(status: int, error: str, reason: str) -> JSONResponse:
    return JSONResponse({"error": error, "reason": reason}, status_code=status)
