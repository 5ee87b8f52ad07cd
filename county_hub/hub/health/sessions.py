"""One line a round of a device: which session, which device, how long, how much, how much of it failed.

A device names its round in a header (`shared.json_log`); everything that is logged while such a request is answered bears the
name, and when the round has been silent for a while, one line sums it up. Wrong credentials are lines of their own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.json_log import HEADER, in_session, session_in
from sync.endpoint.auth import basic_credentials

log = logging.getLogger("county_hub.sessions")
SILENT_S = 20.0         # a round asks more often than this while it runs
MOST = 2000             # rounds at a time; those silent for longest are told first
_FAILED = 400


@dataclass(slots=True)
class _Round:
    device: str
    began: float
    last: float
    requests: int = 0
    failed: int = 0
    sent: int = 0
    received: int = 0


class SessionBook:
    """Thread-safe. `clock` in seconds, steady; `refused(name, address)` hears of each wrong credential."""

    def __init__(self, clock: Callable[[], float] = time.monotonic,
                 refused: Callable[[str, str], None] = lambda name, address: None) -> None:
        self._clock, self._lock, self.refused = clock, threading.Lock(), refused
        self._rounds: OrderedDict[str, _Round] = OrderedDict()

    def note(self, session: str, device: str, status: int, received: int, sent: int) -> None:
        with self._lock:
            now = self._clock()
            found = self._rounds.pop(session, None) or _Round(device, now, now)
            found.last, found.requests = now, found.requests + 1
            found.failed += status >= _FAILED and status != 404     # a checkpoint that is not there yet is no failure
            found.received, found.sent = found.received + received, found.sent + sent
            self._rounds[session] = found
            over = [self._rounds.popitem(last=False) for _ in range(len(self._rounds) - MOST)]
        for old, told in over:
            _tell(old, told)

    def flush(self, *, all_of_them: bool = False) -> None:
        """Tell the rounds that have ended."""
        with self._lock:
            until = self._clock() - SILENT_S
            ended = [(name, told) for name, told in self._rounds.items() if all_of_them or told.last < until]
            for name, _ in ended:
                del self._rounds[name]
        for name, told in ended:
            _tell(name, told)


def _tell(session: str, told: _Round) -> None:
    with in_session(session):
        log.info("sync session of %s: %d requests, %d failed", told.device, told.requests, told.failed, extra={"told": {
            "device": told.device, "requests": told.requests, "failed": told.failed, "bytes_in": told.received,
            "bytes_out": told.sent, "seconds": round(told.last - told.began, 1)}})


class InSession:
    """ASGI middleware around everything that the hub answers."""

    def __init__(self, app: ASGIApp, book: SessionBook) -> None:
        self._app, self._book = app, book

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
                   if name in (HEADER.encode(), b"authorization")}
        session, given = session_in(headers.get(HEADER, "")), basic_credentials(headers)
        seen = {"status": 0, "received": 0, "sent": 0}

        async def counted_receive() -> Message:
            message = await receive()
            seen["received"] += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = int(message["status"])
            seen["sent"] += len(message.get("body", b""))
            await send(message)

        with in_session(session):
            try:
                await self._app(scope, counted_receive, counted_send)
            finally:
                if given is not None and seen["status"] == 401:
                    address = (scope.get("client") or ("",))[0]
                    self._book.refused(given[0], address)
                elif session and given is not None and seen["status"]:
                    self._book.note(session, given[0], seen["status"], seen["received"], seen["sent"])
