"""`county-hub staff|device`: who works here, and with what."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from county_hub.commands.enrol import DEVICE_ROLES
from county_hub.composition import open_hub
from county_hub.county import dismissals
from county_hub.county.acts import CountyActs
from county_hub.county.staff_file import StaffLine, read_staff, split_roles, staff_problem
from county_hub.hub.hub import Hub, hub_home
from county_hub.hub.output import print_json, print_table
from county_hub.hub.problems import UsageProblem
from shared.ledger import codes
from shared.ledger.days import day_argument, local_date, local_time
from shared.ledger.entry import whole_argument
from shared.ledger.published.directory import Staff
from shared.ledger.texts import t


def register(commands: Any) -> None:
    _register_staff(commands)
    _register_device(commands)


def _register_staff(commands: Any) -> None:
    staff = commands.add_parser("staff", help=t("hub.cli.staff"))
    verbs = staff.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", help=t("hub.cli.staff_add"))
    add.add_argument("home", metavar="HOME")
    for name in ("id", "name", "office", "roles"):
        add.add_argument(f"--{name}", required=True, help=t(f"hub.cli.staff_{name}"))
    add.add_argument("--since", type=day_argument, metavar="2026-11-23", help=t("hub.cli.staff_since"))
    add.set_defaults(func=run_staff_add)
    load = verbs.add_parser("import", help=t("hub.cli.staff_import"))
    load.add_argument("home", metavar="HOME")
    load.add_argument("file", metavar="FILE.csv", type=Path)
    load.add_argument("--since", type=day_argument, metavar="2026-11-23", help=t("hub.cli.staff_since"))
    load.set_defaults(func=run_staff_import)
    revoke = verbs.add_parser("revoke", help=t("hub.cli.staff_revoke"))
    revoke.add_argument("home", metavar="HOME")
    revoke.add_argument("id", metavar="ID")
    revoke.add_argument("--until", type=day_argument, metavar="2026-11-23", help=t("hub.cli.staff_until"))
    revoke.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("rulescli.revoke_as"))
    revoke.set_defaults(func=run_staff_revoke)
    listing = verbs.add_parser("list", help=t("hub.cli.staff_list"))
    listing.add_argument("home", metavar="HOME")
    listing.add_argument("--office", default="", metavar="ID", help=t("hub.cli.office"))
    listing.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    listing.set_defaults(func=run_staff_list)


def _register_device(commands: Any) -> None:
    device = commands.add_parser("device", help=t("hub.cli.device"))
    verbs = device.add_subparsers(dest="verb", required=True, metavar="VERB")
    revoke = verbs.add_parser("revoke", help=t("hub.cli.device_revoke"))
    revoke.add_argument("home", metavar="HOME")
    revoke.add_argument("id", metavar="DEVICE")
    why = revoke.add_mutually_exclusive_group(required=True)
    why.add_argument("--lost", action="store_true", help=t("hub.cli.device_lost"))
    why.add_argument("--retired", action="store_true", help=t("hub.cli.device_retired"))
    revoke.add_argument("--final-seq", type=whole_argument(), metavar="N", help=t("hub.cli.device_final"))
    revoke.set_defaults(func=run_device_revoke)
    lend = verbs.add_parser("lend", help=t("hub.cli.device_lend"))
    lend.add_argument("home", metavar="HOME")
    lend.add_argument("id", metavar="DEVICE")
    lend.add_argument("--to", required=True, metavar="STAFF", help=t("hub.cli.device_lend_to"))
    lend.add_argument("--as", dest="by", metavar="STAFF", required=True, help=t("hub.cli.device_lend_as"))
    lend.add_argument("--end", action="store_true", help=t("hub.cli.device_lend_end"))
    lend.set_defaults(func=run_device_lend)
    listing = verbs.add_parser("list", help=t("hub.cli.device_list"))
    listing.add_argument("home", metavar="HOME")
    listing.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    listing.set_defaults(func=run_device_list)


# -- staff --


def run_staff_add(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        person = StaffLine(arguments.id, arguments.name, arguments.office, split_roles(arguments.roles),
                           arguments.since or "")
        problem = staff_problem(person, lambda office: hub.directory.latest().office(office) is not None)
        if problem:
            raise UsageProblem(problem)
        _publish(hub, [person])
    return 0


def run_staff_import(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        latest = hub.directory.latest()
        people = read_staff(arguments.file, lambda office: latest.office(office) is not None)
        _publish(hub, [replace(person, since=person.since or arguments.since or "") for person in people])
    return 0


def _publish(hub: Hub, people: list[StaffLine]) -> None:
    rows = [(person.id, person.name, person.office, person.roles) for person in people]
    starts = {person.id: person.since for person in people if person.since}
    hub.directory.add_staff(rows, local_date(hub.clock()), starts)
    epoch, version = hub.directory.latest().place
    print(t("hub.staff.added", n=len(rows), epoch=epoch, version=version))


def run_staff_revoke(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        until = arguments.until or local_date(hub.clock())      # without a day: at once, today being the last
        acts = CountyActs(hub) if arguments.staff else None
        if acts is not None:
            acts.require_role(dismissals.KIND, arguments.staff)
        if not hub.directory.revoke_staff(arguments.id, arguments.until):
            raise UsageProblem(t("hub.staff.unknown", value=arguments.id))
        epoch, version = hub.directory.latest().place
        print(t("hub.staff.revoked", id=arguments.id, until=until, epoch=epoch, version=version))
        if acts is not None:
            told, left = dismissals.record(acts, arguments.id, until, by=arguments.staff)
            print(t("rulescli.cases_told", n=told))
            for sentence in left:
                print(sentence, file=sys.stderr)
    return 0


def run_staff_list(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        latest, organisation = hub.directory.latest(), hub.directory.organisation()
        if arguments.office and latest.office(arguments.office) is None:
            raise UsageProblem(t("hub.office.unknown", value=arguments.office))
        people = latest.staff_of(arguments.office) if arguments.office else latest.all_staff()
    if arguments.json:
        print_json([
            {"id": p.id, "name": p.name, "office": p.office, "roles": list(p.roles), "active": p.active, "from": p.start,
             "to": p.end}
            for p in people
        ])
        return 0
    print_table([
        (p.id, p.name, organisation.display_name(p.office), "、".join(codes.name("role", role) for role in p.roles),
         _service(p))
        for p in people
    ])
    return 0


def _service(person: Staff) -> str:
    if person.active:
        return t("hub.staff.until", until=person.end) if person.end else t("hub.staff.active")
    return t("hub.staff.left", until=person.end or "")


# -- devices --


def run_device_revoke(arguments: argparse.Namespace) -> int:
    status = "lost" if arguments.lost else "retired"
    if arguments.final_seq is not None and arguments.lost:
        raise UsageProblem(t("hub.device.final_seq"))
    with open_hub(hub_home(arguments.home)) as hub:
        if arguments.id == hub.own_device.device:
            raise UsageProblem(t("hub.device.own", device=arguments.id))
        if not hub.directory.revoke_device(arguments.id, status=status, final_seq=arguments.final_seq):
            raise UsageProblem(t("hub.device.unknown", value=arguments.id))
        epoch, version = hub.directory.latest().place
        print(t(f"hub.device.{status}", device=arguments.id, epoch=epoch, version=version))
    return 0


def run_device_lend(arguments: argparse.Namespace) -> int:
    """A person of one office uses a device of another: said by the person's office, or one above it."""
    with open_hub(hub_home(arguments.home)) as hub:
        latest = hub.directory.latest()
        device, person, by = latest.device(arguments.id), latest.staff(arguments.to), latest.staff(arguments.by)
        if device is None:
            raise UsageProblem(t("hub.device.unknown", value=arguments.id))
        for name, found in ((arguments.to, person), (arguments.by, by)):
            if found is None or not found.active:
                raise UsageProblem(t("hub.staff.unknown", value=name))
        assert person is not None
        assert by is not None
        if by.id == person.id or not latest.is_within(person.office, by.office):
            raise UsageProblem(t("hub.device.lend_not_theirs", by=by.name, name=person.name))
        if person.office == device.office:
            raise UsageProblem(t("hub.device.lend_own", name=person.name))
        today = local_date(hub.clock())
        hub.directory.lend_device(device.id, person.id, by="" if arguments.end else by.id, on=today)
        epoch, version = hub.directory.latest().place
        word = "lend_ended" if arguments.end else "lent"
        print(t(f"hub.device.{word}", device=device.id, name=person.name, epoch=epoch, version=version))
    return 0


def run_device_list(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        devices, contacts = hub.directory.latest().devices(), hub.registry.contacts()
        organisation = hub.directory.organisation()
    rows = [(device, contacts.get(device.id)) for device in devices]
    if arguments.json:
        print_json([
            {"id": d.id, "office": d.office, "slot": f"{d.slot:03d}", "status": d.status, "role": d.role,
             "final_seq": d.final_seq, "last_contact": c.last_at if c else None}
            for d, c in rows
        ])
        return 0
    print_table([
        (d.id, organisation.display_name(d.office), t(f"hub.enrol.role_{d.role}") if d.role in DEVICE_ROLES else d.role,
         t(f"hub.device.state_{d.status}"), local_time(c.last_at) if c else t("console.offices.never"))
        for d, c in rows
    ])
    return 0
