"""What the page of a room asks, of both sides alike: one open line that brings everything (NDJSON), small posts to say something.

    GET  <base>/line?page=    {"kind": hello | people | signal | minutes | shown | recording | in | over, ...}, {} as heartbeat
    POST <base>/say           {"page", "said": [{"to", "data"}]}: signalling, from who is in to who is in -> {"missed": [places]}
    POST <base>/low /sign /go       this participant's own
    GET  <base>/shown/{n}           the page that everybody sees
    POST <base>/admit /send_off /invite /minutes /signing /recording /show /put_away /finish /ask_in /hand_over
                                    of the officer who leads alone
    POST <base>/take_over /part     of any officer inside: the room whose leader is gone; the rest of a recording

Who asks is told by `who` of each side (a token, a session); every request and every heartbeat asks it anew. It must not know how.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from county_hub.hub.counted_path import COUNT
from county_hub.hub.problems import HubProblem
from county_hub.room import tuning
from county_hub.room.live import Line
from county_hub.room.notin import NotIn
from county_hub.room.pictures import BadPicture, shown
from county_hub.room.rooms import Rooms
from county_hub.room.store import IN, Room, Seat
from shared.ledger.texts import t
from sync.errors import SyncError

log = logging.getLogger("county_hub.room")
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
Sent = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Present:
    """Who asks, in which room."""

    room: Room
    seat: Seat


Who = Callable[[Request], Present]      # raises NotIn
Work = Callable[[Rooms, "Present", Sent], Mapping[str, Any] | None]
Paper = Callable[[Room, str], tuple[str, bytes]]    # (title, PDF or picture) of what the officer chose; raises HubProblem, NotIn


Noted = Callable[[Request, str, Room], None]        # what an officer did that the audit keeps


@dataclass(frozen=True, slots=True)
class Office:
    """What the officers' side brings beside the guests'."""

    paper: Paper
    noted: Noted


def routes(rooms: Rooms, base: str, who: Who, office: Office | None = None) -> list[BaseRoute]:
    """Below `base`. With `office` what officers alone may ask is among them."""
    made = _Asked(rooms, who, office)
    own: list[BaseRoute] = [
        Route(f"{base}/line", made.line, methods=["GET"]),
        Route(f"{base}/shown/{{n:{COUNT}}}", made.shown, methods=["GET"])]
    own += [Route(f"{base}/{name}", made.post(work, most), methods=["POST"]) for name, work, most in (
        ("say", _say, tuning.MESSAGE_BYTES), ("low", _low, 1024), ("sign", _sign, 2 * tuning.SIGNATURE_BYTES), ("go", _go, 1024))]
    if office is not None:
        def show(rooms: Rooms, here: Present, sent: Sent) -> None:
            _show(rooms, here, sent, office.paper)

        own += [Route(f"{base}/{name}", made.post(work, most, lead=True), methods=["POST"]) for name, work, most in (
            ("admit", _admit, 1024), ("send_off", _send_off, 1024), ("invite", _invite, 1024),
            ("minutes", _minutes, 8 * tuning.MINUTES_LETTERS), ("signing", _signing, 1024), ("recording", _recording, 1024),
            ("show", show, 2 * tuning.SHOWN_BYTES), ("put_away", _put_away, 1024), ("finish", _finish, 1024),
            ("ask_in", _ask_in, 1024), ("hand_over", _hand_over, 1024))]
        own += [Route(f"{base}/part", made.part, methods=["POST"]),
                Route(f"{base}/take_over", made.post(_take_over, 1024), methods=["POST"])]
    return own


class _Asked:
    def __init__(self, rooms: Rooms, who: Who, office: Office | None) -> None:
        self.rooms, self.who, self.office = rooms, who, office

    def post(self, work: Work, most: int, *, lead: bool = False) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await _body(request, most)
            if body is None:
                return _told(t("room.too_large"), 413)
            return await run_in_threadpool(self._done, request, work, body, lead)

        return endpoint

    def _done(self, request: Request, work: Work, body: bytes, lead: bool) -> Response:
        def done() -> Response:
            here = self._here(request, lead=lead)
            told = work(self.rooms, here, _sent(body)) or {}
            if self.office is not None and work in (_ask_in, _hand_over, _take_over):
                self.office.noted(request, work.__name__.strip("_"), here.room)
            return JSONResponse({"ok": True, **told}, headers=HEADERS)

        return _in_words(done)

    def _here(self, request: Request, *, lead: bool = False) -> Present:
        here = self.who(request)
        if lead and here.seat.no != here.room.lead:
            raise NotIn(t("room.officer_only"))
        if not self.rooms.is_open(here.room):
            raise NotIn(t("room.over"), 410)
        if not self.rooms.hall.may_say(here.room.id, here.seat.no):
            raise NotIn(t("room.too_often"), 429)
        return here

    async def part(self, request: Request) -> Response:
        """Bytes of a recording, as they come."""
        try:
            await run_in_threadpool(self._here, request)
        except NotIn as told:
            return _told(str(told), told.status)
        body = await _body(request, tuning.PART_BYTES)
        if body is None:
            return _told(t("room.too_large"), 413)

        def keep() -> Response:
            here = self._here(request)
            self.rooms.keep_part(here.room, here.seat.no, body)
            return JSONResponse({"ok": True}, headers=HEADERS)

        return await run_in_threadpool(_in_words, keep)

    async def shown(self, request: Request) -> Response:
        def found() -> Response:
            here = self.who(request)
            picture = self.rooms.hall.shown(here.room.id)
            if here.seat.state != IN or picture is None or picture.n != request.path_params["n"]:
                raise NotIn(t("room.not_shown"), 404)
            return Response(picture.data, media_type=picture.type, headers=HEADERS)

        return await run_in_threadpool(_in_words, found)

    async def line(self, request: Request) -> Response:
        loop, page = asyncio.get_running_loop(), request.query_params.get("page", "")[:40]

        def joined() -> Line | Response:
            return _in_words(lambda: self._join(request, page, loop))

        found = await run_in_threadpool(joined)
        if isinstance(found, Response):
            return found
        headers = {**HEADERS, "x-accel-buffering": "no"}        # a proxy must hand on each line as it comes
        return StreamingResponse(self._told(request, found), media_type="application/x-ndjson", headers=headers)

    def _join(self, request: Request, page: str, loop: asyncio.AbstractEventLoop) -> Line:
        here = self._here(request)
        if here.seat.staff:
            self.rooms.chair.sit_down(here.room, here.seat)
        line = self.rooms.hall.join(here.room.id, here.seat.no, page, loop)
        if line is None:
            raise NotIn(t("room.too_many_lines"), 503)
        self.rooms.welcome(here.room.id, here.seat.no)
        self.rooms.tell_people(here.room.id)
        return line

    async def _told(self, request: Request, line: Line) -> AsyncIterator[bytes]:
        quiet, wakes = 0.0, getattr(request.app.state, "wakes", None)
        try:
            while True:
                ended = line.over
                found = self.rooms.hall.take(line)
                if found:
                    yield b"".join(found)
                    quiet = 0.0
                if ended or self.rooms.hall.ended or getattr(wakes, "stopping", False):
                    return
                try:
                    await asyncio.wait_for(line.wake.wait(), tuning.LOOK_S)
                except TimeoutError:
                    quiet += tuning.LOOK_S
                if quiet >= tuning.HEARTBEAT_S:
                    quiet = 0.0
                    if told := await run_in_threadpool(self._no_more, request):
                        yield told
                        return
                    yield b"{}\n"
        finally:
            if self.rooms.hall.leave(line):
                await asyncio.shield(run_in_threadpool(self.rooms.left, line.room, line.seat))

    def _no_more(self, request: Request) -> bytes:
        """Why this line ends now, or nothing."""
        try:
            here = self.who(request)
        except NotIn as told:
            return msgspec.json.encode({"kind": "over", "why": "session" if told.status == 401 else "removed"}) + b"\n"
        return b"" if self.rooms.is_open(here.room) else msgspec.json.encode({"kind": "over", "why": "finished"}) + b"\n"


# -- everybody's --


def _say(rooms: Rooms, here: Present, sent: Sent) -> Mapping[str, Any]:
    """Which were not taken: nobody of that number is in, or his line is away."""
    said, page = sent.get("said"), str(sent.get("page", ""))[:40]
    if here.seat.state != IN:
        raise NotIn(t("room.nobody_there"), 409)
    if not isinstance(said, list) or len(said) > tuning.SAID_AT_ONCE or not all(isinstance(one, dict) for one in said):
        raise NotIn(t("room.not_understood"), 400)
    return {"missed": [n for n, one in enumerate(said) if not _hand_on(rooms, here, page, one)]}


def _hand_on(rooms: Rooms, here: Present, page: str, one: Sent) -> bool:
    to, data = one.get("to"), one.get("data")
    target = here.room.seat(to) if isinstance(to, int) else None
    if target is None or target.state != IN or target.no == here.seat.no or not isinstance(data, dict):
        return False
    return rooms.hall.tell(here.room.id, target.no, {"kind": "signal", "from": here.seat.no, "page": page, "data": data})


def _low(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.hall.set_low(here.room.id, here.seat.no, sent.get("on") is True)
    rooms.tell_people(here.room.id)


def _sign(rooms: Rooms, here: Present, sent: Sent) -> None:
    if here.seat.state != IN:
        raise NotIn(t("room.nobody_there"), 409)
    revision = sent.get("revision")
    rooms.sign(here.room, here.seat.no, revision if isinstance(revision, int) else 0, _bytes(sent.get("picture")))


def _go(rooms: Rooms, here: Present, sent: Sent) -> None:
    if here.seat.staff:
        rooms.chair.leave(here.room, here.seat)
        rooms.tell_people(here.room.id)
    else:
        rooms.go(here.room.id, here.seat.no)


def _take_over(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.give(here.room, here.seat.no, taken=True)


# -- of the officer who leads --


def _ask_in(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.chair.ask_in(here.room, str(sent.get("staff", ""))[:40])
    rooms.tell_people(here.room.id)


def _hand_over(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.give(here.room, _seat(sent))


def _admit(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.admit(here.room, _seat(sent))


def _send_off(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.send_off(here.room, _seat(sent))


def _invite(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.invite_again(here.room, _seat(sent))


def _minutes(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.write_minutes(here.room, str(sent.get("text", "")))


def _signing(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.ask_signatures(here.room, sent.get("on") is True)


def _recording(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.record(here.room, sent.get("on") is True)


def _show(rooms: Rooms, here: Present, sent: Sent, paper: Paper) -> None:
    page = sent.get("at")
    page = page if isinstance(page, int) and 0 <= page < 10_000 else 0
    if sent.get("picture"):
        title, data = str(sent.get("title", ""))[:80], _bytes(sent.get("picture"))
    else:
        title, data = paper(here.room, str(sent.get("paper", ""))[:80])
    try:
        type, made, pages = shown(data, page)
    except BadPicture:
        raise NotIn(t("room.picture_bad"), 400) from None
    rooms.show(here.room, title, page, pages, type, made)


def _put_away(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.put_away(here.room)


def _finish(rooms: Rooms, here: Present, sent: Sent) -> None:
    rooms.finish(here.room, rights_told=sent.get("rights_told") is True)


# -- bodies and answers --


def _seat(sent: Sent) -> int:
    seat = sent.get("seat")
    return seat if isinstance(seat, int) else -1


def _bytes(value: object) -> bytes:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        return b""


def _sent(body: bytes) -> Sent:
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):        # no JSON, no UTF-8, nesting without end
        found = None
    if not isinstance(found, dict):
        raise NotIn(t("room.not_understood"), 400)
    return found


async def _body(request: Request, most: int) -> bytes | None:
    """None when it is larger."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return None
    return bytes(body)


def _in_words(work: Callable[[], T]) -> T | Response:
    try:
        return work()
    except NotIn as told:
        return _told(str(told), told.status)
    except HubProblem as problem:
        return _told(problem.sentence, 400)
    except (SyncError, OSError) as fault:
        log.error("room: files cannot be used: %s", type(fault).__name__)
        return _told(t("room.storage"), 503)
    except Exception as fault:
        log.error("room failed: %s", type(fault).__name__)      # no message: it may hold what somebody said
        return _told(t("room.failed"), 500)


def _told(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status, HEADERS)
