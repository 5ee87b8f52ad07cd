"""The board of the dispatcher: open cases by stage, filtered by township, kind and clock, with one case beside it and what to do.

And the slips that were given out: 交办单, 督办单, 移送单, 交办函, 督办函 of the last weeks with their answers (三单两函).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.case_rows import case_row
from county_hub.console.frame import Console, frame
from county_hub.console.paged import paged_read
from county_hub.console.session import Visitor
from county_hub.console.tabs import tabs
from county_hub.county.book import boards, slips
from county_hub.county.book.next_step import next_step
from shared.disputes.tables import cases as case_list
from shared.disputes.tables.cases import Filter
from shared.ledger import codes
from shared.ledger.days import later
from shared.ledger.formats.ids import is_office_id
from shared.ledger.texts import t

SHOWN = 8
TODAY_ROWS = 200        # no list asks for what is due today: the board shows it
SLIP_DAYS = 60
SLIP_ROWS = 50


def dispatch(console: Console, request: Request, visitor: Visitor) -> Response:
    officers = console.officers
    chosen = {name: request.query_params.get(name, "")[:40] for name in ("office", "category", "clock", "lane", "case")}
    office = chosen["office"] if is_office_id(chosen["office"]) else ""
    wanted = boards.Wanted(officers.with_lower(office) if office else None, chosen["category"], chosen["clock"])
    moment, organisation = officers.moment(), officers.organisation()
    with officers.read() as db:
        lanes = boards.board(db, wanted, moment, TODAY_ROWS if wanted.alarm == "today" else SHOWN)
        today = boards.due_today(db, wanted, moment)

    def link(**change: str) -> str:
        return "/console/dispatch?" + urlencode({k: v for k, v in {**chosen, **change}.items() if v})

    values = frame(console, visitor, "dispatch", t("console.nav.dispatch"))
    values["tabs"], values["tab"] = tabs("dispatch"), "dispatch"
    return render.page("dispatch.html", {
        **values, "chosen": chosen, "link": link,
        "lanes": [{"lane": lane, "name": t(f"zones.lane.{lane.name}"), "more": _list_of(lane, chosen, office),
                   "rows": [case_row(row, organisation, officers.now()) for row in lane.rows]} for lane in lanes],
        "total": sum(lane.total for lane in lanes), "late": sum(lane.overdue for lane in lanes),
        "due_today": today, "side": _side(console, visitor, chosen["case"]),
        "towns": [(o.id, o.name) for o in sorted(organisation.offices.values(), key=lambda o: o.id) if o.level != "village"],
    })


def _list_of(lane: boards.Lane, chosen: Mapping[str, str], office: str) -> str:
    """Where all cases of a lane are listed, as the board is filtered; "" where no list asks so (what is due today)."""
    if chosen["clock"] not in ("", "overdue"):
        return ""
    asked = {"lane": lane.name, "office": office, "category": chosen["category"], "overdue": "1" if chosen["clock"] else ""}
    return "/console/cases?" + urlencode({name: value for name, value in asked.items() if value})


def _side(console: Console, visitor: Visitor, case: str) -> dict[str, Any] | None:
    """One case beside the board, with what the county may do."""
    state = console.officers.case(case) if case else None
    if state is None:
        return None
    acts, officers = console.acts(), console.officers
    offers = acts.offers(visitor.staff, state) if visitor.staff else []
    able = {offer.verb for offer in offers if not offer.reason}
    with officers.read() as db:
        rows = case_list.find(db, Filter(ids=[case]), officers.moment(), limit=1)
    return {"case": state, "row": case_row(rows[0], officers.organisation(), officers.now()) if rows else None,
            "next": next_step(state, offers, acts.place.device.office, officers.office_name, officers.today()),
            "buttons": [verb for verb in ("supervise", "assign", "recall", "triage") if verb in able]}


def papers(console: Console, request: Request, visitor: Visitor) -> Response:
    """What the county gave out and got back in writing."""
    officers, here = console.officers, acts_office(console)
    since = later(officers.today(), -SLIP_DAYS)
    with officers.read() as db:
        found = paged_read(request, "page", slips.total(db, here, since), SLIP_ROWS,
                           lambda skip, size: slips.given(db, here, since, size, skip))
    values = frame(console, visitor, "dispatch", t("zones.slips.title"))
    values["tabs"], values["tab"] = tabs("dispatch"), "slips"
    return render.page("slips.html", {**values, "rows": [
        {"slip": slip, "to": officers.office_name(slip.to) if is_office_id(slip.to) else codes.name("outcome", slip.to),
         "word": t(f"zones.slips.{slip.kind}"), "paper": slips.PAPER.get(slip.kind, "")} for slip in found.rows],
        "found": found, "days": SLIP_DAYS})


def acts_office(console: Console) -> str:
    return console.acts().place.device.office
