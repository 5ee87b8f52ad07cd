"""Everything beside cases in the console: hazards, sweeps, small services, talk items, referrals, petitions, legal aid ...

Their lists, one of them, and every step by the form made from its body. It must not know one kind.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from county_hub.console import render
from county_hub.console.exported import EXPORT_ROWS, table_file
from county_hub.console.forms import acting
from county_hub.console.forms.acting import Task
from county_hub.console.forms.case_acts import officer
from county_hub.console.forms.sent import Sent
from county_hub.console.frame import Console, frame
from county_hub.console.paged import paged_read
from county_hub.console.session import Visitor, address_of
from county_hub.console.tabs import tabs
from county_hub.county.acts import CountyActs
from county_hub.county.appointment_office import AppointmentOffice
from county_hub.county.forms.form_desk import record_setting
from county_hub.county.forms.seeking import Seeking
from county_hub.county.officers import Officers
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.acts.refusal import act_title
from shared.disputes.forms.beside import data_of
from shared.disputes.forms.facts import facts, state_name
from shared.disputes.forms.questions import form_for
from shared.disputes.forms.sought import Sought
from shared.disputes.records import aggregates, verbs
from shared.disputes.records.machine import kind_title
from shared.disputes.records.offers import aggregate_of
from shared.disputes.tables import due
from shared.ledger.days import said_day
from shared.ledger.texts import has, t

ROWS = 50
# whose records stand in which zone
ZONE = {
    "petition": "intake", "legal_aid": "intake", "appointment": "intake", "duty": "intake", "online_consultation": "mediation",
    "consultation": "mediation", "public_qa": "dispatch", "referral": "psych", "assessment": "offices",
}

# of records whose tab has another name
TAB = {"consultation": "panels", "online_consultation": "rooms"}


def routes(console: Console) -> list[BaseRoute]:
    show, take = functools.partial(acting.showing, console), functools.partial(acting.taking, console)
    return [
        Route("/console/records", show(listing), methods=["GET"]),
        Route("/console/records/export", acting.taking(console, export, proof=True), methods=["POST"]),
        Route("/console/records/new/{kind}", show(step_form), methods=["GET"]),
        Route("/console/records/new/{kind}", take(step), methods=["POST"]),
        Route("/console/records/{record}", show(one), methods=["GET"]),
        Route("/console/records/{record}/do/{kind}", show(step_form), methods=["GET"]),
        Route("/console/records/{record}/do/{kind}", take(step), methods=["POST"]),
    ]


def title_of(aggregate: str) -> str:
    return t(f"acting.records.{aggregate}") if has(f"acting.records.{aggregate}") else kind_title(aggregates.opening(aggregate))


def listing(console: Console, request: Request, visitor: Visitor) -> Response:
    kind = request.query_params.get("kind", "")
    kind = kind if kind in aggregates.NAMES else "hazard"
    only_open = not request.query_params.get("all")
    with console.officers.read() as db:
        found = paged_read(request, "page", due.count(db, kind, open_only=only_open), ROWS, lambda skip, size: [
            *rows_of(console.officers, due.rows(db, kind, open_only=only_open, limit=size, offset=skip))])
    opens = kind in console.acts().openings(visitor.staff) if visitor.staff else False
    values = frame(console, visitor, ZONE.get(kind, "monitor"), title_of(kind))
    values["tabs"], here = tabs(values["section"]), f"/console/records?kind={kind}"
    values["tab"] = next((name for name, _, href in values["tabs"] if href == here), TAB.get(kind, ""))
    return render.page("records.html", {
        **values, "kind": kind, "kinds": [(name, title_of(name)) for name in aggregates.NAMES], "rows": found.rows,
        "found": found, "only_open": only_open,
        "open_kind": aggregates.opening(kind) if opens else "", "open_title": act_title(aggregates.opening(kind)),
    })


def export(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
    """The list as it is shown, whole: as CSV or as a workbook."""
    kind, officers = found.last.get("kind", ""), console.officers
    if kind not in aggregates.NAMES:
        raise UsageProblem(t("recordcli.no_kind", value=kind[:40]))
    with officers.read() as db:
        rows = rows_of(officers, due.rows(db, kind, open_only=not found.last.get("all"), limit=EXPORT_ROWS))
    head = [t(key) for key in ("console.cases.number", "acting.record_title", "console.cases.state", "console.cases.holder",
                               "acting.record_day", "console.cases.due")]
    table = [head, *([row["number"], row["title"] or t("acting.untitled"), row["state_name"],
                      officers.office_name(str(row["handler"] or row["origin"])), row["opened_on"] or "", row["due_date"] or ""]
                     for row in rows)]
    console.accounts.audit.note(visitor.account, "export", f"{kind} {len(rows)}", address_of(request))
    return table_file(title_of(kind), officers.today(), table, found.last.get("form", ""))


def _in_words(officers: Officers, record: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a record says, its number as papers have it and its days as people say them."""
    today, number = officers.today(), str(data.get("number") or "")
    said = {name: said_day(value, today) if isinstance(value, str) else value for name, value in data.items()}
    return said | ({"number": officers.short_number(officers.organisation(), number, record)} if number else {})


def rows_of(officers: Officers, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of records in words: the state, and whom a duty post or an assessment is named after."""
    organisation = officers.organisation()
    return [{"number": "", "handler": "", **row, "title": officers.who(str(row["title"] or "")),
             "number_text": officers.short_number(organisation, str(row.get("number") or ""), str(row["record_id"])),
             "state_name": state_name(str(row["aggregate"]), str(row["state"]))} for row in rows]


def one(console: Console, request: Request, visitor: Visitor) -> Response:
    acts, record, officers = console.acts(), request.path_params["record"], console.officers
    state = acts.show(record)
    aggregate = aggregate_of(state)
    console.accounts.audit.note(visitor.account, "record", record, address_of(request))
    offers = acts.record_offers(visitor.staff, state) if visitor.staff else []
    opened = acts.opened(record, visitor.staff) if visitor.staff else {}
    values = frame(console, visitor, ZONE.get(aggregate, "monitor"), title_of(aggregate))
    done = request.query_params.get("done", "")
    values["notice"] = t("acting.done", what=act_title(done)) if aggregates.aggregate_of_kind(done) else ""
    return render.page("record.html", {
        **values, "record": record, "aggregate": aggregate, "kind_name": title_of(aggregate),
        "state_name": state_name(aggregate, state.state),
        "facts": [*facts(aggregate, _in_words(officers, record, data_of(asdict(state))), officers.office_name,
                         officers.staff_name)],
        "steps": [_step(console, state, line, opened) for line in reversed(state.steps)],
        "findings": (*getattr(state, "findings", ()), *acts.came_again(aggregate, record).get("findings", ())),
        "may_meet": aggregate in ("appointment", "online_consultation") and getattr(state, "is_open", False),
        "offers": [(offer.kind, act_title(offer.kind)) for offer in offers],
        "clocks": [asdict(clock) for clock in getattr(state, "clocks", ())],
    })


def _step(console: Console, state: aggregates.State, line: Any, opened: Mapping[str, Any]) -> dict[str, Any]:
    return {"date": line.legal_date, "title": act_title(line.kind), "person": console.officers.staff_name(line.actor),
            "office": console.officers.office_name(line.office, line.legal_date), "why": aggregates.why_not(state, line.event),
            "opened": [*facts(line.kind.partition(".")[0], opened.get(line.event, {}), console.officers.office_name,
                              console.officers.staff_name)]}


def step_form(console: Console, request: Request, visitor: Visitor) -> Response:
    return acting.opened(console, request, visitor, functools.partial(_task, console, request, visitor))


def step(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
    return acting.take(console, request, visitor, found, functools.partial(_task, console, request, visitor, sent=True))


def _task(console: Console, request: Request, visitor: Visitor, sought: Mapping[str, Sought], *, sent: bool = False) -> Task:
    acts, person = officer(console, visitor)
    kind, record = request.path_params["kind"], request.path_params.get("record", "")
    aggregate = aggregates.aggregate_of_kind(kind)
    if not aggregate or (kind == aggregates.opening(aggregate)) != (not record):
        raise UsageProblem(t("recordcli.no_kind", value=kind[:40]))
    state = acts.show(record) if record else None
    acts.require_role(kind, person.id)
    refused = ""
    if state is not None and kind not in {offer.kind for offer in acts.record_offers(person.id, state)}:
        refused = t("acting.not_now", what=act_title(kind), state=state_name(aggregate, state.state))
        if not sent:
            raise HubProblem(refused)
    setting = record_setting(acts, record, state, person, Seeking(acts, sought))
    form = form_for(kind, act_title(kind), setting)
    if form.blocked and not sent:
        raise HubProblem(form.blocked)
    refused = refused or form.blocked
    here = f"/console/records/{record}" if record else f"/console/records?kind={aggregate}"

    def save(draft: Mapping[str, Any], date: str | None, seal: str) -> str:
        made = _write(acts, kind, record, person.id, draft, date)
        return f"/console/records/{made}?done={kind}"

    def faults(draft: Mapping[str, Any], date: str | None) -> Mapping[str, str]:
        return acts.faults(kind, person.id, None, verbs.filled(kind, draft, state, acts.place.device.office), date)

    address = f"/console/records/{record}/do/{kind}" if record else f"/console/records/new/{kind}"
    return Task(act_title(kind), kind, form, setting, address, here, ZONE.get(aggregate, "monitor"), save, (kind, record),
                events=lambda: acts.place.events(aggregate, record) if record else (), refused=refused, faults=faults)


def _write(acts: CountyActs, kind: str, record: str, staff: str, draft: Mapping[str, Any], date: str | None) -> str:
    """The id of the record. What touches seats is done alone, and the villages are told what is left."""
    if kind.partition(".")[0] in ("duty", "appointment"):
        office = AppointmentOffice(acts)
        with office.alone():
            seat = acts.record(kind, record or None, staff, draft, date)
            office.tell(staff)
        return seat.id
    made = acts.record(kind, record or None, staff, draft, date)
    if kind == "petition.registered" and draft.get("case"):
        acts.case("link_petition", str(draft["case"]), staff, {"petition": made.id, "number": getattr(made, "number", "")})
    return made.id
