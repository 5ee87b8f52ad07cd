"""`county-hub appointment publish|quotas|withdraw|calendar|list|settle|confirm|cancel|attended|absent|advise|close HOME`.

The county owns the calendar of duty posts: it publishes them with quotas for villages, answers what was asked, notes who came.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict
from typing import Any

from county_hub.commands.case_acts import draft_options, read_draft
from county_hub.composition import open_hub
from county_hub.county.acts import CountyActs
from county_hub.county.appointment_office import AppointmentOffice
from county_hub.hub.hub import Hub, hub_home
from county_hub.hub.output import print_json, print_table
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.kinds.registry import worded
from shared.disputes.records.appointments import words
from shared.ledger import codes
from shared.ledger.days import day_argument
from shared.ledger.entry import whole, whole_argument
from shared.ledger.texts import t

# What is one step of one appointment or duty, without more to find out.
STEPS = {"withdraw": "duty.withdrawn", "cancel": "appointment.cancelled", "attended": "appointment.checked_in",
         "absent": "appointment.no_show", "advise": "appointment.advised", "close": "appointment.closed"}


def register(commands: Any) -> None:
    verbs = commands.add_parser("appointment", help=t("appointments.about")).add_subparsers(
        dest="verb", required=True, metavar="VERB")
    publish = _verb(verbs, "publish", run_publish, draft=True)
    publish.add_argument("--date-of-duty", type=day_argument, required=True, metavar="DATE")
    for name in ("person", "service", "start", "end", "place"):
        publish.add_argument(f"--{name}", required=True)
    publish.add_argument("--seats", type=whole_argument(0, 9999), required=True)
    _quota_options(publish)
    quotas = _verb(verbs, "quotas", run_quotas, draft=True)
    quotas.add_argument("duty", metavar="DUTY", help=t("appointments.cli_duty"))
    _quota_options(quotas)
    calendar = _verb(verbs, "calendar", run_calendar)
    calendar.add_argument("--from", dest="since", type=day_argument, metavar="DATE", help=t("appointments.cli_from"))
    calendar.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    listing = _verb(verbs, "list", run_list)
    listing.add_argument("--open", action="store_true", help=t("recordcli.open"))
    settle = _verb(verbs, "settle", run_settle)
    settle.add_argument("--as", dest="staff", required=True, metavar="STAFF", help=t("hub.cli.as"))
    settle.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    confirm = _verb(verbs, "confirm", run_confirm, "confirm_hub")
    confirm.add_argument("appointment", metavar="ID", help=t("appointments.cli_id"))
    confirm.add_argument("--duty", required=True, metavar="DUTY", help=t("appointments.cli_duty"))
    confirm.add_argument("--as", dest="staff", required=True, metavar="STAFF", help=t("hub.cli.as"))
    for name in STEPS:
        made = _verb(verbs, name, run_step, draft=True)
        key = "duty" if name == "withdraw" else "id"
        made.add_argument("record", metavar="ID", help=t(f"appointments.cli_{key}"))


def _verb(verbs: Any, name: str, run: Any, key: str = "", *, draft: bool = False) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = verbs.add_parser(name, help=t(f"appointments.cli_{key or name}"))
    made.add_argument("home", metavar="HOME")
    if draft:
        draft_options(made)
    made.set_defaults(func=run)
    return made


def _quota_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quota", action="append", default=[], metavar="OFFICE=N", help=t("appointments.cli_quota"))
    parser.add_argument("--offices", default="", metavar="ID;ID|all", help=t("appointments.cli_offices"))


def _who(hub: Hub, arguments: argparse.Namespace) -> dict[str, Any]:
    """Quotas by village, and the other offices that may see the post and ask."""
    latest, quotas = hub.directory.latest(), []
    for text in arguments.quota:
        office, _, number = text.partition("=")
        seats = whole(number)
        if seats is None:
            raise UsageProblem(t("appointments.bad_quota", value=text))
        quotas.append({"office": office, "seats": seats})
    offices = [word.strip() for word in arguments.offices.replace(",", ";").split(";") if word.strip()]
    if offices == ["all"]:
        offices = [office.id for office in latest.offices() if office.level == "village"]
    for id in (*offices, *(row["office"] for row in quotas)):
        office = latest.office(str(id))
        if office is None or office.level == "county":
            raise UsageProblem(t("appointments.bad_office", value=id))
    return {"quotas": quotas, **({"offices": offices} if offices else {})}


def run_publish(arguments: argparse.Namespace) -> int:
    given = {"person": arguments.person, "service": arguments.service, "date": arguments.date_of_duty, "start": arguments.start,
             "end": arguments.end, "place": arguments.place, "seats": arguments.seats,
             **worded("duty.published", read_draft(arguments))}
    with open_hub(hub_home(arguments.home)) as hub:
        made = CountyActs(hub).record("duty.published", None, arguments.staff, {**given, **_who(hub, arguments)}, arguments.date)
        print_json(asdict(made))
    return 0


def run_quotas(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        office = AppointmentOffice(CountyActs(hub))
        with office.alone():
            draft = {**_who(hub, arguments), **worded("duty.quotas_set", read_draft(arguments))}
            made = office.acts.record("duty.quotas_set", arguments.duty, arguments.staff, draft, arguments.date)
            office.tell(arguments.staff)
        print_json(asdict(made))
    return 0


def run_calendar(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        office = AppointmentOffice(CountyActs(hub))
        rows = office.calendar(office.acts.date(arguments.since) if arguments.since else office.acts.today())
        organisation = hub.directory.organisation()
        if arguments.json:
            print_json([{"duty": duty.id, "state": duty.state, **dict(duty.data), "left": asdict(left)} for duty, left in rows])
            return 0
        print_table([
            (duty.id, duty.data["date"], duty.data["start"], codes.name("clinic_service", duty.data["service"]),
             duty.data["person"], f"{left.common_free}/{left.common}",
             "；".join(f"{organisation.display_name(office)} {taken}/{n}" for office, n, taken in left.quotas),
             codes.name("record_state", duty.state)) for duty, left in rows])
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        office = AppointmentOffice(CountyActs(hub))
        clashes = {id for _, left in office.calendar("") for id in left.clashes}
        print_json([
            {"id": a.id, "state": a.state, "origin": a.origin, "asker": a.data.get("asker"), "topic": a.data.get("topic"),
             "duty": a.data.get("duty"), "date": a.data.get("date"), "start": a.data.get("start"), "clash": a.id in clashes,
             "sentence": words(a, "accepted", clash=a.id in clashes)}
            for a in sorted(office.appointments(), key=lambda a: (a.ended_on is not None, a.opened_on, a.id))
            if a.is_open or not arguments.open])
    return 0


def run_settle(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        found = AppointmentOffice(CountyActs(hub)).settle(arguments.staff)
    if arguments.json:
        print_json([asdict(answer) for answer in found])
        return 0
    counted = Counter(answer.kind.partition(".")[2] for answer in found)
    named = {name: counted[name] for name in ("confirmed", "offered", "waitlisted")}
    print(t("appointments.answered", n=len(found), **named) if found else t("appointments.none"))
    return 0


def run_confirm(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        made = AppointmentOffice(CountyActs(hub)).confirm(arguments.appointment, arguments.staff, arguments.duty)
        if made is None:
            raise HubProblem(t("appointments.no_seat"))
        print_json(asdict(made))
    return 0


def run_step(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        office = AppointmentOffice(CountyActs(hub))
        with office.alone():
            draft = worded(STEPS[arguments.verb], read_draft(arguments))
            made = office.acts.record(STEPS[arguments.verb], arguments.record, arguments.staff, draft, arguments.date)
            office.tell(arguments.staff)
        print_json(asdict(made))
    return 0
