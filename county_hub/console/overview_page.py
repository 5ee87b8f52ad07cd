"""The overview: work first. What waits for me, each with its button; four numbers with their line, each a link.

Beside them: who has not been heard of, how far the grids reach, and who is on duty today.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.case_rows import case_row
from county_hub.console.frame import Console, frame
from county_hub.console.session import Visitor
from county_hub.county import queries
from county_hub.county.book import boards
from county_hub.county.book.coverage import coverage
from county_hub.county.book.waiting import waiting
from shared.disputes.tables import cases as case_list
from shared.ledger import codes
from shared.ledger.days import between, later, local_time
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t

WAITING_ROWS = 12
# An alarm within the day must show on a page that nobody touches: the overview asks again every minute (nothing is typed there).
REFRESH_SECONDS = 60
CATEGORY_ROWS = 8


def overview(console: Console, request: Request, visitor: Visitor) -> Response:
    officers, today, now = console.officers, console.officers.today(), console.officers.now()
    acts = console.acts()
    with officers.read() as db:
        totals = case_list.totals(db, officers.moment())
        tiles = _tiles(db, totals, today)
        holders, categories = queries.by_holder(db, officers.moment()), queries.open_by(db, "category")
        urgent = [] if visitor.staff else case_list.urgent(db, officers.moment(), WAITING_ROWS)
    found = waiting(acts, acts.person(visitor.staff), totals) if visitor.staff else []
    everything = bool(request.query_params.get("all"))
    silent = [state for state in officers.office_states() if state.silent]
    desk = console.desk()
    organisation = officers.organisation()
    values = frame(console, visitor, "overview", t("console.overview.title"))
    return render.page("overview.html", {
        **values, "tiles": tiles, "items": [_item(item, today) for item in found[:None if everything else WAITING_ROWS]],
        "waiting_total": len(found), "urgent": [case_row(row, organisation, now) for row in urgent],
        "refresh_seconds": REFRESH_SECONDS, "townships": _townships(organisation, holders),
        "categories": [(codes.name("category", key) if key else "—", n, f"/console/cases?category={key}&open=1")
                       for key, n in categories[:CATEGORY_ROWS]],
        "other_categories": (len(categories[CATEGORY_ROWS:]), sum(n for _, n in categories[CATEGORY_ROWS:])),
        "open_total": totals.open, "silent": silent[:5], "silent_total": len(silent), "coverage": coverage(desk),
        "duties": _duties(console), "now": local_time(now), "behind": officers.lag(),
        "small": [(key, getattr(totals, key), href) for key, href in SMALL if getattr(totals, key)],
    })


# told below the four numbers, where there are any
SMALL = (("ringing", "/console/cases?due=ring"), ("warning", "/console/cases?due=warn"), ("red", "/console/cases?risk=4&open=1"),
         ("orange", "/console/cases?risk=3&open=1"), ("review", "/console/cases?review=1"),
         ("incomplete", "/console/cases?incomplete=1"))


def _tiles(db: Any, totals: case_list.Totals, today: str) -> list[dict[str, Any]]:
    """Four numbers, each with 30 days, a comparison and where its cases are."""
    opened, late = boards.opened(db, today, totals.open), boards.overdue(db, today, totals.overdue)
    came, settled = boards.registered(db, today), boards.settled(db, today)
    last = later(today[:7] + "-01", -1)
    before = boards.registered_between(db, last[:7] + "-01", min(last, last[:8] + today[8:]))
    rate = f"{100 * settled.settled / settled.closed:.1f}%" if settled.closed else "—"
    month = f"/console/cases?since={today[:7]}-01"
    return [
        _tile("open", str(totals.open), "plain", opened.line, _change(opened.value - opened.line[0]), "/console/cases?open=1"),
        _tile("overdue", str(totals.overdue), "bad" if totals.overdue else "good", late.line, _change(late.value - late.line[0]),
              "/console/cases?overdue=1"),
        _tile("registered_month", str(came.value), "plain", came.line, _compared(came.value - before), month),
        _tile("settled_month", rate, "good", settled.line,
              t("console.overview.settled_of", settled=settled.settled, closed=settled.closed),
              f"/console/cases?closed_since={today[:7]}-01"),
    ]


def _tile(key: str, value: str, tone: str, line: Sequence[int], then: str, href: str) -> dict[str, Any]:
    top = max(line) or 1
    points = [(round(100 * place / (len(line) - 1), 1), round(36 - 32 * n / top, 1)) for place, n in enumerate(line)]
    return {"word": t(f"console.overview.{key}"), "value": value, "tone": tone, "then": then, "href": href,
            "points": " ".join(f"{x},{y}" for x, y in points), "last": points[-1]}


def _change(n: int) -> str:
    return t(f"console.overview.{_word(n)}_30", n=abs(n))


def _compared(n: int) -> str:
    return t(f"console.overview.{_word(n)}_month", n=abs(n))


def _word(n: int) -> str:
    return "same" if not n else "more" if n > 0 else "less"


def _item(item: Any, today: str) -> dict[str, Any]:
    left = between(today, item.due) if item.due else None
    words = "" if left is None else t("console.cases.overdue_days", n=-left) if left < 0 else t(
        "console.cases.due_today") if left == 0 else t("console.cases.due_days", n=left)
    return {"item": item, "due_words": words}


def _duties(console: Console) -> list[dict[str, Any]]:
    office, today = console.desk().appointment_office, console.officers.today()
    return [{"person": console.officers.staff_name(str(d.data.get("person", ""))), "start": d.data.get("start", ""),
             "end": d.data.get("end", ""), "id": d.id, "service": codes.name("clinic_service", str(d.data.get("service", "")))}
            for d in office.duties() if d.data.get("date") == today and d.state == "published"]


def _townships(organisation: Organisation, holders: list[queries.HolderCount]) -> list[dict[str, Any]]:
    """Counts of each township with its villages, and of the county's own desk, in order of office id."""
    sums: dict[str, list[int]] = {
        office.id: [0, 0, 0] for office in organisation.offices.values() if office.level != "village"
    }
    for count in holders:
        line = (count.holder, *organisation.ancestors(count.holder))
        at = next((office for office in line if office in sums), None)
        if at is not None:
            for place, number in enumerate((count.open, count.overdue, count.ended)):
                sums[at][place] += number
    return [
        {"office": office, "name": organisation.display_name(office), "open": n[0], "overdue": n[1], "ended": n[2],
         # the county's own desk alone: everything else is below it too
         "just": "&just=1" if organisation.level_of(office) == "county" else ""}
        for office, n in sorted(sums.items()) if any(n)
    ]
