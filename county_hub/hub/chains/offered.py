"""Heads of the directory that devices bring back to a restored hub: `POST /_hub/heads`, and the file that keeps them.

    HOME/offered-heads.json   {hash: head}   mode 600; may be lost: devices bring them again to the next life of the hub

The lost part of an epoch is known to the tablets that synced meanwhile, and what they wrote cites it. A head is kept when it
verifies in the chain of this hub's own heads and does not lead to the newest: it is readable for old citations, and never
newest, never published, never built upon. A device that only such heads name is held until a person lets it in
(`county-hub device admit`).
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from county_hub.hub.home import write_private
from shared.ledger.formats.documents import Doc
from shared.ledger.published.directory_heads import DirectoryHistory, head_hash
from sync.endpoint.auth import Authoriser

log = logging.getLogger("county_hub.offered")
MAX_BODY_BYTES = 1 << 20        # a head is some hundred bytes; a founding one, with every office, is the longest
MOST = 500                      # heads kept in all: the hub's lost days, not its history


class OfferedHeads:
    """The file. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()

    def stamp(self) -> int:
        """Changes when the file does; 0 while there is none."""
        try:
            return self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def heads(self) -> list[Doc]:
        try:
            return list(json.loads(self._path.read_text("utf-8")).values())
        except (OSError, ValueError, AttributeError):
            return []

    def keep(self, heads: Sequence[Doc]) -> int:
        """How many were new."""
        with self._lock:
            known = {head_hash(head): head for head in self.heads()}
            new = [head for head in heads if head_hash(head) not in known][: max(MOST - len(known), 0)]
            if new:
                known |= {head_hash(head): head for head in new}
                write_private(self._path, json.dumps(known, ensure_ascii=False).encode())
            return len(new)


class Believes(Protocol):
    def with_offered(self, heads: Sequence[Doc]) -> DirectoryHistory: ...

    def history(self) -> DirectoryHistory: ...


def take(directory: Believes, offered: OfferedHeads, heads: Sequence[Doc]) -> int:
    """Keep what verifies aside of the hub's own chain; how many were new."""
    own = directory.history()
    return offered.keep(directory.with_offered(heads).aside()) if own.newest is not None else 0


def routes(directory: Believes, offered: OfferedHeads, authoriser: Authoriser) -> list[BaseRoute]:
    """`POST /_hub/heads {"heads": [...]}` by an active device -> `{"ok", "kept"}`."""

    def answer(body: bytes, headers: dict[str, str]) -> JSONResponse:
        principal = authoriser.authenticate(headers)
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
        return await run_in_threadpool(answer, body, dict(request.headers))

    return [Route("/_hub/heads", post, methods=["POST"])]


def _no(status: int, error: str, reason: str) -> JSONResponse:
    return JSONResponse({"error": error, "reason": reason}, status_code=status)
