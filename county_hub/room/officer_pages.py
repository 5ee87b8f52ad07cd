"""The room for the officer who holds it, on the console: make one from a case, an appointment or a 网上约诊, or call townships
and villages; links and codes; then the room itself. Who has a place in it sees it, one of them leads (`chair`).
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.forms.acting import showing, taking
from county_hub.console.forms.sent import Sent
from county_hub.console.frame import Console, error_page, frame
from county_hub.console.session import COOKIE, Visitor, address_of, right_token, visitor_of
from county_hub.console.tabs import tabs
from county_hub.county.book.papers import CasePapers
from county_hub.hub.counted_path import COUNT
from county_hub.hub.problems import HubProblem
from county_hub.room import api, drawn, meeting, tuning
from county_hub.room.api import Present
from county_hub.room.notin import NotIn
from county_hub.room.rooms import Guest, Rooms
from county_hub.room.store import Room
from shared.disputes.case.state import CaseState
from shared.disputes.records.machine import RecordState
from shared.ledger.days import local_time
from shared.ledger.entry import BadEntry, check_name, telephone
from shared.ledger.texts import t

OFFICE_SLOTS = 3
MOST_DAYS = 60
MOST_NAME = 40


def routes(console: Console, rooms: Rooms) -> list[BaseRoute]:
    def show(handler: Any) -> Any:
        return showing(console, functools.partial(_asked, handler, rooms))

    def take(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
        return _taken(console, request, visitor, rooms, found.last)

    def who(request: Request) -> Present:
        visitor = visitor_of(console.accounts, request.cookies.get(COOKIE, ""))
        if visitor is None or not visitor.staff:
            raise NotIn(t("room.js.over.session"), 401)
        if not right_token(visitor, request.headers.get("x-room-token", "")[:200]):
            raise NotIn(t("console.error.forbidden"))
        return Present(*rooms.officer_of(visitor.staff, request.path_params["id"]))

    def paper(room: Room, key: str) -> tuple[str, bytes]:
        return _paper(console, room, key)

    def noted(request: Request, what: str, room: Room) -> None:
        visitor = visitor_of(console.accounts, request.cookies.get(COOKIE, ""))
        if visitor is not None:
            console.accounts.audit.note(visitor.account, f"room_{what}", room.record, address_of(request))

    def step_in(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
        return _stepped_in(console, request, visitor, rooms)

    async def static(request: Request) -> Response:
        return drawn.static(request.path_params["file"], render.HEADERS, recording=rooms.hub.settings.room_recording)

    return [
        Route("/console/rooms/static/{file}", static),
        Route("/console/rooms", show(listing), methods=["GET"]),
        Route("/console/rooms/new", show(form), methods=["GET"]),
        Route("/console/rooms/new", taking(console, take), methods=["POST"]),
        Route(f"/console/rooms/{{id:{COUNT}}}", show(lobby), methods=["GET"]),
        Route(f"/console/rooms/{{id:{COUNT}}}/step_in", taking(console, step_in), methods=["POST"]),
        Route(f"/console/rooms/{{id:{COUNT}}}/in", show(inside), methods=["GET"]),
        *api.routes(rooms, f"/console/rooms/{{id:{COUNT}}}", who, api.Office(paper, noted)),
    ]


def _asked(handler: Any, rooms: Rooms, console: Console, request: Request, visitor: Visitor) -> Response:
    try:
        made: Response = handler(console, request, visitor, rooms)
        return made
    except NotIn as told:
        return error_page(console, visitor, str(told), told.status)


def _page(console: Console, visitor: Visitor, name: str, values: Mapping[str, Any], status: int = 200) -> Response:
    around = frame(console, visitor, "mediation", t("room.title"))
    return render.page(name, {**around, "tabs": tabs("mediation"), "tab": "rooms", **values}, status, drawn.TEMPLATES)


def listing(console: Console, request: Request, visitor: Visitor, rooms: Rooms) -> Response:
    rows = [_row(rooms, room, visitor.staff) for room in rooms.of_officer(visitor.staff)]
    orphans = [_row(rooms, room, visitor.staff) for room in rooms.chair.orphans(visitor.staff)]
    return _page(console, visitor, "rooms.html", {"rows": rows, "orphans": orphans, "title": t("room.list")})


def _row(rooms: Rooms, room: Room, staff: str) -> dict[str, Any]:
    lead = room.seat(room.lead)
    return {"id": room.id, "title": room.title, "begins": local_time(room.begins), "mine": room.host == staff,
            "lead": lead.name if lead is not None else "", "away": rooms.chair.is_away(room),
            "people": "、".join(seat.name for seat in room.seats if not seat.staff)}


def _stepped_in(console: Console, request: Request, visitor: Visitor, rooms: Rooms) -> Response:
    id = request.path_params["id"]
    try:
        rooms.step_in(visitor.staff, id)
        room, _ = rooms.officer_of(visitor.staff, id)
    except NotIn as told:
        return error_page(console, visitor, str(told), told.status)
    console.accounts.audit.note(visitor.account, "room_take_over", room.record, address_of(request))
    return RedirectResponse(f"/console/rooms/{id}/in", status_code=303)


def form(console: Console, request: Request, visitor: Visitor, rooms: Rooms) -> Response:
    source = request.query_params.get("source", "")[:40]
    found = meeting.source_of(console.acts(), source)
    day, _, start = local_time(console.officers.now()).partition(" ")
    typed = {"source": source, "date": day, "start": start, "phone": "", "verified": "", **_begun(console, found)}
    return _form(console, visitor, rooms, typed, found)


def _begun(console: Console, found: RecordState | CaseState | None) -> dict[str, str]:
    """What the source says already."""
    if isinstance(found, CaseState):
        names = [party.name for party in found.parties][:tuning.MOST_PEOPLE - 1]
        phone = found.parties[0].phone if found.parties else ""
        return {"title": found.summary[:120], "guests": "\n".join(names), "phone": phone}
    if found is None:
        return {"title": t("room.call_title"), "guests": "", "verified": t("room.call_verified")}
    text = str(found.data.get("topic") or found.data.get("text") or "")
    return {"title": text[:120], "guests": str(found.data.get("asker", "")), "phone": str(found.data.get("phone", ""))}


def _form(console: Console, visitor: Visitor, rooms: Rooms, typed: Mapping[str, str], found: RecordState | CaseState | None,
          error: str = "", status: int = 200, errors: Mapping[str, str] | None = None) -> Response:
    organisation = console.officers.organisation()
    offices = [{"id": office.id, "name": organisation.display_name(office.id)}
               for office in sorted(organisation.offices.values(), key=lambda office: office.id)
               if office.id != console.officers.county()]
    colleagues = rooms.chair.colleagues(None, visitor.staff)
    about = found.number if isinstance(found, CaseState) else found.title if found is not None else ""
    back = "/console/rooms" if found is None else f"/console/{'cases' if isinstance(found, CaseState) else 'records'}/{found.id}"
    warn = error or ("" if rooms.hub.settings.portal_url else t("room.no_portal"))
    return _page(console, visitor, "new.html", {
        "typed": typed, "offices": offices, "colleagues": colleagues, "slots": OFFICE_SLOTS,
        "about": about, "back": back, "title": t("room.made"), "errors": errors or {},
        "notice": warn, "notice_kind": "bad" if error else "warn"}, status)


def _taken(console: Console, request: Request, visitor: Visitor, rooms: Rooms, typed: dict[str, str]) -> Response:
    if not visitor.staff:
        return error_page(console, visitor, t("console.error.forbidden"), 403)
    values = {"title": "", "guests": "", "phone": "", "verified": "", "date": "", "start": "", **typed}
    source = values.get("source", "")[:40]
    found = meeting.source_of(console.acts(), source)
    try:
        plan, guests = _plan(console, values, source)
        room = rooms.make(visitor.staff, plan, guests, values.get("deputy", "")[:40])
    except (NotIn, HubProblem) as told:
        return _form(console, visitor, rooms, {**values, "source": source}, found, str(told), 400, told.fields)
    console.accounts.audit.note(visitor.account, "online_consultation.scheduled", room.record, address_of(request))
    return RedirectResponse(f"/console/rooms/{room.id}", status_code=303)


def _plan(console: Console, typed: Mapping[str, str], source: str) -> tuple[meeting.Plan, list[Guest]]:
    """Raises `NotIn` with all that is wrong."""
    wrong, organisation = dict[str, str](), console.officers.organisation()
    called = dict.fromkeys(typed.get(f"office{n}", "") for n in range(OFFICE_SLOTS))
    guests = [*(Guest(name) for name in _names(typed["guests"], wrong)),
              *(Guest(organisation.display_name(office), office) for office in called if office in organisation.offices)]
    title, verified = " ".join(typed["title"].split())[:120], " ".join(typed["verified"].split())[:120]
    if not title:
        wrong["title"] = t("room.title_missing")
    if not guests:
        wrong.setdefault("guests", t("room.name_missing"))
    if not verified:
        wrong["verified"] = t("room.verified_missing")
    try:
        phone = telephone(typed["phone"])
    except BadEntry as no:
        wrong["phone"], phone = str(no), ""
    begins = _moment(typed["date"], typed["start"])
    if begins is None:
        wrong["date"] = t("room.when_wrong")
    elif not -86_400_000 <= begins - console.officers.now() <= MOST_DAYS * 86_400_000:
        wrong["date"] = t("room.when_far", days=MOST_DAYS)
    if wrong or begins is None:
        raise NotIn(t("form.errors", n=len(wrong)), 400, wrong)
    return meeting.Plan(title, source, begins, verified, guests[0].name, phone), guests


def _names(text: str, wrong: dict[str, str]) -> list[str]:
    """One a line."""
    made = []
    for name in filter(None, map(str.strip, text.splitlines())):
        try:
            made.append(check_name(name))
            if len(name) > MOST_NAME:
                wrong["guests"] = t("room.name_long", name=name[:20])
        except BadEntry as no:
            wrong["guests"] = str(no)
    return made


def _moment(date: str, start: str) -> int | None:
    try:
        at = dt.datetime.strptime(f"{date} {start[:5]}", "%Y-%m-%d %H:%M")
    except ValueError:
        return None
    return int(at.replace(tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp() * 1000)


def lobby(console: Console, request: Request, visitor: Visitor, rooms: Rooms) -> Response:
    import segno

    room, _ = rooms.officer_of(visitor.staff, request.path_params["id"])
    link = rooms.link(room.name)
    guests = [{"name": seat.name, "code": f"{seat.code[:4]} {seat.code[4:]}",
               "picture": segno.make(f"{link}#{seat.code}", error="m").svg_data_uri(scale=4, border=2)}
              for seat in room.seats if not seat.staff]
    warn = "" if urlsplit(link).netloc else t("room.no_portal")
    return _page(console, visitor, "lobby.html", {
        "room": room, "link": link, "guests": guests, "begins": local_time(room.begins), "ends": local_time(room.ends),
        "called": any(seat.office for seat in room.seats), "notice": warn or t("room.opened"),
        "notice_kind": "warn" if warn else "good"})


def inside(console: Console, request: Request, visitor: Visitor, rooms: Rooms) -> Response:
    room, seat = rooms.officer_of(visitor.staff, request.path_params["id"])
    console.accounts.audit.note(visitor.account, "record", room.record, address_of(request))
    if not rooms.is_open(room):
        return RedirectResponse(f"/console/records/{room.record}", status_code=303)
    rooms.chair.sit_down(room, seat)
    around = {"county": console.officers.county_name(), "demo": console.officers.demo(), "phone": rooms.phone(),
              "case": room.case_id, "back": "/console/rooms", "recording": rooms.may_record(room),
              "papers": _papers(console, room), "colleagues": rooms.chair.colleagues(room, room.host)}
    base = f"/console/rooms/{room.id}"
    body = drawn.meeting(base, "/console/rooms/static", visitor.csrf, room.title, around, host=True)
    return HTMLResponse(body, headers=render.HEADERS)


def _papers(console: Console, room: Room) -> list[tuple[str, str]]:
    """What of the case may be shown: its papers, and what was attached."""
    state = console.officers.case(room.case_id) if room.case_id else None
    if state is None:
        return []
    try:
        needs = CasePapers(console.acts()).needs(state)
        papers = [(f"paper:{need['code']}", str(need["name"])) for need in needs if need["present"]]
    except HubProblem:
        papers = []
    files = [(f"file:{file.ref.sha256}", file.ref.name) for file in console.officers.files_of(state)
             if file.here and file.ref.type in ("image/jpeg", "image/png", "image/webp", "application/pdf")]
    return [*papers, *files[:60]]


def _paper(console: Console, room: Room, key: str) -> tuple[str, bytes]:
    state = console.officers.case(room.case_id) if room.case_id else None
    kind, _, name = key.partition(":")
    title = dict(_papers(console, room)).get(key)
    if state is None or title is None:
        raise NotIn(t("room.no_paper"), 404)
    if kind == "paper":
        return title, CasePapers(console.acts()).draw(state, [name])
    found = console.officers.file(state.id, name)
    if found is None:
        raise NotIn(t("room.no_paper"), 404)
    return title, found[2]
