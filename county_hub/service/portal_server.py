"""The citizen's page on a port of its own beside the hub's, in a thread of its own; it ends with the hub."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from starlette.applications import Starlette

from county_hub.county.acts import CountyActs
from county_hub.county.demand_office import opened_demands
from county_hub.county.officers import officers_of
from county_hub.demands.work import Work
from county_hub.hub.hub import Hub
from county_hub.hub.kept.tls import ServerTls
from county_hub.hub.serving import listener
from county_hub.portal.app import Portal, make
from county_hub.portal.asking import Asking
from county_hub.portal.languages import installed
from county_hub.room import guest_pages
from county_hub.room.rooms import Rooms
from sync.commands.serve import server_config

STOP_S = 10.0


def portal_of(hub: Hub) -> Portal:
    officers = officers_of(hub)
    asking = Asking(hub, officers, lambda: CountyActs(hub, officers=officers), opened_demands(hub))
    own = hub.home.root / hub.settings.portal_catalogues if hub.settings.portal_catalogues else None
    return Portal(officers, asking, Work(hub.settings.portal_work_bits, hub.clock), installed(own))


def app_of(portal: Portal, rooms: Rooms) -> Starlette:
    return make(portal, guest_pages.routes(portal, rooms))


@contextlib.contextmanager
def running_portal(hub: Hub, rooms: Rooms, host: str, port: int, tls: ServerTls | None = None) -> Iterator[str]:
    """Its address, until the block ends, with the rooms of the console beside it. Raises `HubProblem` when the port is taken,
    or where a catalogue of another language cannot be read."""
    import uvicorn

    with listener(host, port) as taken:
        secure: dict[str, Any] = {"ssl_certfile": str(tls.certificate), "ssl_keyfile": str(tls.key)} if tls is not None else {}
        server = uvicorn.Server(server_config(app_of(portal_of(hub), rooms), proxies=hub.settings.proxy_list(), **secure))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, name="portal", daemon=True)
        thread.start()
        try:
            yield f"{'https' if tls is not None else 'http'}://{host}:{taken.getsockname()[1]}"
        finally:
            rooms.hall.end()
            server.should_exit = True
            thread.join(STOP_S)
