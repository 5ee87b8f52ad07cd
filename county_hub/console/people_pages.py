"""The pages of accounts: one's own (password, second step, sessions), all of them for the admin, and who looked at what."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote

import segno
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.accounts import proofs
from county_hub.accounts.audit import PAGE, Line
from county_hub.console import render
from county_hub.console.forms import uses
from county_hub.console.forms.record_acts import title_of
from county_hub.console.frame import Console, Handler, answer, done_meanwhile, error_page, form_of, frame, note_done
from county_hub.console.proof import needs_proof
from county_hub.console.session import Visitor, address_of, right_token
from county_hub.console.tabs import tabs
from county_hub.county.book.subjects import ids_of, subjects
from county_hub.hub.problems import HubProblem
from shared.disputes.acts.refusal import act_title
from shared.disputes.acts.verbs import VERBS
from shared.disputes.records import aggregates
from shared.ledger.cells import no_formula
from shared.ledger.days import local_time
from shared.ledger.entry import whole
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import has, t

Act = Callable[[Console, Request, Visitor, dict[str, str]], Response]
EXPORT_LINES = 100_000


def routes(console: Console) -> list[BaseRoute]:
    def shown(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(answer, console, request, handler)

        return endpoint

    def done(act: Act, *, proof: bool = True) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            form = await form_of(console, request)
            if isinstance(form, Response):
                return form
            handler = functools.partial(_acting, act=act, form=form, proof=proof)
            return await run_in_threadpool(answer, console, request, handler)

        return endpoint

    return [
        Route("/console/account", shown(account)),
        Route("/console/account/password", done(change_password, proof=False), methods=["POST"]),
        Route("/console/account/second", done(second), methods=["POST"]),
        Route("/console/account/second/drop", done(drop_second), methods=["POST"]),
        Route("/console/account/session", done(end_session, proof=False), methods=["POST"]),
        Route("/console/accounts", shown(accounts)),
        Route("/console/accounts/{verb}", done(manage), methods=["POST"]),
        Route("/console/audit", shown(audit)),
        Route("/console/audit/export", done(export), methods=["POST"]),
    ]


def _acting(console: Console, request: Request, visitor: Visitor, *, act: Act, form: dict[str, str], proof: bool) -> Response:
    if not right_token(visitor, form.get("csrf", "")):
        return error_page(console, visitor, t("console.error.forbidden"), 403)
    if proof and (asked := needs_proof(console, request, visitor, form.items())) is not None:
        return asked
    return act(console, request, visitor, form)


# -- one's own account --


def account(console: Console, request: Request, visitor: Visitor, **more: object) -> Response:
    own, people = visitor.signed.account, console.accounts
    values = frame(console, visitor, "account", t("console.account.title"))
    if request.query_params.get("done") in ("password", "dropped", "ended", "passkey", "passkey_dropped"):
        values["notice"] = t(f"console.account.{request.query_params['done']}_done")
    sessions = [{"number": s.number, "made": local_time(s.made_at), "seen": local_time(s.seen_at), "address": s.address,
                 "agent": s.agent, "browser": _browser(s.agent), "own": s.cookie == visitor.signed.session.cookie}
                for s in people.sessions.of(own.id)]
    return render.page("account.html", {
        **values, "own": own, "must_change": bool(own.start_until), "sessions": sessions, "least": proofs.LEAST_PASSWORD,
        "recovery_left": people.recovery_left(own.id), "secret": "", "picture": "", "codes": [],
        "passkey_asked": "", "passkeys": [{"id": key.id, "name": key.name, "host": key.host, "made": local_time(key.made_at),
                                           "used": local_time(key.used_at) if key.used_at else ""}
                                          for key in people.passkeys.of(own.id)], **more,
    }, 400 if more.get("notice_kind") == "bad" else 200)


# what stands in the line by which a browser names itself -> its word; the first that fits, for most call themselves others too
_BROWSERS = {"MicroMessenger": "wechat", "Edg": "edge", "QQBrowser": "qq", "Firefox": "firefox", "Chrome": "chrome",
             "Safari": "safari"}
_SYSTEMS = {"Windows": "windows", "HarmonyOS": "harmony", "Android": "android", "iPhone": "iphone", "iPad": "ipad",
            "Mac OS": "mac", "Linux": "linux"}


def _browser(agent: str) -> str:
    """What a person calls it: 谷歌浏览器，视窗."""
    found = [next((word for sign, word in names.items() if sign in agent), "other") for names in (_BROWSERS, _SYSTEMS)]
    if found == ["other", "other"]:
        return t("console.agent.unknown")
    return t("console.agent.is", browser=t(f"console.agent.{found[0]}"), system=t(f"console.agent.{found[1]}"))


def change_password(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    try:
        console.accounts.change_password(visitor.signed, form.get("old", ""), form.get("new", ""), form.get("again", ""))
    except HubProblem as problem:
        return account(console, request, visitor, notice=t("form.errors", n=len(problem.fields)), notice_kind="bad",
                       errors=problem.fields)
    console.accounts.audit.note(visitor.account, "password", address=address_of(request))
    return RedirectResponse("/console/account?done=password", status_code=303)


def second(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    """First the secret as a picture, then its first code; a wrong one shows the same secret again."""
    secret = form.get("secret", "") or console.accounts.begin_second()
    if not (secret.isascii() and secret.isalnum() and len(secret) == 32):
        return error_page(console, visitor, t("console.error.forbidden"), 400)
    address = proofs.address_of_second(secret, visitor.account, t("console.app.name"))
    setting = {"secret": secret, "picture": segno.make(address, error="m").svg_data_uri(scale=5, border=2)}
    if not form.get("secret"):
        return account(console, request, visitor, **setting)
    try:
        codes = console.accounts.finish_second(visitor.signed, secret, form.get("code", ""))
    except HubProblem as problem:
        return account(console, request, visitor, notice=problem.sentence, notice_kind="bad",
                       errors={"code": problem.sentence}, **setting)
    console.accounts.audit.note(visitor.account, "second_on", address=address_of(request))
    return account(console, request, visitor, codes=codes, recovery_left=len(codes), notice=t("console.account.second_done"))


def drop_second(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    console.accounts.drop_second(visitor.signed)
    console.accounts.audit.note(visitor.account, "second_off", address=address_of(request))
    return RedirectResponse("/console/account?done=dropped", status_code=303)


def end_session(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    console.accounts.sessions.end_number(visitor.account, form.get("number", ""))
    console.accounts.audit.note(visitor.account, "session_ended", address=address_of(request))
    return RedirectResponse("/console/account?done=ended", status_code=303)


# -- all accounts --


def accounts(console: Console, request: Request, visitor: Visitor, **more: object) -> Response:
    if not visitor.is_admin:
        return error_page(console, visitor, t("console.accounts.admin_only"), 403)
    values = frame(console, visitor, "offices", t("console.accounts.title"))
    values["tabs"], values["tab"] = tabs("offices"), "accounts"
    rows = [{"id": a.id, "kind": t(f"account.kind_{a.kind}"), "name": a.name, "second": bool(a.second),
             "start": bool(a.start_until), "revoked": bool(a.revoked_at), "fixed": a.kind == "admin",
             "sessions": len(console.accounts.sessions.of(a.id))}
            for a in console.accounts.all()]
    known = {row["id"] for row in rows if not row["revoked"]}
    free = [(person.id, _named(console, person)) for person in _staff(console) if person.id not in known]
    return render.page("accounts.html", {**values, "rows": rows, "free": free, "start": "", "start_for": "", "typed": {},
                                            "seen": console.officers.now(), **more},
                       400 if more.get("notice_kind") == "bad" else 200)


def _staff(console: Console) -> list[Staff]:
    """Who may have an account: the county's own people, then those of its organs."""
    latest, own = console.desk().hub.directory.latest(), console.officers.county()
    people = [p for p in latest.all_staff() if p.active and (p.office == own or latest.lineage.is_organ(p.office))]
    return sorted(people, key=lambda p: (p.office != own, p.office, p.id))


def _named(console: Console, person: Staff) -> str:
    officers = console.officers
    return person.name if person.office == officers.county() else f"{person.name}（{officers.office_name(person.office)}）"


def manage(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    verb, id = request.path_params["verb"], form.get("id", "").strip()[:64]
    if not visitor.is_admin or verb not in ("add", "viewer", "reset", "revoke"):
        return error_page(console, visitor, t("console.accounts.admin_only"), 403)
    people, start, what = console.accounts, "", f"account {verb}"
    seen, title = whole(form.get("seen", "")), t(f"account.did_account_{'add' if verb == 'viewer' else verb}")
    if words := done_meanwhile(console, visitor, what, id, seen, title):
        return accounts(console, request, visitor, notice=words, notice_kind="bad")
    try:
        if verb == "add":
            start = people.add(id, people.kind_of(id) or "officer", console.officers.staff_name(id))
        elif verb == "viewer":
            start = people.add(id, "viewer", form.get("name", "").strip()[:64])
        elif verb == "reset":
            start = people.reset(id)
        else:
            people.revoke(id)
    except HubProblem as problem:
        typed = {"id": id, "name": form.get("name", "")[:64]} if verb == "viewer" else {}
        return accounts(console, request, visitor, notice=problem.sentence, notice_kind="bad", typed=typed,
                        errors=problem.fields if typed else {})
    note_done(console, visitor, what, id)
    people.audit.note(visitor.account, f"account_{'add' if verb == 'viewer' else verb}", id, address_of(request))
    notice = "" if start else t("console.accounts.revoked", id=id)
    return accounts(console, request, visitor, start=start, start_for=id, notice=notice)


# -- who looked at what --


def audit(console: Console, request: Request, visitor: Visitor) -> Response:
    if not visitor.is_admin and "supervisor" not in console.officers.roles_of(visitor.staff):
        return error_page(console, visitor, t("console.audit.not_yours"), 403)
    asked = {name: request.query_params.get(name, "").strip()[:200] for name in ("account", "subject")}
    before = request.query_params.get("before", "")
    place = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else 0
    wanted = ids_of(console.officers, asked["subject"])
    lines = console.accounts.audit.lines(account=asked["account"], subject=wanted, before=place, limit=PAGE + 1)
    console.accounts.audit.note(visitor.account, "audit", asked["subject"] or asked["account"], address_of(request))
    values = frame(console, visitor, "offices", t("console.audit.title"))
    values["tabs"], values["tab"] = tabs("offices"), "audit"
    more = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items() if value)
    return render.page("audit.html", {
        **values, "chosen": asked, "lines": _in_words(console, lines[:PAGE]),
        "more": f"/console/audit?{more}&before={lines[PAGE - 1].n}" if len(lines) > PAGE else "",
    })


def _in_words(console: Console, lines: Sequence[Line]) -> list[dict[str, str]]:
    """As people call what a line is about; the file that is exported keeps what the log holds."""
    known = subjects(console.officers, [line.subject for line in lines])
    made = []
    for line in lines:
        one = known.get(line.subject)
        words, href = (one.words, one.href) if one is not None else (_about(line), "")
        name = console.officers.staff_name(line.account)
        made.append({**_told(line), "subject": words, "href": href, "name": name if name != line.account else ""})
    return made


def _about(line: Line) -> str:
    """A verb by its title, an exported list by its name and size; everything else as it was written down."""
    verb = uses.table()[0].get(line.subject)
    if verb is not None:
        return t(f"uses.title.{verb.name}")
    if line.subject.startswith("quarantine:"):
        return t("console.audit.quarantined")
    what, _, n = line.subject.partition(" ")
    if line.what != "export" or not whole(n or "0", 0):
        return line.subject
    listed = f"console.audit.list_{what}"
    return t("console.audit.rows", what=t(listed) if has(listed) else title_of(what) if what in aggregates.NAMES else what, n=n)


def _told(line: Line) -> dict[str, str]:
    return {"at": local_time(line.at), "account": line.account, "what": _did(line.what), "subject": line.subject,
            "address": line.address}


def _did(what: str) -> str:
    """A look or a sign-in by its own words, an act by its title."""
    return t(f"account.did_{what}") if has(f"account.did_{what}") else act_title(VERBS.get(what, what))


def export(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
    if not visitor.is_admin and "supervisor" not in console.officers.roles_of(visitor.staff):
        return error_page(console, visitor, t("console.audit.not_yours"), 403)
    asked = {name: form.get(name, "").strip()[:200] for name in ("account", "subject")}
    console.accounts.audit.note(visitor.account, "export", "audit", address_of(request))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([t(f"console.audit.{name}") for name in ("at", "account", "what", "subject", "address")])
    wanted = ids_of(console.officers, asked["subject"])
    for line in console.accounts.audit.lines(account=asked["account"], subject=wanted, limit=EXPORT_LINES):
        writer.writerow([no_formula(cell) for cell in _told(line).values()])
    return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers={
        **render.HEADERS, "content-disposition": "attachment; filename*=UTF-8''" + quote(t("console.audit.file"), safe=""),
    })
