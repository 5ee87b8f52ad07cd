"""Use cases that are verbs of the command line, as pages: `/console/do/staff/add` asks, does it and shows what came of it.

A listing is shown at once, with its questions above it. What comes as a file is handed over as a download.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.forms import meanwhile, seek
from county_hub.console.forms.acting import showing, taking
from county_hub.console.forms.sent import Sent
from county_hub.console.forms.typed import answers_of, typed_of
from county_hub.console.forms.uses import Told, Use
from county_hub.console.frame import Console, done_meanwhile, error_page, frame, note_done
from county_hub.console.once import FIELD as ONCE
from county_hub.console.once import Once
from county_hub.console.session import Visitor, address_of
from county_hub.console.tabs import tabs
from county_hub.hub.problems import HubProblem
from shared.disputes.forms.answers import start
from shared.disputes.forms.form import ActionForm
from shared.ledger.entry import whole
from shared.ledger.texts import t

# where the verbs of a zone are found in the frame of the page: (section, tab)
ROWS = 100                        # of a listing in the first page of a zone
# what a verb is about: the first of these options that is given
_ABOUT = ("id", "record", "batch", "office", "staff", "mediator", "period", "name", "target", "organ")
TAB = {"offices": "grids"}        # of a zone whose tab has another name
SECTION = {"people": "offices", "devices": "offices", "offices": "offices", "rules": "offices", "clinic": "intake",
           "subsidy": "mediation", "exchange": "monitor", "letters": "intake", "systems": "offices"}


def routes(console: Console, uses: Sequence[Use]) -> list[BaseRoute]:
    made: list[BaseRoute] = [
        Route("/console/zone/{zone}", showing(console, functools.partial(zone, uses=uses)), methods=["GET"])]
    for use in uses:
        address = address_of_use(use)
        made += [Route(address, showing(console, functools.partial(ask, use=use)), methods=["GET"]),
                 Route(address, taking(console, functools.partial(do, use=use), proof=use.row.proof), methods=["POST"])]
    return made


def address_of_use(use: Use) -> str:
    return "/console/do/" + "/".join(use.row.words.split())


def zone(console: Console, request: Request, visitor: Visitor, *, uses: Sequence[Use]) -> Response:
    """What can be done in a corner of the county: each verb with its page, the first listing shown."""
    name = request.path_params["zone"]
    found = [use for use in uses if use.row.zone == name]
    if any(use.row.admin for use in found) and not visitor.is_admin:
        return error_page(console, visitor, t("console.accounts.admin_only"), 403)
    if not found:
        return error_page(console, visitor, t("console.error.not_found"), 404)
    first = next((use for use in found if use.row.first), None)
    told = first.run(start(first.form({})), {}, visitor.staff) if first is not None else None
    whole = bool(request.query_params.get("all"))
    values = frame(console, visitor, SECTION[name], t(f"uses.zone.{name}"))
    values["tabs"], values["tab"] = tabs(SECTION[name]), TAB.get(name, name)
    return render.page("zone.html", {
        **values, "uses": [(use.title, address_of_use(use)) for use in found
                              if visitor.staff or use.row.admin or not use.row.event],
        "told": told, "told_title": first.title if first is not None else "", "most": None if whole else ROWS,
    })


def ask(console: Console, request: Request, visitor: Visitor, *, use: Use) -> Response:
    _may(use, visitor)
    if kept := typed_of(console.unsent.take(visitor.account, request.url.path)):
        form = use.form(seek.sought_of(kept))
        words = t("acting.unsent") + (t("console.proof.files") if use.files() else "")
        return _page(console, visitor, use, form, answers_of(form, kept), None, {}, words)
    form = use.form(seek.of_link(request.query_params))
    given = {name: request.query_params[name][:200] for name in request.query_params if name in {q.name for q in form.all}}
    told = use.run({**start(form), **given}, {}, visitor.staff) if use.row.first else None
    return _page(console, visitor, use, form, {**start(form), **given}, told)


def do(console: Console, request: Request, visitor: Visitor, found: Sent, *, use: Use) -> Response:
    _may(use, visitor)
    typed = typed_of(found.pairs)
    form = use.form(seek.sought_of(typed))
    answers = answers_of(form, typed)
    if looked := seek.asked(typed):
        return _page(console, visitor, use, form, answers, None, looked=looked)
    errors = {**use.faults(answers, visitor.staff), **{
        q.name: t("app.form.missing", field=q.label) for q in form.all if q.required and not answers.get(q.name)}}
    files = {name: (file.name, file.data) for name, file in found.files}
    errors |= {name: t("app.form.missing", field=words) for name, words in use.files() if name not in files}
    if errors:
        return _page(console, visitor, use, form, answers, None, errors, t("form.errors", n=len(errors)), 400)
    with console.one_act if use.row.event else contextlib.nullcontext():
        return _done(console, request, visitor, found, use, form, answers, files)


def _done(console: Console, request: Request, visitor: Visitor, found: Sent, use: Use, form: ActionForm,
          answers: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]]) -> Response:
    token, thing = found.last.get(ONCE, ""), _thing(answers)
    if use.row.event and not console.once.taken(visitor.account, token):
        seen = whole(found.last.get(meanwhile.FIELD, ""))
        if words := done_meanwhile(console, visitor, use.row.words, thing, seen, use.title):
            return _page(console, visitor, use, form, answers, None, {}, words, 409)
    if use.row.event and not console.once.claim(visitor.account, token):
        return _page(console, visitor, use, form, start(form), Told([t("uses.already")]))
    try:
        told = use.run(answers, files, visitor.staff)
    except HubProblem as problem:
        console.once.give_back(visitor.account, token)
        return _page(console, visitor, use, form, answers, None, problem.fields, problem.sentence, 400)
    note_done(console, visitor, use.row.words, thing)
    what = "export" if told.file is not None else "use"
    console.accounts.audit.note(visitor.account, what, use.row.words, address_of(request))
    if told.file is not None and told.good:
        return _download(*told.file)
    return _page(console, visitor, use, form, start(form) if use.row.event else answers, told)


def _thing(answers: Mapping[str, Any]) -> str:
    """What a verb is about, "" for one that is about the whole county: two who do the same to different things are in nobody's
    way."""
    return next((f"{name} {answers[name]}" for name in _ABOUT if answers.get(name)), "")


def _may(use: Use, visitor: Visitor) -> None:
    """Raises `HubProblem` for who may not."""
    if use.row.admin and not visitor.is_admin:
        raise HubProblem(t("console.accounts.admin_only"))
    if use.row.event and not visitor.staff and not use.row.admin:
        raise HubProblem(t("acting.readonly"))


def _page(console: Console, visitor: Visitor, use: Use, form: ActionForm, answers: Mapping[str, Any], told: Told | None,
          errors: Mapping[str, str] | None = None, notice: str = "", status: int = 200, looked: str = "") -> Response:
    values = frame(console, visitor, SECTION[use.row.zone], use.title)
    values["tabs"], values["tab"] = tabs(SECTION[use.row.zone]), TAB.get(use.row.zone, use.row.zone)
    return render.page("use.html", {
        **values, "use": use, "files": use.files(), "form": form,
        "answers": answers, "errors": errors or {}, "told": told, "once": Once.token(),
        "seen": console.officers.now(), "looked": looked, "open_more": bool(errors) or looked in {q.name for q in form.more},
        "notice": notice, "notice_kind": "bad", "action": address_of_use(use), "zone": use.row.zone,
        "zone_title": t(f"uses.zone.{use.row.zone}"), "today": console.officers.today(),
    }, status)


def _download(name: str, data: bytes) -> Response:
    kind = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}.get(name.rpartition(".")[2], "application/octet-stream")
    return Response(data, media_type=kind, headers={
        **render.HEADERS, "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"})
