"""Addresses of the five zones and of what stands beside them."""

from __future__ import annotations

import functools

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from county_hub.console.analysis import page as analysis
from county_hub.console.forms.acting import showing, taking
from county_hub.console.forms.sent import Sent
from county_hub.console.frame import Console
from county_hub.console.session import Visitor
from county_hub.console.zones import board, grids, pages, warning


def routes(console: Console) -> list[BaseRoute]:
    show = functools.partial(showing, console)

    def decide(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
        return pages.decide(console, request, visitor, found.last)

    return [
        Route("/console/intake", show(pages.intake)), Route("/console/intake/code", show(pages.by_code)),
        Route("/console/dispatch", show(board.dispatch)), Route("/console/slips", show(board.papers)),
        Route("/console/mediation", show(pages.mediation)), Route("/console/monitor", show(pages.monitor)),
        Route("/console/analysis", show(analysis.analysis)),
        Route("/console/warning", show(warning.warning)),
        Route("/console/coverage", show(grids.grids)),
        Route("/console/coverage/export", taking(console, grids.export, proof=True), methods=["POST"]),
        Route("/console/psych", show(pages.psych)),
        Route("/console/duplicates", show(pages.duplicates)), Route("/console/more", show(pages.more)),
        Route("/console/duplicates/{word:str}", taking(console, decide), methods=["POST"]),
    ]
