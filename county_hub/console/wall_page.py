"""大屏 for the hall: what is open, late, red and where, and what happened last. No name, telephone, address or word that somebody
wrote is on it.

Who signs in at the console sees it; a screen in the hall has the county's own word for it (setting `wall_token`) and sees nothing
else. The word is asked once; what the screen keeps is a keyed hash, so another word shuts every screen out. Only who is signed in
gets the links from numbers to their cases.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.analysis.months import chosen
from county_hub.console.analysis.page import places_of
from county_hub.console.frame import Console, storage_told
from county_hub.console.live.stream import opened
from county_hub.console.session import COOKIE, address_of
from county_hub.county.book import boards, red_cards, wall
from county_hub.county.book.regions import regions_of
from county_hub.report.charts.flow import flow
from county_hub.report.charts.map import tiles
from county_hub.report.charts.svg import svg
from shared.disputes.tables import cases as case_list
from shared.disputes.tables import counted
from shared.ledger import codes
from shared.ledger.days import between, later, local_time, said_day
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t

WALL_COOKIE = "hub_wall"
KEPT_S = 400 * 86_400
URGENT_ROWS, EVENT_ROWS, CARD_ROWS = 3, 1, 2         # what a screen of 1920 x 1080 holds without scrolling
DAYS, WEEKS = 30, 13                                # of the two lines of what came and what was done: a month, and a quarter
_MARK = "wall"          # what a wrong word counts for


def routes(console: Console, token: str) -> list[BaseRoute]:
    def shown(step: Callable[[Console, Request, str], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(storage_told, lambda: step(console, request, token), request)

        return endpoint

    async def sign(request: Request) -> Response:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > 2000:
                return Response(t("console.error.too_large"), 413, render.HEADERS, "text/plain")
        given = _word_of(body)
        return await run_in_threadpool(storage_told, lambda: signed_in(console, request, token, given), request)

    async def live(request: Request) -> Response:
        return await opened(request, console.watch, lambda: _may(console, request, token), f"{_MARK} {address_of(request)}",
                            named=False)

    return [Route("/console/wall", shown(page)), Route("/console/wall/sign", sign, methods=["POST"]),
            Route("/console/wall/live", live)]


def _word_of(body: bytes) -> str:
    try:
        return parse_qs(body.decode(), max_num_fields=5).get("word", [""])[0][:200]
    except ValueError:
        return ""


def _kept(token: str) -> str:
    return hmac.new(token.encode(), b"wall", hashlib.sha256).hexdigest()


def _may(console: Console, request: Request, token: str) -> bool:
    kept = request.cookies.get(WALL_COOKIE, "")
    if token and hmac.compare_digest(kept.encode("utf-8", "surrogatepass"), _kept(token).encode()):
        return True
    return _signed(console, request)


def _signed(console: Console, request: Request) -> bool:
    return console.accounts.goes_on(request.cookies.get(COOKIE, ""))


def signed_in(console: Console, request: Request, token: str, given: str) -> Response:
    address, accounts = address_of(request), console.accounts
    if accounts.tried_too_often(_MARK, address):
        return _door(console, t("wall.too_many"), 429)
    if not token:
        return _door(console, t("wall.none"), 403)
    if not given.strip():
        return _door(console, t("app.form.missing", field=t("wall.word")), 400)
    if not hmac.compare_digest(given.strip().encode("utf-8", "surrogatepass"), token.encode()):
        accounts.tried(_MARK, address, good=False)
        return _door(console, t("wall.wrong"), 403)
    accounts.tried(_MARK, address, good=True)
    answer = RedirectResponse("/console/wall", status_code=303)
    answer.set_cookie(WALL_COOKIE, _kept(token), max_age=KEPT_S, path="/console/wall", httponly=True, samesite="strict",
                      secure=request.url.scheme == "https")
    return answer


def _door(console: Console, error: str = "", status: int = 200) -> Response:
    officers = console.officers
    return render.page("wall_door.html", {
        "title": t("wall.title"), "demo": officers.demo(), "county_name": officers.county_name(), "notice": "", "notice_kind": "",
        "error": error}, status)


def page(console: Console, request: Request, token: str) -> Response:
    if not _may(console, request, token):
        return _door(console)
    officers, mark, signed = console.officers, str(console.watch.changes.now()), _signed(console, request)
    moment, organisation = officers.moment(), officers.organisation()
    months = chosen("3", moment.today)
    regions = regions_of(organisation)
    with officers.read() as db:
        totals = case_list.totals(db, moment)
        settled, came = boards.settled(db, moment.today), boards.registered(db, moment.today)
        opened_line = boards.opened(db, moment.today, totals.open)
        lanes = boards.board(db, boards.Wanted(), moment, 1)
        urgent = case_list.urgent(db, moment, URGENT_ROWS)
        counts = counted.by_key(db, "registered", "place", months.first, months.last)
        came_in, done = boards.flow(db, moment.today, WEEKS * 7)
        events, cards = wall.last_events(db, EVENT_ROWS), red_cards.waiting(db, officers.case)
    cards = [card for card in cards if card.level == red_cards.RED][:CARD_ROWS]
    states = [state for state in officers.office_states() if state.last_at or any(d.status == "active" for d in state.devices)]
    places = places_of(organisation, regions, counts, months, "", set())
    shown = places if signed else [replace(place, href="") for place in places]
    return render.page("wall.html", {
        "title": t("wall.title"), "county_name": officers.county_name(), "demo": officers.demo(), "live_mark": mark,
        "signed": signed, "day": moment.today, "time": local_time(officers.now())[11:16],
        "weekday": t(f"wall.weekday.{_weekday(moment.today)}"),
        "tiles": _tiles(totals, settled, came, opened_line, moment.today),
        "map": Markup(svg(tiles(shown, t("wall.map", words=months.words)))), "months": months.words,
        "lanes": [(t(f"zones.lane.{lane.name}"), lane.total, lane.overdue, f"/console/cases?lane={lane.name}") for lane in lanes],
        "urgent": [_urgent(row, organisation, regions, moment) for row in urgent[:URGENT_ROWS - len(cards)]],
        "events": [_event(row, organisation, regions, moment.today) for row in events],
        "cards": [(officers.office_name(card.to), _due_words(card.due, moment.today), f"/console/cases/{card.case}")
                  for card in cards],
        "flows": _flows(came_in, done, moment.today),
        "reached": sum(not state.silent for state in states), "offices": len(states),
    })


def _flows(came: Sequence[int], done: Sequence[int], today: str) -> list[tuple[str, Markup]]:
    """(heading, picture) of the last thirty days, a day each, and of the last ninety-one, a week each."""
    made = []
    for key, size, many in (("days", 1, DAYS), ("weeks", 7, WEEKS)):
        rows = [_sums(values, size)[-many:] for values in (came, done)]
        words = t(f"wall.flow.{key}", came=sum(rows[0]), done=sum(rows[1]))
        lines = [(t(f"wall.flow.{name}"), values) for name, values in zip(("came", "done"), rows, strict=True)]
        labels = [(place, _short(later(today, -size * (many - 1 - place)))) for place in (0, many // 2)]
        made.append((words, Markup(svg(flow(lines, [*labels, (many - 1, t(f"wall.flow.now_{key}"))], words)))))
    return made


def _sums(values: Sequence[int], size: int) -> list[int]:
    return [sum(values[start:start + size]) for start in range(0, len(values), size)]


def _short(day: str) -> str:
    return t("wall.day", month=int(day[5:7]), day=int(day[8:10]))


def _weekday(day: str) -> int:
    return dt.date.fromisoformat(day).isoweekday()


def _tiles(totals: case_list.Totals, settled: boards.Settled, came: boards.Trend, opened_line: boards.Trend,
           today: str) -> list[tuple[str, str, str, str, str, str]]:
    """(what, number, tone, a line below it, where the number's cases are, where those of the line are)."""
    change = opened_line.value - opened_line.line[0]
    rate = f"{100 * settled.settled / settled.closed:.1f}%" if settled.closed else "—"
    cases, month = "/console/cases?", f"{today[:7]}-01"
    word = "same" if not change else "more" if change > 0 else "less"
    return [
        (t("console.overview.open"), str(totals.open), "plain", t(f"console.overview.{word}_30", n=abs(change)),
         f"{cases}open=1", ""),
        (t("console.overview.overdue"), str(totals.overdue), "bad" if totals.overdue else "good",
         t("wall.warning", n=totals.warning), f"{cases}overdue=1", f"{cases}due=warn"),
        (t("wall.today"), str(came.line[-1]), "white", t("wall.month", n=came.value),
         f"{cases}since={today}&until={today}", f"{cases}since={month}"),
        (t("console.overview.settled_month"), rate, "good",
         t("console.overview.settled_of", settled=settled.settled, closed=settled.closed), f"{cases}closed_since={month}", ""),
        (t("console.overview.red"), str(totals.red), "bad" if totals.red else "good", t("wall.orange", n=totals.orange),
         f"{cases}risk=4&open=1", f"{cases}risk=3&open=1"),
    ]


def _urgent(row: case_list.Row, organisation: Organisation, regions: dict[str, str], moment: case_list.Moment) -> dict[str, Any]:
    """In which township it is and of what kind: not the village, of which everybody would know whose it is, and never what
    somebody wrote about it."""
    return {"href": f"/console/cases/{row.case_id}",
            "where": organisation.short_name(regions.get(row.place or row.origin, organisation.county())), "red": row.risk >= 4,
            "kind": codes.name("category", row.category) if row.category else "",
            "state": codes.name("lifecycle", row.state),
            "due": _due_words(row.due_date or "", moment.today)}


def _due_words(due: str, today: str) -> tuple[str, str]:
    """(words, tone)."""
    if not due:
        return "", ""
    left = between(today, due)
    if left < 0:
        return t("console.cases.overdue_days", n=-left), "bad"
    if left == 0:
        return t("console.cases.due_today"), "warn"
    return t("console.cases.due_days", n=left), "warn" if left <= 2 else ""


def _event(row: wall.Happened, organisation: Organisation, regions: dict[str, str], today: str) -> dict[str, str]:
    region = regions.get(row.office, row.office)
    return {"time": said_day(local_time(row.at), today), "where": organisation.short_name(region),
            "what": render.kind_name(row.kind), "kind": codes.name("category", row.category) if row.category else ""}
