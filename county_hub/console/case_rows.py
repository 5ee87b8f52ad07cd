"""A case as a row of the console's tables: what the list and the overview show of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request

from county_hub.console.paged import paged_read
from county_hub.county.officers import Officers
from shared.disputes.tables import alarm
from shared.disputes.tables import cases as case_list
from shared.disputes.tables.cases import Filter, Row
from shared.ledger.days import between, local_date, local_time
from shared.ledger.published.offices import Organisation


def case_row(row: Row, organisation: Organisation, now: int) -> dict[str, Any]:
    days, today = 0, local_date(now)
    if row.due_date:
        days = between(today, row.due_date)
    parent = organisation.parent(row.holder) if row.holder and organisation.level_of(row.holder) == "village" else None
    return {
        **asdict(row),
        "ended": row.ended,
        "due_date": None if row.ended else row.due_date,
        "days": days,
        "level": "" if row.ended else alarm.level(row.late_from, row.warn_date, row.alarm_at, today, now),
        "rings_since": local_time(row.alarm_at) if row.alarm_at else "",
        "number_text": Officers.short_number(organisation, row.number, row.case_id),
        "holder_name": organisation.short_name(row.holder) if row.holder else "",
        "holder_parent": organisation.short_name(parent) if parent else "",
        "pending_to_name": organisation.display_name(row.pending_to) if row.pending_to else "",
        "registered_on": row.registered_on,
    }


SHOWN = 100         # cases of one page of an organ's inbox


def inbox_of(officers: Officers, office: str, request: Request) -> dict[str, Any]:
    """What an organ has to take and at work, page by page: {waits, waits_n, waits_page, held, held_n, held_page}."""
    organisation, now, moment = officers.organisation(), officers.now(), officers.moment()
    found: dict[str, Any] = {}
    with officers.read() as db:
        for name, chosen in (("waits", Filter(pending_to=office, open_only=True)),
                             ("held", Filter(holders=(office,), open_only=True))):
            def read(skip: int, size: int, chosen: Filter = chosen) -> list[Row]:
                return case_list.find(db, chosen, moment, limit=size, offset=skip)

            page = paged_read(request, name, case_list.total(db, chosen, moment), SHOWN, read)
            found |= {name: [case_row(row, organisation, now) for row in page.rows], f"{name}_n": page.total,
                      f"{name}_page": page}
    return found
