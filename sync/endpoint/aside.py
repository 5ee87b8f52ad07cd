"""The short way past a program's routes: a request for a database is not held against each of them.

A program may have hundreds of pages beside the databases, and Starlette tries its routes one by one. Which of them can be
meant is told by the first part of the path. Nothing is decided here: what could be the program's is left to its routes.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send


class PastRoutes(BaseRoute):
    """Takes what begins with none of `words`."""

    def __init__(self, words: frozenset[str], endpoint: ASGIApp) -> None:
        self._words, self._endpoint = words, endpoint

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        ours = scope["type"] == "http" and scope["path"][1:].partition("/")[0] not in self._words
        return (Match.FULL if ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoint(scope, receive, send)


def past(routes: Sequence[BaseRoute], endpoint: ASGIApp) -> list[BaseRoute]:
    """`routes` behind a `PastRoutes`; alone where one of them does not say how its paths begin."""
    words = set[str]()
    for route in routes:
        path = getattr(route, "path", "")
        word = path[1:].partition("/")[0]
        if not path.startswith("/") or "{" in word:
            return list(routes)
        words.add(word)
    return [PastRoutes(frozenset(words), endpoint), *routes]
