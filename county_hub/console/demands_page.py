"""网上反映: what citizens handed in over the portal, the oldest first, with the two things that can be done with each."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.exported import EXPORT_ROWS, Table, table_file
from county_hub.console.forms.acting import taking
from county_hub.console.forms.sent import Sent, sent
from county_hub.console.frame import Console, Handler, answer, error_page, frame, keep_unsent
from county_hub.console.session import Visitor, address_of, right_token
from county_hub.console.tabs import tabs
from county_hub.county import demand_office
from county_hub.county.demand_office import draft_of
from county_hub.demands.desk import Demands
from county_hub.demands.store import WAITING, Demand
from county_hub.hub.counted_path import COUNT
from county_hub.hub.problems import HubProblem
from shared.ledger import codes
from shared.ledger.days import later, local_date, local_time, said_day
from shared.ledger.entry import whole
from shared.ledger.texts import t

PAGE = 50
_ASKED = {"parties.1.name": "respondent"}       # field of the body -> what is asked here
_ANSWER = ("question", "answer", "by", "commitment", "due")


def routes(console: Console, demands: Demands, answer_days: int) -> list[BaseRoute]:
    def shown(handler: Callable[..., Response]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            made: Handler = functools.partial(handler, demands=demands, answer_days=answer_days)
            return await run_in_threadpool(answer, console, request, made)

        return endpoint

    async def decide(request: Request) -> Response:
        found = await sent(console, request)
        if isinstance(found, Response):
            return found
        await run_in_threadpool(keep_unsent, console, request, found.pairs)
        form = found.last
        handler = functools.partial(decided, demands=demands, answer_days=answer_days, form=form)
        return await run_in_threadpool(answer, console, request, handler)

    return [
        Route("/console/demands", shown(listing)),
        Route("/console/demands/export", taking(console, functools.partial(export, demands=demands, answer_days=answer_days),
                                                proof=True), methods=["POST"]),
        Route(f"/console/demands/{{n:{COUNT}}}", shown(one)),
        Route(f"/console/demands/{{n:{COUNT}}}/photo/{{place:{COUNT}}}", shown(photo)),
        Route(f"/console/demands/{{n:{COUNT}}}/{{verb}}", decide, methods=["POST"]),
    ]


def listing(console: Console, request: Request, visitor: Visitor, *, demands: Demands, answer_days: int) -> Response:
    everything = bool(request.query_params.get("all"))
    after = whole(request.query_params.get("after", ""), 1) or 0
    found = demands.page("" if everything else WAITING, after, PAGE + 1)
    more, found = len(found) > PAGE, found[:PAGE]
    values = _frame(console, visitor)
    return render.page("demands.html", {
        **values, "rows": [_row(console, demand, answer_days) for demand in found], "waiting": demands.waiting(),
        "total": demands.count() if everything else 0, "export_rows": EXPORT_ROWS,
        "everything": everything, "next": found[-1].n if more else 0,
    })


def export(console: Console, request: Request, visitor: Visitor, found: Sent, *, demands: Demands, answer_days: int) -> Response:
    """The list as it is shown, whole: as CSV or as a workbook."""
    rows = demands.page("" if found.last.get("all") else WAITING, 0, EXPORT_ROWS)
    head = [t(f"demand.column_{name}") for name in (
        "number", "kind", "what", "at", "until", "who", "phone", "where", "state", "by", "answer")]
    table: Table = [head, *(
        [d.n, row["kind"], d.text, local_date(d.at), _last_day(d, answer_days) if d.state == WAITING else "", d.name,
         d.phone, row["where"], row["state_name"], row["by"], d.answer or ""]
        for d in rows for row in [_row(console, d, answer_days)])]
    console.accounts.audit.note(visitor.account, "export", f"demands {len(rows)}", address_of(request))
    return table_file(t("demand.title"), console.officers.today(), table, found.last.get("form", ""))


def one(console: Console, request: Request, visitor: Visitor, *, demands: Demands, answer_days: int,
        typed: Mapping[str, str] | None = None, notice: str = "", errors: Mapping[str, str] | None = None) -> Response:
    n = request.path_params["n"]
    demand = demands.get(n)
    if demand is None:
        return error_page(console, visitor, t("demand.unknown", n=n), 404)
    kept, status = (dict(console.unsent.take(visitor.account, request.url.path)), 200) if typed is None else ({}, 400)
    notice = notice or (t("acting.unsent") if kept else "")
    draft, said = draft_of(demand, visitor.staff), typed or kept
    typed = {"summary": draft["summary"], "category": draft["category"], "respondent": "", "reason": "",
             **dict.fromkeys(_ANSWER, ""), "question": demand.text, **said}
    values = {**_frame(console, visitor), "errors": errors or {}}
    if notice:
        values.update(notice=notice, notice_kind="bad")
    return render.page("demand.html", {
        **values, "d": demand, "row": _row(console, demand, answer_days), "typed": typed, "waits": demand.state == WAITING,
        "categories": codes.names("category"), "lost": _long(said) if notice and demand.state != WAITING else [],
    }, status)


def photo(console: Console, request: Request, visitor: Visitor, *, demands: Demands, answer_days: int) -> Response:
    n, place = request.path_params["n"], request.path_params["place"]
    found = demands.photos(n)
    if not 1 <= place <= len(found):
        return error_page(console, visitor, t("demand.unknown", n=n), 404)
    return Response(found[place - 1], media_type="image/jpeg", headers={
        "cache-control": "no-store", "x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'"})


def decided(console: Console, request: Request, visitor: Visitor, *, demands: Demands, answer_days: int,
            form: dict[str, str]) -> Response:
    if not right_token(visitor, form.get("csrf", "")):
        return error_page(console, visitor, t("console.error.forbidden"), 403)
    n, verb = request.path_params["n"], request.path_params["verb"]
    try:
        if verb == "accept":
            demand = demand_office.accept(console.acts(), demands, n, visitor.staff, changes(form))
        elif verb == "answer":
            demand = demand_office.answer(console.acts(), demands, n, visitor.staff, _given(form, *_ANSWER))
        elif verb == "return":
            demand = demand_office.send_back(console.acts(), demands, n, visitor.staff, form.get("reason", ""))
        else:
            return error_page(console, visitor, t("demand.unknown", n=n), 404)
    except HubProblem as problem:
        return one(console, request, visitor, demands=demands, answer_days=answer_days, typed=form, notice=problem.sentence,
                   errors={_ASKED.get(path, path): words for path, words in problem.fields.items()})
    console.accounts.audit.note(visitor.account, f"demand_{verb}", str(n), address_of(request))
    return RedirectResponse(f"/console/cases/{quote(demand.case_id)}" if demand.case_id else "/console/demands", status_code=303)


def _long(typed: Mapping[str, str]) -> list[str]:
    """What an officer wrote that somebody else's decision came before: his, to take elsewhere."""
    return [value for name in ("summary", "reason", "answer", "commitment") if (value := typed.get(name, "").strip())]


def changes(form: Mapping[str, str]) -> dict[str, str]:
    """What the officer says otherwise; a category of his own has no subcategory of the citizen's choice."""
    return {**_given(form, "summary", "category", "respondent"), "subcategory": ""}


def _given(form: Mapping[str, str], *names: str) -> dict[str, str]:
    made = {name: form.get(name, "").strip() for name in names}
    return {name: value for name, value in made.items() if value}


def _frame(console: Console, visitor: Visitor) -> dict[str, Any]:
    return {**frame(console, visitor, "intake", t("demand.title")), "tabs": tabs("intake"), "tab": "demands"}


def _last_day(demand: Demand, answer_days: int) -> str:
    return later(local_date(demand.at), answer_days)


def _row(console: Console, demand: Demand, answer_days: int) -> dict[str, object]:
    officers = console.officers
    due, today = _last_day(demand, answer_days), officers.today()
    where = " ".join(filter(None, (officers.office_name(demand.office) if demand.office else "", demand.place)))
    by = ""
    if demand.answered_at is not None:
        by = t("demand.by", name=officers.staff_name(demand.answered_by), when=said_day(local_time(demand.answered_at), today))
    return {"n": demand.n, "at": local_time(demand.at), "kind": t(f"demand.kind_{demand.category}"), "text": demand.text,
            "name": demand.name, "phone": demand.phone, "where": where, "photos": demand.photos, "state": demand.state,
            "state_name": t(f"demand.state_{demand.state}"), "by": by, "answer": demand.answer, "case": demand.case_id,
            "due": t("demand.late" if due < today else "demand.until", day=said_day(due, today)), "late": due < today,
            "forgotten": demand.forgotten, "about": demand.about}
