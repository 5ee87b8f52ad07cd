"""The organs beside the divisions, with what lies at each, and the centres that were merged into the command centre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.case_rows import inbox_of
from county_hub.console.forms.acting import showing, taking
from county_hub.console.forms.sent import Sent
from county_hub.console.frame import Console, error_page, frame
from county_hub.console.session import Visitor, address_of
from county_hub.console.tabs import tabs
from county_hub.county.merged_centres import MOST, Centre, centres, set_centres
from county_hub.hub.problems import HubProblem
from shared.disputes.tables import cases as case_list
from shared.disputes.tables.cases import Filter
from shared.ledger.texts import t


def routes(console: Console) -> list[BaseRoute]:
    return [
        Route("/console/organs", showing(console, organs), methods=["GET"]),
        Route("/console/organs/centres", taking(console, keep), methods=["POST"]),
        Route("/console/organs/{office}", showing(console, inbox), methods=["GET"]),
    ]


def organs(console: Console, request: Request, visitor: Visitor, rows: Sequence[Centre] | None = None, **more: Any) -> Response:
    latest, officers = console.desk().hub.directory.latest(), console.officers
    found = []
    with officers.read() as db:
        for office in sorted((o for o in latest.offices() if latest.lineage.is_organ(o.id)), key=lambda o: o.id):
            held = case_list.total(db, Filter(holders=(office.id,), open_only=True), officers.moment())
            waits = case_list.total(db, Filter(pending_to=office.id, open_only=True), officers.moment())
            late = case_list.total(db, Filter(holders=(office.id,), alarm="overdue"), officers.moment())
            people = sum(person.active for person in latest.staff_of(office.id))
            found.append({"id": office.id, "name": officers.office_name(office.id), "held": held, "waits": waits, "late": late,
                          "people": people})
    shown = [*(rows if rows is not None else centres(console.desk().hub)), *[Centre("")] * MOST][:MOST]
    values = frame(console, visitor, "offices", t("zones.tab.organs"))
    values["tabs"], values["tab"] = tabs("offices"), "organs"
    if request.query_params.get("done"):
        values["notice"] = t("organs.kept")
    return render.page("organs.html", {**values, "organs": found, "centres": shown, **more}, 400 if more else 200)


def inbox(console: Console, request: Request, visitor: Visitor) -> Response:
    """What was assigned to one organ: to take, at work, with the clock of each."""
    office, officers, latest = request.path_params["office"], console.officers, console.desk().hub.directory.latest()
    if latest.office(office) is None or not latest.lineage.is_organ(office):
        return error_page(console, visitor, t("console.error.not_found"), 404)
    values = frame(console, visitor, "offices", officers.office_name(office))
    values["tabs"], values["tab"] = tabs("offices"), "organs"
    return render.page("organ.html", {**values, **inbox_of(officers, office, request)})


def keep(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
    if not visitor.staff:
        raise HubProblem(t("acting.readonly"))
    given = found.last
    rows = [Centre(*(given.get(f"{name}.{n}", "")[:200] for name in ("name", "duty", "since"))) for n in range(MOST)]
    try:
        set_centres(console.desk().hub, rows)
    except HubProblem as problem:
        return organs(console, request, visitor, rows, notice=problem.sentence, notice_kind="bad", errors=problem.fields)
    console.accounts.audit.note(visitor.account, "use", "merged_centres", address_of(request))
    return RedirectResponse("/console/organs?done=1", status_code=303)
