"""`county-hub serve` as one call: the hub's server with the console of the county's officers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.routing import BaseRoute

from county_hub.accounts.opened import opened_accounts
from county_hub.accounts.operator import DevicesRefused
from county_hub.api import app as api
from county_hub.api.answers import Api
from county_hub.console import (
    actions,
    demands_page,
    fleet_page,
    organs_page,
    pages,
    passkey_pages,
    people_pages,
    wall_page,
)
from county_hub.console.analysis import figures, rates
from county_hub.console.forms import case_acts, record_acts, use_pages
from county_hub.console.forms.uses import Use
from county_hub.console.frame import Console
from county_hub.console.live import stream
from county_hub.console.organ import pages as organ_pages
from county_hub.console.warm import warming
from county_hub.console.watcher import Watch
from county_hub.console.zones.routes import routes as zone_routes
from county_hub.county.acts import CountyActs
from county_hub.county.book.changes import Changes
from county_hub.county.book.figure_facts import years_of
from county_hub.county.demand_office import opened_demands
from county_hub.county.desk import CountyDesk
from county_hub.county.fleet import fleet
from county_hub.county.officers import officers_of
from county_hub.county.organ_desk import organ_acts
from county_hub.county.second_person import TwoPeople
from county_hub.hub import serving
from county_hub.hub.crew.crew import Workers
from county_hub.hub.hub import Hub
from county_hub.hub.kept.tls import ServerTls
from county_hub.room import officer_pages
from county_hub.room.rooms import Rooms
from county_hub.service import fleet_route, reports
from county_hub.service.portal_server import running_portal
from county_hub.systems.opened import opened_systems, running_delivery
from shared.jobs import Jobs

# More routers than this wait for each other's transactions on the county's database (docs/BENCHMARKS.md, `hub`).
MOST_BY_ITSELF = 2


@dataclass(frozen=True, slots=True)
class PortalPort:
    """Where the citizen's page listens, and with which certificate, a public one of its own."""

    port: int
    tls: ServerTls | None


def serve(hub: Hub, host: str, port: int, tls: ServerTls | None = None, portal: PortalPort | None = None,
          uses: Sequence[Use] = (), workers: int = 0) -> int:
    """Serve until SIGTERM or SIGINT; prints `listening on http://...` when ready, after `portal listening on ...` where there is
    one. `workers` as `worker_count` gives it. Raises `HubProblem`."""
    with contextlib.ExitStack() as beside:
        rooms = beside.enter_context(contextlib.closing(rooms_of(hub)))

        def own() -> list[BaseRoute]:
            if portal is not None:
                address = beside.enter_context(running_portal(hub, rooms, host, portal.port, portal.tls))
                print(f"portal listening on {address}", flush=True)
            beside.enter_context(warming())
            beside.enter_context(running_delivery(hub, opened_systems(hub).hooks))
            return routes(hub, uses, rooms)

        return serving.serve(hub, host, port, own, lambda jobs: _add_jobs(jobs, hub, rooms), tls,
                             DevicesRefused(hub, lambda name: hub.directory.latest().device(name) is not None),
                             Workers(workers, (sys.executable, "-m", "county_hub.service.worker")))


def worker_count(asked: int | None, setting: int, cores: int) -> int:
    """How many worker processes: as asked for, else by the setting, else (-1) by the machine's cores."""
    if asked is not None:
        return asked
    return setting if setting >= 0 else min(cores - 1, MOST_BY_ITSELF)


def rooms_of(hub: Hub) -> Rooms:
    officers = officers_of(hub)
    return Rooms(hub, officers, lambda: CountyActs(hub, officers=officers))


def _add_jobs(jobs: Jobs, hub: Hub, rooms: Rooms) -> None:
    reports.add_jobs(jobs, hub)
    jobs.daily("forget_rooms", 2, rooms.forget)
    jobs.daily("forget", 2, lambda: _forget(hub))


def _forget(hub: Hub) -> None:
    with contextlib.closing(opened_demands(hub)) as demands:
        demands.forget(hub.settings.portal_keep_days)


def routes(hub: Hub, uses: Sequence[Use] = (), rooms: Rooms | None = None) -> list[BaseRoute]:
    """The console's pages."""
    officers, demands = officers_of(hub), opened_demands(hub)
    accounts = opened_accounts(hub)

    def acts() -> CountyActs:
        return CountyActs(hub, officers=officers)

    console = Console(officers, acts, accounts, hub.settings.silent_days, hub.settings.page_size,
                      lambda: CountyDesk(hub), lambda office: organ_acts(hub, office), lambda: TwoPeople(hub, officers),
                      Watch(Changes(hub, demands)))
    kept = reports.kept_reports(hub)
    return pages.routes(console, [
        *demands_page.routes(console, demands, hub.settings.portal_answer_days),
        *actions.routes(console), *stream.routes(console), *wall_page.routes(console, hub.settings.wall_token),
        *people_pages.routes(console), *passkey_pages.routes(console),
        *fleet_page.routes(console, lambda: fleet(hub)),
        *figures.routes(console, kept, lambda: years_of(hub)), *rates.routes(console, kept, lambda: years_of(hub)),
        *case_acts.routes(console), *record_acts.routes(console),
        *use_pages.routes(console, uses), *zone_routes(console), *organs_page.routes(console), *organ_pages.routes(console),
        *officer_pages.routes(console, rooms or rooms_of(hub)),
        *api.routes(api.Interface(Api(officers, opened_systems(hub), acts, kept), accounts.audit,
                                  hub.settings.api_calls_a_minute, hub.clock)),
        *fleet_route.routes(hub, lambda offices: fleet(hub, offices), officers.with_lower),
    ])
