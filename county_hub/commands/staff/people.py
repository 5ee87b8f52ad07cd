"""`county-hub staff|device`: who works here, and with what."""

from __future__ import annotations

import argparse
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from county_hub.accounts.operator import note_operator
from county_hub.commands.program import KIT
from county_hub.county import dismissals
from county_hub.county.desk import CountyDesk
from county_hub.county.staff_file import StaffLine, read_staff, split_roles, staff_problems
from county_hub.hub.hub import Hub
from county_hub.hub.problems import UsageProblem
from shared.commands.arguments import day_argument
from shared.commands.output import Answer, said
from shared.ledger import codes
from shared.ledger.days import local_date
from shared.ledger.published.directory import Staff
from shared.ledger.published.directory_heads import change
from shared.ledger.published.pin_codes import CODE_DAYS, SETTING, new_code
from shared.ledger.texts import t


def register(commands: Any) -> None:
    _register_staff(KIT.group(commands, "staff", t("hub.cli.staff")))


def _register_staff(verbs: Any) -> None:
    add = KIT.verb(verbs, "add", t("hub.cli.staff_add"), _staff_add, checks=_staff_wrong)
    for name in ("id", "name", "office", "roles"):
        add.add_argument(f"--{name}", required=True, help=t(f"hub.cli.staff_{name}"))
    load = KIT.verb(verbs, "import", t("hub.cli.staff_import"), _staff_import)
    load.add_argument("file", metavar="FILE.csv", type=Path, help=t("commands.csv_in"))
    for made in (add, load):
        made.add_argument("--since", type=day_argument, metavar="2026-11-23", help=t("hub.cli.staff_since"))
    revoke = KIT.verb(verbs, "revoke", t("hub.cli.staff_revoke"), _staff_revoke)
    revoke.add_argument("id", metavar="ID", help=t("hub.cli.staff_id"))
    revoke.add_argument("--until", type=day_argument, metavar="2026-11-23", help=t("hub.cli.staff_until"))
    revoke.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("rulescli.revoke_as"))
    pin = KIT.verb(verbs, "pin", t("rescue.help_pin"), _staff_pin)
    pin.add_argument("id", metavar="ID", help=t("hub.cli.staff_id"))
    listing = KIT.verb(verbs, "list", t("hub.cli.staff_list"), _staff_list)
    listing.add_argument("--office", default="", metavar="ID", help=t("hub.cli.office"))


# -- staff --


def _staff_add(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    return _publish(desk.hub, [_person(arguments)])


def _staff_wrong(desk: CountyDesk, arguments: argparse.Namespace) -> dict[str, str]:
    return staff_problems(_person(arguments), lambda office: desk.hub.directory.latest().office(office) is not None)


def _person(arguments: argparse.Namespace) -> StaffLine:
    given = {name: getattr(arguments, name) or "" for name in ("id", "name", "office", "roles", "since")}
    return StaffLine(given["id"], given["name"], given["office"], split_roles(given["roles"]), given["since"])


def _staff_import(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub = desk.hub
    latest = hub.directory.latest()
    people = read_staff(arguments.file, lambda office: latest.office(office) is not None)
    return _publish(hub, [replace(person, since=person.since or arguments.since or "") for person in people])


def _staff_pin(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    """A one-time code with which a person sets a PIN; the directory learns only how to check it."""
    hub = desk.hub
    person = hub.directory.latest().staff(arguments.id)
    if person is None or not person.active:
        raise UsageProblem(t("hub.staff.unknown", value=arguments.id))
    code, verifier = new_code(secrets.token_bytes, hub.clock() + CODE_DAYS * 86_400_000)
    hub.directory.publish([change("setting", SETTING + arguments.id, verifier)])
    note_operator(hub, "staff_pin", arguments.id)
    line = t("rescue.pin_code", name=person.name, code=code, days=CODE_DAYS)
    return Answer(lines=[line], value={"staff": arguments.id, "code": code, "until": verifier["until"]})


def _publish(hub: Hub, people: list[StaffLine]) -> Answer:
    rows = [(person.id, person.name, person.office, person.roles) for person in people]
    starts = {person.id: person.since for person in people if person.since}
    before = hub.directory.latest().place
    hub.directory.add_staff(rows, local_date(hub.clock()), starts)
    epoch, version = hub.directory.latest().place
    words = "hub.staff.same" if (epoch, version) == before else "hub.staff.added"
    return said(t(words, n=len(rows), epoch=epoch, version=version))


def _staff_revoke(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub = desk.hub
    until = arguments.until or local_date(hub.clock())      # without a day: at once, today being the last
    acts = desk.acts if arguments.staff else None
    if acts is not None:
        acts.require_role(dismissals.KIND, arguments.staff)
    if not hub.directory.revoke_staff(arguments.id, arguments.until):
        raise UsageProblem(t("hub.staff.unknown", value=arguments.id))
    note_operator(hub, "staff_revoke", arguments.id)
    epoch, version = hub.directory.latest().place
    lines, left = [t("hub.staff.revoked", id=arguments.id, until=until, epoch=epoch, version=version)], list[str]()
    if acts is not None:
        told, left = dismissals.record(acts, arguments.id, until, by=arguments.staff)
        lines.append(t("rulescli.cases_told", n=told))
    return Answer(lines=lines, notes=left)


def _staff_list(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub = desk.hub
    latest, organisation = hub.directory.latest(), hub.directory.organisation()
    desk.require_office(arguments.office)
    people = latest.staff_of(arguments.office) if arguments.office else latest.all_staff()
    value = [{"id": p.id, "name": p.name, "office": p.office, "roles": list(p.roles), "active": p.active, "from": p.start,
              "to": p.end} for p in people]
    return Answer(value=value, lines=(), table=[
        (p.id, p.name, organisation.display_name(p.office), "、".join(codes.name("role", role) for role in p.roles),
         _service(p))
        for p in people
    ])


def _service(person: Staff) -> str:
    if person.active:
        return t("hub.staff.until", until=person.end) if person.end else t("hub.staff.active")
    return t("hub.staff.left", until=person.end or "")
