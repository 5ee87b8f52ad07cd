"""The list of cases by what the address asks, the same as a table to take away, and the files that hang on a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from county_hub.console import render
from county_hub.console.case_rows import case_row
from county_hub.console.exported import EXPORT_ROWS, table_file
from county_hub.console.forms.sent import Sent
from county_hub.console.frame import Console, error_page, frame
from county_hub.console.session import Visitor, address_of
from county_hub.county import queries
from county_hub.county.book import boards
from county_hub.county.book.regions import offices_in
from county_hub.hub.problems import HubProblem
from shared.disputes.tables import cases as case_list
from shared.disputes.tables.cases import Filter
from shared.ledger import codes
from shared.ledger.days import is_day
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t

ASKED = ("q", "office", "category", "state", "risk", "since", "until", "place", "alone", "due", "overdue", "open", "review",
         "source", "outcome", "closed_since", "closed_until", "guide", "ended", "incomplete", "lane", "just", "pending",
         "asks", "supervised")
DUE = ("warn", "ring")


def _chosen(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given.get(name, "")[:80] for name in ASKED}


def _filter(console: Console, chosen: Mapping[str, str]) -> Filter:
    """What is looked for; what is no office, day or number asks nothing."""
    officers = console.officers
    lane = chosen["lane"] if chosen["lane"] in boards.LANES else ""
    text, numbers = case_list.split_numbers(chosen["q"], officers.organisation().names())
    return Filter(
        text=text, numbers=numbers, holders=_holders(console, chosen), pending_to=chosen["pending"], beside=bool(lane),
        states=boards.LANES.get(lane, ()), taking=(lane == "taking") if lane else None, ended=bool(chosen["ended"]),
        incomplete=bool(chosen["incomplete"]), asks=chosen["asks"], supervised=bool(chosen["supervised"]),
        state=chosen["state"], category=chosen["category"], risk=_number(chosen["risk"]),
        since=chosen["since"] if is_day(chosen["since"]) else "", until=chosen["until"] if is_day(chosen["until"]) else "",
        places=_places(console, chosen["place"], chosen["alone"]), source=chosen["source"], outcome=chosen["outcome"],
        closed_since=chosen["closed_since"] if is_day(chosen["closed_since"]) else "",
        closed_until=chosen["closed_until"] if is_day(chosen["closed_until"]) else "", review=bool(chosen["review"]),
        guide=chosen["guide"], open_only=bool(chosen["open"] or lane),
        alarm="overdue" if chosen["overdue"] else chosen["due"] if chosen["due"] in DUE else "",
    )


def _holders(console: Console, chosen: Mapping[str, str]) -> Sequence[str] | None:
    """The office and all below it; with `just`, it alone."""
    office = chosen["office"]
    return ([office] if chosen["just"] else console.officers.with_lower(office)) if office else None


def _places(console: Console, place: str, alone: str) -> tuple[str, ...] | None:
    """Every office that counts for a region; with `alone`, and of what is no region, the office itself."""
    if not place:
        return None
    return (() if alone else offices_in(console.officers.organisation(), place)) or (place,)


def cases(console: Console, request: Request, visitor: Visitor, given: Mapping[str, str] | None = None,
          **more: Any) -> Response:
    officers, now = console.officers, console.officers.now()
    organisation, chosen = officers.organisation(), _chosen(request.query_params if given is None else given)
    wanted = _number(request.query_params.get("page", "1")) or 1
    with officers.read() as db:
        page = queries.find_cases(db, _filter(console, chosen), officers.moment(), wanted, console.page_size,
                                  organisation.names())

    def link(to: int) -> str:
        return urlencode({**_asked(chosen), "page": to})

    values = frame(console, visitor, "cases", t("console.cases.title"))
    if request.query_params.get("kept"):
        values["notice"] = t("console.cases.view_kept")
    return render.page("cases.html", {
        **values, "views": console.accounts.views.of(visitor.account), "view": urlencode(_asked(chosen)), "view_name": "",
        "chosen": {**chosen, "any": any(chosen.values())},
        "person": officers.staff_name, "office_choices": _office_choices(organisation),
        "page": {**{key: getattr(page, key) for key in ("total", "page", "pages")},
                 "rows": [case_row(row, organisation, now) for row in page.rows]},
        "query": link, "asked": _asked(chosen), "export_rows": EXPORT_ROWS, "lanes": tuple(boards.LANES), **more,
    }, 400 if more else 200)


def _asked(chosen: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in chosen.items() if value}


def keep_view(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
    """Keep what is looked for under a name; what cannot be kept comes back as it was typed, with the reason."""
    query, name = urlencode(_asked(_chosen(found.last))), found.last.get("view", "")[:200]
    try:
        console.accounts.views.keep(visitor.account, name, query)
    except HubProblem as problem:
        return cases(console, request, visitor, found.last, notice=problem.sentence, notice_kind="bad", view_name=name)
    return RedirectResponse(f"/console/cases?{query}&kept=1", status_code=303)


def drop_view(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
    console.accounts.views.drop(visitor.account, found.last.get("view", ""))
    return RedirectResponse("/console/cases?" + urlencode(_asked(_chosen(found.last))), status_code=303)


def _number(text: str) -> int | None:
    """Of an address that anybody may have typed; None for what is no number of a sensible size."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _office_choices(organisation: Organisation) -> list[dict[str, Any]]:
    """Towns and organs; of the villages only what is chosen, for a list of 116 is none."""
    depth = {"county": 0, "township": 1}
    ordered = sorted(organisation.offices.values(), key=lambda office: office.id)
    return [{"office": o.id, "name": o.name, "depth": depth[o.level]} for o in ordered if o.level in depth]


def export(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
    """The list as it is filtered, as CSV or as a workbook whose days are days and whose numbers are numbers."""
    chosen, officers = _chosen(found.last), console.officers
    with officers.read() as db:
        rows = case_list.find(db, _filter(console, chosen), officers.moment(), limit=EXPORT_ROWS,
                              names=officers.organisation().names())
    console.accounts.audit.note(visitor.account, "export", f"cases {len(rows)}", address_of(request))
    return table_file(t("console.cases.title"), officers.today(), _table(console, rows), found.last.get("form", ""))


def _table(console: Console, rows: list[case_list.Row]) -> list[list[Any]]:
    organisation, name = console.officers.organisation(), console.officers.office_name
    head = [t(f"console.cases.{key}") for key in ("number", "parties", "summary", "category", "state", "risk", "holder", "due",
                                                  "registered")]
    return [head, *([
        console.officers.short_number(organisation, row.number, row.case_id), row.party_names, row.summary,
        codes.name("category", row.category) if row.category else "", codes.name("lifecycle", row.state), row.risk,
        name(row.holder), row.due_date or "", row.registered_on] for row in rows)]


def file(console: Console, request: Request, visitor: Visitor) -> Response:
    return file_answer(console, request, visitor, request.path_params["case_id"])


def file_answer(console: Console, request: Request, visitor: Visitor, case: str) -> Response:
    found = console.officers.file(case, request.path_params["sha256"])
    if found is None:
        return error_page(console, visitor, t("console.error.not_found"), 404)
    console.accounts.audit.note(visitor.account, "file", case, address_of(request))
    media_type, name, data = found
    shown = media_type in ("image/jpeg", "image/png", "image/webp", "application/pdf", *render.HEARD)
    kind = "inline" if shown else "attachment"
    return Response(data, media_type=media_type if shown else "application/octet-stream", headers={
        **render.HEADERS,
        "content-disposition": f"{kind}; filename*=UTF-8''{quote(name, safe='')}",
    })
