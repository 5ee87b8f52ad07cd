"""Headers that every answer of a server of ours bears, whoever made it: pages, JSON, files, refusals of the router.

An answer that says more about itself is left as it is. It must not know what is in an answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# No browser takes for a page what is none.
SNIFF = ("x-content-type-options", "nosniff")
# What was asked with credentials stays in no cache on the way.
UNCACHED = ("cache-control", "no-store")


class Headed:
    """`uncached`: how the paths begin whose answers are kept nowhere. Databases' answers say it in CouchDB's way."""

    def __init__(self, app: ASGIApp, uncached: Sequence[str] = ()) -> None:
        self._app, self._uncached = app, tuple(uncached)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        missing = (SNIFF, UNCACHED) if scope["path"].startswith(self._uncached) else (SNIFF,)

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in missing:
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, headed)
