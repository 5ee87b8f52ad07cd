"""`county-hub appointment publish|quotas|withdraw|calendar|list|settle|confirm|cancel|attended|absent|advise|close HOME`.

The county owns the calendar of duty posts: it publishes them with quotas for villages, answers what was asked, notes who came.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county.desk import STEPS, CountyDesk
from county_hub.hub.hub import Hub
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.commands import appointments
from shared.commands.arguments import day_argument, whole_argument
from shared.commands.output import Answer
from shared.disputes.kinds.registry import worded
from shared.ledger import codes
from shared.ledger.days import said_day
from shared.ledger.entry import whole
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = appointments.add(KIT, commands, STEPS, _calendar)
    verbs.choices["calendar"].set_defaults(asks=_in_words)
    publish = KIT.act(verbs, "publish", t("appointments.cli_publish"), _publish)
    publish.add_argument("--date-of-duty", type=day_argument, required=True, metavar="DATE", help=t("appointments.cli_day"))
    for name in ("person", "service", "start", "end", "place"):
        publish.add_argument(f"--{name}", required=True, metavar=name.upper(), help=t(f"appointments.cli_{name}"))
    publish.add_argument("--seats", type=whole_argument(0, 9999), required=True, metavar="N", help=t("appointments.cli_seats"))
    _quota_options(publish)
    quotas = KIT.act(verbs, "quotas", t("appointments.cli_quotas"), _quotas, on=_duty)
    _quota_options(quotas)
    KIT.staff(KIT.verb(verbs, "settle", t("appointments.cli_settle"), _settle))
    confirm = KIT.verb(verbs, "confirm", t("appointments.cli_confirm_hub"), _confirm)
    appointments.id_option(confirm)
    confirm.add_argument("--duty", required=True, metavar="DUTY", help=t("appointments.cli_duty"))
    KIT.staff(confirm)


def _duty(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("duty", metavar="DUTY", help=t("appointments.cli_duty"))


def _quota_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quota", action="append", default=[], metavar="OFFICE=N", help=t("appointments.cli_quota"))
    parser.add_argument("--offices", default="", metavar="ID;ID|all", help=t("appointments.cli_offices"))


def _audience(hub: Hub, arguments: argparse.Namespace) -> dict[str, Any]:
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


def _publish(desk: CountyDesk, args: argparse.Namespace, draft: dict[str, Any]) -> Any:
    given = {"person": args.person, "service": args.service, "date": args.date_of_duty, "start": args.start, "end": args.end,
             "place": args.place, "seats": args.seats, **worded("duty.published", draft), **_audience(desk.hub, args)}
    return asdict(desk.acts.record("duty.published", None, args.staff, given, args.date))


def _quotas(desk: CountyDesk, args: argparse.Namespace, draft: dict[str, Any]) -> Any:
    given = {**_audience(desk.hub, args), **worded("duty.quotas_set", draft)}
    return asdict(desk.step_alone("duty.quotas_set", args.staff, args.duty, given, args.date))


def _calendar(desk: CountyDesk, args: argparse.Namespace) -> Any:
    rows = desk.appointment_office.calendar(desk.acts.date(args.since) if args.since else desk.acts.today())
    value = [{"duty": duty.id, "state": duty.state, **dict(duty.data), "left": asdict(left)} for duty, left in rows]
    return Answer(value=value, lines=(), table=[
        (duty.id, duty.data["date"], duty.data["start"], codes.name("clinic_service", duty.data["service"]),
         duty.data["person"], f"{left.common_free}/{left.common}",
         "；".join(f"{desk.office_name(office)} {taken}/{n}" for office, n, taken in left.quotas),
         codes.name("record_state", duty.state)) for duty, left in rows])


def _in_words(desk: CountyDesk, args: argparse.Namespace) -> Any:
    """The calendar as a page shows it: people and days by name."""
    today = desk.acts.today()
    rows = desk.appointment_office.calendar(desk.acts.date(args.since) if args.since else today)
    head = [t(f"appointments.head_{name}") for name in ("when", "service", "person", "seats", "villages", "state")]
    return Answer(lines=() if rows else [t("appointments.no_posts")], table=[head, *(
        (f"{said_day(duty.data['date'], today)} {duty.data['start']}–{duty.data['end']}",
         codes.name("clinic_service", duty.data["service"]), desk.officers.staff_name(duty.data["person"]),
         t("appointments.seats", free=left.common_free, n=left.common),
         "；".join(f"{desk.office_name(office)} {taken}/{n}" for office, n, taken in left.quotas) or "·",
         codes.name("record_state", duty.state)) for duty, left in rows)] if rows else [])


def _settle(desk: CountyDesk, args: argparse.Namespace) -> Any:
    found = desk.appointment_office.settle(args.staff)
    counted = Counter(answer.kind.partition(".")[2] for answer in found)
    named = {name: counted[name] for name in ("confirmed", "offered", "waitlisted")}
    sentence = t("appointments.answered", n=len(found), **named) if found else t("appointments.none")
    return Answer(value=[asdict(answer) for answer in found], lines=[sentence])


def _confirm(desk: CountyDesk, args: argparse.Namespace) -> Any:
    made = desk.appointment_office.confirm(args.record, args.staff, args.duty)
    if made is None:
        raise HubProblem(t("appointments.no_seat"))
    return asdict(made)
