"""The room for guests, on the citizen's page: link and code, the words to consent to, then the room. No cookie: the token of
a seat stands in the page alone, and goes with each request in a header.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

import anyio
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.portal import languages
from county_hub.portal.app import HEADERS, Portal
from county_hub.room import api, drawn, tuning
from county_hub.room.api import Present
from county_hub.room.notin import NotIn
from county_hub.room.rooms import Rooms
from shared.ledger import texts
from shared.ledger.entry import whole
from shared.ledger.formats import spelling
from shared.ledger.texts import t

Work = Callable[[Request, dict[str, str]], Response]
MOST_FORM = 4096
EVEN_S = 0.4            # right, wrong and over take the same time


def routes(portal: Portal, rooms: Rooms) -> list[BaseRoute]:
    at_once = anyio.CapacityLimiter(4)

    def page(work: Work, *, even: bool = False) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            begun = anyio.current_time()
            form = await _form(request)
            made = await anyio.to_thread.run_sync(lambda: _told(portal, request, form, work), limiter=at_once)
            if even:
                await anyio.sleep(max(0.0, EVEN_S - (anyio.current_time() - begun)))
            return made

        return endpoint

    def door(request: Request, form: dict[str, str]) -> Response:
        return _door(portal, request, "")

    def enter(request: Request, form: dict[str, str]) -> Response:
        if not form.get("code", "").strip():
            return _door(portal, request, "", 400, {"code": t("room.code_missing")})
        return _words(portal, rooms, request, form)

    def consent(request: Request, form: dict[str, str]) -> Response:
        if form.get("agree") != "yes":
            return portal.page("refused.html", more=drawn.TEMPLATES, title=t("room.title"))
        seat = whole(form.get("seat", ""), 1, tuning.MOST_PEOPLE)
        name, code = request.path_params["name"], form.get("code", "")
        if seat is None:
            return _words(portal, rooms, request, form, {"seat": t("room.seat_missing")})
        room, _, token = rooms.take(name, code, seat, _address(request), recording=form.get("recording") == "1")
        frame = {"county": portal.officers.county_name(), "demo": portal.officers.demo(), "phone": rooms.phone(), "back": "",
                 "recording": False, "papers": (), "case": "", "colleagues": ()}
        body = drawn.meeting(f"/room/{room.name}", "/room/static", token, room.title, frame, host=False)
        return HTMLResponse(body, headers=HEADERS)

    def who(request: Request) -> Present:
        kind, _, token = request.headers.get("authorization", "")[:200].partition(" ")
        return Present(*rooms.by_token(request.path_params["name"], token if kind == "Bearer" else ""))

    async def static(request: Request) -> Response:
        return drawn.static(request.path_params["file"], HEADERS)

    return [
        Route("/room/static/{file}", static), Route("/room/{name}", page(door), methods=["GET"]),
        Route("/room/{name}/enter", page(enter, even=True), methods=["POST"]),
        Route("/room/{name}/consent", page(consent, even=True), methods=["POST"]),
        *api.routes(rooms, "/room/{name}", who),
    ]


def _told(portal: Portal, request: Request, form: dict[str, str], work: Work) -> Response:
    try:
        return work(request, form)
    except NotIn as told:
        return _door(portal, request, str(told), told.status)
    except Exception as fault:
        api.log.error("room page failed: %s", type(fault).__name__)
        return _door(portal, request, t("portal.failed"), 500)


def _words(portal: Portal, rooms: Rooms, request: Request, form: dict[str, str], faults: dict[str, str] | None = None
           ) -> Response:
    """Whose seat it is and what one agrees to, for who has a right code. Raises `NotIn`."""
    name = request.path_params["name"]
    room, seats = rooms.enter(name, form.get("code", ""), _address(request))
    code = spelling.typed(form.get("code", "")[:40])
    offered = [(f"{href}#{code}", own, tag) for href, own, tag in languages.offered(portal.spoken, f"/room/{name}")]
    return portal.page(
        "consent.html", 400 if faults else 200, more=drawn.TEMPLATES, title=t("room.title"), room=name, seats=seats, code=code,
        recording=rooms.may_record(room), languages=offered, written=_written(), faults=faults or {},
        typed={"recording": form.get("recording") == "1"}, error=t("portal.submit.faults") if faults else "")


def _door(portal: Portal, request: Request, error: str, status: int = 200, faults: dict[str, str] | None = None) -> Response:
    name = request.path_params["name"]
    return portal.page("door.html", status, more=drawn.TEMPLATES, title=t("room.title"), path=f"/room/{name}",
                       room=name if drawn.is_name(name) else "-", error=error, faults=faults or {}, marks=drawn.marks(),
                       no_script=drawn.no_script(portal.asking.phone()))


def _written() -> str:
    """The words that are kept of a consent, where the page says them in another language; else ""."""
    words = t("room.consent.words")
    with texts.speaking(None):
        return t("room.consent.words") if t("room.consent.words") != words else ""


async def _form(request: Request) -> dict[str, str]:
    """What is larger than a form of these pages is an empty one."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_FORM:
            return {}
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=10))
    except ValueError:
        return {}


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
