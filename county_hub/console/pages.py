"""The console's routes: every address below /console and the page that answers it.

Acting pages (login, supervise, release) are in `actions`; SQL lives in `queries`, acts in `county_hub.county.officers`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.console import cases_page, offices_page, overview_page, render
from county_hub.console.case import page as case_page
from county_hub.console.forms.acting import taking
from county_hub.console.frame import Console, Handler, answer, nowhere


def routes(console: Console, actions: list[BaseRoute]) -> list[BaseRoute]:
    """Every route below /console. Static style sheet first, then acts, then pages."""

    def guarded(handler: Handler) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(answer, console, request, handler)

        return endpoint

    async def style(request: Request) -> Response:
        return render.style_sheet()

    async def script(request: Request) -> Response:
        return render.script()

    async def live_script(request: Request) -> Response:
        return render.script(render.LIVE)

    async def wall_style(request: Request) -> Response:
        return render.style_sheet(render.WALL)

    async def root(request: Request) -> Response:
        return RedirectResponse("/console/", status_code=307)

    return [
        Route("/console", root),
        Route("/console/static/console.css", style),
        Route("/console/static/console.js", script),
        Route("/console/static/live.js", live_script),
        Route("/console/static/wall.css", wall_style),
        *actions,
        Route("/console/", guarded(overview_page.overview)),
        Route("/console/cases", guarded(cases_page.cases)),
        Route("/console/cases/export", taking(console, cases_page.export, proof=True), methods=["POST"]),
        Route("/console/cases/views", taking(console, cases_page.keep_view), methods=["POST"]),
        Route("/console/cases/views/drop", taking(console, cases_page.drop_view), methods=["POST"]),
        Route("/console/cases/{case_id}", guarded(case_page.case)),
        Route("/console/cases/{case_id}/papers/{code}.pdf", guarded(case_page.paper_pdf)),
        Route("/console/cases/{case_id}/papers/{code}", guarded(case_page.paper)),
        Route("/console/cases/{case_id}/receipt", guarded(case_page.receipt)),
        Route("/console/cases/{case_id}/propose", guarded(case_page.propose)),
        Route("/console/cases/{case_id}/files/{sha256}", guarded(cases_page.file)),
        Route("/console/offices", guarded(offices_page.offices)),
        Route("/console/quarantine", guarded(offices_page.quarantine)),
        Route("/console/quarantine/{name}", guarded(offices_page.kept)),
        Route("/console/{rest:path}", guarded(nowhere)),
    ]
