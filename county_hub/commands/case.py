"""`county-hub case list|show|supervise` and `county-hub status`: what an officer asks without the console."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from county_hub.commands import case_acts as cli_case_acts
from county_hub.commands import roster as cli_roster
from county_hub.composition import open_hub
from county_hub.console.pages import ago
from county_hub.county import queries
from county_hub.county.acts import CountyActs
from county_hub.county.officers import Officers, officers_of
from county_hub.county.place import CountyPlace
from county_hub.county.queries import CaseQuery
from county_hub.county.sealed import SealedOffice
from county_hub.hub.held import held
from county_hub.hub.hub import Hub, hub_home
from county_hub.hub.output import print_json, print_table
from county_hub.hub.problems import UsageProblem
from county_hub.hub.serving import JOBS, is_serving
from county_hub.service import reports
from shared.disputes.case.case_notice import notices
from shared.disputes.case.checklist import six_haves
from shared.disputes.case.state import TimelineEntry
from shared.jobs import Job, told
from shared.ledger import codes
from shared.ledger.days import day_argument, local_time
from shared.ledger.entry import whole_argument
from shared.ledger.texts import has, t


def register(commands: Any) -> None:
    case = commands.add_parser("case", help=t("hub.cli.case"))
    verbs = case.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help=t("hub.cli.case_list"))
    listing.add_argument("home", metavar="HOME")
    listing.add_argument("--office", default="", metavar="ID", help=t("hub.cli.office"))
    listing.add_argument("--state", default="", help=t("hub.cli.case_state"))
    listing.add_argument("--overdue", action="store_true", help=t("hub.cli.case_overdue"))
    listing.add_argument("--search", default="", metavar="TEXT", help=t("hub.cli.case_search"))
    listing.add_argument("--page", type=whole_argument(1, 10**9), default=1)
    listing.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    listing.set_defaults(func=run_list)
    show = verbs.add_parser("show", help=t("hub.cli.case_show"))
    show.add_argument("home", metavar="HOME")
    show.add_argument("case", metavar="CASE")
    show.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("hub.cli.as"))
    show.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    show.set_defaults(func=run_show)
    supervise = verbs.add_parser("supervise", help=t("hub.cli.case_supervise"))
    supervise.add_argument("home", metavar="HOME")
    supervise.add_argument("case", metavar="CASE")
    supervise.add_argument("--as", dest="staff", required=True, metavar="STAFF", help=t("hub.cli.as"))
    supervise.add_argument("--level", default="reminder", choices=list(codes.names("supervision_level")))
    supervise.add_argument("--text", required=True, help=t("hub.cli.supervise_text"))
    supervise.add_argument("--due", type=day_argument, metavar="2026-11-26", help=t("hub.cli.supervise_due"))
    supervise.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    supervise.set_defaults(func=run_supervise)
    cli_case_acts.register(verbs)
    cli_roster.register_questions(verbs)
    status = commands.add_parser("status", help=t("hub.cli.status"))
    status.add_argument("home", metavar="HOME")
    status.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    status.set_defaults(func=run_status)


def run_list(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        officers = _fresh(hub)
        organisation = officers.organisation()
        if arguments.office and organisation.get(arguments.office) is None:
            raise UsageProblem(t("hub.office.unknown", value=arguments.office))
        if arguments.state and arguments.state not in codes.table("lifecycle"):
            known = "、".join(codes.names("lifecycle"))
            raise UsageProblem(t("hub.case.bad_state", value=arguments.state, known=known))
        offices = officers.with_lower(arguments.office) if arguments.office else None
        query = CaseQuery(
            *queries.split_numbers(arguments.search, organisation), offices, arguments.state, None, arguments.overdue
        )
        with officers.read() as db:
            page = queries.find_cases(db, query, officers.now(), arguments.page, hub.settings.page_size)
    if arguments.json:
        print_json({"total": page.total, "page": page.page, "pages": page.pages, "cases": [asdict(r) for r in page.rows]})
        return 0
    if not page.rows:
        print(t("hub.case.none"))
        return 0
    print_table([
        (officers.short_number(organisation, row.number, row.case_id) or row.case_id, codes.name("lifecycle", row.state),
         codes.name("risk", row.risk), organisation.display_name(row.holder), row.due_date or "", row.party_names)
        for row in page.rows
    ])
    print(t("console.cases.page", page=page.page, pages=page.pages), t("console.cases.count", n=page.total))
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        officers = _fresh(hub)
        case_id = officers.case_id(arguments.case)
        state = officers.case(case_id)
        if state is None:
            raise UsageProblem(t("console.case.missing", id=arguments.case))
        sealed = SealedOffice(CountyPlace(hub)).shown(state, officers.person(arguments.staff) if arguments.staff else None)
        if arguments.json:
            haves = [asdict(have) for have in six_haves(state, officers.who)]
            print_json({**asdict(state), "holder": state.holder, "notices": list(notices(state)), "haves": haves,
                        "sealed_records": sealed, "watch": list(officers.watch(state))})
            return 0
        print(t("console.case.title", number=officers.short_number(officers.organisation(), state.number, state.id) or state.id))
        rows = [
            ("console.cases.state", codes.name("lifecycle", state.state)),
            ("console.cases.risk", codes.name("risk", state.risk.level)),
            ("console.case.holder", officers.office_name(state.holder)),
            ("console.case.parties", "、".join(party.name for party in state.parties)),
            ("console.case.summary", state.summary),
        ]
        print_table([(t(key), value) for key, value in rows])
        for notice in (*notices(state), *officers.watch(state)):
            print(f"! {notice}")
        print_table([("√" if have.has else "—", have.name, have.shown) for have in six_haves(state, officers.who)])
        for entry in state.timeline:
            mark, name = "×" if entry.refused else " ", officers.office_name(entry.office, entry.legal_date)
            print(f"{mark} {entry.legal_date}  {name}  {_sealed_text(sealed, entry)}")
    return 0


def _sealed_text(sealed: list[dict[str, Any]], entry: TimelineEntry) -> str:
    """The line of the history, with what a sealed record says to this person."""
    found = next((row for row in sealed if row["event"] == entry.event), None)
    if found is None:
        return entry.text
    if "body" in found:
        return t("sealing.opened", text=str(found["body"].get("text") or found["body"].get("title") or ""))
    return t("sealing.stub", name=found["name"], why=found["why"])


def run_supervise(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        event = CountyActs(hub).supervise(
            arguments.case, arguments.staff, level=arguments.level, text=arguments.text, due=arguments.due)
    if arguments.json:
        print_json({"case": event.subject, "event": event.id, "rev": event.rev, "to": event.body["to"]})
    else:
        print(t("hub.case.supervised", number=arguments.case, event=event.id))
    return 0


def run_status(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        officers = _fresh(hub)
        with officers.read() as db:
            states = queries.states(db)
            totals = queries.totals(db, officers.now())
        offices, quarantine, now = officers.office_states(), officers.quarantine_waiting(), officers.now()
        identity, directory, waiting = hub.identity(), officers.directory_version(), len(held(hub.home))
        name, jobs = officers.county_name(), told(hub.home.jobs, (*JOBS, reports.JOB), running=is_serving(hub))
    if arguments.json:
        print_json({
            "county": hub.county, "hub": {"id": identity.hub_id, "epoch": identity.epoch}, "directory": list(directory),
            "jobs": [{**asdict(job), "label": _job_label(job)} for job in jobs],
            "cases": {"by_state": states, **asdict(totals)}, "quarantine": quarantine, "held": waiting,
            "offices": [
                {"office": o.office, "name": o.name, "devices": [asdict(d) for d in o.devices], "staff": o.staff,
                 "events": o.events, "last_contact": o.last_at or None, "silent": o.silent}
                for o in offices
            ],
        })
        return 0
    print(t("hub.status.title", name=name, epoch=directory[0], version=directory[1]))
    print_table([(codes.name("lifecycle", state), n) for state, n in states.items()])
    print(t("hub.status.numbers", overdue=totals.overdue, ringing=totals.ringing, quarantine=quarantine, held=waiting))
    print_table([
        (officers.office_name(o.office), ago(now, o.last_at), t("console.offices.silent") if o.silent else "")
        for o in offices if o.devices
    ])
    print_table([
        (_job_label(job), t("hub.job.next", at=local_time(job.next)) if job.next else t("hub.job.idle")) for job in jobs
    ])
    return 0


def _job_label(job: Job) -> str:
    return t(f"hub.job.{job.name}") if has(f"hub.job.{job.name}") else job.name


def _fresh(hub: Hub) -> Officers:
    """The officers' use cases over a read model that is up to date, whether `serve` runs or not."""
    hub.projector.catch_up()
    return officers_of(hub)
