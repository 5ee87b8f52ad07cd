"""What every page of the console shares: who may see it, the values around it, problems as pages, forms of bounded size.

Handlers run in the server's thread pool and build values for the templates.
"""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from county_hub.accounts.accounts import Accounts
from county_hub.console import render
from county_hub.console.once import Once
from county_hub.console.recent import Did, Recent
from county_hub.console.session import COOKIE, ORGAN_HOME, Visitor, anybody_of
from county_hub.console.unsent import Unsent
from county_hub.console.watcher import Watch
from county_hub.county.acts import CountyActs
from county_hub.county.desk import CountyDesk
from county_hub.county.officers import Officers
from county_hub.county.second_person import TwoPeople
from county_hub.hub.problems import HubProblem
from shared.ledger.days import local_time
from shared.ledger.texts import t
from sync.endpoint.auth import same_secret
from sync.endpoint.tuning import MAX_OPEN_BODY_BYTES
from sync.errors import DiskFull, StorageError, SyncError
from sync.storage import DRIVER_ERRORS

log = logging.getLogger("county_hub.console")
MAX_FORM_BYTES = 64 * 1024
# What people of an organ may open: their own pages, and their account's.
OPEN_TO_ORGANS = ("/console/account", "/console/account/password", "/console/account/second", "/console/account/second/drop",
                  "/console/account/session", "/console/account/passkey/new", "/console/account/passkey/make",
                  "/console/account/passkey/drop", "/console/logout")
# Where a start password leads: to choosing an own one, or out.
OPEN_TO_START = ("/console/account", "/console/account/password", "/console/logout")
_OF_FILES: tuple[type[Exception], ...] = (SyncError, OSError, *DRIVER_ERRORS)


@dataclass(frozen=True, slots=True)
class Console:
    """What the pages need. `acts()`: what an officer writes, over a read model that is up to date;
    `organ_acts(office)`: what the people of an organ write."""

    officers: Officers
    acts: Callable[[], CountyActs]
    accounts: Accounts
    silent_days: int
    page_size: int
    desk: Callable[[], CountyDesk]
    organ_acts: Callable[[str], CountyActs]
    two_people: Callable[[], TwoPeople]
    watch: Watch
    once: Once = field(default_factory=Once)
    unsent: Unsent = field(default_factory=Unsent)
    recent: Recent = field(default_factory=Recent)
    one_act: threading.Lock = field(default_factory=threading.Lock)     # looking whether an act may be done and doing it are one


Handler = Callable[[Console, Request, Visitor], Response]


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
             "who": "", "csrf": "", "can_act": False, "is_admin": False, "notice": "", "notice_kind": "good",
             "tabs": (), "tab": "", "live_mark": "", "cases_at": "/console/cases", "home": "/console/", "organ": False}
    message = t("console.error.disk_full" if full else "console.error.storage")
    return render.page("error.html", {**blank, "message": message}, 507 if full else 503)


def _answered(console: Console, request: Request, handler: Handler) -> Response:
    visitor = anybody_of(console.accounts, request.cookies.get(COOKIE, ""))
    if visitor is None:
        wanted = page_of(request)
        return RedirectResponse(f"/console/login?next={quote(wanted, safe='')}", status_code=303)
    if visitor.signed.account.start_until and request.url.path not in OPEN_TO_START:
        return RedirectResponse("/console/account", status_code=303)
    path = request.url.path
    if visitor.organ_person and path not in OPEN_TO_ORGANS and not path.startswith(ORGAN_HOME):
        return RedirectResponse(ORGAN_HOME, status_code=303)
    try:
        return handler(console, request, replace(visitor, mark=str(console.watch.changes.now())))
    except HubProblem as problem:
        return error_page(console, visitor, problem.sentence, 400)
    except (StorageError, OSError):
        raise
    except Exception:
        log.exception("console page %s failed", request.url.path)
        return error_page(console, visitor, t("console.error.failed"), 500)


def page_of(request: Request) -> str:
    """The page that is asked for; of a form that was sent, the page on which it stood."""
    asked = request.url
    if request.method == "POST":
        asked = URL(request.headers.get("referer", "/console/"))
        try:
            if asked.netloc not in ("", request.url.netloc):
                return "/console/"
        except ValueError:                  # no address at all
            return "/console/"
    return asked.path + (f"?{asked.query}" if asked.query else "")


def ran_out(console: Console, request: Request, csrf: str) -> str:
    """Whose session has run out with its time, where the form is of that session; else ""."""
    cookie = request.cookies.get(COOKIE, "")
    account = console.accounts.sessions.ran_out(cookie) if cookie else ""
    return account if account and same_secret(csrf, console.accounts.sessions.token(cookie)) else ""


def keep_unsent(console: Console, request: Request, pairs: Sequence[tuple[str, str]]) -> None:
    """What who has to sign in again sent before it can be looked at."""
    if account := ran_out(console, request, dict(pairs).get("csrf", "")):
        console.unsent.keep(account, page_of(request).partition("?")[0], pairs)


def note_done(console: Console, visitor: Visitor, what: str, thing: str) -> None:
    console.recent.note(what, thing, Did(console.officers.now(), visitor.account, visitor.signed.session.number))


def done_meanwhile(console: Console, visitor: Visitor, what: str, thing: str, seen: int | None, title: str) -> str:
    """Who did this to the same thing after the form was opened, in a sentence; "" for nobody. `seen`: as the form carries it."""
    did = console.recent.since(what, thing, seen, visitor.account, visitor.signed.session.number) if seen is not None else None
    if did is None:
        return ""
    who = t("acting.meanwhile_same") if did.account == visitor.account else console.officers.staff_name(did.account)
    said = t("acting.meanwhile_one", who=who, when=local_time(did.at)[11:16], what=title)
    return t("acting.meanwhile", what=said) + t("acting.meanwhile_again")


def unsent_of(console: Console, request: Request, visitor: Visitor) -> tuple[dict[str, str], dict[str, Any]]:
    """What was typed into a form of this page when the session ran out, once, and the words that say so."""
    kept = dict(console.unsent.take(visitor.account, request.url.path)) if request.method == "GET" else {}
    return kept, {"notice": t("acting.unsent"), "notice_kind": "bad"} if kept else {}


def frame(console: Console, visitor: Visitor, section: str, title: str) -> dict[str, Any]:
    """The values that every page needs."""
    officers = console.officers
    readonly = t("console.nav.readonly_who", name=visitor.signed.account.name)
    person = visitor.staff or visitor.organ_person
    who = officers.staff_name(person) if person else readonly
    return {
        "section": section,
        "title": title,
        "demo": officers.demo(),
        "county_name": officers.county_name(),
        "quarantine_count": officers.quarantine_waiting(),
        "who": who,
        "csrf": visitor.csrf,
        "can_act": bool(visitor.staff or visitor.organ_person),
        "cases_at": visitor.cases,
        "home": ORGAN_HOME if visitor.organ_person else "/console/",
        "organ": bool(visitor.organ_person),
        "is_admin": visitor.is_admin,
        "notice": "",
        "notice_kind": "good",
        "errors": {},
        "office": officers.office_name,
        "tabs": (),
        "tab": "",
        "printed_at": local_time(officers.now())[:16],
        "live_mark": "" if visitor.organ_person else visitor.mark,
    }


def error_page(console: Console, visitor: Visitor, message: str, status: int) -> Response:
    values = frame(console, visitor, "", t("console.error.title"))
    return render.page("error.html", {**values, "message": message}, status)


def nowhere(console: Console, request: Request, visitor: Visitor) -> Response:
    return error_page(console, visitor, t("console.error.not_found"), 404)


async def form_of(console: Console, request: Request) -> dict[str, str] | Response:
    """An urlencoded form of bounded size, before a login a small one; later values win. What is no form is an empty one."""
    known = await run_in_threadpool(anybody_of, console.accounts, request.cookies.get(COOKIE, "")) is not None
    most, body = MAX_FORM_BYTES if known else MAX_OPEN_BODY_BYTES, b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            return Response(t("console.error.too_large"), 413, {**render.HEADERS, "connection": "close"}, "text/plain")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        return {}
