"""The console's pages: who may see them, what they show. Acting pages (login, supervise, release) are in `actions`.

Handlers run in the server's thread pool and build values for the templates; SQL lives in `queries`, acts in
`county_hub.county.officers`. It must not write anything.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.accounts.accounts import Accounts
from county_hub.console import render
from county_hub.console.session import COOKIE, Visitor, address_of, visitor_of
from county_hub.county import queries
from county_hub.county.acts import CountyActs
from county_hub.county.officers import Officers
from county_hub.hub.problems import HubProblem
from shared.disputes.case.case_notice import notices
from shared.disputes.case.checklist import six_haves
from shared.disputes.case.particulars import told
from shared.disputes.tables import alarm
from shared.disputes.tables import cases as case_list
from shared.disputes.tables.cases import Filter, Row
from shared.ledger import codes
from shared.ledger.days import between, local_date, local_time
from shared.ledger.published.offices import Organisation, level_of
from shared.ledger.texts import t
from sync.endpoint.tuning import MAX_OPEN_BODY_BYTES
from sync.errors import DiskFull, StorageError, SyncError
from sync.storage import DRIVER_ERRORS

log = logging.getLogger("county_hub.console")
ATTENTION_ROWS = 8
# An alarm within the day must show on a page that nobody touches: the overview asks again every minute (nothing is typed there).
REFRESH_SECONDS = 60
MAX_FORM_BYTES = 64 * 1024
# Where a start password leads: to choosing an own one, or out.
OPEN_TO_START = ("/console/account", "/console/account/password", "/console/logout")
_OF_FILES: tuple[type[Exception], ...] = (SyncError, OSError, *DRIVER_ERRORS)


@dataclass(frozen=True, slots=True)
class Console:
    """What the pages need. `acts()`: what an officer writes, over a read model that is up to date."""

    officers: Officers
    acts: Callable[[], CountyActs]
    accounts: Accounts
    silent_days: int
    page_size: int


Handler = Callable[[Console, Request, Visitor], Response]


def routes(console: Console, actions: list[BaseRoute]) -> list[BaseRoute]:
    """Every route below /console. Static style sheet first, then acts, then pages."""

    def guarded(handler: Handler) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(answer, console, request, handler)

        return endpoint

    async def style(request: Request) -> Response:
        return render.style_sheet()

    async def root(request: Request) -> Response:
        return RedirectResponse("/console/", status_code=307)

    return [
        Route("/console", root),
        Route("/console/static/console.css", style),
        *actions,
        Route("/console/", guarded(overview)),
        Route("/console/cases", guarded(cases)),
        Route("/console/cases/{case_id}", guarded(case)),
        Route("/console/cases/{case_id}/files/{sha256}", guarded(file)),
        Route("/console/offices", guarded(offices)),
        Route("/console/quarantine", guarded(quarantine)),
        Route("/console/{rest:path}", guarded(nowhere)),
    ]


def answer(console: Console, request: Request, handler: Handler) -> Response:
    """Run a handler for a signed-in visitor; everybody else goes to the login page. One place turns problems into pages."""
    return storage_told(lambda: _answered(console, request, handler), request)


def storage_told(work: Callable[[], Response], request: Request) -> Response:
    """What `work` answers; where files cannot be read or written, a page that says so, made without asking any of them."""
    try:
        return work()
    except _OF_FILES as fault:
        log.error("console page %s failed: %s", request.url.path, fault)
        full = isinstance(fault, DiskFull) or getattr(fault, "errno", None) == errno.ENOSPC
    blank = {"section": "", "title": t("console.error.title"), "demo": False, "county_name": "", "quarantine_count": 0,
             "who": "", "csrf": "", "can_act": False, "is_admin": False, "notice": "", "notice_kind": "good"}
    message = t("console.error.disk_full" if full else "console.error.storage")
    return render.page("error.html", {**blank, "message": message}, 507 if full else 503)


def _answered(console: Console, request: Request, handler: Handler) -> Response:
    visitor = visitor_of(console.accounts, request.cookies.get(COOKIE, ""))
    if visitor is None:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/console/login?next={quote(wanted, safe='')}", status_code=303)
    if visitor.signed.account.start_until and request.url.path not in OPEN_TO_START:
        return RedirectResponse("/console/account", status_code=303)
    try:
        return handler(console, request, visitor)
    except HubProblem as problem:
        return error_page(console, visitor, problem.sentence, 400)
    except (StorageError, OSError):
        raise
    except Exception:
        log.exception("console page %s failed", request.url.path)
        return error_page(console, visitor, t("console.error.failed"), 500)


def frame(console: Console, visitor: Visitor, section: str, title: str) -> dict[str, Any]:
    """The values that every page needs."""
    officers = console.officers
    readonly = t("console.nav.readonly_who", name=visitor.signed.account.name)
    who = officers.staff_name(visitor.staff) if visitor.staff else readonly
    return {
        "section": section,
        "title": title,
        "demo": officers.demo(),
        "county_name": officers.county_name(),
        "quarantine_count": officers.quarantine_waiting(),
        "who": who,
        "csrf": visitor.csrf,
        "can_act": bool(visitor.staff),
        "is_admin": visitor.is_admin,
        "notice": "",
        "notice_kind": "good",
        "office": officers.office_name,
    }


def error_page(console: Console, visitor: Visitor, message: str, status: int) -> Response:
    values = frame(console, visitor, "", t("console.error.title"))
    return render.page("error.html", {**values, "message": message}, status)


def nowhere(console: Console, request: Request, visitor: Visitor) -> Response:
    return error_page(console, visitor, t("console.error.not_found"), 404)


# -- overview --


def overview(console: Console, request: Request, visitor: Visitor) -> Response:
    officers, today, now = console.officers, console.officers.today(), console.officers.now()
    with officers.read() as db:
        totals = case_list.totals(db, officers.moment())
        urgent = case_list.urgent(db, officers.moment(), ATTENTION_ROWS)
        holders = queries.by_holder(db, today)
        categories, states = queries.open_by(db, "category"), queries.open_by(db, "state")
    organisation = officers.organisation()
    silent = sum(1 for state in officers.office_states() if state.silent)
    values = frame(console, visitor, "overview", t("console.overview.title"))
    return render.page("overview.html", {
        **values,
        "tiles": _tiles(totals, silent, values["quarantine_count"]),
        "attention": [_case_row(row, organisation, now) for row in urgent],
        "refresh_seconds": REFRESH_SECONDS,
        "townships": _townships(organisation, holders),
        "categories": [(codes.name("category", key) if key else "—", n, "") for key, n in categories[:8]],
        "states": [(codes.name("lifecycle", key), n, f"/console/cases?state={key}") for key, n in states],
        "states_top": max((n for _, n in states), default=0),
        "now": local_time(now),
        "behind": officers.lag(),
    })


def _tiles(totals: case_list.Totals, silent: int, quarantine: int) -> list[tuple[str, int, str, str]]:
    def kind(value: int, wanted: str) -> str:
        return wanted if value else ""

    return [
        ("open", totals.open, "main", "/console/cases"),
        ("ringing", totals.ringing, kind(totals.ringing, "bad"), "/console/cases?overdue=1"),
        ("overdue", totals.overdue, kind(totals.overdue, "bad"), "/console/cases?overdue=1"),
        ("warning", totals.warning, kind(totals.warning, "warn"), ""),
        ("red", totals.red, kind(totals.red, "bad"), "/console/cases?risk=4"),
        ("orange", totals.orange, kind(totals.orange, "warn"), "/console/cases?risk=3"),
        ("pending", totals.pending, kind(totals.pending, "warn"), ""),
        ("review", totals.review, kind(totals.review, "warn"), ""),
        ("incomplete", totals.incomplete, kind(totals.incomplete, "warn"), ""),
        ("silent", silent, kind(silent, "bad"), "/console/offices?silent=1"),
        ("quarantine", quarantine, kind(quarantine, "bad"), "/console/quarantine"),
        ("registered_month", totals.registered_month, "main", ""),
        ("closed_month", totals.closed_month, "good", ""),
    ]


def _townships(organisation: Organisation, holders: list[queries.HolderCount]) -> list[dict[str, Any]]:
    """Counts of each township with its villages, and of the county's own desk, in order of office id."""
    sums: dict[str, list[int]] = {
        office.id: [0, 0, 0] for office in organisation.offices.values() if office.level != "village"
    }
    for count in holders:
        line = (count.holder, *organisation.ancestors(count.holder))
        at = next((office for office in line if office in sums), None)
        if at is not None:
            for place, number in enumerate((count.open, count.overdue, count.ended)):
                sums[at][place] += number
    return [
        {"office": office, "name": organisation.display_name(office), "open": n[0], "overdue": n[1], "ended": n[2]}
        for office, n in sorted(sums.items())
    ]


# -- cases --


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
                 "rows": [_case_row(row, organisation, now) for row in page.rows]},
        "query": link,
    })


def _number(text: str) -> int | None:
    """Of an address that anybody may have typed; None for what is no number of a sensible size."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _office_choices(organisation: Organisation) -> list[dict[str, Any]]:
    depth = {"county": 0, "township": 1, "village": 2}
    ordered = sorted(organisation.offices.values(), key=lambda office: office.id)
    return [{"office": o.id, "name": o.name, "depth": depth.get(o.level, 0)} for o in ordered]


def _case_row(row: Row, organisation: Organisation, now: int) -> dict[str, Any]:
    days, today = 0, local_date(now)
    if row.due_date:
        days = between(today, row.due_date)
    parent = organisation.parent(row.holder) if row.holder and level_of(row.holder) == "village" else None
    return {
        **asdict(row),
        "ended": row.ended,
        "due_date": None if row.ended else row.due_date,
        "days": days,
        "level": "" if row.ended else alarm.level(row.late_from, row.warn_date, row.alarm_at, today, now),
        "rings_since": local_time(row.alarm_at) if row.alarm_at else "",
        "number_text": Officers.short_number(organisation, row.number, row.case_id),
        "holder_name": organisation.short_name(row.holder) if row.holder else "",
        "holder_parent": organisation.short_name(parent) if parent else "",
        "pending_to_name": organisation.display_name(row.pending_to) if row.pending_to else "",
        "registered_on": row.registered_on,
    }


def case(console: Console, request: Request, visitor: Visitor, **more: Any) -> Response:
    officers, case_id = console.officers, request.path_params["case_id"]
    state = officers.case(case_id)
    if state is None:
        return error_page(console, visitor, t("console.case.missing", id=case_id), 404)
    console.accounts.audit.note(visitor.account, "case", case_id, address_of(request))
    number = Officers.short_number(officers.organisation(), state.number, state.id)
    values = frame(console, visitor, "cases", t("console.case.title", number=number))
    if request.query_params.get("done") == "supervise":
        values["notice"] = t("console.case.supervise_done")
    now, today = officers.now(), officers.today()
    return render.page("case.html", {
        **values,
        "case": state,
        "number": number,
        "notices": (*notices(state), *officers.watch(state)),
        "haves": six_haves(state, officers.who), "particulars": told(state.particulars),
        "findings": [finding for finding in state.findings if not finding.resolved],
        "files": officers.files_of(state),
        "person": officers.staff_name,
        "guest": lambda entry: officers.visiting(entry.actor, entry.office),
        "mediators": "、".join(map(officers.staff_name, state.mediators)),
        "named": officers.named,
        "today": today,
        "rings": [clock.kind for clock in state.clocks if clock.rings(now)],
        "form": {"level": "reminder", "text": "", "due": officers.default_due()},
        **more,
    }, 200 if not more else 400)


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


# -- offices and quarantine --


def offices(console: Console, request: Request, visitor: Visitor) -> Response:
    officers = console.officers
    states = officers.office_states()
    only_silent = bool(request.query_params.get("silent"))
    levels = [state.depth for state in states]
    values = frame(console, visitor, "offices", t("console.offices.title"))
    return render.page("offices.html", {
        **values,
        "counts": {"counties": levels.count(0), "townships": levels.count(1), "villages": levels.count(2)},
        "directory": officers.directory_version(),
        "silent_days": console.silent_days,
        "only_silent": only_silent,
        "silent_count": sum(1 for state in states if state.silent),
        "offices": [
            {**asdict(state), "last_text": ago(officers.now(), state.last_at)}
            for state in states
            if state.silent or not only_silent
        ],
    })


def ago(now: int, then: int) -> str:
    """How long ago, in the largest whole unit; `then` 0 = never."""
    if not then:
        return t("console.offices.never")
    minutes = max(0, now - then) // 60_000
    if minutes < 1:
        return t("console.offices.just_now")
    if minutes < 60:
        return t("console.offices.minutes_ago", n=minutes)
    if minutes < 48 * 60:
        return t("console.offices.hours_ago", n=minutes // 60)
    return t("console.offices.days_ago", n=minutes // (24 * 60))


def quarantine(console: Console, request: Request, visitor: Visitor, **more: Any) -> Response:
    values = frame(console, visitor, "quarantine", t("console.quarantine.title"))
    for asked, word in (("done", "release_done"), ("refused", "refuse_done")):
        if request.query_params.get(asked):
            values["notice"] = t(f"console.quarantine.{word}", id=request.query_params[asked][:200])
    rows = [{**asdict(row), "at": local_time(row.at) if row.at else ""}
            for row in console.officers.quarantine()]
    waiting = [{**asdict(row), "at": local_time(int(row.since * 1000))} for row in console.officers.held()]
    return render.page("quarantine.html", {**values, "rows": rows, "waiting": waiting, **more}, 200 if not more else 400)


async def form_of(console: Console, request: Request) -> dict[str, str] | Response:
    """An urlencoded form of bounded size, before a login a small one; later values win. What is no form is an empty one."""
    known = await run_in_threadpool(visitor_of, console.accounts, request.cookies.get(COOKIE, "")) is not None
    most, body = MAX_FORM_BYTES if known else MAX_OPEN_BODY_BYTES, b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            return Response(t("console.error.too_large"), 413, {**render.HEADERS, "connection": "close"}, "text/plain")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        return {}


__all__ = ["Console", "answer", "case", "error_page", "form_of", "frame", "quarantine", "routes"]
