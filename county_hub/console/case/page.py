"""One case: parties first, one next step, who has it, its clocks, its whole trace with proofs, its papers, what is like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.case.groups import grouped
from county_hub.console.frame import Console, error_page, frame
from county_hub.console.seat import seat_of
from county_hub.console.session import Visitor, address_of
from county_hub.county.acts import CountyActs
from county_hub.county.book import trace
from county_hub.county.book.next_step import next_step
from county_hub.county.book.papers import CasePapers
from county_hub.hub.problems import HubProblem
from shared.disputes.acts.refusal import act_title
from shared.disputes.acts.verbs import VERBS
from shared.disputes.case.case_notice import meeting_words, notices
from shared.disputes.case.chain import Link
from shared.disputes.case.checklist import six_haves
from shared.disputes.case.particulars import told
from shared.disputes.case.state import CaseState, Clock
from shared.disputes.tables import cases as case_list
from shared.disputes.tables import pairs
from shared.disputes.tables.cases import Filter
from shared.ledger import codes
from shared.ledger.days import between, local_time
from shared.ledger.texts import t

PARTS = ("custody", "papers")
RELATED = 6


def case(console: Console, request: Request, visitor: Visitor) -> Response:
    officers, case_id = console.officers, request.path_params["case_id"]
    try:
        seat = seat_of(console, visitor)
        state = seat.case(case_id)
    except HubProblem as missing:
        return error_page(console, visitor, missing.sentence, 404)
    console.accounts.audit.note(visitor.account, "case", case_id, address_of(request))
    acts = seat.acts
    here = acts.place.device.office
    offers = acts.offers(seat.person, state) if seat.person else []
    number = officers.short_number(officers.organisation(), state.number, state.id)
    values = frame(console, visitor, "cases", t("casepage.title"))
    values["notice"], values["notice_kind"] = _notice(request)
    part = request.query_params.get("only", "")
    return render.page("case.html", {
        **values, "case": state, "number": number, "today": officers.today(), "age": _age(state, officers.today()),
        "next": next_step(state, offers, here, officers.office_name, officers.today()), "groups": grouped(offers),
        "meeting": meeting_words(asdict(state.meeting) if state.meeting else None, officers.today()),
        "notices": (*notices(state), *officers.watch(state)),
        "findings": [finding for finding in state.findings if not finding.resolved],
        "haves": six_haves(state, officers.who), "particulars": told(state.particulars), "files": officers.files_of(state),
        "heard": render.HEARD,
        "custody": _custody(console, state, acts.chain(state)),
        "clocks": [_clock(c, officers.today(), officers.now()) for c in state.clocks],
        "steps": _steps(console, acts, state, part), "total": len(state.timeline), "only": part, "trace_parts": PARTS,
        "papers": _papers(acts, state), "related": [] if seat.is_organ else _related(console, state),
        "person": officers.staff_name,
        "mediators": [(id, officers.staff_name(id)) for id in state.mediators],
        "due": _due(state, officers.today(), officers.now()),
    })


def _notice(request: Request) -> tuple[str, str]:
    done = request.query_params.get("done", "")
    if done not in VERBS:
        return "", "good"
    words = t("acting.done", what=act_title(VERBS[done]))
    return (f"{words}　{t('acting.cut')}", "warn") if request.query_params.get("cut") else (words, "good")


def _age(state: CaseState, today: str) -> int:
    return between(state.registered_on, today) + 1 if state.registered_on and state.is_open else 0


def _due(state: CaseState, today: str, now: int) -> dict[str, Any] | None:
    clock = state.next_clock()
    return _clock(clock, today, now) if clock is not None and state.is_open else None


def _clock(clock: Clock, today: str, now: int) -> dict[str, Any]:
    """`run`: per cent of its time that has passed. `tone`: good (done) | late | bad | warn | plain | off (another body's)."""
    whole, gone = max(1, between(clock.start_date, clock.due_date)), between(clock.start_date, clock.stopped or today)
    left = between(today, clock.due_date)
    tone = "off" if clock.outside else "late" if clock.late else "good" if clock.stopped else "bad" if (
        clock.state == "overdue" or clock.rings(now)) else "warn" if clock.state == "warning" else "plain"
    return {"clock": clock, "name": codes.name("clock", clock.kind), "tone": tone, "left": left,
            "run": 100 if clock.stopped else max(2, min(100, round(100 * gone / whole)))}


def _custody(console: Console, state: CaseState, links: Sequence[Link]) -> list[dict[str, Any]]:
    """Who had it, who has it, whom it waits for, and the county at the end where it has not come."""
    name, made, pending = console.officers.office_name, list[dict[str, Any]](), state.custody.pending
    for link in links:
        within = link.level not in ("village", "township", "county")
        made.append({"who": codes.name("role", link.level) if within else name(link.office),
                     "state": "done" if link.until else "now", "since": link.since, "until": link.until})
    if pending is not None:
        made.append({"who": name(pending.to_office), "state": "waits", "since": pending.requested_on, "until": None})
    county = name(console.officers.county())
    if state.is_open and not any(one["who"] == county for one in made):
        made.append({"who": county, "state": "not_yet", "since": "", "until": None})
    return made


def _steps(console: Console, acts: CountyActs, state: CaseState, part: str) -> list[dict[str, Any]]:
    events = {event.id: event for event in acts.place.events("case", state.id)}
    found = trace.trace(acts.hub, state, events)
    return [_step(console, step) for step in found if part not in PARTS or step.part == part]


def _step(console: Console, step: trace.Step) -> dict[str, Any]:
    officers, entry = console.officers, step.entry
    return {**asdict(entry), "text": officers.named(entry.text, entry.legal_date), "slot": step.slot, "sequence": step.sequence,
            "hops": step.hops, "receipt": step.receipt, "person": officers.staff_name(entry.actor),
            "office_name": officers.office_name(entry.office, entry.legal_date),
            "guest": officers.visiting(entry.actor, entry.office), "written": local_time(entry.device_time)}


def _papers(acts: CountyActs, state: CaseState) -> list[dict[str, Any]]:
    try:
        return [need for need in CasePapers(acts).needs(state) if need["present"] or need["must"]]
    except HubProblem:
        return []


def _related(console: Console, state: CaseState) -> list[dict[str, Any]]:
    """Cases with a party in common, the closest in time first."""
    officers, organisation = console.officers, console.officers.organisation()
    with officers.read() as db:
        ids = [pair.other for pair in islice(pairs.each_pair(db, 3660, state.id), RELATED)]
        rows = case_list.find(db, Filter(ids=ids), officers.moment(), limit=RELATED) if ids else []
    return [{"id": row.case_id, "summary": row.summary, "state": codes.name("lifecycle", row.state), "on": row.registered_on,
             "number": officers.short_number(organisation, row.number, row.case_id)} for row in rows]


# -- papers --


def paper(console: Console, request: Request, visitor: Visitor) -> Response:
    """A paper in its page; the PDF itself comes from beside it."""
    acts, state = _here(console, request, visitor)
    code = request.path_params["code"]
    values = frame(console, visitor, "cases", t("casepage.volume") if code == "file" else codes.name("document", code))
    return render.page("paper.html", {**values, "case": state, "code": code,
                                      "papers": [n for n in _papers(acts, state) if n["present"]]})


def paper_pdf(console: Console, request: Request, visitor: Visitor) -> Response:
    (acts, state), code = _here(console, request, visitor), request.path_params["code"]
    papers = CasePapers(acts)
    data = papers.volume(state) if code == "file" else papers.draw(state, [code])
    console.accounts.audit.note(visitor.account, "file", state.id, address_of(request))
    name = quote(f"{state.number or state.id}-{code}.pdf", safe="")
    headers = {**render.HEADERS, "content-disposition": f"inline; filename*=UTF-8''{name}"}
    headers["content-security-policy"] = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"
    return Response(data, media_type="application/pdf", headers=headers)


def _here(console: Console, request: Request, visitor: Visitor) -> tuple[CountyActs, CaseState]:
    seat = seat_of(console, visitor)
    return seat.acts, seat.case(request.path_params["case_id"])


# -- what a party takes home, who might mediate --


def receipt(console: Console, request: Request, visitor: Visitor) -> Response:
    """The receipt of an intake: number, the citizen's code and its picture, whom to call."""
    import segno

    acts, state = _here(console, request, visitor)
    slip = acts.slip(state.id)
    values = frame(console, visitor, "intake", t("casepage.receipt"))
    picture = segno.make(slip.qr, error="m").svg_data_uri(scale=5, border=2) if slip is not None else ""
    number = console.officers.short_number(console.officers.organisation(), state.number, state.id)
    return render.page("receipt.html", {**values, "case": state, "slip": slip, "picture": picture, "number": number})


def propose(console: Console, request: Request, visitor: Visitor) -> Response:
    """The menu of D2: method and mediators that fit this case, with reasons."""
    (acts, state), desk = _here(console, request, visitor), console.desk()
    able = {offer.verb for offer in acts.offers(visitor.staff, state) if not offer.reason} if visitor.staff else set()
    proposal = desk.propose(state.id, language=request.query_params.get("language", "")[:40])
    values = frame(console, visitor, "cases", t("casepage.propose"))
    return render.page("propose.html", {**values, "case": state, "proposal": proposal, "person": console.officers.staff_name,
                                        "next": [verb for verb in ("choose", "confirm_mediator") if verb in able]})
