"""`county-hub record list|show|write`: duties, panels, public Q&A, referrals, assessments and the other small aggregates.

Steps and rules are `shared.records_machines`; who may is `shared.policy`. The officer's act is one signed event of the hub's own
device, judged and routed like everybody's.
"""

from __future__ import annotations

import argparse
import json
import secrets
from dataclasses import asdict
from typing import Any

from county_hub.cli_output import print_json
from county_hub.composition import Hub, hub_home, open_hub
from county_hub.console.queries import beijing_date
from county_hub.problems import HubProblem, UsageProblem
from shared import bodies, policy
from shared.county_rules import county_rules
from shared.envelope import Event
from shared.ids import new_ulid
from shared.read_model_records import list_records, stored
from shared.read_model_refusals import refusals_of
from shared.records import Machine, RecordState, fold_record, kind_title
from shared.records_machines import MACHINES
from shared.texts import t


def register(commands: Any) -> None:
    verbs = commands.add_parser("record", help=t("recordcli.about")).add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help=t("recordcli.list"))
    listing.add_argument("home", metavar="HOME")
    listing.add_argument("aggregate", nargs="?", default="", metavar="AGGREGATE")
    listing.add_argument("--open", action="store_true")
    listing.set_defaults(func=run_list)
    show = verbs.add_parser("show", help=t("recordcli.show"))
    show.add_argument("home", metavar="HOME")
    show.add_argument("record", metavar="ID")
    show.set_defaults(func=run_show)
    write = verbs.add_parser("write", help=t("recordcli.write"))
    write.add_argument("home", metavar="HOME")
    write.add_argument("kind", metavar="KIND", help=t("recordcli.kind"))
    write.add_argument("record", nargs="?", metavar="ID")
    write.add_argument("--as", dest="staff", required=True, metavar="STAFF", help=t("hub.cli.as"))
    write.add_argument("--set", dest="fields", action="append", default=[], metavar="FIELD=VALUE")
    write.set_defaults(func=run_write)


def run_list(arguments: argparse.Namespace) -> int:
    if arguments.aggregate and arguments.aggregate not in MACHINES:
        raise UsageProblem(t("recordcli.no_aggregate", value=arguments.aggregate, known="、".join(MACHINES)))
    with open_hub(hub_home(arguments.home)) as hub:
        hub.projector.catch_up()
        with hub.projector.reader() as db:
            print_json(list_records(db, arguments.aggregate, open_only=arguments.open, limit=1000))
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        print_json(asdict(_state(hub, *_events(hub, arguments.record))))
    return 0


def run_write(arguments: argparse.Namespace) -> int:
    kind, machine = arguments.kind, MACHINES.get(arguments.kind.partition(".")[0])
    if machine is None or kind not in (machine.opens, *machine.steps):
        raise UsageProblem(t("recordcli.no_kind", value=kind))
    opens = kind == machine.opens
    if opens != (arguments.record is None):
        raise UsageProblem(t("recordcli.opens" if opens else "recordcli.which", kind=kind_title(kind)))
    try:
        body = bodies.build(kind, _fields(arguments.fields))
    except bodies.InvalidBody as wrong:
        raise UsageProblem(t("recordcli.bad_field", field=wrong.field, reason=wrong.reason)) from None
    with open_hub(hub_home(arguments.home)) as hub:
        role = _role(hub, kind, arguments.staff)
        events = [] if opens else _events(hub, arguments.record)[1]
        heads = fold_record(machine, events).heads if events else ()
        subject = arguments.record or new_ulid(hub.clock(), secrets.token_bytes(10))
        event = hub.author().write(kind, subject, body, actor=arguments.staff, role=role, after=heads)
        state = _state(hub, machine, [*events, event])
    step = next(step for step in state.steps if step.event == event.id)
    if step.effect == "none":
        raise HubProblem(t("recordcli.no_effect", kind=kind_title(kind), reason=step.note))
    print_json(asdict(state))
    return 0


def _fields(given: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageProblem(t("recordcli.bad_set", value=text))
        try:
            made[name] = json.loads(value, parse_float=str)
        except ValueError:
            made[name] = value
    return made


def _role(hub: Hub, kind: str, staff: str) -> str:
    """The first role in which this officer of the county may write it."""
    person = hub.directory.latest().staff(staff)
    if person is None or person.office != hub.county or not person.active:
        raise UsageProblem(t("hub.case.no_staff", value=staff))
    role = next((role for role in person.roles if policy.allows(kind, "county", role)), None)
    if role is None:
        raise HubProblem(t("recordcli.no_effect", kind=kind_title(kind), reason=t("effect.role_not_allowed")))
    return role


def _events(hub: Hub, record: str) -> tuple[Machine, list[Event]]:
    hub.projector.catch_up()
    with hub.projector.reader() as db:
        events = stored(db, record)
    machine = MACHINES.get(events[0].aggregate) if events else None
    if machine is None:
        raise UsageProblem(t("recordcli.unknown", id=record))
    return machine, events


def _state(hub: Hub, machine: Machine, events: list[Event]) -> RecordState:
    with hub.projector.reader() as db:
        refused, absent = refusals_of(db, (machine.aggregate, events[0].subject))
    ours = county_rules(hub.directory.latest())
    today = beijing_date(hub.clock())
    return fold_record(machine, events, refused, today, rules=ours.rules, calendar=ours.calendar, absent=absent)
