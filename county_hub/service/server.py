"""`county-hub serve` as one call: the hub's server with the console of the county's officers."""

from __future__ import annotations

from starlette.routing import BaseRoute

from county_hub.console import actions, figures_page, pages
from county_hub.console.pages import Console
from county_hub.console.session import ConsoleSessions
from county_hub.county.acts import CountyActs
from county_hub.county.officers import officers_of
from county_hub.hub import serving
from county_hub.hub.hub import Hub
from county_hub.hub.tls import ServerTls
from county_hub.service import reports
from sync.endpoint.auth import EndedSessions


def serve(hub: Hub, host: str, port: int, tls: ServerTls | None = None) -> int:
    """Serve until SIGTERM or SIGINT; prints `listening on http://...` when ready. Raises `HubProblem`."""
    return serving.serve(hub, host, port, lambda: routes(hub), lambda jobs: reports.add_jobs(jobs, hub), tls)


def routes(hub: Hub) -> list[BaseRoute]:
    """The console's pages."""
    def clock() -> float:
        return hub.clock() / 1000

    officers, password = officers_of(hub), hub.home.console_password()
    ended = EndedSessions(clock, hub.registry.ended_sessions(), hub.registry.end_session)
    sessions = ConsoleSessions(
        bytes.fromhex(hub.secrets["cookie_key"]), clock, hub.settings.session_hours,
        lambda staff: f"{password()} {officers.may_sign_in(staff)}", ended,
    )  # fmt: skip
    console = Console(officers, lambda: CountyActs(hub), sessions, password, hub.settings.silent_days, hub.settings.page_size)
    return pages.routes(console, [*actions.routes(console), *figures_page.routes(console)])
