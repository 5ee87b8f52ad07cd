"""Passkeys on the console: made and removed on the account's page, used instead of the code when signing in. Before what needs a
fresh proof the page of `proof` asks for one."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.console import actions, people_pages, render
from county_hub.console.frame import Console, answer, error_page, form_of, storage_told
from county_hub.console.proof import needs_proof
from county_hub.console.session import Visitor, address_of, right_token, site_of
from county_hub.hub.problems import HubProblem
from shared.ledger.texts import t

SCRIPT = Path(__file__).parent / "static" / "passkey.js"
Act = Callable[[Console, Request, Visitor, dict[str, str]], Response]


def routes(console: Console) -> list[BaseRoute]:
    def done(act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            form = await form_of(console, request)
            if isinstance(form, Response):
                return form
            return await run_in_threadpool(answer, console, request, functools.partial(_acting, act=act, form=form))

        return endpoint

    async def used(request: Request) -> Response:
        form = await form_of(console, request)
        if isinstance(form, Response):
            return form
        return await run_in_threadpool(storage_told, lambda: actions.second_step(console, request, form), request)

    async def script(request: Request) -> Response:
        headers = {**render.HEADERS, "cache-control": "no-cache"}
        return Response(SCRIPT.read_bytes(), media_type="text/javascript", headers=headers)

    return [
        Route("/console/static/passkey.js", script),
        Route("/console/account/passkey/new", done(begin), methods=["POST"]),
        Route("/console/account/passkey/make", done(make), methods=["POST"]),
        Route("/console/account/passkey/drop", done(drop), methods=["POST"]),
        Route("/console/login/passkey", used, methods=["POST"]),
    ]


def _acting(console: Console, request: Request, visitor: Visitor, *, act: Act, form: dict[str, str]) -> Response:
    if not right_token(visitor, form.get("csrf", "")):
        return error_page(console, visitor, t("console.error.forbidden"), 403)
    if (asked := needs_proof(console, request, visitor, form.items())) is not None:
        return asked
    return act(console, request, visitor, form)


def begin(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    """The account's page again, with the question for the browser; its script asks at once."""
    account = visitor.signed.account
    try:
        if not account.second:
            raise HubProblem(t("account.passkey_first_second"))
        asked = console.accounts.passkeys.to_make(account.id, account.name, site_of(request))
    except HubProblem as problem:
        return people_pages.account(console, request, visitor, notice=problem.sentence, notice_kind="bad")
    return people_pages.account(console, request, visitor, passkey_asked=asked)


def make(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    try:
        console.accounts.passkeys.make(visitor.account, form.get("name", ""), form.get("answer", ""), site_of(request))
    except HubProblem as problem:
        return people_pages.account(console, request, visitor, notice=problem.sentence, notice_kind="bad")
    console.accounts.audit.note(visitor.account, "passkey_on", address=address_of(request))
    return RedirectResponse("/console/account?done=passkey", status_code=303)


def drop(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    console.accounts.passkeys.drop(visitor.account, form.get("id", ""))
    console.accounts.audit.note(visitor.account, "passkey_off", address=address_of(request))
    return RedirectResponse("/console/account?done=passkey_dropped", status_code=303)
