"""The citizen's page as an application of its own: asked without an account, answered with as little as possible.

No cookie but one that names a chosen language, nothing from another host; every page works without script. What scripts there are
read the code from a scanned address and keep a demand on the telephone until there is a line.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import anyio
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.county.officers import Officers
from county_hub.demands import code as demand_codes
from county_hub.demands.desk import NotTaken
from county_hub.demands.work import Work
from county_hub.hub.answer_headers import Headed
from county_hub.hub.compressed import Compressed
from county_hub.portal import booking, choosing, handing_in, languages, projects
from county_hub.portal.asking import EVEN_S, Asking, Found, NoCase, NotNow
from county_hub.portal.handing_in import MAX_BODY_BYTES, Fate, Sent, TooLarge
from shared.ledger.entry import running_text, whole
from shared.ledger.formats.hidden import shown
from shared.ledger.texts import Language, t
from sync.endpoint.guesses import group_of

log = logging.getLogger("county_hub.portal")
HERE = Path(__file__).parent
MAX_FORM_BYTES = 8 * 1024                   # nobody has signed in
MAX_TEXT = 500
AT_ONCE = 4
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; form-action 'self'; base-uri 'none';"
    " object-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",       # an address with a code in it goes nowhere
    "cache-control": "no-store",
}
_SCRIPT = "text/javascript; charset=utf-8"
_STATIC = {"portal.css": "text/css; charset=utf-8", "portal.js": _SCRIPT, "submit.js": _SCRIPT, "outbox.js": _SCRIPT,
           "icon.svg": "image/svg+xml"}
SENDING_AT_ONCE = 6                         # each may hold a body of many megabytes; one address sends one at a time
Form = dict[str, str]
Answer = Callable[["Portal", Request, Form], Response]


class Portal:
    def __init__(self, officers: Officers, asking: Asking, work: Work, spoken: Mapping[str, Language] | None = None) -> None:
        """`spoken`: further languages of the page, by the name of their folder."""
        self.officers, self.asking, self.work, self.spoken = officers, asking, work, spoken or {}

    def page(self, name: str, status: int = 200, *, more: Path | None = None, path: str = "/", **values: Any) -> Response:
        """`more`: a folder of further templates, whose names come first; `path`: where a choice of language leads back to."""
        frame = {"county": self.officers.county_name(), "demo": self.officers.demo(), "phone": self.asking.phone(), "error": "",
                 "faults": {}, "typed": {}, "number": "", "code": "", "title": t("portal.title"),
                 "languages": languages.offered(self.spoken, path)}
        body = _environment(more).get_template(name).render({**frame, **values})
        return Compressed(body, status, HEADERS, "text/html")

    def case(self, found: Found, status: int = 200, *, done: str = "", error: str = "", **more: Any) -> Response:
        return self.page("progress.html", status, p=found.progress, choosing=choosing.may_choose(found.case),
                         promises=choosing.promises(found.case), code=found.code.text(), title=t("portal.progress.title"),
                         done=done, error=error, **more)

    def submit(self, form: dict[str, str], faults: dict[str, str], status: int = 200) -> Response:
        code = demand_codes.read(form.get("code", "")) or demand_codes.new()
        values = handing_in.page_values(form, faults, self.offices())
        return self.page("submit.html", status, path="/submit", **{**values, "code": code}, title=t("portal.submit.title"),
                         error=faults.get("", "") or (t("portal.submit.faults") if faults else ""))

    def project(self, id: str, form: dict[str, str], faults: dict[str, str], status: int = 200) -> Response:
        found = self.asking.project(id)
        if found is None:
            return self.page("home.html", 404, error=t("portal.nowhere"))
        code = demand_codes.read(form.get("code", "")) or demand_codes.new()
        values = {**handing_in.page_values(form, faults, []), "code": code}
        return self.page("project.html", status, **values, p=found, title=t("portal.projects.title"),
                         error=faults.get("", "") or (t("portal.submit.faults") if faults else ""))

    def fate(self, fate: Fate, status: int = 200) -> Response:
        return self.page("fate.html", status, f=fate, title=t("portal.fate.title"))

    def offices(self) -> list[dict[str, Any]]:
        organisation = self.officers.organisation()
        return [{"id": office.id, "name": organisation.display_name(office.id), "level": organisation.level_of(office.id)}
                for office in sorted(organisation.offices.values(), key=lambda office: office.id)]


def make(portal: Portal, further: Sequence[BaseRoute] = ()) -> Starlette:
    """`further`: routes of what else citizens are served here."""
    # Strangers wait for each other, not the county's officers and devices for them: so many ask the hub's files at once.
    at_once = anyio.CapacityLimiter(AT_ONCE)

    def route(answer: Answer, *, even: bool = False) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            begun = time.monotonic()
            form = await _form(request)
            if form is None:
                return _too_large(portal)
            made = await anyio.to_thread.run_sync(_told, portal, request, answer, form, limiter=at_once)
            if even:
                await anyio.sleep(max(0.0, EVEN_S - (time.monotonic() - begun)))
            return made

        return endpoint

    async def language(request: Request) -> Response:
        return languages.choose(portal.spoken, request, HEADERS)

    around = [Middleware(Headed, uncached=("/",)), Middleware(languages.Speaking, languages=portal.spoken)]
    return Starlette(middleware=around, routes=[
        Route("/", route(home)),
        Route("/progress", route(progress, even=True), methods=["POST"]),
        Route("/rate", route(rate, even=True), methods=["POST"]),
        Route("/book", route(book, even=True), methods=["POST"]),
        Route("/choose", route(choose, even=True), methods=["POST"]),
        Route("/promises", route(promises, even=True), methods=["POST"]),
        Route("/submit", route(submit_page)),
        Route("/submit", _submitting(portal), methods=["POST"]),
        Route("/work", _work(portal)),
        Route("/worker.js", _worker),
        Route("/offices", route(offices)),
        Route("/language/{folder}", language),
        Route("/projects", route(projects_page)),
        Route("/projects/{id}", route(project_page)),
        Route("/static/{name}", _static),
        Route("/manifest.webmanifest", _manifest(portal)),
        *further,
        Route("/{rest:path}", route(nowhere)),
    ])


def home(portal: Portal, request: Request, form: Form) -> Response:
    return portal.page("home.html")


def progress(portal: Portal, request: Request, form: Form) -> Response:
    number, code = form.get("number", "")[:80], form.get("code", "")[:600]
    if not code.strip():
        lacks = {"code": t("portal.fault.code")}
        return portal.page("home.html", 400, error=t("portal.submit.faults"), faults=lacks, number=number)
    try:
        if demand_codes.looks_like_one(code):
            return portal.fate(portal.asking.fate(code, _address(request)))
        found = portal.asking.find(number, code, _address(request))
    except NoCase as told:
        return portal.page("home.html", 403, error=str(told), number=number, code=code)
    return portal.case(found)


def book(portal: Portal, request: Request, form: Form) -> Response:
    code, topic = form.get("code", "")[:600], running_text(form.get("topic", "")).strip()[:MAX_TEXT]
    try:
        found = portal.asking.find("", code, _address(request))
    except NoCase as told:
        return portal.page("home.html", 403, error=str(told))
    error, status, typed, faults = "", 200, {}, {}
    if form.keys() & {"party", "duty", "topic", "sent"}:
        try:
            portal.asking.book(found, form.get("party", ""), form.get("duty", "")[:40], topic)
        except NotNow as told:
            error, status, faults = str(told), 400, told.faults
            typed = {"party": form.get("party", ""), "duty": form.get("duty", ""), "topic": topic}
    booked, posts = portal.asking.bookings(found)
    return portal.page("book.html", status, p=found.progress, booked=booked, posts=posts, code=found.code.text(), error=error,
                       faults=faults, typed=typed, most=booking.MOST, title=t("portal.book.title"))


def choose(portal: Portal, request: Request, form: Form) -> Response:
    return _of_case(portal, request, form, "choose.html", "portal.choose", ("party", "method", "mediator"), portal.asking.choose)


def promises(portal: Portal, request: Request, form: Form) -> Response:
    return _of_case(portal, request, form, "promises.html", "portal.item", ("party", "item", "kept", "text"), portal.asking.say)


def _of_case(portal: Portal, request: Request, form: Form, page: str, words: str, fields: tuple[str, ...],
             act: Callable[..., None]) -> Response:
    """A page about a case that was found by its code, and what is said on it."""
    code = form.get("code", "")[:600]
    given = [running_text(form.get(name, "")).strip()[:MAX_TEXT] for name in fields]
    error, status, done, faults = "", 200, "", {}
    try:
        found = portal.asking.find("", code, _address(request))
        if any(given) or form.get("sent"):
            act(found, *given)
            found, done = portal.asking.find("", code, _address(request)), t(f"{words}.done")
    except NoCase as told:
        return portal.page("home.html", 403, error=str(told))
    except NotNow as told:
        error, status, faults = str(told), 400, told.faults
    return portal.page(page, status, p=found.progress, offer=portal.asking.offered(found) if page == "choose.html" else None,
                       promises=choosing.promises(found.case), open=choosing.may_choose(found.case), code=found.code.text(),
                       error=error, faults=faults, done=done, typed=dict(zip(fields, given, strict=True)) if error else {},
                       by_office=choosing.BY_OFFICE, title=t(f"{words}.title"))


def submit_page(portal: Portal, request: Request, form: Form) -> Response:
    return portal.submit({}, {})


def not_taken(portal: Portal, request: Request, told: NotTaken, typed: Mapping[str, str], photos: str, status: int) -> Response:
    """The form again, with what was typed; `photos`: that they must be chosen again, for no page can put a file into a form."""
    if "application/json" in request.headers.get("accept", ""):
        return handing_in.refused(told)
    faults, about = dict(told.faults), typed.get("about", "")
    if photos:
        faults["photos"] = f"{faults.get('photos', '')} {photos}".strip()
    return portal.project(about[:40], dict(typed), faults, status) if about else portal.submit(dict(typed), faults, status)


@dataclass(frozen=True, slots=True)
class Unread:
    """A form that is not taken, as far as it was read. `large`: for its size, not for the time."""

    typed: Mapping[str, str]
    photos: bool
    told: str
    large: bool = False


def unread(portal: Portal, request: Request, form: Unread) -> Response:
    again, status = t("portal.submit.photos_anew") if form.photos else "", 413 if form.large else 429
    return not_taken(portal, request, NotTaken({"": form.told}, later=not form.large), form.typed, again, status)


def submitted(portal: Portal, request: Request, form: Sent) -> Response:
    wants_json = "application/json" in request.headers.get("accept", "")
    try:
        if not portal.asking.may_ask(form.texts.get("about", "")):
            raise NotTaken({"": t("portal.projects.closed")})
        demand, code = handing_in.take(portal.asking.demands, portal.work, form, _address(request))
    except NotTaken as told:
        portal.asking.not_taken(told, _address(request))
        again = t("portal.submit.photos_again", n=len(form.photos)) if form.photos else ""
        return not_taken(portal, request, told, form.texts, again, 429 if told.later else 400)
    fate = portal.asking.fate_of(demand, code)
    return handing_in.as_json(fate) if wants_json else portal.fate(fate)


def rate(portal: Portal, request: Request, form: Form) -> Response:
    code, text = form.get("code", "")[:600], running_text(form.get("text", "")).strip()[:MAX_TEXT]
    try:
        found = portal.asking.rate(code, _address(request), form.get("party", ""), form.get("score", ""), text)
    except NoCase as told:
        return portal.page("home.html", 403, error=str(told))
    except NotNow as told:
        typed = {"party": form.get("party", ""), "score": form.get("score", ""), "text": text}
        return portal.case(told.found, 400, error=str(told), faults=told.faults, typed=typed)
    return portal.case(found, done=t("portal.rated"))


def projects_page(portal: Portal, request: Request, form: Form) -> Response:
    page = whole(request.query_params.get("page", ""), 1, 10_000) or 1
    rows, pages = projects.listed(portal.officers, portal.officers.organisation(), page)
    return portal.page("projects.html", path="/projects", rows=rows, page=page, pages=pages, title=t("portal.projects.title"))


def project_page(portal: Portal, request: Request, form: Form) -> Response:
    return portal.project(request.path_params["id"][:40], {}, {})


def offices(portal: Portal, request: Request, form: Form) -> Response:
    return portal.page("offices.html", path="/offices", rows=portal.offices(), title=t("portal.offices.title"))


def nowhere(portal: Portal, request: Request, form: Form) -> Response:
    return portal.page("home.html", 404, error=t("portal.nowhere"))


def _submitting(portal: Portal) -> Callable[[Request], Awaitable[Response]]:
    at_once, sending = anyio.CapacityLimiter(SENDING_AT_ONCE), set[str]()

    async def endpoint(request: Request) -> Response:
        source = group_of(_address(request))
        if source in sending or at_once.available_tokens < 1:
            return await refused(request, t("portal.submit.busy"))
        sending.add(source)
        try:
            return await taken(request)
        finally:
            sending.discard(source)

    async def refused(request: Request, told: str, *, large: bool = False) -> Response:
        form = Unread(*await handing_in.typed(request), told, large)
        return await anyio.to_thread.run_sync(_told, portal, request, unread, form)

    async def taken(request: Request) -> Response:
        told = await anyio.to_thread.run_sync(portal.asking.refuses, _address(request))
        if told:                                # before a large body is read
            return await refused(request, told)
        stated = request.headers.get("content-length", "")
        if stated.isascii() and stated.isdigit() and int(stated[:12]) > MAX_BODY_BYTES:
            return await refused(request, t("portal.submit.too_large"), large=True)
        async with at_once:
            try:
                form = await handing_in.sent(request)
            except TooLarge as told_late:
                form_of = Unread(told_late.typed, True, t("portal.submit.too_large"), large=True)
                return await anyio.to_thread.run_sync(_told, portal, request, unread, form_of)
            return await anyio.to_thread.run_sync(_told, portal, request, submitted, form)

    return endpoint


def _work(portal: Portal) -> Callable[[Request], Awaitable[Response]]:
    async def challenge(request: Request) -> Response:
        return JSONResponse({"challenge": portal.work.challenge(), "bits": portal.work.bits}, headers=HEADERS)

    return challenge


async def _worker(request: Request) -> Response:
    """At the root, for a service worker answers for its own folder only."""
    return Response((HERE / "static" / "worker.js").read_bytes(), media_type=_SCRIPT,
                    headers={**HEADERS, "cache-control": "no-cache"})


def _told(portal: Portal, request: Request, answer: Callable[[Portal, Request, Any], Response], form: Any) -> Response:
    try:
        return answer(portal, request, form)
    except Exception as fault:
        log.error("portal page failed: %s", type(fault).__name__)       # no path, no text: it may hold a code
        return portal.page("home.html", 500, error=t("portal.failed"))


def _too_large(portal: Portal) -> Response:
    return portal.page("home.html", 413, error=t("portal.too_large"))


async def _form(request: Request) -> Form | None:
    """None when it is larger than a form of this page can be."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM_BYTES:
            return None
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        return {}


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        return Response(status_code=404, headers=HEADERS)
    return Compressed((HERE / "static" / name).read_bytes(), media_type=_STATIC[name],
                      headers={**HEADERS, "cache-control": "public, max-age=86400"})


def _manifest(portal: Portal) -> Callable[[Request], Awaitable[Response]]:
    async def manifest(request: Request) -> Response:
        icon = {"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml"}
        return JSONResponse({"name": t("portal.title"), "short_name": t("portal.short"), "lang": languages.tag(),
                             "start_url": "/", "display": "standalone", "background_color": "#F2F5F8",
                             "theme_color": "#0D2F55", "icons": [icon]},
                            headers={**HEADERS, "content-type": "application/manifest+json"})

    return manifest


@lru_cache(maxsize=4)
def _environment(more: Path | None = None) -> Environment:
    env = Environment(loader=FileSystemLoader([*([more] if more else []), HERE / "templates"]), autoescape=True,
                      undefined=StrictUndefined, trim_blocks=True,
                      finalize=lambda value: type(value)(shown(value)) if isinstance(value, str) else value)
    version = hashlib.sha256(b"".join((HERE / "static" / name).read_bytes() for name in sorted(_STATIC))).hexdigest()[:12]
    env.globals.update(t=t, version=version, lang=languages.tag)
    return env
