"""The citizen's page as an application of its own: asked without an account, answered with as little as possible.

No cookie, no script but one that reads the code from a scanned address, nothing from another host. Every page works without it.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import anyio
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from county_hub.county.officers import Officers
from county_hub.portal.asking import EVEN_S, Asking, Found, NoCase, NotNow
from shared.ledger.entry import running_text
from shared.ledger.formats.hidden import shown
from shared.ledger.texts import t

log = logging.getLogger("county_hub.portal")
HERE = Path(__file__).parent
MAX_FORM_BYTES = 8 * 1024                   # nobody has signed in
MAX_TEXT = 500
AT_ONCE = 4
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; object-src 'none';"
    " frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",       # an address with a code in it goes nowhere
    "cache-control": "no-store",
}
_STATIC = {"portal.css": "text/css; charset=utf-8", "portal.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"}
Form = dict[str, str]
Answer = Callable[["Portal", Request, Form], Response]


class Portal:
    def __init__(self, officers: Officers, asking: Asking) -> None:
        self.officers, self.asking = officers, asking

    def page(self, name: str, status: int = 200, **values: Any) -> Response:
        frame = {"county": self.officers.county_name(), "demo": self.officers.demo(), "phone": self.asking.phone(), "error": "",
                 "number": "", "code": "", "title": t("portal.title")}
        body = _environment().get_template(name).render({**frame, **values})
        return HTMLResponse(body, status, HEADERS)

    def case(self, found: Found, status: int = 200, *, done: str = "", error: str = "") -> Response:
        return self.page("progress.html", status, p=found.progress, code=found.code.text(), title=t("portal.progress.title"),
                         done=done, error=error)


def make(portal: Portal) -> Starlette:
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

    return Starlette(routes=[
        Route("/", route(home)),
        Route("/progress", route(progress, even=True), methods=["POST"]),
        Route("/rate", route(rate, even=True), methods=["POST"]),
        Route("/offices", route(offices)),
        Route("/static/{name}", _static),
        Route("/manifest.webmanifest", _manifest(portal)),
        Route("/{rest:path}", route(nowhere)),
    ])


def home(portal: Portal, request: Request, form: Form) -> Response:
    return portal.page("home.html")


def progress(portal: Portal, request: Request, form: Form) -> Response:
    number, code = form.get("number", "")[:80], form.get("code", "")[:600]
    try:
        found = portal.asking.find(number, code, _address(request))
    except NoCase as told:
        return portal.page("home.html", 403, error=str(told), number=number, code=code)
    return portal.case(found)


def rate(portal: Portal, request: Request, form: Form) -> Response:
    code, text = form.get("code", "")[:600], running_text(form.get("text", "")).strip()[:MAX_TEXT]
    try:
        found = portal.asking.rate(code, _address(request), form.get("party", ""), form.get("score", ""), text)
    except NoCase as told:
        return portal.page("home.html", 403, error=str(told))
    except NotNow as told:
        return portal.case(told.found, 400, error=str(told))
    return portal.case(found, done=t("portal.rated"))


def offices(portal: Portal, request: Request, form: Form) -> Response:
    organisation = portal.officers.organisation()
    rows = [{"name": organisation.display_name(office.id), "level": office.level}
            for office in sorted(organisation.offices.values(), key=lambda office: office.id)]
    return portal.page("offices.html", rows=rows, title=t("portal.offices.title"))


def nowhere(portal: Portal, request: Request, form: Form) -> Response:
    return portal.page("home.html", 404, error=t("portal.nowhere"))


def _told(portal: Portal, request: Request, answer: Answer, form: Form) -> Response:
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
    return Response((HERE / "static" / name).read_bytes(), media_type=_STATIC[name],
                    headers={**HEADERS, "cache-control": "public, max-age=86400"})


def _manifest(portal: Portal) -> Callable[[Request], Awaitable[Response]]:
    async def manifest(request: Request) -> Response:
        icon = {"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml"}
        return JSONResponse({"name": t("portal.title"), "short_name": t("portal.short"), "lang": "zh-CN", "start_url": "/",
                             "display": "standalone", "background_color": "#F2F5F8", "theme_color": "#0D2F55", "icons": [icon]},
                            headers={**HEADERS, "content-type": "application/manifest+json"})

    return manifest


@lru_cache(maxsize=1)
def _environment() -> Environment:
    env = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                      finalize=lambda value: type(value)(shown(value)) if isinstance(value, str) else value)
    version = hashlib.sha256(b"".join((HERE / "static" / name).read_bytes() for name in sorted(_STATIC))).hexdigest()[:12]
    env.globals.update(t=t, version=version)
    return env
