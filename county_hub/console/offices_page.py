"""The offices with when each was last heard of, and the quarantine."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.frame import Console, error_page, frame, unsent_of
from county_hub.console.paged import paged, paged_read
from county_hub.console.session import Visitor, address_of
from county_hub.console.tabs import tabs
from county_hub.county.refused import received_at, record
from shared.disputes.forms.said import said
from shared.ledger.days import local_time
from shared.ledger.texts import t


def offices(console: Console, request: Request, visitor: Visitor) -> Response:
    officers = console.officers
    states = officers.office_states()
    only_silent = bool(request.query_params.get("silent"))
    levels = [state.depth for state in states]
    values = frame(console, visitor, "offices", t("console.offices.title"))
    values["tabs"], values["tab"] = tabs("offices"), "offices"
    shown = [{**asdict(state), "last_text": ago(officers.now(), state.last_at)}
             for state in states if state.silent or not only_silent]
    return render.page("offices.html", {
        **values, "towns": _towns(shown, only_silent),
        "counts": {"counties": levels.count(0), "townships": levels.count(1), "villages": levels.count(2)},
        "directory": officers.directory_version(),
        "silent_days": console.silent_days,
        "only_silent": only_silent,
        "silent_count": sum(1 for state in states if state.silent),
    })


def _towns(shown: list[dict[str, Any]], all_open: bool) -> list[dict[str, Any]]:
    """Offices in the order of the county, its villages below each town; what is silent opens its town."""
    made: list[dict[str, Any]] = []
    for row in shown:
        if row["depth"] < 2 or not made:
            made.append({"office": row, "below": [], "silent": 0, "devices": 0, "open": all_open})
        else:
            made[-1]["below"].append(row)
            made[-1]["silent"] += row["silent"]
            made[-1]["devices"] += len(row["devices"])
    return made


def ago(now: int, then: int) -> str:
    """How long ago, in the largest whole unit; `then` 0 = never."""
    if not then:
        return t("console.offices.never")
    minutes = max(0, now - then) // 60_000
    if minutes < 1:
        return t("console.offices.just_now")
    if minutes < 60:
        return t("console.offices.minutes_ago", n=minutes)
    if minutes < 48 * 60:
        return t("console.offices.hours_ago", n=minutes // 60)
    return t("console.offices.days_ago", n=minutes // (24 * 60))


def quarantine(console: Console, request: Request, visitor: Visitor, **more: Any) -> Response:
    values = frame(console, visitor, "quarantine", t("console.quarantine.title"))
    values["tabs"], values["tab"] = tabs("offices"), "quarantine"
    for asked, word in (("done", "release_done"), ("refused", "refuse_done"), ("asked", "asked_done")):
        if request.query_params.get(asked):
            values["notice"] = t(f"console.quarantine.{word}", id=request.query_params[asked][:200])
    found = paged_read(request, "page", console.officers.quarantined(), console.page_size, console.officers.quarantine,
                       "/console/quarantine")
    held = paged(request, "held", console.officers.held(), console.page_size, "/console/quarantine")
    rows = [{**asdict(row), "at": local_time(row.at) if row.at else "",
             "asked": None if row.released else _asked(console, visitor, row.event)} for row in found.rows]
    waiting = [{**asdict(row), "at": local_time(int(row.since * 1000)),
                "asked": _asked(console, visitor, row.doc_id)} for row in held.rows]
    typed, told = unsent_of(console, request, visitor)
    values = {**values, "rows": rows, "found": found, "waiting": waiting, "held": held,
              "typed": {typed.get("event", ""): typed.get("reason", "")}, **told, **more}
    return render.page("quarantine.html", values, 400 if more else 200)


def kept_or_list(console: Console, request: Request, visitor: Visitor, name: str, **more: Any) -> Response:
    """The page on which somebody tried to decide, with what he typed."""
    if name.startswith("quarantine:") and console.two_people().record(name) is not None:
        return kept(console, request, visitor, name, **more)
    return quarantine(console, request, visitor, **more)


def kept(console: Console, request: Request, visitor: Visitor, name: str = "", **more: Any) -> Response:
    """One refused record, readable in full, with its reason."""
    name = name or request.path_params["name"]
    doc = console.two_people().record(name) if name.startswith("quarantine:") else None
    if doc is None:
        return error_page(console, visitor, t("console.error.not_found"), 404)
    console.accounts.audit.note(visitor.account, "quarantined", name, address_of(request))
    inner, officers = record(doc), console.officers
    kind = str(inner.get("kind", ""))
    values = frame(console, visitor, "offices", t("console.quarantine.one"))
    values["tabs"], values["tab"] = tabs("offices"), "quarantine"
    typed, told = unsent_of(console, request, visitor)
    return render.page("kept.html", {
        **values, "name": name, "kind": kind, "reason_given": str(doc.get("reason", "")),
        "inner": {field: str(inner.get(field) or "") for field in ("device", "office", "actor", "legal_date")},
        "lines": [*said(inner.get("body"), kind, officers.office_name, officers.staff_name)],
        "raw": json.dumps(inner, ensure_ascii=False, indent=1),
        "at": local_time(received_at(doc)) if received_at(doc) else "", "person": officers.staff_name,
        "asked": _asked(console, visitor, name), "typed": {name: typed.get("reason", "")}, "released": officers.released(name),
        **told, **more}, 400 if more else 200)


def _asked(console: Console, visitor: Visitor, name: str) -> dict[str, Any] | None:
    """Who asked that it be released, and whether that is who looks."""
    first = console.two_people().asked(name)
    return None if first is None else {
        "by": console.officers.staff_name(first.by), "reason": first.reason, "mine": first.by == visitor.staff}

