"""The console's acts: sign in and out, supervise, release from quarantine, refuse what is held. Every act checks the CSRF token.

After a good act the browser is sent on (303), so that reloading never repeats it; after a bad one the page comes back
with what was typed. It must not build events itself: `county_hub.county.acts` does.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.console import pages, render
from county_hub.console.pages import Console
from county_hub.console.session import COOKIE, Visitor, right_token
from county_hub.hub.passwords import check_password
from county_hub.hub.problems import HubProblem
from shared.ledger.texts import t

Act = Callable[[Console, Request, Visitor, dict[str, str]], Response]


def routes(console: Console) -> list[BaseRoute]:
    def acting(act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            form = await pages.form_of(console, request)
            if isinstance(form, Response):
                return form
            handler = functools.partial(_checked, act=act, form=form)
            return await run_in_threadpool(pages.answer, console, request, handler)

        return endpoint

    async def sign_in(request: Request) -> Response:
        form = await pages.form_of(console, request) if request.method == "POST" else None
        if isinstance(form, Response):
            return form
        return await run_in_threadpool(pages.storage_told, lambda: login(console, request, form), request)

    return [
        Route("/console/login", sign_in, methods=["GET", "POST"]),
        Route("/console/logout", acting(logout), methods=["POST"]),
        Route("/console/cases/{case_id}/supervise", acting(supervise), methods=["POST"]),
        Route("/console/quarantine/release", acting(release), methods=["POST"]),
        Route("/console/quarantine/refuse", acting(refuse), methods=["POST"]),
    ]


def _checked(console: Console, request: Request, visitor: Visitor, *, act: Act, form: dict[str, str]) -> Response:
    if not right_token(visitor, form.get("csrf", "")):
        return pages.error_page(console, visitor, t("console.error.forbidden"), 403)
    return act(console, request, visitor, form)


def login(console: Console, request: Request, form: dict[str, str] | None) -> Response:
    officers = console.officers
    wanted = (form or {}).get("next") or request.query_params.get("next", "")
    # Only a page of this console: never an address that somebody put into a link.
    wanted = wanted if wanted.startswith("/console/") and "\\" not in wanted else "/console/"
    staff, error, status = (form or {}).get("staff", "").strip()[:64], "", 200
    if form is not None:
        address = request.client.host if request.client else ""
        if officers.too_many_failures(address):
            error, status = t("console.login.too_many"), 429
        elif check_password(form.get("password", ""), console.password()) and officers.may_sign_in(staff):
            officers.record_login(address, good=True)
            return _welcome(console, request, staff, wanted)
        else:
            officers.record_login(address, good=False)
            error, status = t("console.login.wrong"), 403
    return render.page("login.html", {
        "title": t("console.login.title"), "demo": officers.demo(), "county_name": officers.county_name(),
        "notice": "", "notice_kind": "", "error": error, "staff": staff, "next": wanted,
    }, status)


def _welcome(console: Console, request: Request, staff: str, wanted: str) -> Response:
    console.sessions.end(request.cookies.get(COOKIE, ""))     # whoever signs in anew leaves no other session behind
    answer = RedirectResponse(wanted, status_code=303)
    answer.set_cookie(
        COOKIE, console.sessions.issue(staff), max_age=console.sessions.lifetime_s, path="/console", httponly=True,
        samesite="strict", secure=request.url.scheme == "https",
    )
    return answer


def logout(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    console.sessions.end(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/console/login", status_code=303)
    answer.delete_cookie(COOKIE, path="/console", httponly=True, samesite="strict")
    return answer


def supervise(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    case_id = request.path_params["case_id"]
    typed = {name: form.get(name, "").strip() for name in ("level", "text", "due")}
    try:
        console.acts().supervise(case_id, visitor.staff, **typed)
    except HubProblem as problem:
        return pages.case(console, request, visitor, form=typed, notice=problem.sentence, notice_kind="bad")
    return RedirectResponse(f"/console/cases/{quote(case_id)}?done=supervise#supervision", status_code=303)


def release(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    return _decided(console, request, visitor, form, console.officers.release, "done")


def refuse(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    return _decided(console, request, visitor, form, console.officers.refuse, "refused")


def _decided(console: Console, request: Request, visitor: Visitor, form: dict[str, str], act: Callable[..., None],
             word: str) -> Response:
    event = form.get("event", "")
    try:
        act(event, staff=visitor.staff, reason=form.get("reason", "").strip())
    except HubProblem as problem:
        return pages.quarantine(console, request, visitor, notice=problem.sentence, notice_kind="bad")
    return RedirectResponse(f"/console/quarantine?{word}={quote(event, safe='')}", status_code=303)
