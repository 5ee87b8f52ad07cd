"""The list of cases, one case, and the files that hang on it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.case_rows import case_row
from county_hub.console.frame import Console, error_page, frame
from county_hub.console.session import Visitor, address_of
from county_hub.county import queries
from shared.disputes.tables import cases as case_list
from shared.disputes.tables.cases import Filter
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t


def cases(console: Console, request: Request, visitor: Visitor) -> Response:
    officers, now = console.officers, console.officers.now()
    organisation = officers.organisation()
    chosen = {name: request.query_params.get(name, "")[:80] for name in ("q", "office", "state", "risk", "overdue")}
    text, numbers = case_list.split_numbers(chosen["q"], organisation.names())
    looked_for = Filter(
        text=text, numbers=numbers, holders=officers.with_lower(chosen["office"]) if chosen["office"] else None,
        state=chosen["state"], risk=_number(chosen["risk"]), alarm="overdue" if chosen["overdue"] else "",
    )
    wanted = _number(request.query_params.get("page", "1")) or 1
    with officers.read() as db:
        page = queries.find_cases(db, looked_for, officers.moment(), wanted, console.page_size)

    def link(to: int) -> str:
        return urlencode({**{key: value for key, value in chosen.items() if value}, "page": to})

    values = frame(console, visitor, "cases", t("console.cases.title"))
    return render.page("cases.html", {
        **values,
        "chosen": {**chosen, "any": any(chosen.values())},
        "office_choices": _office_choices(organisation),
        "page": {**{key: getattr(page, key) for key in ("total", "page", "pages")},
                 "rows": [case_row(row, organisation, now) for row in page.rows]},
        "query": link,
    })


def _number(text: str) -> int | None:
    """Of an address that anybody may have typed; None for what is no number of a sensible size."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _office_choices(organisation: Organisation) -> list[dict[str, Any]]:
    depth = {"county": 0, "township": 1, "village": 2}
    ordered = sorted(organisation.offices.values(), key=lambda office: office.id)
    return [{"office": o.id, "name": o.name, "depth": depth.get(o.level, 0)} for o in ordered]


def file(console: Console, request: Request, visitor: Visitor) -> Response:
    found = console.officers.file(request.path_params["case_id"], request.path_params["sha256"])
    if found is None:
        return error_page(console, visitor, t("console.error.not_found"), 404)
    console.accounts.audit.note(visitor.account, "file", request.path_params["case_id"], address_of(request))
    media_type, name, data = found
    shown = media_type in ("image/jpeg", "image/png", "image/webp", "application/pdf")
    kind = "inline" if shown else "attachment"
    return Response(data, media_type=media_type if shown else "application/octet-stream", headers={
        **render.HEADERS,
        "content-disposition": f"{kind}; filename*=UTF-8''{quote(name, safe='')}",
    })
