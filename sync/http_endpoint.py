"""CouchDB's HTTP API over `Databases`: see `create_app`."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from sync.auth import Authoriser
from sync.databases import Databases


def create_app(
    databases: Databases,
    authoriser: Authoriser,
    *,
    routes: Sequence[BaseRoute] = (),
    cors_origins: Sequence[str] = (),
    session_secret: bytes | None = None,
) -> Starlette:
    """The ASGI application. `routes` of the program come first; everything else is CouchDB's API at `/`.
    `cors_origins` are the web origins that browsers may call from (`*` = any, without cookies)."""
    raise NotImplementedError
