"""The pages of an organ's own people: what was assigned to them, each case of it, its papers and files, their acts on it.

Nothing here leads to what is not theirs: cases come from the organ's own database. It must not know verbs or rules.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.case import page as case_page
from county_hub.console.case_rows import inbox_of
from county_hub.console.cases_page import file_answer
from county_hub.console.forms import case_acts
from county_hub.console.forms.acting import Shown, showing, taking
from county_hub.console.frame import Console, error_page, frame
from county_hub.console.seat import office_of, seat_of
from county_hub.console.session import ORGAN_HOME, Visitor
from shared.disputes.tables import cases as case_list
from shared.disputes.tables.cases import Filter
from shared.ledger.texts import t


def routes(console: Console) -> list[BaseRoute]:
    def show(handler: Shown) -> Callable[[Request], Awaitable[Response]]:
        return showing(console, functools.partial(_for_organs, handler=handler))

    case = f"{ORGAN_HOME}cases/{{case_id}}"
    return [
        Route(ORGAN_HOME, show(inbox), methods=["GET"]),
        Route(case, show(case_page.case), methods=["GET"]),
        Route(f"{case}/do/{{verb}}", show(case_acts.act_form), methods=["GET"]),
        Route(f"{case}/do/{{verb}}", taking(console, case_acts.act), methods=["POST"]),
        Route(f"{case}/papers/{{code}}.pdf", show(case_page.paper_pdf), methods=["GET"]),
        Route(f"{case}/papers/{{code}}", show(case_page.paper), methods=["GET"]),
        Route(f"{case}/files/{{sha256}}", show(file), methods=["GET"]),
    ]


def _for_organs(console: Console, request: Request, visitor: Visitor, *, handler: Shown) -> Response:
    return handler(console, request, visitor) if visitor.organ_person else RedirectResponse("/console/", status_code=303)


def inbox(console: Console, request: Request, visitor: Visitor) -> Response:
    """To take with its clock, at work, and what went on from here."""
    office, officers = office_of(console, visitor), console.officers
    seat_of(console, visitor)
    with officers.read() as db:
        late = case_list.total(db, Filter(holders=(office,), alarm="overdue"), officers.moment())
    values = frame(console, visitor, "organ", officers.office_name(office))
    return render.page("organ_home.html", {
        **values, **inbox_of(officers, office, request), "late_n": late})


def file(console: Console, request: Request, visitor: Visitor) -> Response:
    """Only of a case that lies here, and only what that case names."""
    state = seat_of(console, visitor).case(request.path_params["case_id"])
    if request.path_params["sha256"] not in {ref.sha256 for ref in state.files}:
        return error_page(console, visitor, t("console.error.not_found"), 404)
    return file_answer(console, request, visitor, state.id)
