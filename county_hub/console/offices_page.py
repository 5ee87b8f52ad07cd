"""The offices with when each was last heard of, and the quarantine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.frame import Console, frame
from county_hub.console.session import Visitor
from shared.ledger.days import local_time
from shared.ledger.texts import t


def offices(console: Console, request: Request, visitor: Visitor) -> Response:
    officers = console.officers
    states = officers.office_states()
    only_silent = bool(request.query_params.get("silent"))
    levels = [state.depth for state in states]
    values = frame(console, visitor, "offices", t("console.offices.title"))
    return render.page("offices.html", {
        **values,
        "counts": {"counties": levels.count(0), "townships": levels.count(1), "villages": levels.count(2)},
        "directory": officers.directory_version(),
        "silent_days": console.silent_days,
        "only_silent": only_silent,
        "silent_count": sum(1 for state in states if state.silent),
        "offices": [
            {**asdict(state), "last_text": ago(officers.now(), state.last_at)}
            for state in states
            if state.silent or not only_silent
        ],
    })


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
    for asked, word in (("done", "release_done"), ("refused", "refuse_done")):
        if request.query_params.get(asked):
            values["notice"] = t(f"console.quarantine.{word}", id=request.query_params[asked][:200])
    rows = [{**asdict(row), "at": local_time(row.at) if row.at else ""}
            for row in console.officers.quarantine()]
    waiting = [{**asdict(row), "at": local_time(int(row.since * 1000))} for row in console.officers.held()]
    return render.page("quarantine.html", {**values, "rows": rows, "waiting": waiting, **more}, 200 if not more else 400)
