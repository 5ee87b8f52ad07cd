"""`county-hub case list|show|supervise` and `county-hub status`: what an officer asks without the console. Every other verb of a
case is that of both programs (`shared.commands.cases`).
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from county_hub.commands.program import KIT
from county_hub.console.offices_page import ago
from county_hub.county import queries
from county_hub.county.desk import CountyDesk
from county_hub.hub.problems import UsageProblem
from county_hub.hub.routed.held import held
from county_hub.hub.safe.safe import marks
from county_hub.hub.serving import JOBS, is_serving
from county_hub.service import reports
from shared.commands import cases
from shared.commands.arguments import day_argument, whole_argument
from shared.commands.output import Answer, table_lines
from shared.disputes.case.case_notice import notices
from shared.disputes.case.checklist import six_haves
from shared.disputes.case.state import TimelineEntry
from shared.disputes.tables.cases import Filter, split_numbers
from shared.disputes.tables.cases import totals as case_totals
from shared.jobs import Job, told
from shared.ledger import codes
from shared.ledger.days import full_day, local_time
from shared.ledger.texts import has, t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "case", t("hub.cli.case"))
    listing = KIT.verb(verbs, "list", t("hub.cli.case_list"), _list)
    listing.add_argument("--office", default="", metavar="ID", help=t("hub.cli.office"))
    listing.add_argument("--state", default="", metavar="STATE", help=t("hub.cli.case_state"))
    listing.add_argument("--overdue", action="store_true", help=t("hub.cli.case_overdue"))
    listing.add_argument("--search", default="", metavar="TEXT", help=t("commands.search"))
    listing.add_argument("--page", type=whole_argument(1, 10**9), default=1, metavar="N", help=t("hub.cli.case_page"))
    show = KIT.verb(verbs, "show", t("hub.cli.case_show"), _show)
    cases.case_option(show)
    show.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("commands.staff"))
    supervise = KIT.verb(verbs, "supervise", t("hub.cli.case_supervise"), _supervise)
    cases.case_option(supervise)
    KIT.staff(supervise)
    supervise.add_argument("--level", default="reminder", choices=list(codes.names("supervision_level")), metavar="LEVEL",
                           help=t("hub.cli.supervise_level", known=_known("supervision_level")))
    supervise.add_argument("--text", required=True, help=t("hub.cli.supervise_text"))
    supervise.add_argument("--due", type=day_argument, metavar="DATE", help=t("hub.cli.supervise_due"))
    cases.add(KIT, verbs, without=("supervise",))
    KIT.verb(commands, "status", t("hub.cli.status"), _status)


def _known(table: str) -> str:
    return "，".join(f"{code} {name}" for code, name in codes.names(table).items())


def _list(desk: CountyDesk, args: argparse.Namespace) -> Any:
    officers, organisation, offices = desk.officers, desk.officers.organisation(), desk.below(args.office)
    if args.state and args.state not in codes.table("lifecycle"):
        raise UsageProblem(t("hub.case.bad_state", value=args.state, known="、".join(codes.names("lifecycle"))))
    text, numbers = split_numbers(args.search, organisation.names())
    wanted = Filter(text=text, numbers=numbers, holders=offices, state=args.state, alarm="overdue" if args.overdue else "")
    with officers.read() as db:
        page = queries.find_cases(db, wanted, officers.moment(), args.page, desk.hub.settings.page_size)
    value = {"total": page.total, "page": page.page, "pages": page.pages, "cases": [asdict(r) for r in page.rows]}
    if not page.rows:
        return Answer(value=value, lines=[t("hub.case.none")])
    count = t("console.cases.page", page=page.page, pages=page.pages) + " " + t("console.cases.count", n=page.total)
    return Answer(value=value, table=[
        (officers.short_number(organisation, row.number, row.case_id) or row.case_id, codes.name("lifecycle", row.state),
         codes.name("risk", row.risk), organisation.display_name(row.holder), row.due_date or "", row.party_names)
        for row in page.rows], lines=[count])


def _show(desk: CountyDesk, args: argparse.Namespace) -> Any:
    officers = desk.officers
    state = officers.case(officers.case_id(args.case))
    if state is None:
        raise UsageProblem(t("console.case.missing", id=args.case))
    sealed = desk.acts.sealed.shown(state, officers.person(args.staff) if args.staff else None)
    haves, watch = six_haves(state, officers.who), officers.watch(state)
    value = {**asdict(state), "holder": state.holder, "notices": list(notices(state)), "haves": [asdict(have) for have in haves],
             "sealed_records": sealed, "watch": list(watch)}
    rows = [
        (t("console.cases.state"), codes.name("lifecycle", state.state)),
        (t("console.cases.risk"), codes.name("risk", state.risk.level)),
        (t("console.case.holder"), officers.office_name(state.holder)),
        (t("console.case.parties"), "、".join(party.name for party in state.parties)),
        (t("console.case.summary"), state.summary),
    ]
    number = officers.short_number(officers.organisation(), state.number, state.id) or state.id
    return Answer(value=value, lines=[
        t("console.case.title", number=number), *table_lines(rows), *(f"! {notice}" for notice in (*notices(state), *watch)),
        *table_lines([("√" if have.has else "—", have.name, have.shown) for have in haves]),
        *(f"{'×' if entry.refused else ' '} {full_day(entry.legal_date)}  {officers.office_name(entry.office, entry.legal_date)}"
          f"  {_sealed_text(sealed, entry)}" for entry in state.timeline)])


def _sealed_text(sealed: list[dict[str, Any]], entry: TimelineEntry) -> str:
    """The line of the history, with what a sealed record says to this person."""
    found = next((row for row in sealed if row["event"] == entry.event), None)
    if found is None:
        return entry.text
    if "body" in found:
        return t("sealing.opened", text=str(found["body"].get("text") or found["body"].get("title") or ""))
    return t("sealing.stub", name=found["name"], why=found["why"])


def _supervise(desk: CountyDesk, args: argparse.Namespace) -> Any:
    event = desk.acts.supervise(args.case, args.staff, level=args.level, text=args.text, due=args.due)
    return Answer(value={"case": event.subject, "event": event.id, "rev": event.rev, "to": event.body["to"]},
                  lines=[t("hub.case.supervised", number=args.case, event=event.id)])


def _status(desk: CountyDesk, args: argparse.Namespace) -> Any:
    hub, officers = desk.hub, desk.officers
    with officers.read() as db:
        states, totals = queries.states(db), case_totals(db, officers.moment())
    offices, quarantine, now = officers.office_states(), officers.quarantine_waiting(), officers.now()
    identity, directory, waiting = hub.identity(), officers.directory_version(), len(held(hub.home))
    jobs = told(hub.home.jobs, (*JOBS, reports.JOB), running=is_serving(hub))
    encrypted = hub.home.safe.vault()
    value = {
        "encrypted": encrypted is not None, "key_file": marks(encrypted) if encrypted else "",
        "county": hub.county, "hub": {"id": identity.hub_id, "epoch": identity.epoch}, "directory": list(directory),
        "jobs": [{**asdict(job), "label": _job_label(job)} for job in jobs],
        "cases": {"by_state": states, **asdict(totals)}, "quarantine": quarantine, "held": waiting,
        "offices": [
            {"office": o.office, "name": o.name, "devices": [asdict(d) for d in o.devices], "staff": o.staff,
             "events": o.events, "last_contact": o.last_at or None, "silent": o.silent}
            for o in offices
        ],
    }
    return Answer(value=value, lines=[
        t("hub.status.title", name=officers.county_name(), epoch=directory[0], version=directory[1]),
        *table_lines([(codes.name("lifecycle", state), n) for state, n in states.items()]),
        t("hub.status.numbers", overdue=totals.overdue, ringing=totals.ringing, quarantine=quarantine, held=waiting),
        *table_lines([(officers.office_name(o.office), ago(now, o.last_at), t("console.offices.silent") if o.silent else "")
                      for o in offices if o.devices]),
        t("hub.safe.is", mark=marks(encrypted)) if encrypted else t("hub.safe.is_not"),
        *table_lines([(_job_label(job), t("hub.job.next", at=local_time(job.next)) if job.next else t("hub.job.idle"))
                      for job in jobs])])


def _job_label(job: Job) -> str:
    return t(f"hub.job.{job.name}") if has(f"hub.job.{job.name}") else job.name
