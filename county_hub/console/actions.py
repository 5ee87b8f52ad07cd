"""The console's acts: sign in and out, supervise, release from quarantine, refuse what is held. Every act checks the CSRF token.

After a good act the browser is sent on (303), so that reloading never repeats it; after a bad one the page comes back
with what was typed. It must not build events itself: `county_hub.county.acts` does.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.accounts.sessions import RAN_OUT_MS, WAIT_MS
from county_hub.console import offices_page, render
from county_hub.console.frame import Console, answer, error_page, form_of, keep_unsent, storage_told
from county_hub.console.proof import needs_proof
from county_hub.console.session import COOKIE, Visitor, address_of, agent_of, drop_cookie, right_token, set_cookie, site_of
from county_hub.hub.problems import HubProblem
from shared.ledger.texts import t

# Open to anybody, and each waits for who writes the registry: so many sign-ins may hold a thread, others wait without one.
AT_ONCE = 8

Act = Callable[[Console, Request, Visitor, dict[str, str]], Response]


def routes(console: Console) -> list[BaseRoute]:
    def acting(act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            form = await form_of(console, request)
            if isinstance(form, Response):
                return form
            await run_in_threadpool(keep_unsent, console, request, [*form.items()])
            handler = functools.partial(_checked, act=act, form=form)
            return await run_in_threadpool(answer, console, request, handler)

        return endpoint

    at_once = anyio.CapacityLimiter(AT_ONCE)

    def opening(step: Callable[[Console, Request, dict[str, str] | None], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            form = await form_of(console, request) if request.method == "POST" else None
            if isinstance(form, Response):
                return form
            return await anyio.to_thread.run_sync(storage_told, lambda: step(console, request, form), request, limiter=at_once)

        return endpoint

    return [
        Route("/console/login", opening(login), methods=["GET", "POST"]),
        Route("/console/login/code", opening(second_step), methods=["POST"]),
        Route("/console/logout", acting(logout), methods=["POST"]),
        Route("/console/quarantine/ask", acting(ask_release), methods=["POST"]),
        Route("/console/quarantine/release", acting(release), methods=["POST"]),
        Route("/console/quarantine/refuse", acting(refuse), methods=["POST"]),
    ]


def _checked(console: Console, request: Request, visitor: Visitor, *, act: Act, form: dict[str, str]) -> Response:
    if not right_token(visitor, form.get("csrf", "")):
        return error_page(console, visitor, t("console.error.forbidden"), 403)
    if act in _NEED_PROOF and (asked := needs_proof(console, request, visitor, form.items())) is not None:
        return asked
    answer = act(console, request, visitor, form)
    if act in _AUDITED and answer.status_code == 303:
        subject = request.path_params.get("case_id") or form.get("event", "")
        console.accounts.audit.note(visitor.account, _AUDITED[act], subject, address_of(request))
    return answer


def login(console: Console, request: Request, form: dict[str, str] | None) -> Response:
    wanted = _inside((form or {}).get("next") or request.query_params.get("next", ""))
    staff = (form or {}).get("staff", "").strip()[:64]
    if form is None:
        return _login_page(console, wanted, staff)
    given = {"staff": staff, "password": form.get("password", "")}
    if lacking := {name: t("app.form.missing", field=t(f"console.login.{name}")) for name, value in given.items() if not value}:
        return _login_page(console, wanted, staff, "", 400, lacking)        # no try, and not counted as one
    done = console.accounts.sign_in(staff, form.get("password", ""), address_of(request), agent_of(request))
    if done.result == "in":
        return _welcome(console, request, done.cookie, wanted)
    if done.result == "code":
        return _code_page(console, request, done.cookie, wanted)
    error, status = {"too_many": ("too_many", 429), "old": ("old", 403)}.get(done.result, ("wrong", 403))
    return _login_page(console, wanted, staff, t(f"console.login.{error}"), status)


def second_step(console: Console, request: Request, form: dict[str, str] | None) -> Response:
    """The code after the password. The cookie of the first step waits for it and opens nothing."""
    form, cookie = form or {}, request.cookies.get(COOKIE, "")
    wanted = _inside(form.get("next", ""))
    passkey = (form["answer"], site_of(request)) if form.get("answer") else None
    if passkey is None and "code" in form and not form["code"].strip() and console.accounts.awaits_code(cookie):
        return _code_page(console, request, cookie, wanted, "", 400,
                          {"code": t("app.form.missing", field=t("console.login.code"))})
    done = console.accounts.second_step(cookie, form.get("code", "")[:64], address_of(request), agent_of(request), passkey)
    if done.result == "in":
        return _welcome(console, request, done.cookie, wanted)
    if done.result == "code":
        return _code_page(console, request, cookie, wanted, t("console.login.wrong_code"), 403)
    return _login_page(console, wanted, "", t("console.login.expired"), 403)


def _inside(wanted: str) -> str:
    """Only a page of this console: never an address that somebody put into a link."""
    return wanted if wanted.startswith("/console/") and "\\" not in wanted else "/console/"


def _login_page(console: Console, wanted: str, staff: str, error: str = "", status: int = 200,
                errors: Mapping[str, str] | None = None) -> Response:
    officers = console.officers
    return render.page("login.html", {
        "title": t("console.login.title"), "demo": officers.demo(), "county_name": officers.county_name(),
        "notice": "", "notice_kind": "", "error": error, "errors": errors or {}, "staff": staff, "next": wanted,
    }, status)


def _code_page(console: Console, request: Request, cookie: str, wanted: str, error: str = "", status: int = 200,
               errors: Mapping[str, str] | None = None) -> Response:
    officers = console.officers
    answer = render.page("login_code.html", {
        "title": t("console.login.title"), "demo": officers.demo(), "county_name": officers.county_name(),
        "notice": "", "notice_kind": "", "error": error, "errors": errors or {}, "next": wanted,
        "passkey": console.accounts.to_use_passkey(cookie, site_of(request)),
    }, status)
    set_cookie(answer, request, cookie, WAIT_MS // 1000)
    return answer


def _welcome(console: Console, request: Request, cookie: str, wanted: str) -> Response:
    console.accounts.sessions.end(request.cookies.get(COOKIE, ""))     # whoever signs in anew leaves no other session behind
    answer = RedirectResponse(wanted, status_code=303)
    # Sent also when it opens nothing any more: of a form that was typed into meanwhile it tells whose words these are.
    set_cookie(answer, request, cookie, (console.accounts.sessions.lifetime_ms + RAN_OUT_MS) // 1000)
    return answer


def logout(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    console.accounts.sessions.end(request.cookies.get(COOKIE, ""))
    console.accounts.audit.note(visitor.account, "sign_out", address=address_of(request))
    answer = RedirectResponse("/console/login", status_code=303)
    drop_cookie(answer)
    return answer


def ask_release(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    return _decided(console, request, visitor, form, console.two_people().ask, "asked")


def release(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    """By the second of two people."""
    return _decided(console, request, visitor, form, console.two_people().confirm, "done")


def refuse(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    return _decided(console, request, visitor, form, console.two_people().refuse, "refused")


def _decided(console: Console, request: Request, visitor: Visitor, form: dict[str, str], act: Callable[..., None],
             word: str) -> Response:
    event, reason = form.get("event", ""), form.get("reason", "").strip()
    try:
        with console.one_act:
            act(event, staff=visitor.staff, reason=reason)
    except HubProblem as problem:
        told = {"notice": problem.sentence, "notice_kind": "bad", "typed": {event: reason},
                "errors": {} if reason else {event: problem.sentence}}
        return offices_page.kept_or_list(console, request, visitor, event, **told)
    return RedirectResponse(f"/console/quarantine?{word}={quote(event, safe='')}", status_code=303)


_NEED_PROOF: frozenset[Act] = frozenset({ask_release, release, refuse})
_AUDITED: dict[Act, str] = {ask_release: "ask_release", release: "release", refuse: "refuse"}
